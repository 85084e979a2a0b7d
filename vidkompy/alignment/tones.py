"""Grey levels of whole frames: what correlation does not see, and what fades and blank frames are told by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vidkompy.alignment.blank_parameters import ToneParameters
from vidkompy.alignment.crops import Features
from vidkompy.media.proxies import evenly_spaced
from vidkompy.media.scratch_arrays import taken
from vidkompy.model import F32, UNMATCHED, FrameMap
from vidkompy.records import Record


class Tones(NamedTuple):
    """Grey levels of each frame of a clip: f32 [n] mean and standard deviation over the cells that count."""

    mean: F32
    contrast: F32


class PairTones(Record, eq=False):
    """Tones of both clips.

    fg      of FG's frames
    bg      of BG's frames as FG shows them, by the gain and offset of the matched frames
    noise   grey levels: what BG does not explain of matched FG frames, in the median
    """

    fg: Tones
    bg: Tones
    noise: float


def measure_tones(frame_map: FrameMap, fg: Features, bg: Features, parameters: ToneParameters) -> PairTones:
    """frame_map must match a frame."""
    matched = np.flatnonzero(frame_map.bg != UNMATCHED)
    matched = matched[evenly_spaced(len(matched), parameters.sample)]
    matched_bg = frame_map.bg[matched]
    fg_tones, bg_tones = _tones(fg, parameters), _tones(bg, parameters)
    correlation = np.einsum("np,np->n", fg.rows(matched), bg.rows(matched_bg)).clip(-1, 1)
    fg_contrast, bg_contrast = fg_tones.contrast[matched], bg_tones.contrast[matched_bg]
    noise = float(np.median(fg_contrast * np.sqrt(1 - correlation**2)))
    gain = float(np.median(fg_contrast / np.maximum(bg_contrast, parameters.least_contrast)))
    offset = float(np.median(fg_tones.mean[matched] - gain * bg_tones.mean[matched_bg]))
    return PairTones(fg_tones, Tones(gain * bg_tones.mean + offset, gain * bg_tones.contrast), noise)


def _tones(clip: Features, parameters: ToneParameters) -> Tones:
    mean, contrast = np.empty(len(clip), np.float32), np.empty(len(clip), np.float32)
    for first in range(0, len(clip), parameters.block):
        own = slice(first, first + parameters.block)
        cells = taken(clip.luma, own)[:, clip.mask].astype(np.float32)
        mean[own], contrast[own] = cells.mean(axis=1), cells.std(axis=1)
    return Tones(mean, contrast)

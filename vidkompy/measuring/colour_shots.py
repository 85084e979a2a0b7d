"""Shots of FG, as far as colours may change between them: cuts of its pictures, and jumps of the frame map."""

from __future__ import annotations

import numpy as np

from vidkompy.colour_matching.parameters import ColourParameters
from vidkompy.media.scratch_arrays import each_frame
from vidkompy.model import F64, I64, U8, UNMATCHED


def shot_starts(luma: U8, bg_of_fg: I64, parameters: ColourParameters) -> list[int]:
    """First frames of the shots, ascending from 0.

    luma       u8 [n, h, w]   small copies of FG
    bg_of_fg   i64 [n]        the frame map
    """
    changes = _changes(luma, parameters.thumbnail_px)
    around = np.pad(changes, 1)
    usual = np.maximum(around[:-2], around[2:])
    is_cut = (changes > parameters.cut) & (changes > parameters.cut_ratio * usual)
    matched = (bg_of_fg[1:] != UNMATCHED) & (bg_of_fg[:-1] != UNMATCHED)
    is_jump = matched & (np.abs(np.diff(bg_of_fg)) > parameters.jump)
    return [0, *(np.flatnonzero(is_cut | is_jump) + 1).tolist()]


def _changes(luma: U8, thumbnail_px: int) -> F64:
    """f64 [n - 1]: mean difference of each frame from the one before, grey levels."""
    step = max(min(luma.shape[1:]) // thumbnail_px, 1)
    before, changes = None, []
    for frame in each_frame(luma):
        thumbnail = frame[::step, ::step].astype(np.int16)
        if before is not None:
            changes.append(float(np.abs(thumbnail - before).mean()))
        before = thumbnail
    return np.array(changes)

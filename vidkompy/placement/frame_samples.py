"""Samples of both clips for candidates and evidence: how many BG frames to compare, and crops of the small copies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import U8, Box
from vidkompy.parameters import tuned
from vidkompy.placement.boxes import reduced_box, whole_px
from vidkompy.records import Record


class BlankSampleParameters(Record):
    """Frames that are not sampled, because they show nothing beside the others."""

    quantile: float = tuned(
        0.9,
        unit="quantile of the samples' contrasts",
        raising="the frames with most contrast decide what is blank; lower: fewer frames are blank",
        source="chosen by eye",
    )
    least_share: float = tuned(
        0.1,
        unit="share of the contrast at that quantile",
        raising="dark scenes are not sampled beside bright ones",
        source="chosen by eye: noise of 3 grey levels beside subtitles or pictures",
    )
    density: int = tuned(
        8,
        unit="frames looked at for each sample",
        raising="samples are found in clips that are blank for longer, at more cost",
        source="chosen by eye",
    )


def bg_sample_count(bg_frames: int, fg_frames: int, fg_length: int) -> int:
    """How many BG frames to compare so that a short FG gives about as many frame pairs as a long one.

    bg_frames, fg_frames   frames that are compared of long clips
    fg_length              frames that FG has

    >>> bg_sample_count(16, 6, 1000), bg_sample_count(16, 6, 2), bg_sample_count(16, 6, 1)
    (16, 48, 96)
    """
    return bg_frames * max(1, fg_frames // fg_length)


def small_crop(clip: Proxies, i: int, box: Box) -> U8:
    """u8 [rows, columns]: what the small copy of frame i shows inside `box` (frame px)."""
    x0, y0, x1, y1 = whole_px(reduced_box(box, clip.small_factor))
    return clip.small_copy(i)[y0:y1, x0:x1]


def visible_samples(
    clip: Proxies, box: Box, count: int, parameters: BlankSampleParameters = BlankSampleParameters()
) -> list[int]:
    """At most `count` evenly spaced frames; where some are blank, evenly spaced ones of a closer look that are not.

    box   content box, frame px
    """
    frames = evenly_spaced(len(clip.small), count)
    if len(without_blank_frames(clip, box, frames, parameters)) == len(frames):
        return frames
    close = without_blank_frames(clip, box, evenly_spaced(len(clip.small), count * parameters.density), parameters)
    return [close[k] for k in evenly_spaced(len(close), count)]


def without_blank_frames(
    clip: Proxies, box: Box, frames: Sequence[int], parameters: BlankSampleParameters = BlankSampleParameters()
) -> list[int]:
    """Those of the frames that show something inside `box`, frame px: all of them where none has any contrast."""
    contrast = np.array([small_crop(clip, i, box).std() for i in frames])
    least = parameters.least_share * np.quantile(contrast, parameters.quantile) if len(contrast) else 0.0
    return [i for i, own in zip(frames, contrast, strict=True) if own >= least]

"""Samples of both clips for candidates and evidence: how many BG frames to compare, and crops of the small copies."""

from __future__ import annotations

from vidkompy.media.proxies import Proxies
from vidkompy.model import U8, Box
from vidkompy.placement.boxes import reduced_box, whole_px


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
    return clip.small[i, y0:y1, x0:x1]

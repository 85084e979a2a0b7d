"""FG's letterbox bars, to the pixel: what a render leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

import numpy as np

from vidkompy.media.decoding import seek_luma
from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F32, Box, Placement
from vidkompy.placement.letterbox import FLAT, INSET, SAMPLES, STILL

FRAMES = 5  # looked at in full size
DEEP = 8  # lines of picture that a bar is compared with
SOFT = 2  # px left out besides: compression smears a bar's edge
LIKE = 24.0  # grey levels between a plain part of FG and of BG that are the same thing, graded

Content = tuple[int, int, int, int]


def content_of(fg: Proxies, bg: Proxies, where: Placement, box: Box) -> Content | None:
    """FG px with a picture: left, top, right, bottom; None if that is all.

    box   FG's content as a search needs it, well inside the bars
    A plain, still edge is a bar only where BG shows something else below it: a margin of both is part of the picture.
    """
    width, height = fg.clip.width, fg.clip.height
    whole = (0, 0, width, height)
    edges = tuple(round(v) for v in box)
    if edges == whole:
        return None
    full = seek_luma(fg.clip, evenly_spaced(fg.clip.frames, FRAMES))
    frames = np.stack([full[i] for i in sorted(full)]).astype(np.float32)
    rows, columns = frames[:, :, edges[0] : edges[2]], frames[:, edges[1] : edges[3]].swapaxes(1, 2)
    lines = (columns, rows, columns[:, ::-1], rows[:, ::-1])
    insets = (edges[0], edges[1], width - edges[2], height - edges[3])
    depths = [0, 0, 0, 0]
    for k, (side, inset) in enumerate(zip(lines, insets, strict=True)):
        sure = inset - INSET - fg.small_factor
        bar = [*whole]
        bar[(k + 2) % 4] = sure if k < 2 else whole[k] - sure  # its side towards the picture
        if sure > 0 and _is_over_a_picture(bg, _on_canvas(bar, fg, where), side[:, :sure]):
            depths[k] = _depth(side, sure, inset)
    found = (depths[0], depths[1], width - depths[2], height - depths[3])
    return None if found == whole else found


def _depth(lines: F32, sure: int, inset: int) -> int:
    """Lines of a bar, and SOFT more. The picture begins where half of its distance from the bar's level is reached.

    lines         f32 [frame, line, px]   from the frame's edge on
    sure, inset   lines that surely belong to the bar, and after which the picture surely has begun
    """
    distance = np.abs(lines[:, : inset + DEEP] - np.median(lines[:, :sure])).mean(axis=(0, 2))
    half = np.median(distance[inset:]) / 2
    return sure + int(np.argmax(distance[sure : inset + 1] >= half)) + SOFT


def _on_canvas(part: Sequence[int], fg: Proxies, where: Placement) -> tuple[float, float, float, float]:
    per_x, per_y = where.width / fg.clip.width, where.height / fg.clip.height
    left, top, right, bottom = part
    return where.x + left * per_x, where.y + top * per_y, where.x + right * per_x, where.y + bottom * per_y


def _is_over_a_picture(bg: Proxies, part: tuple[float, float, float, float], bar: F32) -> bool:
    """Whether that part of the canvas shows something else than the bar; what lies beyond the canvas shows nothing."""
    left, top, right, bottom = (v / bg.small_factor for v in part)
    rows, columns = slice(max(ceil(top), 0), max(floor(bottom), 0)), slice(max(ceil(left), 0), max(floor(right), 0))
    frames = bg.small[evenly_spaced(len(bg.small), SAMPLES)][:, rows, columns].astype(np.float32)
    if not frames.size:
        return False
    picture = frames.mean(axis=0)
    low, level, high = np.quantile(picture, (0.02, 0.5, 0.98))
    is_plain = high - low < FLAT and np.quantile(frames.std(axis=0), 0.95) < STILL
    return not (is_plain and abs(level - np.median(bar)) < LIKE)

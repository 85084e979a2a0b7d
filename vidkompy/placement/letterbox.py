"""Which part of FG is content: its frame without letterbox bars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F32, Box

Mask = NDArray[np.bool_]

SAMPLES = 48  # frames looked at
STILL = 1.5  # grey levels of change over time; compression makes that much
GRAIN = 8  # px along a bar that are taken together: noise over it averages out
FLAT = 6.0  # grey levels of spread along a bar
SAME = 4.0  # grey levels between lines of one bar
WIDEST = 0.45  # share of the frame that one bar can take
INSET = 3  # px: the edge of a bar is soft


def content_box(clip: Proxies) -> Box:
    """Frame px; INSET inside the bars where there are any.

    A line belongs to a bar if it hardly changes in time, is of one colour, and has the colour of the frame's edge:
    darkness says nothing (bars need not be black), stillness alone neither (a tripod has still corners).
    """
    frames = clip.small[evenly_spaced(len(clip.small), SAMPLES)].astype(np.float32)
    top, bottom = _bar(frames), _bar(frames[:, ::-1])
    columns = frames[:, top : frames.shape[1] - bottom].transpose(0, 2, 1)
    left, right = _bar(columns), _bar(columns[:, ::-1])
    width, height = clip.clip.width, clip.clip.height
    near = [float((n + 1) * clip.small_factor + INSET) if n else 0.0 for n in (left, top, right, bottom)]
    return near[0], near[1], width - near[2], height - near[3]


def _bar(frames: F32) -> int:
    """Lines, from the first one on, that belong to a bar; frames: f32 [n, lines, px along them]."""
    picture, width = frames.mean(axis=0), frames.shape[2]
    pieces = np.add.reduceat(frames, range(0, width, GRAIN), axis=2)[:, :, : max(width // GRAIN, 1)] / min(GRAIN, width)
    still = np.quantile(pieces.std(axis=0), 0.95, axis=1) < STILL
    low, level, high = np.quantile(picture, (0.02, 0.5, 0.98), axis=1)
    inside = still & (high - low < FLAT) & (np.abs(level - level[0]) < SAME)
    count = len(inside) if inside.all() else int(np.argmin(inside))
    return count if count <= WIDEST * len(inside) else 0

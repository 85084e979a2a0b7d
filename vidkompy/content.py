"""Which part of FG is content: its frame without bars, and within that the cells that still show what BG shows."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.decode import Proxies, evenly
from vidkompy.features import Box, Features
from vidkompy.model import F32

Mask = NDArray[np.bool_]

SAMPLES = 48  # frames looked at
STILL = 1.5  # grey levels of change over time; compression makes that much
GRAIN = 8  # px along a bar that are taken together: noise over it averages out
FLAT = 6.0  # grey levels of spread along a bar
SAME = 4.0  # grey levels between lines of one bar
WIDEST = 0.45  # share of the frame that one bar can take
INSET = 3  # px: the edge of a bar is soft
OTHER = 0.4  # of the picture's contrast: what a cell must differ by to count as altered
LEAST, MOST = 0.02, 0.6  # share of altered cells that is believed


def content_box(clip: Proxies) -> Box:
    """Frame px; INSET inside the bars where there are any.

    A line belongs to a bar if it hardly changes in time, is of one colour, and has the colour of the frame's edge:
    darkness says nothing (bars need not be black), stillness alone neither (a tripod has still corners).
    """
    frames = clip.small[evenly(len(clip.small), SAMPLES)].astype(np.float32)
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


def unaltered(fg: Features, bg: Features, pairs: Sequence[tuple[int, int]]) -> Mask:
    """bool [h, w]: cells in which FG shows what BG shows; all of them if nothing, or too much, seems altered.

    pairs   (FG frame, BG frame) that match on the whole
    Finds what stays in place: a banner, a logo, a blurred face. Per pair a robust gain and offset; a cell is altered
    if its median residual over the pairs is large.
    """
    shape = fg.luma.shape[1:]
    residual = np.stack([_residual(fg.luma[i].ravel(), bg.luma[j].ravel()) for i, j in pairs])
    large = (np.median(residual, axis=0).reshape(shape) > OTHER).astype(np.uint8)
    altered = cv2.morphologyEx(large, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    if not LEAST <= float(altered.mean()) <= MOST:
        return np.ones(shape, np.bool_)
    kept: Mask = np.asarray(cv2.dilate(altered, np.ones((3, 3), np.uint8))) == 0
    return kept


def _residual(f: NDArray[np.uint8], b: NDArray[np.uint8]) -> F32:
    """f32 [cells]: what a robust gain and offset leave of f, in units of the contrast of b as FG shows it."""
    y, x = f.astype(np.float32), b.astype(np.float32)
    weight = np.ones_like(x)
    rest = y
    gain = 1.0
    for _ in range(8):
        mx, my = np.average(x, weights=weight), np.average(y, weights=weight)
        gain = float((weight * (x - mx) * (y - my)).sum() / ((weight * (x - mx) ** 2).sum() + 1e-6))
        rest = np.abs(y - my - gain * (x - mx))
        weight = np.asarray(1 / (1 + (rest / (2 * np.median(rest) + 0.5)) ** 2) ** 2, np.float32)
    return np.asarray(rest / (abs(gain) * x.std() + 2.0), np.float32)

"""Guesses by sliding FG over BG at many scales: dearer than keypoints, but content with faint or blurred detail."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F32, U8, Box
from vidkompy.placement.gauss_newton import F64

CANVAS_PX = 96  # long side of BG
DETAIL_PX = 3.0  # what is larger counts as lighting and is taken away
FG_FRAMES, BG_FRAMES = 6, 16
STEPS = 12  # scales tried per doubling: 6 % apart, 1 among them
SMALLEST = 12  # px of the slid view
PEAKS = 2  # taken at each scale
BEST = 10


def slide(fg: Proxies, bg: Proxies, box: Box, scales: tuple[float, float]) -> list[F64]:
    """Transforms in frame px, best first: where FG samples correlate with their best BG samples, on average.

    scales   canvas px per FG px, lowest and highest
    """
    _, height, width = bg.small.shape
    b = min(1.0, CANVAS_PX / max(width, height))
    canvas = [
        _detail(bg.small[j], max(4, round(width * b)), max(4, round(height * b)))
        for j in _spread(bg, BG_FRAMES * max(1, FG_FRAMES // fg.clip.frames))
    ]
    unit = canvas[0].shape[1] / (width * bg.small_factor)  # view px per canvas px
    samples = [cut(fg, i, box) for i in _spread(fg, FG_FRAMES)]
    found: list[tuple[float, F64]] = []
    for scale in _scales(*scales):
        size = round((box[2] - box[0]) * scale * unit), round((box[3] - box[1]) * scale * unit)
        too_large = size[0] > canvas[0].shape[1] or size[1] > canvas[0].shape[0]
        if too_large or min(size) < SMALLEST:
            continue
        responses = np.stack([_best(_detail(f, *size), canvas) for f in samples])
        for score, x, y in _peaks(responses.mean(axis=0)):
            shift = np.array([x, y]) / unit - scale * np.array(box[:2])
            found.append((score, np.array([scale, scale, *shift])))
    return [q for _, q in sorted(found, key=lambda f: -f[0])[:BEST]]


def _scales(low: float, high: float) -> F64:
    at = np.arange(np.ceil(STEPS * np.log2(low) - 1e-9), np.floor(STEPS * np.log2(high) + 1e-9) + 1)
    return 2.0 ** (at / STEPS) if len(at) else np.sqrt([low * high])


def _spread(clip: Proxies, count: int) -> list[int]:
    return evenly_spaced(len(clip.small), count)


def cut(clip: Proxies, i: int, box: Box) -> U8:
    """What the small copy of frame i shows inside `box` (frame px)."""
    x0, y0, x1, y1 = (round(v / clip.small_factor) for v in box)
    return clip.small[i, y0:y1, x0:x1]


def _detail(picture: U8, width: int, height: int) -> F32:
    view = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(view - cv2.GaussianBlur(view, (0, 0), DETAIL_PX), np.float32)


def _best(template: F32, canvas: Sequence[F32]) -> F32:
    """f32 [rows, columns]: correlation at each position with the BG frame that fits best there."""
    maps = [cv2.matchTemplate(view, template, cv2.TM_CCOEFF_NORMED) for view in canvas]
    return np.asarray(np.max(maps, axis=0), np.float32)


def _peaks(response: F32) -> list[tuple[float, int, int]]:
    """(score, x, y) of the highest places, apart from each other."""
    rest = response.copy()
    peaks = []
    for _ in range(PEAKS):
        _, score, _, (x, y) = cv2.minMaxLoc(rest)
        peaks.append((float(score), x, y))
        cv2.circle(rest, (x, y), 3, -1.0, -1)
    return peaks

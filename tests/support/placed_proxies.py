"""Clips in memory whose place on the canvas is known by construction."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from support import footage
from support.picture_edits import U8
from vidkompy.media.proxies import Proxies
from vidkompy.model import Clip, Colour

SIZE = (320, 180)  # of BG
COUNT = 40  # frames of BG
X, Y, W, H = 61, 37, 192, 108  # the part of BG that FG shows
NOISE = 2.0  # grey levels: FG is never a copy


def luma(kind: str, count: int = COUNT, size: tuple[int, int] = SIZE, seed: int = 0) -> U8:
    return np.stack([cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in footage.frames(kind, count, size=size, seed=seed)])


def clip(frames: Iterable[U8]) -> Proxies:
    """As decoded, without a file: proxies at full size."""
    stack = np.stack(list(frames))
    n, height, width = stack.shape
    times = np.arange(n, dtype=np.int64), 0, Fraction(30), "gray", Colour(), Fraction(1), 0, ()
    return Proxies(
        Clip(Path("x.mp4"), 0, "", width, height, Fraction(1, 30), *times), stack, 1, dict(enumerate(stack)), 1
    )


def noisy(frames: U8, level: float = NOISE) -> U8:
    noise = np.random.default_rng(1).normal(0, level, frames.shape)
    return np.clip(frames + noise, 0, 255).round().astype(np.uint8)


def cut(frames: U8, scale: float = 1.0) -> U8:
    """FG: the part at X, Y, with `scale` FG px per canvas px."""
    part = frames[6:34, Y : Y + H, X : X + W]
    return np.stack([cv2.resize(f, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for f in part])

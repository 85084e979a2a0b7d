"""Films of which FG shows a part, and of that part a third something else that moves."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from support.picture_edits import U8
from support.placed_proxies import SIZE, H, W, X, Y, noisy

LATE = 12  # BG frames by which the overlay of `moving_late` comes too late
FIRST, COUNT = 10, 80  # BG frames that FG shows
OVERLAY = (100, 8, 186, 100)  # FG px: 38 % of FG, and so much of each edge that it touches the ring of the border


class OverlaidFilm(NamedTuple):
    """bg, fg: u8 [n, height, width]; truth: i64 [n_fg], BG frames that FG shows at X, Y."""

    bg: U8
    fg: U8
    truth: npt.NDArray[np.int64]


def moving_late() -> OverlaidFilm:
    """FG shows BG, but the part of BG that moves most as it is LATE frames later: lips that speak other words.

    Around it BG drifts faintly over a still picture.
    """
    x0, y0, x1, y1 = OVERLAY
    width, height = SIZE
    truth = np.arange(FIRST, FIRST + COUNT)
    still = np.random.default_rng(5).normal(size=(9, 16)).astype(np.float32)
    frames = 128 + 40 * cv2.resize(still, SIZE, interpolation=cv2.INTER_CUBIC) + _drift(width, height, 3.0, 1)
    frames[:, Y + y0 : Y + y1, X + x0 : X + x1] += _drift(x1 - x0, y1 - y0, 20.0, 2)
    bg = np.clip(frames, 0, 255).astype(np.uint8)
    fg = bg[truth][:, Y : Y + H, X : X + W].copy()
    fg[:, y0:y1, x0:x1] = bg[truth + LATE][:, Y + y0 : Y + y1, X + x0 : X + x1]
    return OverlaidFilm(bg, noisy(fg, 1.0), truth)


def scrolled_over(fg: U8) -> U8:
    """FG with the overlay full of sharp squares that scroll by 3 px a frame."""
    x0, y0, x1, y1 = OVERLAY
    squares = np.random.default_rng(0).integers(0, 256, (len(fg) + y1 - y0, x1 - x0)).astype(np.uint8)
    page = np.kron(squares, np.ones((3, 3), np.uint8))
    out = fg.copy()
    for i, frame in enumerate(out):
        frame[y0:y1, x0:x1] = page[3 * i : 3 * i + y1 - y0, : x1 - x0]
    return out


def _drift(width: int, height: int, contrast: float, seed: int) -> npt.NDArray[np.float64]:
    """f64 [n, height, width]: soft patterns that drift through each other."""
    rng = np.random.default_rng(seed)
    small = rng.normal(size=(24, 9, 16)).astype(np.float32)
    base = np.stack([cv2.resize(p, (width, height), interpolation=cv2.INTER_CUBIC) for p in small])
    frames = np.arange(FIRST + COUNT + LATE)[:, None]
    return contrast * np.tensordot(np.sin(frames / rng.uniform(8, 40, 24) + rng.uniform(0, 6, 24)), base, 1)

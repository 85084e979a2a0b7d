"""Pairs of clips in memory, FG a graded part of BG: small copies with chroma, as an analysis holds them."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from support import footage
from support.picture_edits import Box
from vidkompy.media.proxies import Proxies
from vidkompy.model import Clip, Colour, FrameMap, Placement
from vidkompy.tracking.revision import Revision

F64 = npt.NDArray[np.float64]
U8 = npt.NDArray[np.uint8]
Grading = Callable[[F64], F64]  # of red, green and blue, [..., 3], 0 black and 1 white

SDR = Colour("bt709", "tv", "bt709", "bt709")
SIZE = (320, 180)  # of BG
INSET = Box(64, 32, 192, 112)  # the part of BG that FG shows
FACTOR = 4  # px of a frame per px of its copy of chroma
WEIGHTS = {"bt709": (0.2126, 0.0722), "bt2020nc": (0.2627, 0.0593)}  # of red and blue in luma


def pictures(count: int, kind: str = "handheld", seed: int = 0) -> F64:
    """f64 [count, height, width, 3]: footage in colours that vary across it and in time, from black to white."""
    frames = np.stack(list(footage.frames(kind, count, size=SIZE, seed=seed))) / 255.0
    rng = np.random.default_rng(seed)
    washes = cv2.resize(rng.random((3, 4, 3)).astype(np.float32), SIZE, interpolation=cv2.INTER_CUBIC)
    return np.clip(frames * (0.4 + 1.1 * washes), 0, 1)


def proxies(rgb: F64, colour: Colour = SDR, noise: float = 1.0) -> Proxies:
    """What a decoder and `make_proxies` make of it: limited range, 8 bits. noise: levels."""
    rng = np.random.default_rng(7)
    kr, kb = WEIGHTS.get(colour.space, WEIGHTS["bt709"])
    y = rgb @ [kr, 1 - kr - kb, kb]
    cb, cr = (rgb[..., 2] - y) / (2 - 2 * kb), (rgb[..., 0] - y) / (2 - 2 * kr)
    luma = _levels(16 + 219 * y + rng.normal(0, noise, y.shape))
    n, height, width = luma.shape
    rows, columns = height // FACTOR, width // FACTOR
    chroma = np.empty((n, 2, rows, columns), np.uint8)
    for k, plane in enumerate((cb, cr)):
        cells = plane[:, : rows * FACTOR, : columns * FACTOR].reshape(n, rows, FACTOR, columns, FACTOR)
        chroma[:, k] = _levels(128 + 224 * cells.mean(axis=(2, 4)))
    times = np.arange(n, dtype=np.int64), 0, Fraction(30), "yuv420p", colour, Fraction(1), 0, ()
    clip = Clip(Path("x.mp4"), 0, "", width, height, Fraction(1, 30), *times)
    return Proxies(clip, luma, 1, {}, 1, chroma=chroma, chroma_factor=FACTOR)


def cut(rgb: F64) -> F64:
    return rgb[:, INSET.y : INSET.y + INSET.height, INSET.x : INSET.x + INSET.width]


def answer(count: int) -> Revision:
    """FG lies where it was cut, frame on frame."""
    at = Placement(float(INSET.x), float(INSET.y), float(INSET.width), float(INSET.height))
    return Revision(at, FrameMap(np.arange(count)), None, False, 1.0)


def whole(fg: Proxies) -> tuple[float, float, float, float]:
    return 0.0, 0.0, float(fg.clip.width), float(fg.clip.height)


def without_chroma(clip: Proxies) -> Proxies:
    """Black and white, as a codec with chroma writes it."""
    return replace(clip, chroma=np.full_like(clip.chroma, 128))


def _levels(values: F64) -> U8:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)

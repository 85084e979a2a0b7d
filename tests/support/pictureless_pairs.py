"""Pairs that need no pictures: clips with timestamps and a file of a few bytes each, for what reads sidecars only."""

import hashlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vidkompy.model import Clip, Colour, FrameMap, Placement, Sidecar

TICK = Fraction(1, 90000)
I64 = npt.NDArray[np.int64]


def even(count: int, rate: Fraction, first: int = 0) -> I64:
    """Timestamps at an even rate, rounded to ticks."""
    return np.array([first + round(i / rate / TICK) for i in range(count)], np.int64)


def clip(path: Path, pts: I64, rate: Fraction, timecode: str = "", audio: tuple[str, ...] = ()) -> Clip:
    """`path` becomes a file that holds its own name."""
    content = path.name.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    kind = ("yuv420p", Colour(), Fraction(1), 0, audio)
    return Clip(path, len(content), digest, 64, 48, TICK, pts, int(pts[0]), rate, *kind, timecode)


def pair(
    folder: Path,
    bg_numbers: I64,
    rates: tuple[Fraction, Fraction] = (Fraction(30), Fraction(30)),
    timecodes: tuple[str, str] = ("", ""),
    names: tuple[str, str] = ("fg.mp4", "bg.mp4"),
) -> Sidecar:
    """FG, then BG in each pair; BG has 10 frames more than the map needs. Every frame is sure."""
    fg = clip(folder / names[0], even(len(bg_numbers), rates[0]), rates[0], timecodes[0], ("aac",))
    bg = clip(folder / names[1], even(int(bg_numbers.max()) + 11, rates[1]), rates[1], timecodes[1])
    levels = np.full(len(bg_numbers), 0.9, np.float32)
    return Sidecar(
        fg, bg, Placement(5, 6, 32, 24, 0.98, None, 0.99), FrameMap(bg_numbers, confidence=levels), "precise"
    )

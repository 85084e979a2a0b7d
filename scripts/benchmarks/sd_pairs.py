"""Pairs of 8 s in standard definition, one of each kind of footage, and pairs that no answer is right for."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from support.catalogue import RECIPES, Stage
from support.clips import Encoding, encode, planes
from support.truth_cases import build, write_bg

SIZE, RATE, FRAMES = (854, 480), 30, 240
KINDS = {  # footage and recipe of each pair
    "tripod": "drift",
    "handheld": "scale77",
    "pan": "half",
    "blank_pan": "offset",
    "talk": "logo",
    "screen": "drops",
    "periodic": "graded",
    "lowlight": "crf28",
    "animation": "letterbox",
    "portrait": "stretched",
    "cuts": "reordered",
    "dissolves": "title",
    "gallery": "triple",
    "night": "pillars",
    "foliage": "to24",
    "crowd": "noisy",
    "anime": "duplicates",
    "drive": "banner",
    "stage": "irregular",
    "game": "half_blurred",
}
REFUSED = ("unrelated", "mirrored", "blank")


def made(work: Path) -> Iterator[Path]:
    """Folders with bg.mp4 and fg.mp4: the twenty pairs."""
    for kind, recipe in KINDS.items():
        source = _footage(kind, work)
        stage = Stage(*_size(kind), FRAMES, Fraction(RATE))
        yield build(RECIPES[recipe](stage), source, work / f"{kind}-{recipe}").bg.parent


def refused(work: Path) -> Iterator[Path]:
    """Folders of pairs that `analyze` refuses: FG of other footage, FG mirrored, FG of one colour."""
    bg = _footage("handheld", work)
    stage = Stage(*SIZE, FRAMES, Fraction(RATE))
    for name in REFUSED:
        source = _footage("tripod", work) if name == "unrelated" else bg
        folder = build(RECIPES["offset"](stage), bg, work / name, source=source).bg.parent
        if name != "unrelated":
            frames = list(planes(folder / "fg.mp4"))
            changed = (f[:, :, ::-1] if name == "mirrored" else np.full_like(f, 90) for f in frames)
            encode(folder / "fg.mp4", changed, Fraction(RATE), Encoding())
        yield folder


def _footage(kind: str, work: Path) -> Path:
    path = work / f"{kind}.mp4"
    return path if path.exists() else write_bg(path, kind, FRAMES, size=_size(kind), rate=RATE, seed=11)


def _size(kind: str) -> tuple[int, int]:
    return SIZE[::-1] if kind == "portrait" else SIZE

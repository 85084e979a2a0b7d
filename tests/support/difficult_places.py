"""Difficult pairs whose place moves, is turned, is stretched, or does not exist.

Each maker writes bg.mp4 and fg.mp4 into a folder, from a reel, and returns what is true of them.
"""

import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from support import constructed_maps, places
from support.clips import Encoding, encode, picked
from support.constructed_maps import I64
from support.picture_edits import U8, Box, cropped, resized
from support.reels import Reel
from support.truth_cases import F64, Recipe, Truth, build

BG_QUALITY, FG_QUALITY = Encoding(crf=18), Encoding(crf=20)
LATE = 9  # BG frames before the first that FG shows


def part(canvas: Box, x: float = 0.17, y: float = 0.19, width: float = 0.62, height: float = 0.62) -> Box:
    """A crop in shares of the canvas: odd offset, even size."""
    across, down = 2 * round(width * canvas.width / 2), 2 * round(height * canvas.height / 2)
    return Box(int(x * canvas.width) | 1, int(y * canvas.height) | 1, across, down)


def truth_of(frames: I64, at: F64, size: tuple[int, int], canvas: Box) -> Truth:
    """Of a related pair, from its map and the place of each frame, float64 [n_fg, 5]."""
    at = at.round(4)
    is_fixed = bool((at == at[0]).all()) and at[0, 4] == 0
    matched = at[frames >= 0]
    x, y, width, height = matched[:, :4].mean(axis=0).round(4).tolist()
    visible = places.surrounding(matched, canvas)
    return Truth(frames, x, y, width, height, Box(0, 0, *size), visible, places=None if is_fixed else at)


def drawn(path: Path, frames: I64, at: F64, size: tuple[int, int]) -> Iterator[U8]:
    """FG frames cut out of a BG file, each at its place."""
    for frame, place in zip(picked(path, frames), at, strict=True):
        assert frame is not None
        yield places.shown(frame, place, size)


def cut_from_bg(reel: Reel, folder: Path, frames: I64, at: F64, size: tuple[int, int]) -> Truth:
    """BG is the reel; FG is cut out of it, frame by frame at its place."""
    shutil.copyfile(reel.path, folder / "bg.mp4")
    encode(folder / "fg.mp4", drawn(reel.path, frames, at, size), reel.rate, FG_QUALITY)
    return truth_of(frames, at, size, reel.canvas)


def late(reel: Reel) -> I64:
    return constructed_maps.offset(reel.count, LATE, reel.count - 4)


# ---- the place moves


def stabilised(reel: Reel, folder: Path, *, is_whole: bool = True) -> Truth:
    """BG is shaken by up to 9 px, in whole px or between; FG is the steady picture, smaller."""
    t, margin = np.arange(reel.count), 18
    a, b, c, d = reel.rng.uniform(0, 6.28, 4)
    shake = np.stack(
        [6 * np.sin(0.23 * t + a) + 3 * np.sin(0.61 * t + b), 5 * np.cos(0.31 * t + c) + 3 * np.sin(0.83 * t + d)]
    )
    x, y = margin + (shake.round() if is_whole else shake)
    canvas = Box(0, 0, reel.size[0] - 2 * margin, reel.size[1] - 2 * margin)
    seen = places.moved((0, 0, canvas.width, canvas.height), x, y)
    encode(folder / "bg.mp4", drawn(reel.path, t, seen, (canvas.width, canvas.height)), reel.rate, BG_QUALITY)
    frames, steady = late(reel), part(reel.canvas, 0.19, 0.2, 0.6, 0.6)
    encode(
        folder / "fg.mp4",
        (cropped(f, steady) for f in picked(reel.path, frames) if f is not None),
        reel.rate,
        FG_QUALITY,
    )
    at = places.moved(steady, -x[frames], -y[frames])
    return truth_of(frames, at, (steady.width, steady.height), canvas)


def weave(reel: Reel, folder: Path, *, is_whole: bool = False) -> Truth:
    """FG jitters by 2 px from frame to frame, as film in a gate does."""
    frames, box = late(reel), part(reel.canvas)
    x, y = 2 * np.sin(1.3 * frames), 2 * np.cos(2.1 * frames)
    at = places.moved(box, *((x.round(), y.round()) if is_whole else (x, y)))
    return cut_from_bg(reel, folder, frames, at, (box.width, box.height))


def pan_and_scan(reel: Reel, folder: Path, *, is_sliding: bool = False) -> Truth:
    """FG has BG's height and half its width, and shows another part of it from some frames on; or it slides there."""
    frames, width = late(reel), 2 * round(0.29 * reel.size[0])
    stops = np.array((0.04, 0.38, 0.12)) * reel.size[0]
    time = np.arange(len(frames)) / len(frames)
    x = stops[(time > 0.35).astype(int) + (time > 0.7)].round()
    if is_sliding:
        x = np.interp(time, (0.3, 0.5, 0.8, 0.95), (*stops[:2], *stops[1:]))
    at = places.moved((0, 0, width, reel.size[1]), x, 0 * x)
    return cut_from_bg(reel, folder, frames, at, (width, reel.size[1]))


def slow_zoom(reel: Reel, folder: Path, *, to: float = 1.3) -> Truth:
    """FG shows an ever smaller part of BG, or with `to` below 1 an ever larger one, and drifts a little."""
    frames = late(reel)
    time = np.linspace(0, 1, len(frames))
    factor = 1 + (to - 1) * time if to > 1 else 1 / to + (1 - 1 / to) * time
    size = (2 * round(0.42 * reel.size[0]), 2 * round(0.42 * reel.size[1]))
    whole = np.array(reel.size) * 0.94
    centre = np.array(reel.size) / 2 + time[:, None] * (6.0, -3.0)
    at = places.zoomed(centre, (float(whole[0]), float(whole[0]) * size[1] / size[0]), factor)
    return cut_from_bg(reel, folder, frames, at, size)


def tilt(reel: Reel, folder: Path, *, degrees: float = 1.5) -> Truth:
    """FG lies turned on BG."""
    frames, box = late(reel), part(reel.canvas)
    at = places.constant(len(frames), box, degrees)
    return cut_from_bg(reel, folder, frames, at, (box.width, box.height))


# ---- pixels are not square


def anamorphic(reel: Reel, folder: Path, *, is_labelled: bool = True, is_cropped: bool = False) -> Truth:
    """FG has a DVD's shape, 5 to 4, for a wide BG; the file says so, or does not."""
    box = part(reel.canvas, 0.0, 0.09, 1.0, 0.8)._replace(x=0) if is_cropped else reel.canvas
    size = (360, 288)
    sar = Fraction(box.width * size[1], box.height * size[0])
    encoding = Encoding(sar=sar if is_labelled else None)
    scale = (size[0] / box.width, size[1] / box.height)
    return build(Recipe(box, late(reel), scale, encoding=encoding), reel.path, folder).truth


def anamorphic_bg(reel: Reel, folder: Path) -> Truth:
    """BG has a DVD's shape, and says so; FG has square pixels."""
    size = (360, 288)
    width, height = reel.size
    sar = Fraction(width * size[1], height * size[0])
    shaped = folder / "shaped.mp4"
    encode(shaped, (resized(frame, *size) for frame in reel.frames()), reel.rate, Encoding(crf=16, sar=sar))
    box, scale = part(Box(0, 0, *size)), (width / size[0], height / size[1])
    truth = build(Recipe(box, late(reel), scale, encoding=Encoding(sar=Fraction(1))), shaped, folder).truth
    shaped.unlink()
    return truth


# ---- there is no place


def swapped(reel: Reel, folder: Path, *, is_covering: bool = False) -> Truth:
    """BG is a part of FG, in place and in time; or in place only, so that FG covers all of it."""
    box = part(reel.canvas)
    frames = constructed_maps.offset(reel.count, *((0, reel.count) if is_covering else (LATE, reel.count - 20)))
    encode(
        folder / "bg.mp4", (cropped(f, box) for f in picked(reel.path, frames) if f is not None), reel.rate, FG_QUALITY
    )
    shutil.copyfile(reel.path, folder / "fg.mp4")
    return refused(reel.count, reel.size, Box(0, 0, box.width, box.height), "swapped")


def mirrored(reel: Reel, folder: Path) -> Truth:
    """FG is a part of BG with left and right exchanged."""
    box, frames = part(reel.canvas), late(reel)
    shutil.copyfile(reel.path, folder / "bg.mp4")
    crops = (cropped(f, box)[:, :, ::-1] for f in picked(reel.path, frames) if f is not None)
    encode(folder / "fg.mp4", crops, reel.rate, FG_QUALITY)
    return refused(len(frames), (box.width, box.height), reel.canvas, "mirrored")


def refused(count: int, size: tuple[int, int], canvas: Box, cause: str) -> Truth:
    nowhere = (float("nan"),) * 4
    frames = np.full(count, -1, np.int64)
    return Truth(frames, *nowhere, Box(0, 0, *size), canvas, is_related=False, cause=cause)

"""Cost and accuracy of an engine on two hours: features alone are simulated, with a known map.

BG is made of scenes that drift between mixtures of the same smooth pictures, so that scenes resemble each other; FG
shows some of its frames under noise. Pictures are made in blocks: they are larger than what is measured.
"""

from __future__ import annotations

import tempfile
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from support import constructed_maps, footage
from support.clips import Encoding, encode
from support.picture_edits import to_yuv
from support.scene_elements import grain, wander
from support.scoring import share
from threadpoolctl import threadpool_limits

from benchmarks.cpu import decode, timed
from benchmarks.stage_clock import peak_mib
from benchmarks.tables import markdown
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.alignment.frame_matching import match_frames

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]

WIDTH, HEIGHT = 64, 36
BASE_PICTURES = 24  # that all others are mixed from
MEAN_SCENE_FRAMES = 110  # frames a scene lasts on average
MEAN_GREY, CONTRAST = 120, 4  # grey level of all scenes; grey levels that a base picture adds as it moves
GRAIN_BLUR = 1.3  # of base pictures: they stay smooth on the grid
STILL_DEVIATION = 7  # grey levels that a base picture adds for a whole scene
PERIODS = 40, 160  # frames over which a base picture wanders
NOISE_DEVIATION = 2.0  # grey levels
NOISE_FIELD = 1 << 20  # values that all frames' noise is taken from
DROPPED = 0.002  # of BG's frames
START_SHARE, MISSING_SHARE = 60, 25  # one such part of BG lies before FG; one of FG's is a missing scene
BLOCK_FRAMES = 2048  # frames made at once
YARDSTICK_FRAMES = 150  # frames of 1080p decoded as a yardstick


def table(frames: int, engine: EngineName) -> str:
    """What it costs to align a pair that long, and how right it is."""
    bg = pictures(frames, seed=1)
    truth = film_map(frames)
    fg = noisy(bg, truth, seed=2)
    mask = np.ones((HEIGHT, WIDTH), np.bool_)
    warm = slice(0, 400)
    with threadpool_limits(1):
        match_frames(Features(fg[warm], mask), Features(bg[warm], mask), engine, SearchOptions())
        before = peak_mib()
        found, cpu = timed(
            lambda: match_frames(Features(fg, mask), Features(bg, mask), engine, SearchOptions()).frame_map.bg
        )
        peak = peak_mib()
    whole = frames * decoding_1080p()
    error = np.abs(found - truth)
    rows = [
        ["FG and BG frames", f"{len(truth):,} and {frames:,}", ""],
        ["exact", f"{100 * share(found == truth):.3f} %", ""],
        ["within one", f"{100 * share(error <= 1):.3f} %", ""],
        ["farthest off", f"{error.max()}", ""],
        ["aligning, user CPU", f"{cpu:.1f} s", ""],
        ["decoding BG at 1080p, user CPU", f"{whole:.0f} s", ""],
        ["aligning / decoding BG", f"{100 * cpu / whole:.2f} %", "2 %"],
        ["features held", f"{(fg.nbytes + bg.nbytes) / 2**20:.0f} MiB", ""],
        ["peak before aligning", f"{before:.0f} MiB", ""],
        ["peak", f"{peak:.0f} MiB", "1024 MiB"],
    ]
    return markdown([f"`{engine}`", f"{frames / 24 / 60:.0f} min at 24 fps", "aim: below"], rows)


def film_map(frames: int) -> I64:
    """As a film cut for television: a late start, 1 in 500 frames lost, and a scene of 4 % missing."""
    kept = constructed_maps.drops(constructed_maps.offset(frames, frames // START_SHARE), DROPPED, seed=3)
    return constructed_maps.without(kept, len(kept) // 3, len(kept) // MISSING_SHARE)


def pictures(frames: int, seed: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> U8:
    """u8 [frames, height, width]: each scene drifts smoothly between mixtures of the same few smooth pictures."""
    width, height = size
    rng = np.random.default_rng(seed)
    base = np.stack([grain(width, height, rng, GRAIN_BLUR).reshape(-1) for _ in range(BASE_PICTURES)])
    out = np.empty((frames, height, width), np.uint8)
    cuts = np.flatnonzero(rng.random(frames) < 1 / MEAN_SCENE_FRAMES)
    for first, stop in pairwise(np.unique([0, *cuts, *range(0, frames, BLOCK_FRAMES), frames]).tolist()):
        still = rng.normal(0, STILL_DEVIATION, BASE_PICTURES)
        moves = np.stack([wander(stop - first, rng, pace) for pace in rng.uniform(*PERIODS, BASE_PICTURES)], axis=1)
        mixed = MEAN_GREY + (still + CONTRAST * moves).astype(np.float32) @ base
        out[first:stop] = np.clip(mixed, 0, 255).reshape(-1, height, width)
    return out


def noisy(bg: U8, frames: I64, seed: int) -> U8:
    """Those frames of BG under noise, which comes from random places of one field."""
    rng = np.random.default_rng(seed)
    field = rng.normal(0, NOISE_DEVIATION, NOISE_FIELD).round().astype(np.int16)
    out = np.empty((len(frames), HEIGHT, WIDTH), np.uint8)
    for i, j in enumerate(frames.tolist()):
        at = int(rng.integers(len(field) - WIDTH * HEIGHT))
        out[i] = np.clip(bg[j] + field[at : at + WIDTH * HEIGHT].reshape(HEIGHT, WIDTH), 0, 255)
    return out


def decoding_1080p() -> float:
    """s of user CPU a frame; the cheaper of two runs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        write_1080p(path)
        return min(cpu / count for count, cpu in (timed(lambda: decode(path)) for _ in range(2)))


def write_1080p(path: Path) -> int:
    """A short clip of a hand-held camera; its frames."""
    pictures_1080p = (to_yuv(rgb) for rgb in footage.frames("handheld", YARDSTICK_FRAMES, size=(1920, 1080)))
    encode(path, pictures_1080p, Fraction(24), Encoding(crf=20, preset="medium"))
    return YARDSTICK_FRAMES

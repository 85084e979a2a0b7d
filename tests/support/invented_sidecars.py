"""Sidecars of clips that do not exist: all that exports to editors look at."""

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from support import constructed_maps
from support.constructed_maps import I64
from vidkompy.model import Clip, Colour, FrameMap, Placement, Sidecar

NTSC, FILM = Fraction(30000, 1001), Fraction(24000, 1001)
TICK = Fraction(1, 90000)


class FilmPair(NamedTuple):
    """bg: i64 [n_fg], the frame map. Rates in frames per second; timecodes of the first frames, "" for none."""

    bg: I64
    fg_rate: Fraction
    bg_rate: Fraction
    fg_timecode: str = ""
    bg_timecode: str = ""


BACK_AND_FORTH = constructed_maps.with_foreign(
    constructed_maps.reordered(constructed_maps.drops(constructed_maps.offset(180, 4), 0.05), (1, 0)), 20, 7
)
FILM_PAIRS = {
    "equal rates": FilmPair(constructed_maps.offset(90, 30), NTSC, NTSC, "01:00:00;00", "00:59:58;02"),
    "24 in 30": FilmPair(constructed_maps.ratio(200, 4, 5, start=3), NTSC, FILM, "10:00:00:00", "01:00:00:00"),
    "25 in 30": FilmPair(constructed_maps.ratio(180, 25, 30, start=3), Fraction(30), Fraction(25), "", "10:00:00:12"),
    "30 in 25": FilmPair(constructed_maps.ratio(220, 30, 25, start=5), Fraction(25), Fraction(30), "", ""),
    "drift": FilmPair(constructed_maps.ratio(300, 472, 483, start=5, phase=7), FILM, FILM, "", ""),
    "double speed": FilmPair(constructed_maps.ratio(300, 2, 1, start=11), NTSC, NTSC, "", ""),
    "drops, a title, and back": FilmPair(BACK_AND_FORTH, FILM, FILM, "00:00:01:00", ""),
    "the same at 25": FilmPair(BACK_AND_FORTH, Fraction(25), Fraction(25), "", "00:00:08:00"),
    "long hold": FilmPair(
        constructed_maps.frozen(constructed_maps.offset(100, 9), 40, 60), Fraction(25), Fraction(25), "", ""
    ),
    "ramp": FilmPair(constructed_maps.ramp(300, start=3), Fraction(25), Fraction(25), "", ""),
    "23.976 in 24": FilmPair(constructed_maps.offset(90, 30), Fraction(24), FILM, "", ""),
}


def clip(path: Path, count: int, rate: Fraction, size: tuple[int, int], timecode: str) -> Clip:
    step = 1 / rate / TICK
    whole, remainder = np.divmod(np.arange(count, dtype=np.int64) * step.numerator, step.denominator)
    pts = whole + (2 * remainder + whole % 2 > step.denominator)  # to the nearest, ties to even, as `round`
    colour = Colour(primaries="bt709")
    return Clip(path, 0, "0" * 64, *size, TICK, pts, 0, rate, "yuv420p", colour, Fraction(1), 0, ("aac",), timecode)


def invented(
    pair: str | FilmPair, folder: Path = Path("/clips"), prefix: str = "", placement: Placement | None = None
) -> Sidecar:
    """A pair, or the one of FILM_PAIRS with that name: FG 640x360, by default unscaled at 101,53 of 1280x720."""
    films = FILM_PAIRS[pair] if isinstance(pair, str) else pair
    fg = clip(folder / f"{prefix}fg.mp4", len(films.bg), films.fg_rate, (640, 360), films.fg_timecode)
    bg_count = int(films.bg.max()) + 5
    bg = clip(folder / f"{prefix}bg.mp4", bg_count, films.bg_rate, (1280, 720), films.bg_timecode)
    return Sidecar(fg, bg, placement or Placement(101, 53, 640, 360), FrameMap(films.bg))

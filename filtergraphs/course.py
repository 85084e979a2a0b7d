"""Course: how a picture gets from where it is to each of its places under a window, by ffmpeg's means.

A picture lies on a larger one, of which `crop` cuts a window: its place in each frame moves the picture the other way,
by whole chroma samples and exactly. What is left, an eighth of a px at a time, is done by convolution.
"""

from collections.abc import Sequence
from math import ceil, pi, sin
from typing import NamedTuple

from filtergraphs.geometry import COMMON_GRID

# Steps of a place in one px. A place is then 1/16 px off at most: measured on pictures of all spatial frequencies up to
# 0.22 a px that costs nothing that 8 bits could hold (tests/filtergraphs/test_moving.py)
STEPS = 8
# Of the interpolating kernel, a windowed sinc, on either side. On those pictures it alone reaches 69 dB, with four 74
_LOBES = 3
_UNIT = 2**14  # sum of the integer weights: a power of two, by which floats divide without error


class Course(NamedTuple):
    """Of one axis, px and samples of luma.

    before   px between the start of the larger picture and that of the picture in it
    length   of the larger picture
    margins  by which the window that is cut is larger than the wanted one, before it and behind
    whole    [n] where the window is cut, multiples of the grid
    rest     [n] steps that are left: the window's samples lie rest / STEPS px further on
    """

    before: int
    length: int
    margins: tuple[int, int]
    whole: list[int]
    rest: list[int]

    @property
    def phases(self) -> list[int]:
        """All that `rest` holds but 0, ascending."""
        return sorted(set(self.rest) - {0})


def course(places: Sequence[float], length: int, window: int, grid: int, margins: tuple[int, int] = (0, 0)) -> Course:
    """Of a picture that shows at places[i] of a window in frame i.

    places   px from the window's start
    length   px of the picture
    window   px
    grid     px per chroma sample
    margins  px, as in Course

    >>> course([3, 5, 4.25], 10, 20, 1)
    Course(before=8, length=28, margins=(0, 0), whole=[5, 3, 4], rest=[0, 0, -2])
    """
    steps = [round(place * STEPS) for place in places]
    outermost = (window + margins[1]) * STEPS  # a picture that lies further off is not seen either
    steps = [min(max(step, -(length + margins[0]) * STEPS), outermost) for step in steps]
    before = max(next_multiple(ceil(max(steps) / STEPS) + margins[0] + grid), 0)
    unit = STEPS * grid
    offsets = [(before - margins[0]) * STEPS - step for step in steps]
    whole = [(offset + unit // 2) // unit * grid for offset in offsets]
    rest = [offset - at * STEPS for offset, at in zip(offsets, whole, strict=True)]
    total = max(before + length, max(whole) + window + sum(margins))
    return Course(before, next_multiple(total), margins, whole, rest)


def is_on_grid(places: Sequence[float], grid: int) -> bool:
    """Whether all places are reached by whole chroma samples."""
    return all(round(place * STEPS) % (STEPS * grid) == 0 for place in places)


def radius(grid: int) -> int:
    """Samples either side of one that the weights of a shift by half a chroma sample reach."""
    return _LOBES - 1 + ceil(grid / 2)


def interpolating_weights(shift: float, reach: int) -> list[int]:
    """Integer weights of samples -reach .. reach, whose sum is the sample `shift` further on; |shift| <= 1 or so.

    A sinc, windowed by one of _LOBES times the width (Lanczos).

    >>> sum(interpolating_weights(0.25, 3)) == _UNIT
    True
    """
    weights = [_lanczos(k - shift) for k in range(-reach, reach + 1)]
    return _in_integers(weights)


def covering_weights(shift: float, reach: int) -> list[int]:
    """As `interpolating_weights`, along a straight line between two samples: what is 0 or full stays within.

    >>> covering_weights(0.25, 1)
    [0, 12288, 4096]
    """
    return _in_integers([max(1 - abs(k - shift), 0) for k in range(-reach, reach + 1)])


def _lanczos(x: float) -> float:
    if x == 0:
        return 1.0
    if abs(x) >= _LOBES:
        return 0.0
    return _LOBES * sin(pi * x) * sin(pi * x / _LOBES) / (pi * x) ** 2


def _in_integers(weights: Sequence[float]) -> list[int]:
    total = sum(weights)
    rounded = [round(weight / total * _UNIT) for weight in weights]
    rounded[rounded.index(max(rounded))] += _UNIT - sum(rounded)
    return rounded


def next_multiple(px: int) -> int:
    return -(-px // COMMON_GRID) * COMMON_GRID

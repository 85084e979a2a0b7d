"""Pictures scaled and turned frame by frame, by `perspective`.

Measured on 5.1 and 9.0 against scenes that are known between their samples, up to 0.22 waves a px: 56 dB, where the
levels of 8 bits alone allow 58.9; `rotate`, linear, 53 dB; `scale` with new sizes midway ends on whole px, 48 dB.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from filtergraphs.digital_lines import fit
from filtergraphs.expressions import table
from filtergraphs.formats import depth, has_alpha, shallow
from filtergraphs.shape import Linear, source_corners
from filtergraphs.stream_ops import Stream, add_up

_FRACTION = 1024  # of a px, in which corners are given: perspective itself rounds to 1/256
# `perspective` reads its expressions anew for each frame. Measured: 3.4 us for a line of all eight, and 13 ms for a
# picture of 1280x720. A chain of them, each for a stretch of frames, keeps expressions short; each has a table of
# 8 bytes a px
_LINES = 64
_MOST_STRETCHES = 16
_SUMMANDS = 4  # pictures of 8 bits whose sum has 10: exact before, four times rounded after
SAME_LEVELS = {"flags": "neighbor", "in_range": "limited", "out_range": "limited"}  # swscale only shifts bits then
_NAMES = ("x0", "y0", "x1", "y1", "x2", "y2", "x3", "y3")


@dataclass(frozen=True)
class Turning:
    """Options of the filters that turn a picture, one after another.

    turns    [n]   as of a Shape
    middle   px of the picture about which it turns
    size     px
    """

    turns: Sequence[Linear]
    middle: tuple[float, float]
    size: tuple[int, int]

    def stretches(self) -> list[dict[str, str]]:
        """Options of each `perspective` but for how it interpolates."""
        columns = [
            [round(px * _FRACTION) for px in column] for column in source_corners(self.turns, self.middle, self.size)
        ]
        if all(len(set(column)) == 1 for column in columns):
            return [{name: str(column[0] / _FRACTION) for name, column in zip(_NAMES, columns, strict=True)}]
        lines = max(len(fit(column)) for column in columns)
        count = min(ceil(lines / _LINES), _MOST_STRETCHES)
        bounds = [len(self.turns) * k // count for k in range(count + 1)]
        return [self._stretch(columns, a, b, count) for a, b in pairwise(bounds) if a < b]

    def _stretch(self, columns: Sequence[Sequence[int]], first: int, stop: int, count: int) -> dict[str, str]:
        """perspective counts frames from 1 on, those that it leaves alone too."""
        at = f"(in-{first + 1})"
        options = {
            name: f"({table(column[first:stop], at)})/{_FRACTION}" for name, column in zip(_NAMES, columns, strict=True)
        }
        enable = {"enable": f"between(n,{first},{stop - 1})"} if count > 1 else {}
        return options | {"eval": "frame"} | enable


def turn_picture(stream: Stream, turning: Turning, pix_fmt: str) -> Stream:
    """A picture turned in its own format.

    perspective knows 8 bits. A deeper picture is the sum of four of those, each of which rounds elsewhere, so that
    their sum is it again to 10 bits; each is turned by itself.
    """
    stretches = turning.stretches()
    if depth(pix_fmt) == 8:
        return _turned(stream, stretches, "cubic")
    unit = 2 ** (depth(pix_fmt) - 8)
    planes = _planes(pix_fmt)
    parts = []
    copies = stream.split()
    for k in range(_SUMMANDS):
        floor = f"min(floor((val+{k * unit // _SUMMANDS})/{unit}),255)*{unit}"
        part = _lut(copies[k], planes, floor).filter("scale", **SAME_LEVELS).filter("format", pix_fmts=shallow(pix_fmt))
        part = _turned(part, stretches, "cubic").filter("scale", **SAME_LEVELS).filter("format", pix_fmts=pix_fmt)
        parts.append(_lut(part, planes, f"floor(val/{unit})*{unit // _SUMMANDS}"))
    return add_up(parts)


def turn_mask(stream: Stream, turning: Turning, pix_fmt: str) -> Stream:
    """A mask of 8 bits turned, and brought to the depth of `pix_fmt`: what is 0 or full stays so."""
    stream = _turned(stream, turning.stretches(), "linear")
    if depth(pix_fmt) == 8:
        return stream
    full, most = 2 ** depth(pix_fmt) - 1, 255 * 2 ** (depth(pix_fmt) - 8)
    stream = stream.filter("scale", **SAME_LEVELS).filter("format", pix_fmts=pix_fmt)
    wanted, copies = f"min(floor(val*{full}/{most}+0.5),{full})", stream.split()
    halves = f"floor({wanted}/2)", f"ceil({wanted}/2)"  # of RGB and gray lut holds no more than `most`
    return add_up([_lut(copies[k], _planes(pix_fmt), half) for k, half in enumerate(halves)])


def _turned(stream: Stream, stretches: Sequence[dict[str, str]], interpolation: str) -> Stream:
    for options in stretches:
        stream = stream.filter("perspective", **options, interpolation=interpolation)
    return stream


def _planes(pix_fmt: str) -> int:
    return 1 if pix_fmt.startswith("gray") else 4 if has_alpha(pix_fmt) else 3


def _lut(stream: Stream, planes: int, expression: str) -> Stream:
    return stream.filter("lut", **{f"c{k}": expression for k in range(planes)})

"""Shape: how a picture is scaled and turned before it is shifted to its place, in all frames alike or frame by frame.

`scale` does what is alike in all frames; the rest is done by `perspective`, which takes numbers for each frame. It
interpolates by four samples across and down, so that pictures are scaled to their largest size before.
"""

from collections.abc import Sequence
from math import ceil, hypot
from typing import NamedTuple

from filtergraphs.course import next_multiple
from filtergraphs.geometry import COMMON_GRID, nearest_multiple
from filtergraphs.motion import Affine

Linear = tuple[float, float, float, float]  # xx, xy, yx, yy, as of an Affine

_MOST_PADDING = 128  # px: one of 64 paddings puts the other edge within 1/60 px of a whole chroma sample
_ROOM = 2  # px around a turned picture that its edges are interpolated with
_SAME = 1e-9  # floats: far below what moves a px


class Shape(NamedTuple):
    """Of a picture in all frames.

    padding   px that its right and bottom edges are drawn out by before it is scaled
    scaled    px of the padded picture after that
    inner     px between the left and top edges of a box, in which it lies however it is turned, and its own
    box       px
    corners   [n]   where the box lies on the canvas
    turns     [n]   what is left of how it is scaled and turned, about the middle of the box; empty where nothing is
    """

    padding: tuple[int, int]
    scaled: tuple[int, int]
    inner: tuple[int, int]
    box: tuple[int, int]
    corners: list[tuple[float, float]]
    turns: list[Linear]

    def factor(self, size: tuple[int, int]) -> tuple[float, float]:
        """px after scaling in one before, across and down. size: of the picture."""
        across, down = (
            scaled / (length + padding) for scaled, length, padding in zip(self.scaled, size, self.padding, strict=True)
        )
        return across, down


def shape_of(places: Sequence[Affine], size: tuple[int, int], grid: tuple[int, int]) -> Shape:
    """The shape of a picture of `size` px at these places. grid: px per chroma sample.

    >>> shape_of([Affine(3, 4), Affine(5, 4)], (32, 24), (2, 2))[:4]
    ((0, 0), (32, 24), (0, 0), (32, 24))
    >>> shape_of([Affine(3, 4, 0.75, 0, 0, 0.75)], (32, 24), (2, 2))[:2]
    ((0, 0), (24, 18))
    """
    first = places[0].linear
    xx, xy, yx, yy = first
    is_alike = all(place.linear == first for place in places)
    if is_alike and max(abs(xy), abs(yx)) < _SAME and min(xx, yy) > 0:
        axes = [_padded(length, s, step) for length, s, step in zip(size, (xx, yy), grid, strict=True)]
        (right, width), (bottom, height) = axes
        corners = [(place.left, place.top) for place in places]
        return Shape((right, bottom), (width, height), (0, 0), (width, height), corners, [])
    across = max(hypot(place.xx, place.yx) for place in places)
    down = max(hypot(place.xy, place.yy) for place in places)
    return _turned(
        places, size, (nearest_multiple(size[0] * across, grid[0]), nearest_multiple(size[1] * down, grid[1]))
    )


def _turned(places: Sequence[Affine], size: tuple[int, int], scaled: tuple[int, int]) -> Shape:
    factors = [length / own for length, own in zip(scaled, size, strict=True)]
    turns = [(p.xx / factors[0], p.xy / factors[1], p.yx / factors[0], p.yy / factors[1]) for p in places]
    widest = max(abs(xx) * scaled[0] + abs(xy) * scaled[1] for xx, xy, _, _ in turns)
    highest = max(abs(yx) * scaled[0] + abs(yy) * scaled[1] for _, _, yx, yy in turns)
    inner_x, inner_y = (
        next_multiple(max(ceil((reach - length) / 2), 0) + _ROOM)
        for reach, length in zip((widest, highest), scaled, strict=True)
    )
    box = scaled[0] + 2 * inner_x, scaled[1] + 2 * inner_y
    middles = [place.at(size[0] / 2, size[1] / 2) for place in places]
    corners = [(x - box[0] / 2, y - box[1] / 2) for x, y in middles]
    return Shape((0, 0), scaled, (inner_x, inner_y), box, corners, turns)


def source_corners(turns: Sequence[Linear], middle: tuple[float, float], size: tuple[int, int]) -> list[list[float]]:
    """[8][n]: x and y of the px that get to the top left, top right, bottom left and bottom right of a picture.

    turns    of the picture's px about its middle
    size     of the picture, px; px are counted at their middles, as `perspective` does
    """
    columns: list[list[float]] = [[] for _ in range(8)]
    for xx, xy, yx, yy in turns:
        area = xx * yy - xy * yx
        for k, (x, y) in enumerate(((0, 0), (size[0], 0), (0, size[1]), size)):
            dx, dy = x + 0.5 - middle[0], y + 0.5 - middle[1]
            columns[2 * k].append(middle[0] + (yy * dx - xy * dy) / area - 0.5)
            columns[2 * k + 1].append(middle[1] + (xx * dy - yx * dx) / area - 0.5)
    return columns


def _padded(length: int, factor: float, grid: int) -> tuple[int, int]:
    """Padding, and the length of all after scaling, whose factor is as near as can be."""
    if abs(factor - 1) < _SAME:
        return 0, length
    paddings = range(0, _MOST_PADDING, grid)

    def error(padding: int) -> float:
        scaled = (length + padding) * factor
        return abs(scaled - nearest_multiple(scaled, grid)) * length / (length + padding)

    best = min(paddings, key=lambda padding: (error(padding) > COMMON_GRID / 1000, error(padding)))
    return best, nearest_multiple((length + best) * factor, grid)

"""A clip that moves: its pictures on larger ones, of which a window is cut that moves the other way.

Measured on 5.1 and 9.0: `crop` at an expression gives the samples as they are in every format, where the place is on
the grid of chroma. `overlay` rounds places to that grid and is deep in few formats; `pad` has no frame number.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from filtergraphs.colour import replication
from filtergraphs.composition import Composition, Source
from filtergraphs.composition_format import working_format
from filtergraphs.course import (
    STEPS,
    Course,
    course,
    covering_weights,
    interpolating_weights,
    is_on_grid,
    next_multiple,
    radius,
)
from filtergraphs.expressions import mask_around, ramp, table
from filtergraphs.formats import chroma_grid, depth, has_alpha, is_yuv, shallow, with_alpha
from filtergraphs.geometry import Rect, drawn_part, feathered_edges
from filtergraphs.motion import Motion
from filtergraphs.resizing import resize
from filtergraphs.shape import Shape, shape_of
from filtergraphs.stream_ops import Borders, Stream, crop, crop_each, draw_out
from filtergraphs.turning import SAME_LEVELS, Turning, turn_mask, turn_picture

# Samples that 5.1 may get wrong at the start of a row: down columns, convolution works on 16 at once, goes on from the
# last ones into the first ones of the next row, and leaves some out in a thread's share of the columns where that ends
# before the 32nd (measured in more than 8 bits, for 1 to 16 threads)
_UNSURE = 32
_Weights = Callable[[float, int], list[int]]


@dataclass(frozen=True)
class Way:
    """How a clip gets to its places: scaled and turned in a box, which is shifted across and down.

    grid   px per chroma sample
    """

    shape: Shape
    across: Course
    down: Course
    grid: tuple[int, int]

    @cached_property
    def window_x(self) -> str:
        """Expression of crop: where the window begins in each frame."""
        return table(self.across.whole, "n")

    @cached_property
    def window_y(self) -> str:
        return table(self.down.whole, "n")

    @property
    def rests(self) -> tuple[int, int]:
        """How many there are across and down: -half to half - 1."""
        return STEPS * self.grid[0], STEPS * self.grid[1]

    @cached_property
    def timestamps(self) -> str:
        """Expression of setpts: timestamps that say what rests there are in each frame."""
        x_rests, y_rests = self.rests
        codes = [
            (i * x_rests + x + x_rests // 2) * y_rests + y + y_rests // 2
            for i, (x, y) in enumerate(zip(self.across.rest, self.down.rest, strict=True))
        ]
        return table(codes, "N")

    @property
    def turning(self) -> Turning | None:
        if not self.shape.turns:
            return None
        (width, height), across, down = self.shape.box, self.across, self.down
        middle = across.before + width / 2, down.before + height / 2
        return Turning(self.shape.turns, middle, (across.length, down.length))

    @property
    def corner(self) -> tuple[int, int]:
        """px of the larger picture at which the scaled one begins."""
        inner_x, inner_y = self.shape.inner
        return self.across.before + inner_x, self.down.before + inner_y

    @property
    def is_exact(self) -> bool:
        """Whether all is done by cutting windows at whole chroma samples."""
        return not (self.shape.turns or self.across.phases or self.down.phases)


def way_of(c: Composition, motion: Motion, window: Rect) -> Way:
    """Under a window, px of the canvas, in the composition's frames. A part of a drawing goes the way of the whole."""
    grid_x, grid_y = grid = chroma_grid(working_format(c))
    shape = shape_of(motion.places, motion.size, grid)
    lefts, tops = [x - window.x for x, _ in shape.corners], [y - window.y for _, y in shape.corners]
    margin_x = margin_y = 0, 0
    if not (is_on_grid(lefts, grid_x) and is_on_grid(tops, grid_y)):
        reach_x, reach_y = (next_multiple(radius(step) * step) for step in grid)
        margin_x, margin_y = (_UNSURE * grid_x, reach_x), (reach_y, reach_y)
    width, height = shape.box
    across = course(lefts, width, window.width, grid_x, margin_x)
    down = course(tops, height, window.height, grid_y, margin_y)
    part = slice(motion.first, motion.first + len(c.fg_pts))
    across, down = (way._replace(whole=way.whole[part], rest=way.rest[part]) for way in (across, down))
    return Way(shape._replace(corners=shape.corners[part], turns=shape.turns[part]), across, down, grid)


def moving_foreground(c: Composition, motion: Motion, fg: Stream, window: Rect) -> tuple[Stream, Stream]:
    """FG as it lies under the window in each frame, and a mask of the same size: full where FG does not cover it.

    fg       whole, in the working format or that with alpha, on the clock that counts its frames
    window   px of the canvas
    """
    way, target = way_of(c, motion, window), working_format(c)
    own = with_alpha(target) if has_alpha(c.fg.pix_fmt) else target
    larger = on_larger(scaled(fg, c.fg, own, way.shape), way, is_smeared=not way.is_exact)
    copies = larger.split()
    pictures, mask, turning = copies[0], copies[1].filter("trim", end_frame=1), way.turning
    if turning is None:
        mask = _repeated(c, _one_mask(c, mask, way, target))
    else:
        pictures = turn_picture(pictures, turning, own)
        small = shallow(target)
        mask = mask.filter("scale", **SAME_LEVELS).filter("format", pix_fmts=small)
        mask = turn_mask(_repeated(c, _one_mask(c, mask, way, small)), turning, target)
    return cut(pictures, way, window), cut(mask, way, window, covering_weights)


def scaled(stream: Stream, source: Source, pix_fmt: str, shape: Shape) -> Stream:
    """The picture, in pixel format `pix_fmt`, as large as its shape says."""
    width, height = source.width, source.height
    right, bottom = shape.padding
    stream = draw_out(stream, (width, height), Borders(0, 0, right, bottom))
    if shape.scaled == (width + right, height + bottom):
        return stream
    own = replace(source, pix_fmt=pix_fmt)
    return resize(stream, own, shape.scaled, pix_fmt, replication(own))


def on_larger(stream: Stream, way: Way, is_smeared: bool) -> Stream:
    """The picture on the larger one; is_smeared: its edges are drawn out around it."""
    (x, y), (width, height) = way.corner, (way.across.length, way.down.length)
    if is_smeared:
        right, bottom = width - x - way.shape.scaled[0], height - y - way.shape.scaled[1]
        return draw_out(stream, way.shape.scaled, Borders(x, y, right, bottom))
    return stream.filter("pad", width=width, height=height, x=x, y=y)


def on_scaled(part: Rect, way: Way, size: tuple[int, int]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Size and corner, px of the larger picture, of a part of a clip of `size` px."""
    (across, down), (x, y) = way.shape.factor(size), way.corner
    sides = part.width * across, part.height * down
    return (round(sides[0], 3), round(sides[1], 3)), (round(x + part.x * across, 3), round(y + part.y * down, 3))


def _one_mask(c: Composition, larger: Stream, way: Way, pix_fmt: str) -> Stream:
    """One picture as large as FG's larger one: 0 where FG lies, full around it; at feathered edges it fades.

    larger   one picture of that size, in pixel format `pix_fmt`
    """
    full, edges = 2 ** depth(pix_fmt) - 1, feathered_edges(c)
    size, corner = on_scaled(drawn_part(c), way, (c.fg.width, c.fg.height))

    def expression(step: tuple[int, int]) -> str:
        inside = ramp(size, edges, c.feather, full, step, corner) if any(edges) else "0"
        return mask_around(size, corner, full, step, inside)

    return larger.filter("geq", **by_plane(pix_fmt, expression))


def _repeated(c: Composition, mask: Stream) -> Stream:
    return mask.filter("loop", loop=len(c.fg_pts) - 1, size=1).filter("setpts", expr="N")


def by_plane(target: str, expression: Callable[[tuple[int, int]], str]) -> dict[str, str]:
    """Options of geq for a picture of `target`. expression: for so many px per sample, across and down."""
    if target.startswith("gray"):
        return {"lum": expression((1, 1))}
    if is_yuv(target):
        per_chroma_sample = expression(chroma_grid(target))
        return {"lum": expression((1, 1)), "cb": per_chroma_sample, "cr": per_chroma_sample}
    return dict.fromkeys(("r", "g", "b"), expression((1, 1)))


def cut(larger: Stream, way: Way, window: Rect, weights: _Weights = interpolating_weights) -> Stream:
    """The window under which the picture is in its place in each frame."""
    return cut_each(larger, way, window, [Rect(0, 0, window.width, window.height)], weights)[0]


def cut_each(
    larger: Stream, way: Way, window: Rect, parts: Sequence[Rect], weights: _Weights = interpolating_weights
) -> list[Stream]:
    """Parts of the window under which the picture is in its place in each frame; nothing else is interpolated.

    parts   px of the window, whole chroma samples where places are between them
    """
    margins = way.across.margins, way.down.margins
    left, top = (before for before, _ in margins)
    size = {"out_w": window.width + sum(margins[0]), "out_h": window.height + sum(margins[1])}
    stream = larger.filter("crop", **size, x=way.window_x, y=way.window_y, exact=1)
    if not (way.across.phases or way.down.phases):
        return crop_each(stream, [part._replace(x=part.x + left, y=part.y + top) for part in parts])
    stream = stream.filter("setpts", expr=way.timestamps)
    around = [part._replace(width=part.width + sum(margins[0]), height=part.height + sum(margins[1])) for part in parts]
    shifted = [_shifted(part, way, weights).filter("setpts", expr="N") for part in crop_each(stream, around)]
    inner = [Rect(left, top, part.width, part.height) for part in parts]
    return [crop(stream, rect) for stream, rect in zip(shifted, inner, strict=True)]


def _shifted(stream: Stream, way: Way, weights: _Weights) -> Stream:
    """The rest of the way, by one convolution across and one down for each rest that occurs.

    Each of them works in the frames that its `enable` names, and lets the others through as they are. What a frame
    needs stands in its timestamp meanwhile: one expression of all frames, where each enable would need one.
    """
    (grid_x, grid_y), (x_rests, y_rests) = way.grid, way.rests
    for phase in way.across.phases:
        code = f"mod(floor(t/{y_rests}),{x_rests})"
        stream = _convolved(stream, "row", phase, grid_x, weights, f"eq({code},{phase + x_rests // 2})")
    for phase in way.down.phases:
        enable = f"eq(mod(t,{y_rests}),{phase + y_rests // 2})"
        stream = _convolved(stream, "column", phase, grid_y, weights, enable)
    return stream


def _convolved(stream: Stream, mode: str, phase: int, grid: int, weights: _Weights, enable: str) -> Stream:
    """Luma, or the first plane, shifted by phase / STEPS px, and the others by as much of their larger samples."""
    luma, chroma = (_matrix(weights(phase / STEPS / step, radius(grid))) for step in (1, grid))
    matrices = {"0m": luma, "1m": chroma, "2m": chroma}
    return stream.filter("convolution", **matrices, **dict.fromkeys(("0mode", "1mode", "2mode"), mode), enable=enable)


def _matrix(weights: Sequence[int]) -> str:
    return "|".join(map(str, weights))

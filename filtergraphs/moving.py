"""A clip that moves: its pictures on larger ones, of which a window is cut that moves the other way.

Measured on 5.1 and 9.0: `crop` at an expression gives the samples as they are in every format, where the place is on
the grid of chroma. `overlay` rounds places to that grid and is deep in few formats; `pad` has no frame number.
"""

from collections.abc import Callable, Sequence

from filtergraphs.composition import Composition
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
from filtergraphs.formats import chroma_grid, depth, is_yuv
from filtergraphs.geometry import Rect, drawn_part, feathered_edges
from filtergraphs.motion import Motion
from filtergraphs.stream_ops import Stream, crop

# Samples: down columns, convolution works on 16 columns at once, and in 5.1 goes on from the last ones into the first
# ones of the next row
_OVERRUN = 16
_Weights = Callable[[float, int], list[int]]


def moving_foreground(c: Composition, motion: Motion, fg: Stream, window: Rect) -> tuple[Stream, Stream]:
    """FG as it lies under the window in each frame, and a mask of the same size: full where FG does not cover it.

    fg       whole, in the working format, on the clock that counts its frames
    window   px of the canvas
    """
    courses = courses_of(c, motion, (c.fg.width, c.fg.height), window)
    is_interpolated = any(way.phases for way in courses)
    larger = on_larger(fg, (c.fg.width, c.fg.height), courses, is_smeared=is_interpolated)
    copies = larger.split()
    mask = _one_mask(c, copies[1], courses).filter("loop", loop=len(c.fg_pts) - 1, size=1).filter("setpts", expr="N")
    return cut(c, copies[0], courses, window), cut(c, mask, courses, window, covering_weights)


def courses_of(c: Composition, motion: Motion, size: tuple[int, int], window: Rect) -> tuple[Course, Course]:
    """Across and down."""
    places = motion.places[motion.first : motion.first + len(c.fg_pts)]
    (grid_x, grid_y), (width, height) = chroma_grid(working_format(c)), size
    lefts, tops = [place.left - window.x for place in places], [place.top - window.y for place in places]
    margins = (0, 0)
    if not (is_on_grid(lefts, grid_x) and is_on_grid(tops, grid_y)):
        margins = next_multiple(max(_OVERRUN * grid_x, radius(grid_x))), next_multiple(radius(grid_y))
    return (
        course(lefts, width, window.width, grid_x, margins[0]),
        course(tops, height, window.height, grid_y, margins[1]),
    )


def on_larger(stream: Stream, size: tuple[int, int], courses: tuple[Course, Course], is_smeared: bool) -> Stream:
    """The picture on the larger one; is_smeared: its edges go on around it, as interpolation wants."""
    across, down = courses
    stream = stream.filter("pad", width=across.length, height=down.length, x=across.before, y=down.before)
    if not is_smeared:
        return stream
    right, bottom = across.length - across.before - size[0], down.length - down.before - size[1]
    borders = {"left": across.before, "right": right, "top": down.before, "bottom": bottom}
    return stream.filter("fillborders", **borders, mode="smear")


def _one_mask(c: Composition, larger: Stream, courses: tuple[Course, Course]) -> Stream:
    """One picture as large as FG's larger one: 0 where FG lies, full around it; at feathered edges it fades."""
    target, (across, down) = working_format(c), courses
    full = 2 ** depth(target) - 1
    drawn = drawn_part(c)
    size, corner = (drawn.width, drawn.height), (across.before + drawn.x, down.before + drawn.y)
    edges = feathered_edges(c)

    def expression(step: tuple[int, int]) -> str:
        inside = ramp(size, edges, c.feather, full, step, corner) if any(edges) else "0"
        return mask_around(size, corner, full, step, inside)

    return larger.filter("trim", end_frame=1).filter("geq", **by_plane(target, expression))


def by_plane(target: str, expression: Callable[[tuple[int, int]], str]) -> dict[str, str]:
    """Options of geq for a picture of `target`. expression: for so many px per sample, across and down."""
    if target.startswith("gray"):
        return {"lum": expression((1, 1))}
    if is_yuv(target):
        per_chroma_sample = expression(chroma_grid(target))
        return {"lum": expression((1, 1)), "cb": per_chroma_sample, "cr": per_chroma_sample}
    return dict.fromkeys(("r", "g", "b"), expression((1, 1)))


def cut(
    c: Composition,
    larger: Stream,
    courses: tuple[Course, Course],
    window: Rect,
    weights: _Weights = interpolating_weights,
) -> Stream:
    """The window under which the picture is in its place in each frame."""
    across, down = courses
    margins = 2 * across.margin, 2 * down.margin
    size = {"out_w": window.width + margins[0], "out_h": window.height + margins[1]}
    part = larger.filter("crop", **size, x=table(across.whole, "n"), y=table(down.whole, "n"), exact=1)
    if not (across.phases or down.phases):
        return part
    part = _shifted(c, part, across, down, weights)
    return crop(part, Rect(across.margin, down.margin, window.width, window.height))


def _shifted(c: Composition, stream: Stream, across: Course, down: Course, weights: _Weights) -> Stream:
    """The rest of the way, by one convolution across and one down for each rest that occurs.

    Each of them works in the frames that its `enable` names, and lets the others through as they are. What a frame
    needs stands in its timestamp meanwhile: one expression of all frames, where each enable would need one.
    """
    grid_x, grid_y = chroma_grid(working_format(c))
    units = STEPS * grid_x, STEPS * grid_y
    codes = [
        (i * units[0] + x + units[0] // 2) * units[1] + y + units[1] // 2
        for i, (x, y) in enumerate(zip(across.rest, down.rest, strict=True))
    ]
    stream = stream.filter("setpts", expr=table(codes, "N"))
    for phase in across.phases:
        code = f"mod(floor(t/{units[1]}),{units[0]})"
        stream = _convolved(stream, "row", phase, grid_x, weights, f"eq({code},{phase + units[0] // 2})")
    for phase in down.phases:
        code = f"mod(t,{units[1]})"
        stream = _convolved(stream, "column", phase, grid_y, weights, f"eq({code},{phase + units[1] // 2})")
    return stream.filter("setpts", expr="N")


def _convolved(stream: Stream, mode: str, phase: int, grid: int, weights: _Weights, enable: str) -> Stream:
    """Luma, or the first plane, shifted by phase / STEPS px, and the others by as much of their larger samples."""
    luma, chroma = (_matrix(weights(phase / STEPS / step, radius(grid))) for step in (1, grid))
    matrices = {"0m": luma, "1m": chroma, "2m": chroma}
    return stream.filter("convolution", **matrices, **dict.fromkeys(("0mode", "1mode", "2mode"), mode), enable=enable)


def _matrix(weights: Sequence[int]) -> str:
    return "|".join(map(str, weights))

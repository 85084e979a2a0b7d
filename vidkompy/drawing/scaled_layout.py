"""Layouts in which one clip is scaled: FG on BG's canvas, or BG for a canvas of FG's pixels, and lies between pixels.

What a scaled clip covers in part is left to the other one: it is drawn on the whole chroma samples inside, so that the
output keeps FG's format.
"""

from __future__ import annotations

from dataclasses import replace

from filtergraphs import Composition
from filtergraphs.composition_format import WIDEST_MOVABLE_CHROMA
from filtergraphs.formats import chroma_grid
from filtergraphs.geometry import Rect, nearest_multiple
from filtergraphs.resampling import Resampling
from vidkompy.drawing.subpixel_fit import Axis, AxisFit, SubpixelParameters, covered_span, fit_axis, resampling_of
from vidkompy.model import Placement, Sidecar


def between_pixels(
    sidecar: Sidecar, layout: Composition, parameters: SubpixelParameters = SubpixelParameters()
) -> Composition:
    """A layout whose FG is scaled to whole px, with FG at its place between them; as it is where that is the same."""
    place, fg, grid = sidecar.placement, sidecar.fg, _movable_grid(layout)
    ends = (place.x, place.x + place.width), (place.y, place.y + place.height)
    drawn = (layout.x, layout.x + layout.width), (layout.y, layout.y + layout.height)
    if _are_near(ends, drawn, parameters):
        return layout
    fits = _fits((fg.width, fg.height), place, ends, chroma_grid(fg.pix_fmt), grid, parameters)
    how = resampling_of((fg.width, fg.height), *fits)
    covered = _covered(how, (fg.width, fg.height), layout.canvas, grid, parameters)
    if covered.is_empty:
        return layout
    x, y, width, height = covered
    return replace(layout, x=x, y=y, width=width, height=height, fg_resampling=how)


def on_fg_canvas(
    sidecar: Sidecar, layout: Composition, parameters: SubpixelParameters = SubpixelParameters()
) -> Composition:
    """FG at its own size, on what BG, as much larger or smaller, covers whole."""
    place, fg, bg = sidecar.placement, sidecar.fg, sidecar.bg
    on_whole_px = _on_whole_px(sidecar, layout)
    across, down = fg.width / place.width, fg.height / place.height
    bg_place = Placement(-place.x * across, -place.y * down, bg.width * across, bg.height * down)
    ends = (0.0, float(fg.width)), (0.0, float(fg.height))  # of FG, which has to be met
    width, height = on_whole_px.canvas
    x, y = on_whole_px.x, on_whole_px.y
    wanted = (bg_place.x, bg_place.x + bg_place.width), (bg_place.y, bg_place.y + bg_place.height)
    if _are_near(wanted, ((-x, width - x), (-y, height - y)), parameters):
        return on_whole_px
    grid = _movable_grid(layout)
    fits = _fits((bg.width, bg.height), bg_place, ends, chroma_grid(bg.pix_fmt), grid, parameters)
    how = resampling_of((bg.width, bg.height), *fits)
    covered = _covered(how, (bg.width, bg.height), None, grid, parameters)
    if covered.is_empty:
        return on_whole_px
    how = replace(how, x=how.x - covered.x, y=how.y - covered.y)
    return replace(
        on_whole_px, x=-covered.x, y=-covered.y, canvas_size=(covered.width, covered.height), bg_resampling=how
    )


def _on_whole_px(sidecar: Sidecar, layout: Composition) -> Composition:
    """BG scaled to whole chroma samples, FG on the nearest px."""
    placement, fg, bg = sidecar.placement, sidecar.fg, sidecar.bg
    grid_x, grid_y = chroma_grid(fg.pix_fmt)
    width = nearest_multiple(bg.width * fg.width / placement.width, grid_x)
    height = nearest_multiple(bg.height * fg.height / placement.height, grid_y)
    x, y = round(placement.x * width / bg.width), round(placement.y * height / bg.height)
    return replace(layout, x=x, y=y, width=fg.width, height=fg.height, canvas_size=(width, height))


def _movable_grid(layout: Composition) -> tuple[int, int]:
    """px that share a chroma sample in what is drawn."""
    grid = chroma_grid(layout.fg.pix_fmt)
    return grid if max(grid) <= WIDEST_MOVABLE_CHROMA else (1, 1)


def _are_near(
    ends: tuple[tuple[float, float], tuple[float, float]],
    drawn: tuple[tuple[int, int], tuple[int, int]],
    parameters: SubpixelParameters,
) -> bool:
    pairs = zip((*ends[0], *ends[1]), (*drawn[0], *drawn[1]), strict=True)
    return all(abs(end - at) <= parameters.tolerance for end, at in pairs)


def _fits(
    size: tuple[int, int],
    place: Placement,
    ends: tuple[tuple[float, float], tuple[float, float]],
    grid: tuple[int, int],
    drawn_grid: tuple[int, int],
    parameters: SubpixelParameters,
) -> tuple[AxisFit, AxisFit]:
    """Across and down."""
    across = Axis(size[0], place.x, place.width, ends[0], grid[0], drawn_grid[0])
    down = Axis(size[1], place.y, place.height, ends[1], grid[1], drawn_grid[1])
    return fit_axis(across, parameters), fit_axis(down, parameters)


def _covered(
    how: Resampling,
    size: tuple[int, int],
    canvas: tuple[int, int] | None,
    grid: tuple[int, int],
    parameters: SubpixelParameters,
) -> Rect:
    """px that a clip covers whole, in whole chroma samples but where it ends beyond the canvas."""
    x, y, width, height = how.rect_of(*size)
    last_x, last_y = canvas or (None, None)
    left, right = covered_span(x, x + width, last_x, grid[0], parameters.tolerance)
    top, bottom = covered_span(y, y + height, last_y, grid[1], parameters.tolerance)
    return Rect.between(left, top, right, bottom)

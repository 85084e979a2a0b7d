"""Where both clips are looked at in a frame of the output: everywhere alike, or where one of them has moved to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from filtergraphs import Composition
from filtergraphs.geometry import Rect, drawn_part, exact_bg_rect, exact_fg_rect, feathered_edges, unfeathered, visible
from filtergraphs.motion import Affine, Motion
from vidkompy.model import F64, Mask, PixelBox
from vidkompy.verification.expectation import compared_fg, outside_fg
from vidkompy.verification.picture_distance import Picture, Warp, cells_inside, warp_within

RIM_PX = 4  # canvas px on either side of the edge of a clip that is interpolated: there both clips are mixed


class FrameView(NamedTuple):
    """Of one frame.

    fg_area         canvas px of FG that are compared
    fg, bg          of the pictures of both clips: the part that lies in fg_area, and all of the canvas
    compared        bool [fg_area]: what counts of that; None: all
    compared_cells  the same for cells
    outside         bool [canvas]: px that FG does not cover, where BG is compared
    outside_cells   the same for cells
    """

    fg_area: Rect
    fg: Callable[[Picture], Picture]
    bg: Callable[[Picture], Picture]
    compared: Mask | None
    compared_cells: Mask | None
    outside: Mask
    outside_cells: Mask


class ClipView(NamedTuple):
    """How a clip's frames are looked at before each of them moves: arguments of a Picture."""

    size: tuple[int, int]
    part: Rect | None
    warp: Warp | None


def whole_clips(c: Composition) -> tuple[ClipView, ClipView]:
    """FG, of which the part that is compared is cut where it stands, and BG."""
    corner, size = (c.x, c.y), (c.width, c.height)
    fg = ClipView(size, unfeathered(c).relative_to(*corner), warp_within(exact_fg_rect(c), corner, size))
    bg = ClipView(c.canvas, None, warp_within(exact_bg_rect(c), (0, 0), c.canvas))
    if c.fg_motion:
        fg = ClipView(c.fg_motion.size, None, None)
    if c.bg_motion:
        bg = ClipView(c.bg_motion.size, None, None)
    return fg, bg


def frame_views(c: Composition, ignored: Sequence[PixelBox], cell_side: int) -> Callable[[int], FrameView]:
    """The view of each frame of the composition, counted from 0.

    ignored     FG px
    cell_side   px
    """
    if c.fg_motion is not None:
        motion = c.fg_motion
        return lambda k: _view_of_moving_fg(c, motion, motion.first + k, ignored, cell_side)
    area = unfeathered(c)
    if c.bg_motion is not None:
        moving, fg_compared, outside = c.bg_motion, compared_fg(c, area, ignored), outside_fg(c)
        return lambda k: _view_of_moving_bg(c, moving, moving.first + k, area, fg_compared, outside, cell_side)
    standing = _view(
        area, _same, _same, None if area.is_empty else compared_fg(c, area, ignored), outside_fg(c), cell_side
    )
    return lambda _: standing


def _same(picture: Picture) -> Picture:
    return picture


def _view(
    area: Rect,
    fg: Callable[[Picture], Picture],
    bg: Callable[[Picture], Picture],
    compared: Mask | None,
    outside: Mask,
    cell_side: int,
) -> FrameView:
    compared_cells = None if compared is None else cells_inside(compared, cell_side)
    return FrameView(area, fg, bg, compared, compared_cells, outside, cells_inside(outside, cell_side))


def _view_of_moving_fg(
    c: Composition, motion: Motion, k: int, ignored: Sequence[PixelBox], cell_side: int
) -> FrameView:
    place, window, drawn = motion.places[k], visible(c), drawn_part(c)
    edges = feathered_edges(c)
    rim = 0 if motion.is_whole else RIM_PX
    margins = [rim + (c.feather if fades else 0) for fades in edges]
    inside = _within(place, drawn, margins, window)
    for box in ignored:
        inside &= ~_within(place, Rect.between(*box), [-rim - 4] * 4, window)
    area = _box_around(inside)
    on_canvas = Rect(area.x + window.x, area.y + window.y, area.width, area.height)
    compared = inside[area.y : area.bottom, area.x : area.right]
    outside = ~_within(place, drawn, [-rim] * 4, Rect(0, 0, *c.canvas))

    def fg(picture: Picture) -> Picture:
        if motion.is_whole:
            return picture.of_part(on_canvas.relative_to(int(place.left), int(place.top)))
        return picture.warped(warp_to(place, motion.size), c.canvas, on_canvas)

    return _view(on_canvas, fg, _same, None if compared.all() else compared, outside, cell_side)


def _view_of_moving_bg(
    c: Composition, motion: Motion, k: int, area: Rect, compared: Mask | None, outside: Mask, cell_side: int
) -> FrameView:
    place, (width, height) = motion.places[k], motion.size
    reached = _within(place, Rect(0, 0, width, height), [RIM_PX] * 4, Rect(0, 0, *c.canvas))

    def bg(picture: Picture) -> Picture:
        return picture.warped(warp_to(place, motion.size), c.canvas, None)

    return _view(area, _same, bg, compared, outside & reached, cell_side)


def warp_to(place: Affine, size: tuple[int, int]) -> Warp:
    """How a clip of `size` gets to its place: scaled to whole px first, as what is reduced has to be."""
    scale = np.hypot(place.xx, place.yx), np.hypot(place.xy, place.yy)
    width, height = (max(round(length * s), 1) for length, s in zip(size, scale, strict=True))
    linear = np.array([[place.xx, place.xy], [place.yx, place.yy]]) @ np.diag([size[0] / width, size[1] / height])
    shift = linear @ [0.5, 0.5] + [place.left - 0.5, place.top - 0.5]  # pixel k covers k to k + 1
    return Warp((width, height), np.column_stack([linear, shift]))


def _within(place: Affine, part: Rect, margins: Sequence[float], window: Rect) -> Mask:
    """bool [window]: canvas px whose middle lies in a part of the clip, by `margins` canvas px inside of its edges.

    part      px of the clip
    margins   left, top, right, bottom
    """
    x, y = np.meshgrid(np.arange(window.width) + window.x + 0.5, np.arange(window.height) + window.y + 0.5)
    own_x, own_y = _back(place, x, y)
    across, down = np.hypot(place.xx, place.yx), np.hypot(place.xy, place.yy)
    left, top, right, bottom = margins
    inside: Mask = (
        ((own_x - part.x) * across >= left)
        & ((part.right - own_x) * across >= right)
        & ((own_y - part.y) * down >= top)
        & ((part.bottom - own_y) * down >= bottom)
    )
    return inside


def _back(place: Affine, x: F64, y: F64) -> tuple[F64, F64]:
    """Canvas px in px of the clip."""
    (xx, xy), (yx, yy) = np.linalg.inv([[place.xx, place.xy], [place.yx, place.yy]])
    x, y = x - place.left, y - place.top
    return xx * x + xy * y, yx * x + yy * y


def _box_around(mask: Mask) -> Rect:
    """Empty where nothing is in the mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return Rect(0, 0, 0, 0)
    return Rect.between(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)

"""A track -> Motion: which clip moves over the canvas, and where it lies in each frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from filtergraphs import Composition
from filtergraphs.formats import chroma_grid
from filtergraphs.geometry import COMMON_GRID, Rect, nearest_multiple
from filtergraphs.motion import Affine, Extent, Motion
from vidkompy.drawing.options import DrawingOptions
from vidkompy.errors import RenderError
from vidkompy.model import F64, Sidecar, Track

PLACE_DECIMALS = 6  # of a px: what interpolation between keyframes on whole px adds is less
# A place shakes if half of its frames lie so far off the median of those around, which is one side of a jump.
# Measured: 0.05 px where a standing place is measured, 0 on pans, drifts and zooms, 0.8 px on film that weaves by 1 px
SHAKE_PX = 0.3
HALF_SHAKE_FRAMES = 5


def moving_layout(
    sidecar: Sidecar, drawing: DrawingOptions, layout: Composition, kept: slice, fg_stands: bool
) -> Composition:
    """The layout with one of the clips moving as the sidecar's track says; as it is where that cannot be drawn.

    kept        FG frames that are drawn
    fg_stands   BG moves, seen beside FG or not
    Raises RenderError where FG never lies on the canvas, or where nothing is ever seen of a BG that moves.
    """
    if sidecar.track is None:
        return layout
    size = (sidecar.fg.width, sidecar.fg.height)
    motion = Motion("fg", size, fg_places(sidecar.track.at[kept], size))
    if len(frames_off_canvas(motion, layout.canvas)) == len(motion.places):
        left, top, right, bottom = motion.reach
        width, height = layout.canvas
        raise RenderError(
            f"the track puts FG outside the canvas in every frame: between {left},{top} and {right},{bottom} on "
            f"{width}x{height}; correct track in the sidecar"
        )
    if fg_stands or drawing.canvas == "fg" or (drawing.canvas == "auto" and is_shaky(sidecar.track)):
        standing = _with_moving_bg(sidecar, motion, drawing, layout)
        if fg_stands or shows_bg(standing):
            return standing
        if drawing.canvas == "fg":
            raise RenderError(
                "an FG that stands still covers the canvas in every frame: --canvas fg shows nothing of BG; wanted "
                "--canvas bg, on which FG moves"
            )
    x, y = (round(edge / COMMON_GRID) * COMMON_GRID for edge in (layout.x, layout.y))
    return replace(layout, motion=motion, x=x, y=y)  # there a crop splits as few chroma samples as FG's edges do


def fg_places(at: F64, size: tuple[int, int]) -> list[Affine]:
    """Where FG lies on BG in each frame.

    at     f64 [n, 5]   as Track.at
    size   px of FG
    """
    x, y, width, height, degrees = np.round(at, PLACE_DECIMALS).T
    across, down, turn = width / size[0], height / size[1], np.radians(degrees)
    xx, xy, yx, yy = across * np.cos(turn), -down * np.sin(turn), across * np.sin(turn), down * np.cos(turn)
    left = x + width / 2 - (xx * size[0] + xy * size[1]) / 2
    top = y + height / 2 - (yx * size[0] + yy * size[1]) / 2
    return _affines(np.column_stack([left, top, xx, xy, yx, yy]))


def is_shaky(track: Track) -> bool:
    """Whether FG moves to and fro on BG all along: then BG shakes or weaves, and FG is what is steady."""
    corners = track.corners.reshape(len(track.at), -1)
    half = min(HALF_SHAKE_FRAMES, (len(corners) - 1) // 2)
    if half == 0:
        return False
    windows = np.lib.stride_tricks.sliding_window_view(corners, 2 * half + 1, axis=0)
    off = np.abs(corners[half : len(corners) - half] - np.median(windows, axis=-1)).max(axis=1)
    return bool(np.median(off) > SHAKE_PX)


def frames_off_canvas(motion: Motion, canvas: tuple[int, int]) -> list[int]:
    """Frames in which the clip that moves does not touch the canvas."""
    width, height = canvas
    return [
        i
        for i, (left, top, right, bottom) in enumerate(motion.extents)
        if left >= width or top >= height or right <= 0 or bottom <= 0
    ]


def shows_bg(layout: Composition) -> bool:
    """Whether a moving BG is seen beside FG in any frame."""
    canvas, fg = Rect(0, 0, *layout.canvas), Rect(layout.x, layout.y, layout.width, layout.height)

    def is_seen(box: Extent) -> bool:
        left, top, right, bottom = (round(edge) for edge in box)
        seen = Rect.between(left, top, right, bottom).intersection(canvas)
        return not seen.is_empty and seen.intersection(fg) != seen

    return layout.bg_motion is not None and any(map(is_seen, layout.bg_motion.extents))


def _with_moving_bg(sidecar: Sidecar, motion: Motion, drawing: DrawingOptions, layout: Composition) -> Composition:
    """FG with its own px where its placement is, on the grid of its chroma, on as much as BG then covers.

    motion   FG's
    """
    place, fg, bg = sidecar.placement, sidecar.fg, sidecar.bg
    grid_x, grid_y = chroma_grid(fg.pix_fmt)
    across, down = fg.width / place.width, fg.height / place.height
    x, y = round(place.x * across / grid_x) * grid_x, round(place.y * down / grid_y) * grid_y
    canvas = None
    if layout.is_scaled:
        canvas = nearest_multiple(bg.width * across, grid_x), nearest_multiple(bg.height * down, grid_y)
    moving = Motion("bg", (bg.width, bg.height), _seen_from(motion.places, (x, y)), outside=drawing.outside)
    return replace(layout, x=x, y=y, width=fg.width, height=fg.height, canvas_size=canvas, motion=moving)


def _seen_from(places: Sequence[Affine], corner: tuple[int, int]) -> list[Affine]:
    """Places of BG where FG stands, with its own px, at a corner of the canvas. places: FG's on BG."""
    rows = np.array(places)
    shift, linear = rows[:, :2], rows[:, 2:].reshape(-1, 2, 2)
    back = np.linalg.inv(linear)
    moved = np.array(corner) - (back @ shift[:, :, None])[:, :, 0]
    return _affines(np.column_stack([moved, back.reshape(-1, 4)]))


def _affines(rows: F64) -> list[Affine]:
    """rows: f64 [n, 6]."""
    return [Affine(*row) for row in (np.round(rows, 2 * PLACE_DECIMALS) + 0.0).tolist()]

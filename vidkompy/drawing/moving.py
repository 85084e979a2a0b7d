"""A track -> Motion: which clip moves over the canvas, and where it lies in each frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from filtergraphs import Composition
from filtergraphs.geometry import COMMON_GRID
from filtergraphs.motion import Affine, Motion
from vidkompy.errors import RenderError
from vidkompy.model import F64, Sidecar

PLACE_DECIMALS = 6  # of a px: what interpolation between keyframes on whole px adds is less


def moving_layout(sidecar: Sidecar, layout: Composition, kept: slice) -> Composition:
    """The layout with FG moving over BG as the sidecar's track says; as it is where that cannot be drawn.

    kept   FG frames that are drawn
    Raises RenderError where none of them lies on the canvas.
    """
    if sidecar.track is None:
        return layout
    places = fg_places(sidecar.track.at[kept], (sidecar.fg.width, sidecar.fg.height))
    motion = Motion("fg", (sidecar.fg.width, sidecar.fg.height), places)
    if not motion.is_whole:
        return layout
    if len(frames_off_canvas(motion, layout.canvas)) == len(places):
        left, top, right, bottom = motion.reach
        width, height = layout.canvas
        raise RenderError(
            f"the track puts FG outside the canvas in every frame: between {left},{top} and {right},{bottom} on "
            f"{width}x{height}; correct track in the sidecar"
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
    rows = np.round(np.column_stack([left, top, xx, xy + 0.0, yx, yy]), 2 * PLACE_DECIMALS)
    return [Affine(*row) for row in (rows + 0.0).tolist()]


def frames_off_canvas(motion: Motion, canvas: tuple[int, int]) -> list[int]:
    """Frames in which the clip that moves does not touch the canvas."""
    width, height = canvas
    return [
        i
        for i, (left, top, right, bottom) in enumerate(motion.extents)
        if left >= width or top >= height or right <= 0 or bottom <= 0
    ]

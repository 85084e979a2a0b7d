"""FG's edges on the canvas' edges where they lie within the error of the fit: a measured 0.02 px there is 0.

Pictures are cropped by whole canvas px, so an edge that lies less than a pixel off the canvas' is hardly ever meant.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vidkompy.model import F64
from vidkompy.parameters import tuned
from vidkompy.placement.frame_pairs import FramePairs
from vidkompy.placement.objective import mean_misfit
from vidkompy.records import Record


class FlushEdgesParameters(Record):
    within_px: float = tuned(
        0.75,
        unit="canvas px between an edge of FG and the canvas'",
        raising="edges a pixel off are moved where the picture hardly tells",
        source="chosen by eye, below the one pixel that a crop takes off at least",
    )
    most_cost: float = tuned(
        1.05,
        unit="times the misfit at the fitted transform",
        raising="edges are moved where the fit gets worse",
        source="as FineFitParameters.whole_cost: between whole px BG is smoothed, and fits a blurred FG better",
    )
    confidence: float = tuned(
        0.99,
        unit="probability of the place of an FG that covers the canvas exactly, if it shows the same content",
        raising="copies of whole frames are believed more",
        source="chosen by eye: 12 copies of 3 films, greyed and with a logo, at crf 30 to 36, all lay right",
    )


def snap_to_canvas(
    frames: FramePairs,
    q: F64,
    size: tuple[int, int],
    canvas: tuple[int, int],
    parameters: FlushEdgesParameters = FlushEdgesParameters(),
) -> F64:
    """`q`, frame px, with the edges of FG's frame that nearly lie on the canvas' edges put there, if it fits as well.

    size, canvas   width and height of FG's frame and of BG's, frame px
    Both axes are tried together, then each alone. Where one scale serves both axes, it still does: FG moves if only one
    edge is near. Where each has its own, FG's middle stays, which a fit knows best.
    """
    most_cost: float | None = None
    for flush in _flush_transforms(q, size, canvas, parameters.within_px):
        if most_cost is None:
            most_cost = parameters.most_cost * mean_misfit(frames, q)
        if mean_misfit(frames, flush) <= most_cost:
            return flush
    return q


def full_frame_transform(size: tuple[int, int], canvas: tuple[int, int]) -> F64:
    """The transform that puts a frame of `size` on all of the canvas."""
    return np.array([canvas[0] / size[0], canvas[1] / size[1], 0.0, 0.0])


def _flush_transforms(q: F64, size: tuple[int, int], canvas: tuple[int, int], within_px: float) -> Iterator[F64]:
    """Transforms that differ from `q`: with both axes on the canvas' edges, then each alone."""
    is_drawn_out = bool(q[0] != q[1])
    on_x, on_y = (_flush_axis(q[k], q[k + 2], size[k], canvas[k], is_drawn_out, within_px) for k in (0, 1))
    scales, shifts, middle = q[:2], q[2:], np.array(size) / 2
    for x, y in ((on_x, on_y), (on_x, None), (None, on_y)):
        scale_x, scale_y = (old if new is None else new[0] for new, old in zip((x, y), scales, strict=True))
        if not is_drawn_out and scale_x != scale_y:
            scale_x, scale_y = (scale_x, scale_x) if y is None else (scale_y, scale_y)
        scale = np.array([scale_x, scale_y])
        kept = shifts + (scales - scale) * middle  # the middle stays
        shift = [old if new is None else new[1] for new, old in zip((x, y), kept, strict=True)]
        flush = np.array([*scale, *shift])
        if not np.array_equal(flush, q):
            yield flush


def _flush_axis(
    scale: float, shift: float, size: int, canvas: int, is_scale_free: bool, within_px: float
) -> tuple[float, float] | None:
    """Scale and shift along one axis with the near edges on the canvas'; None if none is near.

    >>> _flush_axis(2.001, -0.02, 100, 200, False, 0.75), _flush_axis(1.5, 0.3, 100, 200, False, 0.75)
    ((2.0, 0.0), (1.5, 0.0))
    >>> _flush_axis(1.49, 50.5, 100, 200, True, 0.75)
    (1.5, 50.0)
    """
    end = shift + scale * size
    is_first, is_last = abs(shift) <= within_px, abs(end - canvas) <= within_px
    if not (is_first or is_last):
        return None
    if is_first and is_last:
        return canvas / size, 0.0
    if not is_scale_free:
        return scale, 0.0 if is_first else canvas - scale * size
    length = shift + end if is_first else 2 * canvas - shift - end
    return length / size, 0.0 if is_first else canvas - length

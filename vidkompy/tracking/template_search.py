"""Where an FG frame may lie anywhere on the canvas, upright and at one scale: normalised cross-correlation."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vidkompy.model import F32, F64
from vidkompy.tracking.frame_registration import FrameViews, to_canvas


def find_template(views: FrameViews, i: int, bg_frames: Sequence[int], scale: float) -> list[F64]:
    """One pose, f64 [4]: where FG frame i correlates best with any of the BG frames; none where FG is too large.

    scale   of the pose
    """
    if not len(views.rows):
        return []
    template = _template(views, i, scale)
    height, width = template.shape
    margin_x, margin_y = (int(side * views.parameters.overhang) for side in (width, height))
    best, corner = -2.0, (0, 0)
    for j in bg_frames:
        canvas = cv2.copyMakeBorder(views.bg_view(j), margin_y, margin_y, margin_x, margin_x, cv2.BORDER_REPLICATE)
        if canvas.shape[0] < height or canvas.shape[1] < width:
            return []
        _, highest, _, at = cv2.minMaxLoc(cv2.matchTemplate(canvas, template, cv2.TM_CCOEFF_NORMED))
        if highest > best:
            best, corner = highest, (int(at[0]), int(at[1]))
    middle = np.array([corner[0] - margin_x + width / 2, corner[1] - margin_y + height / 2])
    return [to_canvas(views, np.array([scale, 0.0, *(middle - scale * np.array(views.content_offset))]))]


def _template(views: FrameViews, i: int, scale: float) -> F32:
    """FG's content as it would look on BG's view."""
    view = cv2.resize(views.fg.small_copy(i), views.fg_size, interpolation=cv2.INTER_AREA)
    rows, columns = views.rows, views.columns
    content = view[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    size = tuple(
        max(4, round(side * per_px * scale))
        for side, per_px in zip(content.shape[::-1], views.bg_px_per_fg_px, strict=True)
    )
    return np.asarray(cv2.resize(content, size, interpolation=cv2.INTER_AREA), np.float32)

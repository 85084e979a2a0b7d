"""Where an FG frame may lie anywhere on the canvas, upright and at one scale: normalised cross-correlation."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vidkompy.model import F32, F64
from vidkompy.tracking.frame_registration import FrameViews, to_canvas

OVERHANG = 4  # FG may lie outside the canvas by a quarter of its size


def find_template(views: FrameViews, i: int, bg_frames: Sequence[int], scale: float) -> list[F64]:
    """One pose, f64 [4]: where FG frame i correlates best with any of the BG frames; none where FG is too large.

    scale   of the pose
    """
    template = _template(views, i, scale)
    height, width = template.shape
    margin_x, margin_y = width // OVERHANG, height // OVERHANG
    best, found = -2.0, list[F64]()
    for j in bg_frames:
        canvas = cv2.copyMakeBorder(views.bg_view(j), margin_y, margin_y, margin_x, margin_x, cv2.BORDER_REPLICATE)
        if canvas.shape[0] < height or canvas.shape[1] < width:
            return []
        _, highest, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(canvas, template, cv2.TM_CCOEFF_NORMED))
        if highest > best:
            offset_x, offset_y = views.content_offset
            centre_x, centre_y = (
                x - margin_x + width / 2 - scale * offset_x,
                y - margin_y + height / 2 - scale * offset_y,
            )
            best, found = highest, [to_canvas(views, np.array([scale, 0.0, centre_x, centre_y]))]
    return found


def _template(views: FrameViews, i: int, scale: float) -> F32:
    """FG's content as it would look on BG's view."""
    view = cv2.resize(views.fg.small[i], views.fg_size, interpolation=cv2.INTER_AREA)
    rows, columns = views.rows, views.columns
    content = view[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    size = tuple(
        max(4, round(side * per_px * scale))
        for side, per_px in zip(content.shape[::-1], views.bg_px_per_fg_px, strict=True)
    )
    return np.asarray(cv2.resize(content, size, interpolation=cv2.INTER_AREA), np.float32)

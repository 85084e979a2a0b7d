"""One FG frame registered on one BG frame: where it lies there, and how well it fits.

Registration fits a pose (see `poses`) on views: the small proxies at one pitch for both clips.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from vidkompy.media.ignored_area import compared_cells
from vidkompy.media.proxies import Proxies
from vidkompy.model import F32, F64, I64, U8, Box
from vidkompy.numerics.gaussian_blur import gaussian_blur
from vidkompy.numerics.warp_kernels import RESIDUAL, SCRATCH_ROWS, VISIBLE, ZNCC, register_similarity
from vidkompy.records import Record
from vidkompy.tracking.parameters import FrameRegistrationParameters

Shape = tuple[float, float]  # canvas px per FG px, across and down
PLACE, SIMILARITY = 2, 4  # what is fitted: the centre; scale and angle, too


class FrameFit(NamedTuple):
    """An FG frame at its best pose on a BG frame.

    pose      f64 [4]
    zncc      of all of FG's content that lies on the canvas; -1 where too little does
    residual  grey levels, standard deviation that gain and offset leave of FG
    visible   share of FG's content that lies on the canvas
    """

    pose: F64
    zncc: float
    residual: float
    visible: float


class _FgView(NamedTuple):
    """f32 [m] each: grey levels of the pixels that count, and their derivatives per BG view px."""

    levels: F32
    along_x: F32
    along_y: F32


class FrameViews(Record, eq=False):
    """Views of both clips, made when they are first needed.

    x, y            f32 [m]   the pixels of FG that count, from FG's centre, in BG view px at pose (1, 0, ., .)
    rows, columns   i64 [m]   the same pixels in FG's views
    view_per_canvas f64 [2]   BG view px per canvas px, across and down
    """

    fg: Proxies
    bg: Proxies
    fg_size: tuple[int, int]
    bg_size: tuple[int, int]
    x: F32
    y: F32
    rows: I64
    columns: I64
    view_per_canvas: F64
    bg_px_per_fg_px: tuple[float, float]
    parameters: FrameRegistrationParameters
    fg_views: dict[int, _FgView] = field(default_factory=dict)
    bg_views: dict[int, F32] = field(default_factory=dict)

    @property
    def content_offset(self) -> tuple[float, float]:
        """From FG's centre to that of its content, BG view px at pose (1, 0, ., .)."""
        return float(self.x.min() + self.x.max()) / 2, float(self.y.min() + self.y.max()) / 2

    @cached_property
    def half_size(self) -> tuple[float, float]:
        """Of what is compared, across and down, BG view px at pose (1, 0, ., .)."""
        return float(np.abs(self.x).max(initial=0)), float(np.abs(self.y).max(initial=0))

    @cached_property
    def limits(self) -> F64:
        """f64 [6]: those of `warp_kernels.register_similarity`."""
        numbers = self.parameters
        return np.array(
            (
                numbers.longest_step_px,
                numbers.converged_px,
                numbers.least_visible,
                numbers.noise_levels,
                numbers.cutoff,
                numbers.largest_gain,
            )
        )

    @cached_property
    def scratch(self) -> tuple[F32, F64, F64]:
        """Its scratch arrays: one registration after another writes to them."""
        return np.empty((SCRATCH_ROWS, len(self.x)), np.float32), np.empty((6, 6)), np.empty(6)

    @property
    def fg_blur(self) -> tuple[float, float]:
        """Sigma across and down, FG view px: that of BG's view, so that both show the same detail.

        A pixel of a view is a mean over its area (variance 1/12); bilinear values between BG's add 1/6 on average.
        """
        x, y = (
            float(np.sqrt(max((self.parameters.blur_px**2 + 1 / 12 + 1 / 6) / per_px**2 - 1 / 12, 0)))
            for per_px in self.bg_px_per_fg_px
        )
        return x, y

    def fg_view(self, i: int) -> _FgView:
        if i not in self.fg_views:
            view = _blurred_view(self.fg.small_copy(i), self.fg_size, self.fg_blur)
            along_x = cv2.Sobel(view, cv2.CV_32F, 1, 0, ksize=1, scale=0.5 / self.bg_px_per_fg_px[0])
            along_y = cv2.Sobel(view, cv2.CV_32F, 0, 1, ksize=1, scale=0.5 / self.bg_px_per_fg_px[1])
            self.fg_views[i] = _FgView(
                *(np.asarray(picture[self.rows, self.columns], np.float32) for picture in (view, along_x, along_y))
            )
        return self.fg_views[i]

    def bg_view(self, j: int) -> F32:
        if j not in self.bg_views:
            self.bg_views[j] = _blurred_view(
                self.bg.small_copy(j), self.bg_size, (self.parameters.blur_px, self.parameters.blur_px)
            )
        return self.bg_views[j]

    def forget_before(self, i: int, j: int) -> None:
        """Frees the views of FG frames before i and of BG frames before j."""
        for views, first in ((self.fg_views, i), (self.bg_views, j)):
            for k in [k for k in views if k < first]:
                del views[k]


def frame_views(
    fg: Proxies, bg: Proxies, box: Box, shape: Shape, side: int, parameters: FrameRegistrationParameters
) -> FrameViews:
    """Views whose FG is `side` px long, or as long as the proxies are.

    box     FG px: FG's content
    shape   canvas px per FG px where a pose has scale 1
    """
    _, height, width = fg.small.shape
    size_of_fg = min(1.0, side / max(width, height))
    fg_size = max(4, round(width * size_of_fg)), max(4, round(height * size_of_fg))
    fg_pitch = width * fg.small_factor / fg_size[0], height * fg.small_factor / fg_size[1]  # FG px per view px
    _, bg_height, bg_width = bg.small.shape
    canvas_pitch = max(np.sqrt(fg_pitch[0] * shape[0] * fg_pitch[1] * shape[1]), bg.small_factor)
    bg_size = (
        max(4, round(bg_width * bg.small_factor / canvas_pitch)),
        max(4, round(bg_height * bg.small_factor / canvas_pitch)),
    )
    view_per_canvas = np.array([bg_size[0] / (bg_width * bg.small_factor), bg_size[1] / (bg_height * bg.small_factor)])
    rows, columns = _counted_pixels(fg, box, fg_size, fg_pitch, parameters)
    per_px = fg_pitch[0] * shape[0] * view_per_canvas[0], fg_pitch[1] * shape[1] * view_per_canvas[1]
    centre = fg.clip.width / fg_pitch[0] / 2, fg.clip.height / fg_pitch[1] / 2
    x = ((columns + 0.5 - centre[0]) * per_px[0]).astype(np.float32)
    y = ((rows + 0.5 - centre[1]) * per_px[1]).astype(np.float32)
    return FrameViews(
        fg, bg, fg_size, bg_size, x, y, rows, columns, view_per_canvas, (float(per_px[0]), float(per_px[1])), parameters
    )


def register_frame(views: FrameViews, i: int, j: int, start: F64, freedom: int, steps: int) -> FrameFit:
    """FG frame i fitted on BG frame j from pose `start`.

    freedom   PLACE or SIMILARITY
    steps     of Gauss-Newton, at most; 0: FG is measured where it is
    """
    pose, measured = to_view(views, start), np.zeros(3)
    pictures = views.x, views.y, *views.fg_view(i), views.bg_view(j)
    register_similarity(*pictures, pose, freedom, steps, views.limits, *views.scratch, measured)
    residual = float(np.sqrt(measured[RESIDUAL]))
    return FrameFit(to_canvas(views, pose), float(measured[ZNCC]), residual, float(measured[VISIBLE]))


def best_registration(views: FrameViews, i: int, j: int, starts: Iterable[F64], steps: int) -> FrameFit:
    """The similarity that fits best, of those reached from several starts, at least one.

    Starts from where an earlier one has led already, nearly, are left out.
    """
    fits: list[FrameFit] = []
    for start in starts:
        if not any(is_near(views, fit.pose, start) for fit in fits):
            fits.append(register_frame(views, i, j, start, SIMILARITY, steps))
    return max(fits, key=lambda fit: fit.zncc)


def is_near(views: FrameViews, a: F64, b: F64) -> bool:
    """Whether registration from one leads where it leads from the other: corners lie less than a view px apart."""
    cosine, sine, x, y = np.abs(to_view(views, a) - to_view(views, b)).tolist()
    across, down = views.half_size
    largest = max(x + cosine * across + sine * down, y + sine * across + cosine * down)
    return bool(largest < views.parameters.near_view_px)


def to_view(views: FrameViews, pose: F64) -> F64:
    """f64 [4]: the pose in px of the BG view."""
    return np.concatenate([pose[:2], pose[2:] * views.view_per_canvas])


def to_canvas(views: FrameViews, pose: F64) -> F64:
    return np.concatenate([pose[:2], pose[2:] / views.view_per_canvas])


def _counted_pixels(
    fg: Proxies, box: Box, size: tuple[int, int], pitch: tuple[float, float], parameters: FrameRegistrationParameters
) -> tuple[I64, I64]:
    """Rows and columns of FG's content in its views, without its edge and what is ignored; of many every so many."""
    edge = parameters.edge_px
    left, right = int(np.ceil(box[0] / pitch[0])) + edge, int(box[2] / pitch[0]) - edge
    top, bottom = int(np.ceil(box[1] / pitch[1])) + edge, int(box[3] / pitch[1]) - edge
    left, top = max(0, min(left, size[0] - 2)), max(0, min(top, size[1] - 2))
    right, bottom = min(size[0], max(right, left + 2)), min(size[1], max(bottom, top + 2))
    stride = max(1, int(np.ceil(np.sqrt((right - left) * (bottom - top) / parameters.most_pixels))))
    rows, columns = np.mgrid[top:bottom:stride, left:right:stride]
    rows, columns = rows.ravel().astype(np.int64), columns.ravel().astype(np.int64)
    if fg.ignored:
        area = (0.0, 0.0, size[0] * pitch[0], size[1] * pitch[1])
        compared = compared_cells(fg.ignored, area, size[::-1])[rows, columns]
        rows, columns = rows[compared], columns[compared]
    return rows, columns


def _blurred_view(picture: U8, size: tuple[int, int], blur: tuple[float, float]) -> F32:
    view = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return gaussian_blur(view, *blur)

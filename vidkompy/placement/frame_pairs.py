"""Matched frames of both clips as views of one pitch: what a fine fit compares, and in which coordinates.

FG frame px   --to_view-->   FG view px: pictures of a few hundred px, shrunk by powers of two
canvas px                    BG view px: shrunk to the same pitch, cropped to FG's surroundings, of several BG frames
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from vidkompy.media.proxies import Proxies, shrink_by_halving
from vidkompy.model import F64, U8, Box
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.boxes import scaled_box
from vidkompy.placement.gauss_newton import GaussNewtonParameters, ViewIndices, neighbours_in_time
from vidkompy.placement.objective_parameters import ObjectiveParameters
from vidkompy.placement.transforms import visible_pixels
from vidkompy.placement.views import BlurredViews, strong_pixels
from vidkompy.records import Record


class FramePairsParameters(Record):
    """Tuned numbers of the views."""

    least_bg_view_per_fg_view: float = tuned(
        0.75,
        unit="BG view px per FG view px",
        raising="FG is shrunk sooner, BG later; half of the highest pitch is the lowest",
        source="chosen by eye: the middle of 0.5 and 1; retrieval's views have the same and may differ",
    )
    least_side: int = tuned(
        32,
        unit="px of the short side of a view",
        raising="small pictures keep a finer view than the other clip's",
        source=without_effect("clips of very different sizes"),
    )
    surroundings: int = tuned(
        24,
        unit="px of BG view around FG",
        raising="a fit may move further, and every picture costs more",
        source="chosen by eye; cropping halves the cost",
    )
    edge: int = tuned(
        3, unit="px of FG view inside the content box", raising="fewer px of soft edges count", source="chosen by eye"
    )
    strong_share: float = tuned(
        0.3,
        unit="share of FG's px",
        raising="pixels that say little about position count too",
        source="chosen by eye: the strongest gradients say most about position",
    )
    grid: int = tuned(
        4,
        unit="px of FG view",
        raising="fewer of the other pixels are looked at",
        source=without_effect("flat pictures"),
    )


class FramePairs(Record, eq=False):
    """Well-matched frame pairs at the resolution of the large proxies.

    q                transform in frame px that the views were made for
    views            FG view n belongs to pair n; BG views are those of `bg_frames`, cropped to FG's surroundings
    pairs            indices of views
    bg_frames        BG frame of each BG view, ascending
    nearby           of each pair the BG views that it is compared with, nearest in time first
    view_per_frame   f64 [4]   transform in px of whole views per transform in frame px
    origin           f64 [4]   what the crop takes off such a transform
    box              content box, px of FG view
    compared         bool [FG view]   px that show nothing of what is ignored; None: all
    strong           bool [FG view]   strongest gradients
    parameters       what all this was made with
    gauss_newton     what steps are made with, and how far the views are blurred for them
    objective        what places are compared with
    moments          what was measured of the pairs at transforms, by their bytes: see `objective`
    """

    q: F64
    views: BlurredViews
    pairs: Sequence[ViewIndices]
    bg_frames: Sequence[int]
    nearby: Sequence[Sequence[int]]
    view_per_frame: F64
    origin: F64
    box: Box
    compared: NDArray[np.bool_] | None
    strong: NDArray[np.bool_]
    parameters: FramePairsParameters
    gauss_newton: GaussNewtonParameters
    objective: ObjectiveParameters
    moments: dict[bytes, F64 | None] = field(default_factory=dict, repr=False)

    def to_view(self, q: F64) -> F64:
        """A transform in frame px as one in view px."""
        return q * self.view_per_frame - self.origin

    def to_frame(self, view: F64) -> F64:
        """The inverse of `to_view`."""
        return (view + self.origin) / self.view_per_frame

    def visible(self, view: F64) -> NDArray[np.bool_]:
        """bool [FG view]: content that a transform in view px puts on the canvas."""
        edge = self.parameters.edge
        return visible_pixels(view, self.views.fg_shape, self.views.bg_shape, self.box, edge, self.compared)


def pair_frames(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    q: F64,
    pairs: Sequence[tuple[int, int]],
    reach: int = 1,
    parameters: FramePairsParameters = FramePairsParameters(),
    gauss_newton: GaussNewtonParameters = GaussNewtonParameters(),
    objective: ObjectiveParameters = ObjectiveParameters(),
) -> FramePairs:
    """Views of (FG, BG) frames around the transform `q`, frame px; frames not in memory are read from the files.

    box, reach   content box, FG frame px; BG frames before and after those of the pairs that are compared too
    Raises MediaError where a frame cannot be read.
    """
    fg_factor, bg_factor = _matching_factors(fg, bg, float(np.sqrt(abs(q[0] * q[1]))), parameters)
    frames_around = [[min(max(j + d, 0), bg.clip.frames - 1) for d in offsets_by_distance(reach)] for _, j in pairs]
    bg_frames = sorted({j for frames in frames_around for j in frames})
    view_of = {j: n for n, j in enumerate(bg_frames)}
    fg_views = [shrink_by_halving(f, fg_factor // fg.large_factor) for f in fg.large([i for i, _ in pairs])]
    bg_views = [shrink_by_halving(b, bg_factor // bg.large_factor) for b in bg.large(bg_frames)]
    view_per_frame = np.array([fg_factor / bg_factor] * 2 + [1 / bg_factor] * 2)
    views, origin = _cropped_views(fg_views, bg_views, q * view_per_frame, parameters.surroundings, gauss_newton)
    compared = fg.compared(views.fg_shape, fg_factor, parameters.edge)
    return FramePairs(
        q,
        views,
        [_view_pair(n, j, bg.clip.frames - 1, view_of) for n, (_, j) in enumerate(pairs)],
        bg_frames,
        [[view_of[j] for j in frames] for frames in frames_around],
        view_per_frame,
        origin,
        scaled_box(box, 1 / fg_factor, 1 / fg_factor),
        compared,
        strong_pixels(views.fg, parameters.strong_share, parameters.grid, compared),
        parameters,
        gauss_newton,
        objective,
    )


def offsets_by_distance(reach: int) -> list[int]:
    """Offsets in time, nearest first; the earlier one of two at the same distance.

    >>> offsets_by_distance(2)
    [0, -1, 1, -2, 2]
    """
    return sorted(range(-reach, reach + 1), key=abs)


def _matching_factors(fg: Proxies, bg: Proxies, scale: float, parameters: FramePairsParameters) -> tuple[int, int]:
    """Frame px per view px of FG and BG at which both views have about one pitch, as fine as both clips allow.

    scale   canvas px per FG px
    """
    fg_factor, bg_factor = fg.large_factor, bg.large_factor
    most_fg, most_bg = (min(c.clip.width, c.clip.height) / parameters.least_side for c in (fg, bg))
    while scale * fg_factor / bg_factor < parameters.least_bg_view_per_fg_view and 2 * fg_factor < most_fg:
        fg_factor *= 2
    while scale * fg_factor / (2 * bg_factor) >= parameters.least_bg_view_per_fg_view and 2 * bg_factor < most_bg:
        bg_factor *= 2
    return fg_factor, bg_factor


def _view_pair(n: int, j: int, last: int, view_of: Mapping[int, int]) -> ViewIndices:
    """FG view n with BG frame j, of 0 .. last, and its neighbours in time; view_of: BG view of each frame."""
    before, after, span = neighbours_in_time(j, last)
    return ViewIndices(n, view_of[j], view_of[before], view_of[after], span)


def _cropped_views(
    fg: Sequence[U8], bg: Sequence[U8], view: F64, margin: int, parameters: GaussNewtonParameters
) -> tuple[BlurredViews, F64]:
    """Views whose BG is cropped to what a transform in view px needs, and what the crop takes off such a transform."""
    rows, columns = _crop_around_fg(view, fg[0].shape, bg[0].shape, margin)
    crops = [b[rows, columns] for b in bg]
    views = BlurredViews(fg, crops, view[:2], blur=parameters.blur, least_blur=parameters.least_blur)
    return views, np.array([0.0, 0.0, columns.start, rows.start])


def _crop_around_fg(view: F64, fg: tuple[int, int], bg: tuple[int, int], margin: int) -> tuple[slice, slice]:
    """Rows and columns of a BG view that a transform in view px needs, at least one each.

    fg, bg   rows and columns of the views
    """
    scale_x, scale_y, shift_x, shift_y = view
    slices = []
    for scale, shift, fg_side, bg_side in ((scale_y, shift_y, fg[0], bg[0]), (scale_x, shift_x, fg[1], bg[1])):
        first = min(max(int(shift) - margin, 0), bg_side - 1)
        end = int(shift + scale * fg_side) + margin
        slices.append(slice(first, max(end, first + 1)))
    rows, columns = slices
    return rows, columns

"""Picture, BG -> PlacementResult: where a still, or a clip of a few frames, lies on the canvas.

A still matches its own moment only, which evenly spaced samples of BG miss. It is therefore searched in those shots of
BG whose keypoints agree with it, and its placement is then refined together with its moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np

from vidkompy.media.progress_callback import ProgressCallback, report_progress
from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F64, I64, U8, Box, Clip, Placement, PlacementResult
from vidkompy.placement import search
from vidkompy.placement.boxes import scaled_box
from vidkompy.placement.candidates import CandidateParameters
from vidkompy.placement.fine_fit import refine
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.refusals import CHECK_CONTENT
from vidkompy.placement.registration import ProxyPair, pair_frames_at
from vidkompy.placement.search_parameters import ScaleRange
from vidkompy.placement.shot_sampling import ShotSelection, select_shots
from vidkompy.placement.transforms import ANISOTROPIC, TRANSLATION
from vidkompy.retrieval.parameters import LocationParameters
from vidkompy.retrieval.registered_views import register_views, view_costs


def place_picture(
    picture: Proxies,
    bg: Proxies,
    scale_range: ScaleRange,
    min_confidence: float,
    on_progress: ProgressCallback | None = None,
    parameters: LocationParameters = LocationParameters(),
) -> PlacementResult:
    """Where the picture lies; of a still the one pair names the BG frame that fits best.

    scale_range      canvas px per picture px that are tried
    min_confidence   probability of being right below which the placement is refused
    Raises NoMatch.
    """
    placement_parameters = parameters.placement
    box = content_box(picture, placement_parameters.letterbox)
    is_still = picture.clip.frames == 1
    bg_frames, scale, first_fits = _select_bg(picture, bg, box, scale_range, placement_parameters.candidates)
    resized, zoom = _resize_to_canvas(picture, scale or 1.0, parameters)
    resized_box = scaled_box(box, zoom, zoom)
    report = partial(report_progress, on_progress, "placing")
    find = partial(search.find_placement, report=report, parameters=placement_parameters)
    selected, limits = (
        _select_frames(bg, bg_frames, placement_parameters.candidates.large_frames),
        _limits_of_search(scale_range, zoom),
    )
    placement, pairs = find(resized, selected, resized_box, limits, min_confidence, CHECK_CONTENT)
    pairs = [(i, int(bg_frames[k])) for i, k in pairs]
    transform = _transform_of(placement, resized.clip)
    if is_still:
        freedom = TRANSLATION if scale_range.is_fixed else ANISOTROPIC
        starts = [(pairs[0][1], transform), *((j, q / [zoom, zoom, 1.0, 1.0]) for j, q in first_fits)]
        fit = _refine_moment(resized, bg, resized_box, starts, freedom, parameters)
        pairs, transform = [(0, fit.bg)], fit.transform
    scale_x, scale_y, x, y = (float(v) for v in transform)
    width, height = scale_x * zoom * picture.clip.width, scale_y * zoom * picture.clip.height
    return PlacementResult(box, replace(placement, x=x, y=y, width=width, height=height), pairs)


def _select_bg(
    picture: Proxies, bg: Proxies, box: Box, scale_range: ScaleRange, parameters: CandidateParameters
) -> ShotSelection:
    """Shots whose keypoints agree with a still. A clip is found by how it moves, and in all of BG."""
    if picture.clip.frames > 1:
        return ShotSelection(np.arange(bg.clip.frames), None)
    return select_shots(picture, bg, box, (scale_range.low, scale_range.high), parameters.orb, parameters.shots)


def _resize_to_canvas(picture: Proxies, scale: float, parameters: LocationParameters) -> tuple[Proxies, float]:
    """The picture enlarged or reduced by a power of two to about its size on the canvas, and its px per picture px.

    scale   canvas px per picture px
    """
    zoom = 1.0
    while (
        picture.clip.frames == 1
        and scale / zoom > parameters.enlarged_from
        and max(picture.clip.width, picture.clip.height) < parameters.most_enlarged_side
    ):
        picture, zoom = _doubled(picture), 2 * zoom
    while scale / zoom < parameters.reduced_below and picture.large_factor > 1:
        picture, zoom = _halved(picture), zoom / 2
    return picture, zoom


def _doubled(picture: Proxies) -> Proxies:
    clip = replace(picture.clip, width=2 * picture.clip.width, height=2 * picture.clip.height)
    small, large = _doubled_view(picture.small[0]), _doubled_view(picture.large_frames[0])
    return replace(picture, clip=clip, small=small[None], large_frames={0: large})


def _doubled_view(view: U8) -> U8:
    return np.asarray(cv2.resize(view, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)


def _halved(picture: Proxies) -> Proxies:
    """The same proxies, taken for those of a picture half as large."""
    clip = replace(picture.clip, width=picture.clip.width // 2, height=picture.clip.height // 2)
    return replace(picture, clip=clip, small_factor=picture.small_factor // 2, large_factor=picture.large_factor // 2)


def _limits_of_search(scale_range: ScaleRange, zoom: float) -> ScaleRange:
    """Canvas px per px of the resized picture; it has about its size on the canvas, so the usual range is enough."""
    low, high = scale_range.low / zoom, scale_range.high / zoom
    if not scale_range.is_fixed:
        usual = ScaleRange()
        low, high = max(low, usual.low), min(high, usual.high)
    return replace(scale_range, low=low, high=high)


def _select_frames(bg: Proxies, frames: I64, least_large: int) -> Proxies:
    """BG as if it had these frames only, at least so many of them large.

    frames   i64 [n]   ascending
    """
    index_of = {int(j): k for k, j in enumerate(frames)}
    large = {index_of[j]: view for j, view in bg.large_frames.items() if j in index_of}
    if len(large) < least_large:
        missing = [k for k in evenly_spaced(len(frames), least_large) if k not in large]
        large |= dict(zip(missing, bg.large([int(frames[k]) for k in missing]), strict=True))
    return replace(bg, clip=replace(bg.clip, pts=bg.clip.pts[frames]), small=bg.small[frames], large_frames=large)


def _transform_of(placement: Placement, clip: Clip) -> F64:
    """f64 [4]: sx, sy, tx, ty from px of the clip to canvas px."""
    return np.array([placement.width / clip.width, placement.height / clip.height, placement.x, placement.y])


class _Fit(NamedTuple):
    """A placement measured on one BG frame alone; an infinite cost if the fit diverged."""

    cost: float
    bg: int
    transform: F64


def _refine_moment(
    picture: Proxies,
    bg: Proxies,
    box: Box,
    starts: Sequence[tuple[int, F64]],
    freedom: F64,
    parameters: LocationParameters,
) -> _Fit:
    """The BG frame that fits a still best, each frame at the placement measured on it; a descent from the best start.

    Under a pan or a scroll each BG frame has its own placement, and at one placement for all a wrong frame may fit.
    """
    best = min((_fit(picture, bg, box, j, q, freedom, parameters) for j, q in starts), key=lambda fit: fit.cost)
    for direction in (-1, 1):
        for _ in range(parameters.time_steps):
            j = best.bg + direction
            if not 0 <= j < bg.clip.frames:
                break
            neighbour = _fit(picture, bg, box, j, best.transform, freedom, parameters)
            if neighbour.cost >= best.cost:
                break
            best = neighbour
    return best


def _fit(
    picture: Proxies, bg: Proxies, box: Box, j: int, start: F64, freedom: F64, parameters: LocationParameters
) -> _Fit:
    registration = parameters.placement.registration
    frames = pair_frames_at(ProxyPair(picture, bg, box), start, [(0, j)], registration)
    transform = refine(frames, box, freedom, registration.fine_fit)
    views = register_views(picture, bg, transform, box, 0, [j], parameters.least_bg_view_per_picture_view)
    scale_drift = np.abs(np.log(np.abs(transform[:2] / start[:2]))).max()
    is_sane = scale_drift < parameters.most_log_scale_drift and views.mask.mean() > parameters.least_on_canvas
    cost = float(view_costs(views, views.mask, parameters)[0]) if is_sane else np.inf
    return _Fit(cost, j, transform)

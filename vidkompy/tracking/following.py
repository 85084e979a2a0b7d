"""Following FG's place through the clip: where it lies in every frame, and the frame map measured with it.

1. Keyframes are registered wherever they lie.
2. Every frame is registered on the BG frames near the keyframes' path, and the cheapest path is taken.
3. A pose that leaves the trend of its track costs as much as the scatter about the trend makes it unlikely, and the
   path is taken again: under a moving camera a wrong BG frame at a shifted place looks nearly as good.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from vidkompy.alignment.banded_scores import quadratic_costs
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.path_choice import map_along_cheaper_path
from vidkompy.media.progress_callback import ProgressCallback
from vidkompy.media.proxies import Proxies
from vidkompy.model import F32, F64, UNMATCHED, Box, FrameMap
from vidkompy.numerics.viterbi import Band
from vidkompy.records import Record
from vidkompy.tracking.frame_registration import Shape, best_registration, frame_views
from vidkompy.tracking.free_alignment import FreeScores, poses_between, score_freely
from vidkompy.tracking.keyframes import Keyframe, find_keyframes
from vidkompy.tracking.parameters import TrackingParameters
from vidkompy.tracking.pose_trend import pose_trend, trend_penalty
from vidkompy.tracking.poses import corner_distances

_log = logging.getLogger(__name__)


class FollowedPlace(Record, eq=False):
    """Where FG lies in every frame.

    poses       f64 [n_fg, 4]   those of unmatched frames are carried over
    frame_map   without confidence
    zncc        f32 [n_fg]      of every frame at its pose; of unmatched ones on any BG frame
    """

    poses: F64
    frame_map: FrameMap
    zncc: F32


def follow_place(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    shape: Shape,
    starts: Sequence[F64],
    bg_features: Features,
    search: SearchOptions,
    parameters: TrackingParameters,
    on_progress: ProgressCallback | None = None,
    are_enough: Callable[[Sequence[Keyframe]], bool] = lambda _: True,
) -> FollowedPlace | None:
    """The place of every FG frame; None where too few keyframes fit anywhere, or they speak against following it.

    starts        poses that FG may have, at least in some frames
    bg_features   tell which BG frames look alike
    are_enough    whether keyframes promise more than is known
    """
    noise = max(parameters.trend.noise_px, parameters.trend.noise_view_px * bg.small_factor)
    parameters = replace(parameters, trend=replace(parameters.trend, noise_px=noise))
    keyframes = find_keyframes(fg, bg, box, shape, starts, parameters)
    _log.info("FG's place may move: %d keyframes are looked at", len(keyframes))
    fitting = sum(k.fit.zncc > 1 - parameters.keyframes.good_cost for k in keyframes)
    if not keyframes or fitting < parameters.keyframes.least_fitting * len(keyframes):
        return None
    if not are_enough(keyframes):
        _log.info("not followed: keyframes explain FG no better than one place")
        return None
    keyframes = _with_pins(keyframes, fg, bg, box, shape, search.pins, parameters)
    scores = score_freely(fg, bg, box, shape, keyframes, parameters, on_progress)
    search = replace(search, parameters=replace(search.parameters, local_costs=parameters.local_costs))
    size = fg.clip.width * shape[0], fg.clip.height * shape[1]
    penalty = _penalty_off_keyframes(scores, keyframes, size, parameters)
    return _path_along_trend(scores, penalty, bg_features, size, search, parameters)


def _penalty_off_keyframes(
    scores: FreeScores, keyframes: Sequence[Keyframe], size: tuple[float, float], parameters: TrackingParameters
) -> F32:
    """f32 [cells]: cost of poses that lie off those between the keyframes, by the scatter of the keyframes."""
    trend = pose_trend(
        np.array([k.fit.pose for k in keyframes]), size, parameters.trend.half_keyframes, parameters.trend
    )
    starts = scores.zncc.start
    scatter = np.interp(np.arange(len(starts) - 1), [k.fg for k in keyframes], trend.scatter)
    penalty = np.empty(len(scores.poses), np.float32)
    for i in range(len(starts) - 1):
        row = scores.poses[starts[i] : starts[i + 1]]
        expected = poses_between(keyframes, i, size, parameters.band)
        distance = np.min([corner_distances(row, pose, size) for pose in expected], axis=0)
        penalty[starts[i] : starts[i + 1]] = trend_penalty(distance, scatter[i], parameters.trend)
    return penalty


def _path_along_trend(
    scores: FreeScores,
    penalty: F32,
    bg_features: Features,
    size: tuple[float, float],
    search: SearchOptions,
    parameters: TrackingParameters,
) -> FollowedPlace:
    pins = [(i, j, j + 1) for i, j in search.pins]
    costs = quadratic_costs(scores.zncc, search.floor, search.parameters.local_costs)
    rows = np.repeat(np.arange(len(costs.lo)), np.diff(costs.start))
    for n in range(parameters.trend.rounds_in_time):
        band = Band(costs.lo, costs.start, costs.values + penalty, costs.uninformative)
        frame_map = map_along_cheaper_path(scores.zncc.restricted(pins), band.restricted(pins), bg_features, search)
        followed = _followed(scores, frame_map)
        if n == parameters.trend.rounds_in_time - 1:
            break
        trend = pose_trend(followed.poses, size, parameters.trend.half_frames, parameters.trend)
        distance = corner_distances(scores.poses, trend.poses[rows], size)
        penalty = trend_penalty(distance, trend.scatter[rows], parameters.trend)
    return followed


def _followed(scores: FreeScores, frame_map: FrameMap) -> FollowedPlace:
    path = np.where(frame_map.bg == UNMATCHED, scores.zncc.lo, frame_map.bg)
    return FollowedPlace(scores.poses_along(path)[frame_map.held_frames()], frame_map, scores.zncc.along(path))


def _with_pins(
    keyframes: Sequence[Keyframe],
    fg: Proxies,
    bg: Proxies,
    box: Box,
    shape: Shape,
    pins: Sequence[tuple[int, int]],
    parameters: TrackingParameters,
) -> list[Keyframe]:
    """The keyframes and the pinned frames, each of these at the pose that fits best from the nearest keyframe."""
    views = frame_views(fg, bg, box, shape, parameters.keyframes.refined_side, parameters.registration)
    pinned = []
    for i, j in pins:
        nearest = min(keyframes, key=lambda k: abs(k.fg - i))
        fit = best_registration(views, i, j, [nearest.fit.pose], parameters.keyframes.steps)
        pinned.append(Keyframe(i, j, fit))
    pinned_fg = {k.fg for k in pinned}
    return sorted([*(k for k in keyframes if k.fg not in pinned_fg), *pinned], key=lambda k: k.fg)

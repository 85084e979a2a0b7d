"""Whether FG's place moves, seen early: then no search for one place that stands need go on, FG is followed.

Samples of FG are fitted at the first place that was registered, and with place, scale and angle of each left free.
Where the place stands, freedom gains little, or moves all samples alike: then the place is only measured badly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidkompy.model import F64
from vidkompy.placement.coarse_fit import CoarseFitParameters, fit_times_at
from vidkompy.placement.registration import ProxyPair, Registration
from vidkompy.placement.search import PlaceCheck
from vidkompy.tracking.check_parameters import EarlyMotionParameters
from vidkompy.tracking.frame_registration import (
    PLACE,
    SIMILARITY,
    FrameFit,
    FrameViews,
    Shape,
    frame_views,
    register_frame,
)
from vidkompy.tracking.keyframes import find_keyframes
from vidkompy.tracking.parameters import TrackingParameters
from vidkompy.tracking.poses import corner_distances


def moving_place_check(may_move: bool, coarse_fit: CoarseFitParameters, parameters: TrackingParameters) -> PlaceCheck:
    """`has_moving_place` with these numbers; where the place may not move, it does not."""

    def is_moving(clips: ProxyPair, registration: Registration, is_doubtful: bool) -> bool:
        return may_move and has_moving_place(clips, registration, is_doubtful, coarse_fit, parameters)

    return is_moving


def has_moving_place(
    clips: ProxyPair,
    registration: Registration,
    is_doubtful: bool,
    coarse_fit: CoarseFitParameters,
    parameters: TrackingParameters,
) -> bool:
    """Whether FG's samples fit far better each at a place of its own, on BG frames near those that match at one place.

    is_doubtful   little speaks for the place: then a smaller gain will do, or samples that all fit there or elsewhere
    """
    numbers = parameters.early_motion
    if registration.plain_cost < numbers.least_plain_cost or clips.fg.field_order or clips.bg.field_order:
        return False
    fit = fit_times_at(registration.problem, registration.transform, coarse_fit)
    if fit is None:
        return False
    scale_x, scale_y, x, y = registration.transform.tolist()
    size = scale_x * clips.fg.clip.width, scale_y * clips.fg.clip.height
    pose = np.array([1.0, 0.0, x + size[0] / 2, y + size[1] / 2])
    views = frame_views(*clips, (scale_x, scale_y), parameters.keyframes.refined_side, parameters.registration)
    samples = [
        (i, range(max(j - numbers.reach, 0), min(j + numbers.reach + 1, len(clips.bg.small))))
        for i, j in zip(registration.problem.indices, fit.path.tolist(), strict=True)
    ]
    fixed = np.array([min(1 - register_frame(views, i, k, pose, PLACE, 0).zncc for k in near) for i, near in samples])
    most_cost = np.inf if is_doubtful else max(numbers.most_gain, numbers.most_turned_gain) * float(np.median(fixed))
    free = _free_fits(views, samples, pose, parameters.keyframes.steps, most_cost)
    if free is None:
        return False
    poses, costs = np.array([f.pose for f in free]), np.array([1 - f.zncc for f in free])
    is_turned = _is_turned(poses, numbers)
    most_gain = numbers.most_turned_gain if is_turned else numbers.most_gain
    if _gains(fixed, costs, numbers.most_doubtful_gain if is_doubtful else most_gain, numbers):
        return is_turned or _is_scattered(poses, size, numbers)
    return is_doubtful and _jumps(clips, pose, (scale_x, scale_y), size, fixed, parameters)


def _free_fits(
    views: FrameViews, samples: Sequence[tuple[int, range]], pose: F64, steps: int, most_cost: float
) -> list[FrameFit] | None:
    """The best fit of each sample to the BG frames near it; None as soon as most cost too much for the median."""
    free: list[FrameFit] = []
    dear = 0
    for i, near in samples:
        fits = (register_frame(views, i, k, pose, SIMILARITY, steps) for k in near)
        free.append(max(fits, key=lambda fit: fit.zncc))
        dear += 1 - free[-1].zncc >= most_cost
        if 2 * dear > len(samples):
            return None
    return free


def _gains(fixed: F64, free: F64, most_gain: float, numbers: EarlyMotionParameters) -> bool:
    """Whether costs, 1 - ZNCC of each sample, fall from those of one place to nearly nothing."""
    at_one_place, alone = float(np.median(fixed)), float(np.median(free))
    is_gain = at_one_place > numbers.least_cost and alone < most_gain * at_one_place
    return is_gain and float(np.quantile(free, numbers.fitting_share)) < numbers.most_free_cost


def _is_turned(poses: F64, numbers: EarlyMotionParameters) -> bool:
    """Whether most samples are."""
    cosine, sine = np.median(poses[:, :2], axis=0)
    return bool(abs(np.degrees(np.arctan2(sine, cosine))) > numbers.least_turn)


def _is_scattered(poses: F64, size: tuple[float, float], numbers: EarlyMotionParameters) -> bool:
    """Whether samples lie apart from each other."""
    middle = np.median(poses, axis=0)
    return float(np.median(corner_distances(poses, middle[None], size))) > numbers.least_scatter_px


def _jumps(
    clips: ProxyPair,
    pose: F64,
    shape: Shape,
    size: tuple[float, float],
    fixed: F64,
    parameters: TrackingParameters,
) -> bool:
    """Whether samples fit exactly at the place or not at all, and keyframes fit nearly all over FG, many elsewhere."""
    numbers, good_cost = parameters.early_motion, parameters.keyframes.good_cost
    if min((fixed < numbers.exact_cost).mean(), (fixed > good_cost).mean()) < numbers.least_share:
        return False
    keyframes = find_keyframes(*clips, shape, [pose], parameters)
    poses = np.array([k.fit.pose for k in keyframes if k.fit.zncc > 1 - good_cost])
    if not len(poses) or len(poses) < parameters.check.least_followed * len(keyframes):
        return False
    is_elsewhere = corner_distances(poses, pose[None], size) > numbers.least_scatter_px
    return bool(is_elsewhere.mean() >= numbers.least_share)

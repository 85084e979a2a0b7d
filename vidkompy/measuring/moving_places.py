"""Whether FG's place moves, seen early: then no search for one place that stands need go on, FG is followed.

Samples of FG are fitted at the first place that was registered, and with place, scale and angle of each left free.
Where the place stands, freedom gains little, or moves all samples alike: then the place is only measured badly.
"""

from __future__ import annotations

import numpy as np

from vidkompy.model import F64
from vidkompy.placement.coarse_fit import CoarseFitParameters, fit_times_at
from vidkompy.placement.registration import ProxyPair, Registration
from vidkompy.placement.search import PlaceCheck
from vidkompy.tracking.check_parameters import EarlyMotionParameters
from vidkompy.tracking.frame_registration import PLACE, SIMILARITY, frame_views, register_frame
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
    """Whether FG's samples fit far better each at a place of its own, on the BG frames that match at one place.

    is_doubtful   little speaks for the place: then a smaller gain will do
    """
    numbers = parameters.early_motion
    if registration.plain_cost < numbers.least_plain_cost or clips.fg.field_order or clips.bg.field_order:
        return False
    fit = fit_times_at(registration.problem, registration.transform, coarse_fit)
    if fit is None:
        return False
    scale_x, scale_y, x, y = registration.transform.tolist()
    width, height = scale_x * clips.fg.clip.width, scale_y * clips.fg.clip.height
    pose = np.array([1.0, 0.0, x + width / 2, y + height / 2])
    views = frame_views(*clips, (scale_x, scale_y), parameters.keyframes.refined_side, parameters.registration)
    pairs = list(zip(registration.problem.indices, fit.path.tolist(), strict=True))
    fixed = np.array([1 - register_frame(views, i, j, pose, PLACE, 0).zncc for i, j in pairs])
    free = [register_frame(views, i, j, pose, SIMILARITY, parameters.keyframes.steps) for i, j in pairs]
    cost = np.array([1 - f.zncc for f in free])
    if not _gains(fixed, cost, numbers.most_doubtful_gain if is_doubtful else numbers.most_gain, numbers):
        return False
    poses = np.array([f.pose for f in free])
    middle = np.median(poses, axis=0)
    scattered = float(np.median(corner_distances(poses, middle[None], (width, height))))
    turned = abs(float(np.degrees(np.arctan2(middle[1], middle[0]))))
    return scattered > numbers.least_scatter_px or turned > numbers.least_turn


def _gains(fixed: F64, free: F64, most_gain: float, numbers: EarlyMotionParameters) -> bool:
    """Whether costs, 1 - ZNCC of each sample, fall from those of one place to nearly nothing."""
    at_one_place, alone = float(np.median(fixed)), float(np.median(free))
    is_gain = at_one_place > numbers.least_cost and alone < most_gain * at_one_place
    return is_gain and float(np.quantile(free, numbers.fitting_share)) < numbers.most_free_cost

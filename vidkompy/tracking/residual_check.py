"""What the pixels say of an answer: FG frames compared with BG where the answer puts them, and where they fit best.

Some matched FG frames, spread over the clip, are measured at the answer's one place, and registered from there with
place, scale and angle free. Where the place is right and stands, registration moves them by less than its own error and
explains no more of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F64, I64, UNMATCHED, Box, Mask, Placement
from vidkompy.records import Record
from vidkompy.tracking.bg_motion import bg_motion
from vidkompy.tracking.frame_registration import (
    PLACE,
    SIMILARITY,
    FrameFit,
    FrameViews,
    Shape,
    best_registration,
    frame_views,
    is_near,
    register_frame,
)
from vidkompy.tracking.parameters import TrackingParameters
from vidkompy.tracking.poses import corner_distance


class ResidualCheck(Record, eq=False):
    """Of each FG frame that was compared.

    frames        i64 [k]
    shift_px      f64 [k]   largest movement of a corner from the answer's place to the best one, canvas px
    fixed, free   f64 [k]   grey levels: standard deviation of what BG does not explain, at the answer and at its best
    fixed_zncc, free_zncc   f64 [k]
    mirrored      f64 [k]   as `free`, as far on the other side of the answer's place; infinite over a view px off
    other_gain   f64 [m], of some of the frames: 1 - ZNCC on the best of some other BG frames over that on the answer's,
                 its place free on each
    other_shift_px   f64 [m]   how far from the answer's place it fits there
    is_interlaced    views of a clip mix two moments: what moves fits a little elsewhere
    mixed_px         f64 [k]   canvas px by which one of those moments lies from their mean; 0 where views mix none
    """

    frames: I64
    shift_px: F64
    fixed: F64
    free: F64
    fixed_zncc: F64
    free_zncc: F64
    mirrored: F64
    other_gain: F64
    other_shift_px: F64
    is_interlaced: bool
    mixed_px: F64

    @property
    def median_cost(self) -> float:
        """1 - ZNCC at the answer, of frames that were compared; there have to be some."""
        return float(np.median(1 - self.fixed_zncc))

    def misdated(self, parameters: TrackingParameters) -> Mask:
        """bool [m]: frames that fit another BG frame clearly better; of the right one, none does at any place."""
        return self.other_gain < parameters.check.dated_gain

    def misdated_share(self, parameters: TrackingParameters) -> float:
        return float(self.misdated(parameters).mean()) if len(self.other_gain) else 0.0

    def moved(self, parameters: TrackingParameters) -> Mask:
        """bool [k]: frames that fit better elsewhere by more than errors of measurement explain.

        Where FG is more blurred than BG, it fits better between BG's px, to either side: interpolation blurs BG.
        """
        numbers = parameters.check
        wants_far_gain = (self.shift_px > numbers.near_px) | self.is_interlaced
        wanted = np.where(wants_far_gain, numbers.far_gain, numbers.least_gain)
        is_moved = (self.shift_px > numbers.least_shift_px + self.mixed_px) & (self.free < wanted * self.fixed)
        is_moved &= self.mirrored > numbers.least_mirrored * self.fixed
        return is_moved & (self.free_zncc > 1 - parameters.keyframes.good_cost)

    def is_clearly_moving(self, parameters: TrackingParameters) -> bool:
        """Whether frames fit far better each at a place of its own, and not all of them a little to one side."""
        numbers = parameters.early_motion
        if self.is_interlaced or not len(self.frames):
            return False
        fixed, free = (float(np.median(1 - zncc)) for zncc in (self.fixed_zncc, self.free_zncc))
        low, high = np.quantile(self.shift_px, [1 - numbers.fitting_share, numbers.fitting_share])
        is_scattered = high - low > numbers.least_scatter_px or np.median(self.shift_px) > parameters.check.near_px
        return bool(is_scattered and fixed > numbers.least_cost and free < numbers.most_gain * fixed)

    def is_undisputed(self, parameters: TrackingParameters) -> bool:
        """Whether the answer fits, and no frame that was looked at fits better at another place or another time."""
        if not len(self.frames) or not len(self.other_gain) or self.moved(parameters).any():
            return False
        is_good = self.median_cost < parameters.keyframes.good_cost
        return is_good and float(self.other_gain.min()) > parameters.check.undisputed_gain

    def moved_share(self, parameters: TrackingParameters) -> float:
        return float(self.moved(parameters).mean()) if len(self.frames) else 0.0


def check_residuals(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    pose: F64,
    shape: Shape,
    bg_of_fg: I64,
    parameters: TrackingParameters,
    followed: F64 | None = None,
) -> ResidualCheck:
    """FG frames at the answer, and at their best.

    pose       f64 [4] of the answer
    bg_of_fg   i64 [n_fg], its frame map
    followed   f64 [n_fg, 4]: where the frames may lie instead
    """
    frames = np.flatnonzero(bg_of_fg != UNMATCHED)
    frames = frames[evenly_spaced(len(frames), parameters.check.frames)]
    coarse, fine = _coarse_and_fine_views(fg, bg, box, shape, parameters)
    size = fg.clip.width * shape[0], fg.clip.height * shape[1]
    pairs = list(zip(frames.tolist(), bg_of_fg[frames].tolist(), strict=True))
    fixed_fits = [register_frame(fine, i, j, pose, PLACE, 0) for i, j in pairs]
    starts = ([pose] if followed is None else [pose, followed[i]] for i in frames)
    free_fits = [_free_fit(coarse, fine, *pair, start, parameters) for pair, start in zip(pairs, starts, strict=True)]
    other_gain, other_shift_px = _others(coarse, frames.tolist(), bg_of_fg, pose, size, parameters)
    is_interlaced = bool(fg.field_order or bg.field_order)
    mixed_px = _mixed_px(bg, bg_of_fg[frames], pose, size) if is_interlaced else np.zeros(len(frames))
    return ResidualCheck(
        frames,
        np.array([corner_distance(fit.pose, pose, size) for fit in free_fits]),
        fixed=np.array([fit.residual for fit in fixed_fits]),
        free=np.array([fit.residual for fit in free_fits]),
        fixed_zncc=np.array([fit.zncc for fit in fixed_fits]),
        free_zncc=np.array([fit.zncc for fit in free_fits]),
        mirrored=np.array([_mirrored(fine, *pair, pose, fit.pose) for pair, fit in zip(pairs, free_fits, strict=True)]),
        other_gain=other_gain,
        other_shift_px=other_shift_px,
        is_interlaced=is_interlaced,
        mixed_px=mixed_px,
    )


def _coarse_and_fine_views(
    fg: Proxies, bg: Proxies, box: Box, shape: Shape, parameters: TrackingParameters
) -> tuple[FrameViews, FrameViews]:
    coarse, fine = parameters.band.coarse_side, parameters.band.side
    return (
        frame_views(fg, bg, box, shape, coarse, parameters.registration),
        frame_views(fg, bg, box, shape, fine, parameters.registration),
    )


def _mixed_px(bg: Proxies, frames: I64, pose: F64, size: tuple[float, float]) -> F64:
    """A quarter of the way that BG's picture moves until the next frame: its fields are half a frame apart."""
    placement, last = Placement(pose[2] - size[0] / 2, pose[3] - size[1] / 2, *size), len(bg.small) - 1
    return np.array([np.hypot(*bg_motion(bg, placement, j, min(j + 1, last))) / 4 for j in frames.tolist()])


def _free_fit(
    coarse: FrameViews, fine: FrameViews, i: int, j: int, starts: list[F64], parameters: TrackingParameters
) -> FrameFit:
    """The best of the fits from the starts, and from where coarse views lead from the first of them."""
    steps = parameters.keyframes.steps
    rough = register_frame(coarse, i, j, starts[0], SIMILARITY, steps)
    return best_registration(fine, i, j, [starts[0], rough.pose, *starts[1:]], steps)


def _mirrored(views: FrameViews, i: int, j: int, pose: F64, free_pose: F64) -> float:
    """The residual as far on the other side of a pose as `free_pose` lies; infinite over a view px off."""
    if not is_near(views, free_pose, pose):
        return float("inf")
    return register_frame(views, i, j, 2 * pose - free_pose, PLACE, 0).residual


def _others(
    views: FrameViews,
    frames: Sequence[int],
    bg_of_fg: I64,
    pose: F64,
    size: tuple[float, float],
    parameters: TrackingParameters,
) -> tuple[F64, F64]:
    """Gains and shifts of some frames on the best of some other BG frames; 1 and 0 of one that fits its own fully."""
    numbers, last, steps = parameters.check, views.bg.clip.frames - 1, parameters.band.coarse_steps
    gains, shifts = [], []
    for i in frames[:: numbers.dated_every]:
        answer = int(bg_of_fg[i])
        others = {min(max(answer + sign * 2**k, 0), last) for k in range(numbers.dated_reach) for sign in (-1, 1)}
        others.discard(answer)
        if not others:
            continue
        own = 1 - register_frame(views, i, answer, pose, SIMILARITY, steps).zncc
        if own <= numbers.least_dated_cost:
            gains.append(1.0)
            shifts.append(0.0)
            continue
        fits = (register_frame(views, i, j, pose, SIMILARITY, steps) for j in sorted(others))
        best = max(fits, key=lambda fit: fit.zncc)
        gains.append(max(1 - best.zncc, numbers.least_dated_cost) / own)
        shifts.append(corner_distance(best.pose, pose, size))
    return np.array(gains), np.array(shifts)

"""Pictures that only scroll: FG some px further along fits some frames later as well, and no picture tells which.

Rolling credits, tickers and steady pans over stills are such. The shift of BG's own picture from frame to frame tells
where FG would have to lie on later and earlier frames; where it fits there as well as at the answer, on frames all over
FG, place and time are not known.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F64, I64, UNMATCHED, Box, Placement
from vidkompy.tracking.bg_motion import bg_motion
from vidkompy.tracking.frame_registration import PLACE, FrameViews, frame_views, register_frame
from vidkompy.tracking.parameters import TrackingParameters
from vidkompy.tracking.poses import pose_of
from vidkompy.tracking.rival_parameters import ScrollingParameters


class Scroll(NamedTuple):
    """Canvas px per BG frame by which BG's picture moves."""

    x: float
    y: float

    @property
    def words(self) -> str:
        px = float(np.hypot(self.x, self.y))
        return (
            f"BG's picture only scrolls, {px:.1f} px a frame: FG fits as well {px:.1f} px further along and a frame "
            "later; give --at or a --pin"
        )


def find_scroll(
    fg: Proxies, bg: Proxies, box: Box, placement: Placement, bg_of_fg: I64, parameters: TrackingParameters
) -> Scroll | None:
    """How BG's picture scrolls, if place and time cannot be told apart; else None.

    bg_of_fg   i64 [n_fg], the frame map at the placement
    """
    shape, pose = pose_of(placement, fg)
    numbers = parameters.scrolling
    for away in (numbers.frames_away, -numbers.frames_away):
        beyond = bg_of_fg + away
        frames = np.flatnonzero((bg_of_fg != UNMATCHED) & (beyond >= 0) & (beyond < len(bg.small)))
        frames = frames[evenly_spaced(len(frames), numbers.frames)] if len(frames) else frames
        if len(np.unique(bg_of_fg[frames])) < numbers.least_frames:
            continue
        pairs = [(int(i), int(bg_of_fg[i])) for i in frames]
        shift = _steady_shift(bg, placement, pairs, away, numbers)
        if shift is None or not _is_inside(placement, shift, bg):
            continue
        views = frame_views(fg, bg, box, shape, parameters.band.side, parameters.registration)
        if _fits_as_well(views, pairs, away, pose, shift, parameters):
            return Scroll(*(shift / away).tolist())
    return None


def _steady_shift(
    bg: Proxies, placement: Placement, pairs: list[tuple[int, int]], away: int, numbers: ScrollingParameters
) -> F64 | None:
    """f64 [2]: canvas px by which BG's picture below FG moves within `away` frames; None where it stands or varies."""
    shifts: list[F64] = []
    for _, j in pairs:
        shifts.append(bg_motion(bg, placement, j, j + away))
        if len(shifts) > 2 and np.hypot(*np.median(shifts, axis=0)) < numbers.least_shift_px:
            return None
    px = np.array(shifts)
    median: F64 = np.median(px, axis=0)
    is_steady = np.hypot(*(px - median).T) <= numbers.steady_px
    return median if is_steady.mean() >= numbers.least_share else None


def _is_inside(placement: Placement, shift: F64, bg: Proxies) -> bool:
    x, y = placement.x + float(shift[0]), placement.y + float(shift[1])
    return x > -1 and y > -1 and x + placement.width < bg.clip.width + 1 and y + placement.height < bg.clip.height + 1


def _fits_as_well(
    views: FrameViews,
    pairs: list[tuple[int, int]],
    away: int,
    pose: F64,
    shift: F64,
    parameters: TrackingParameters,
) -> bool:
    """Whether most frames, shifted all alike, leave about as much there as at the answer."""
    numbers, steps = parameters.scrolling, parameters.keyframes.steps
    start = pose + np.array([0, 0, *shift])
    moves, is_as_good = [], []
    for i, j in pairs:
        here = register_frame(views, i, j, pose, PLACE, steps)
        there = register_frame(views, i, j + away, start, PLACE, steps)
        moves.append(there.pose[2:] - here.pose[2:])
        cost = max(1 - here.zncc, numbers.least_cost)
        is_as_good.append(1 - there.zncc <= numbers.largest_cost_ratio * cost)
    spread = np.abs(np.array(moves) - np.median(moves, axis=0)).max(axis=1)
    is_alike = spread <= numbers.steady_px
    return bool((np.array(is_as_good) & is_alike).mean() >= numbers.least_share)

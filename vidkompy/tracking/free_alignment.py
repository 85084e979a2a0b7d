"""Alignment in time with the place of every FG frame left free.

Around the keyframes' path every FG frame is registered on each BG frame of a band. The band's scores are those at the
best place of each pair, so that motion of the place does not leak into time. The cheapest path through the band is the
map, and the poses along it are where FG lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from vidkompy.media.progress_callback import ProgressCallback, report_progress
from vidkompy.media.proxies import Proxies
from vidkompy.model import F64, I64, Box
from vidkompy.numerics.robust_trend import robust_trend
from vidkompy.numerics.viterbi import Band, row_starts
from vidkompy.tracking.frame_registration import (
    SIMILARITY,
    FrameFit,
    FrameViews,
    Shape,
    best_registration,
    frame_views,
    register_frame,
)
from vidkompy.tracking.keyframes import Keyframe
from vidkompy.tracking.parameters import BandParameters, TrackingParameters
from vidkompy.tracking.poses import corner_distance


class ViewPyramid(NamedTuple):
    """Views for finding a pose, and finer ones for measuring it."""

    coarse: FrameViews
    fine: FrameViews


class FreeScores(NamedTuple):
    """What registration found in a band of BG frames around each FG frame.

    zncc   of each pair at its best pose
    poses  f64 [cells, 4]   in the order of the band's cells
    """

    zncc: Band
    poses: F64

    def poses_along(self, path: I64) -> F64:
        """f64 [n_fg, 4]: pose of each FG frame on the BG frame that a path gives it."""
        poses: F64 = self.poses[self.zncc.start[:-1] + path - self.zncc.lo]
        return poses


def score_freely(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    shape: Shape,
    keyframes: Sequence[Keyframe],
    parameters: TrackingParameters,
    on_progress: ProgressCallback | None = None,
) -> FreeScores:
    """Every FG frame registered on the BG frames near the keyframes' path; reported as "following"."""
    numbers = parameters.band
    good = [k for k in keyframes if 1 - k.fit.zncc < parameters.keyframes.good_cost] or list(keyframes)
    expected, lo, hi = band_around(good, fg.clip.frames, bg.clip.frames, numbers)
    views = ViewPyramid(
        *(
            frame_views(fg, bg, box, shape, side, parameters.registration)
            for side in (numbers.coarse_side, numbers.side)
        )
    )
    size = fg.clip.width * shape[0], fg.clip.height * shape[1]
    start = row_starts(lo, hi)
    zncc, poses = np.empty(int(start[-1]), np.float32), np.empty((int(start[-1]), 4))
    followed: list[F64] = []
    for i in range(fg.clip.frames):
        starts = [*poses_between(good, i, size, numbers), *followed]
        row = _fit_row(views, i, range(lo[i], hi[i]), int(expected[i]), starts, numbers)
        zncc[start[i] : start[i + 1]] = [fit.zncc for fit in row]
        poses[start[i] : start[i + 1]] = [fit.pose for fit in row]
        best = max(row, key=lambda fit: fit.zncc)
        is_good = best.zncc > 1 - parameters.keyframes.good_cost
        is_new = corner_distance(best.pose, starts[0], size) > numbers.near_px
        followed = [best.pose] if is_good and is_new else []
        report_progress(on_progress, "following", i + 1, fg.clip.frames)
        for level in views:
            level.forget_before(i, int(lo[min(i + 1, len(lo) - 1)]) - 1)
    return FreeScores(Band(lo, start, zncc), poses)


def band_around(
    keyframes: Sequence[Keyframe], n_fg: int, n_bg: int, parameters: BandParameters
) -> tuple[I64, I64, I64]:
    """i64 [n_fg] each: the BG frame expected, the first BG frame of each FG frame's row, and the one behind its last.

    Between keyframes BG frames are expected on a straight line. Where its slope is unlike the usual one, there is a
    jump in between, and rows reach from one keyframe to the other. Where the picture stands, keyframes lie anywhere in
    it: rows reach to the trend of the keyframes, too.
    """
    at, bg = np.array([k.fg for k in keyframes]), np.array([k.bg for k in keyframes])
    rate = float(np.median(np.diff(bg) / np.diff(at))) if len(at) > 1 else 1.0
    frames = np.arange(n_fg)
    expected = np.interp(frames, at, bg)
    expected = np.where(frames < at[0], bg[0] + rate * (frames - at[0]), expected)
    expected = np.where(frames > at[-1], bg[-1] + rate * (frames - at[-1]), expected)
    outside = np.maximum(np.maximum(at[0] - frames, frames - at[-1]), 0)
    reach = parameters.reach + parameters.reach_per_frame_outside * outside
    low, high = expected - reach, expected + reach + 1
    for (a, b), (bg_a, bg_b) in zip(pairwise(at), pairwise(bg), strict=True):
        if abs(bg_b - bg_a - rate * (b - a)) > parameters.reach:
            low[a : b + 1] = np.minimum(low[a : b + 1], min(bg_a, bg_b) - parameters.reach)
            high[a : b + 1] = np.maximum(high[a : b + 1], max(bg_a, bg_b) + parameters.reach + 1)
    trend = np.interp(frames, at, _trend_in_time(bg, parameters))
    is_near = (np.abs(trend - expected) <= parameters.most_off_trend) & (outside == 0)
    low = np.where(is_near, np.minimum(low, trend - parameters.trend_reach), low)
    high = np.where(is_near, np.maximum(high, trend + parameters.trend_reach + 1), high)
    lo = np.clip(np.floor(low), 0, n_bg - 1).astype(np.int64)
    hi = np.clip(np.ceil(high), lo + 1, np.minimum(n_bg, lo + parameters.most_bg_frames)).astype(np.int64)
    return np.clip(np.rint(expected), lo, hi - 1).astype(np.int64), lo, hi


def _trend_in_time(bg_frames: I64, parameters: BandParameters) -> F64:
    """f64 [n]: BG frames of keyframes, smoothed robustly."""
    fit = parameters.trend_half, parameters.trend_rounds, parameters.trend_cutoff, parameters.trend_noise
    return robust_trend(bg_frames, *fit)


def _fit_row(
    views: ViewPyramid, i: int, bg_frames: range, expected: int, starts: Sequence[F64], parameters: BandParameters
) -> list[FrameFit]:
    """FG frame i on each of the BG frames, from the starts and from its pose on the neighbour towards `expected`.

    Only BG frames that it fits about as well as the best one are looked at in detail.
    """
    middle = min(max(expected, bg_frames.start), bg_frames.stop - 1) - bg_frames.start
    coarse: dict[int, FrameFit] = {}
    for direction in (1, -1):
        followed: list[F64] = [] if direction == 1 else [coarse[middle].pose]
        for k in range(middle if direction == 1 else middle - 1, len(bg_frames) if direction == 1 else -1, direction):
            coarse[k] = best_registration(views.coarse, i, bg_frames[k], [*followed, *starts], parameters.coarse_steps)
            followed = [coarse[k].pose]
    best = max(fit.zncc for fit in coarse.values())
    least = 1 - parameters.rival_costs * (1 - best) - parameters.rival_cost
    return [
        register_frame(views.fine, i, bg_frames[k], coarse[k].pose, SIMILARITY, parameters.fine_steps)
        if coarse[k].zncc > least
        else coarse[k]
        for k in range(len(bg_frames))
    ]


def poses_between(
    keyframes: Sequence[Keyframe], i: int, size: tuple[float, float], parameters: BandParameters
) -> list[F64]:
    """The pose between the keyframes around FG frame i; both of theirs where they lie far apart."""
    after = next((n for n, k in enumerate(keyframes) if k.fg >= i), len(keyframes) - 1)
    a, b = keyframes[max(after - 1, 0)], keyframes[after]
    if corner_distance(a.fit.pose, b.fit.pose, size) > parameters.far_px:
        return [a.fit.pose, b.fit.pose]
    share = np.clip((i - a.fg) / max(b.fg - a.fg, 1), 0, 1)
    return [(1 - share) * a.fit.pose + share * b.fit.pose]

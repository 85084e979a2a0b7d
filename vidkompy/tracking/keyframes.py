"""Keyframes: a few FG frames, each registered on the BG frame it shows, wherever it lies there.

Every keyframe is compared with many BG frames, its place free on each of them. Under a moving camera wrong BG frames
fit too, each at a place of its own, only less well: the cheapest path in time through these costs is taken. A keyframe
starts where others of its kind were found, so that a slow move is followed along FG, however far it leads.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F32, F64, I64, Box
from vidkompy.numerics.viterbi import Band, Transitions, cheapest_path, local_costs, zero_step_costs
from vidkompy.numerics.viterbi_parameters import LocalCostParameters
from vidkompy.tracking.frame_registration import (
    SIMILARITY,
    FrameFit,
    FrameViews,
    Shape,
    best_registration,
    frame_views,
    is_near,
    register_frame,
)
from vidkompy.tracking.parameters import KeyframeParameters, TrackingParameters
from vidkompy.tracking.pose_trend import pose_trend, standing_penalty, trend_penalty
from vidkompy.tracking.poses import corner_distances
from vidkompy.tracking.template_search import find_template

PICTURE_COSTS = LocalCostParameters()  # alignment's defaults


class Keyframe(NamedTuple):
    """FG frame `fg` at its pose on BG frame `bg`."""

    fg: int
    bg: int
    fit: FrameFit


def find_keyframes(
    fg: Proxies, bg: Proxies, box: Box, shape: Shape, starts: Sequence[F64], parameters: TrackingParameters
) -> list[Keyframe]:
    """Keyframes in the order of FG, whose BG frames do not go back; none where FG fits BG nowhere.

    starts   poses to begin at, f64 [4]; see `frame_registration`
    """
    numbers = parameters.keyframes
    fg_frames = evenly_spaced(fg.clip.frames, max(2, min(numbers.most, fg.clip.frames // numbers.spacing)))
    stride = -(-bg.clip.frames * len(fg_frames) // numbers.most_pairs)
    bg_frames = list(range(0, bg.clip.frames, stride))
    views = frame_views(fg, bg, box, shape, numbers.side, parameters.registration)
    if not _fit_at_all(views, fg_frames, bg_frames, starts, numbers):
        return []
    fits = _fit_all(views, fg_frames, bg_frames, starts, parameters)
    columns_apart = (fg_frames[1] - fg_frames[0]) // stride + 1
    path = _path_along_trend(fits, columns_apart, (fg.clip.width * shape[0], fg.clip.height * shape[1]), parameters)
    coarse = [Keyframe(i, bg_frames[c], row[c]) for i, row, c in zip(fg_frames, fits, path, strict=True)]
    return _refined(fg, bg, box, shape, coarse, parameters)


def _refined(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    shape: Shape,
    coarse: Sequence[Keyframe],
    parameters: TrackingParameters,
) -> list[Keyframe]:
    """Keyframes on the best of all BG frames near the coarse ones."""
    numbers, size = parameters.keyframes, (fg.clip.width * shape[0], fg.clip.height * shape[1])
    views = frame_views(fg, bg, box, shape, numbers.refined_side, parameters.registration)
    shared = _distinct_poses([fit for _, _, fit in coarse], numbers)
    reach, last = numbers.refined_reach, bg.clip.frames - 1
    fits = []
    for i, j, fit in coarse:
        row: list[FrameFit] = []
        for k in range(-reach, reach + 1):
            starts = [fit.pose, *([row[-1].pose] if row else []), *shared]
            row.append(best_registration(views, i, min(max(j + k, 0), last), starts, numbers.steps))
        fits.append(row)
    apart = [abs(b - a) for (_, a, _), (_, b, _) in pairwise(coarse)]
    path = _path_along_trend(fits, max(1, int(np.median(apart))), size, parameters, [j - reach for _, j, _ in coarse])
    return [
        Keyframe(i, min(max(j + c - reach, 0), last), row[c])
        for (i, j, _), row, c in zip(coarse, fits, path, strict=True)
    ]


def _fit_at_all(
    views: FrameViews,
    fg_frames: Sequence[int],
    bg_frames: Sequence[int],
    starts: Sequence[F64],
    numbers: KeyframeParameters,
) -> bool:
    """Whether any of a few FG frames fits a BG frame: following two clips that have nothing in common takes long."""
    few = [fg_frames[k] for k in evenly_spaced(len(fg_frames), numbers.tried_first)]
    return any(_best(_row_anywhere(views, i, bg_frames, starts, numbers)).zncc > 1 - numbers.good_cost for i in few)


def _row_anywhere(
    views: FrameViews, i: int, bg_frames: Sequence[int], poses: Sequence[F64], numbers: KeyframeParameters
) -> list[FrameFit]:
    """Fits from the poses; where none is good, also from where the frame is found, all over the canvas."""
    fits = _fit_row(views, i, bg_frames, poses, numbers)
    if _best(fits).zncc < 1 - numbers.good_cost:
        found = find_template(views, i, bg_frames[:: numbers.searched_every], _scale_of(poses[-1]))
        if found:
            return _better_row(fits, _fit_row(views, i, bg_frames, found, numbers))
    return fits


def _fit_all(
    views: FrameViews,
    fg_frames: Sequence[int],
    bg_frames: Sequence[int],
    starts: Sequence[F64],
    parameters: TrackingParameters,
) -> list[list[FrameFit]]:
    """Each FG frame on each BG frame; once along FG and once back, from the starts and from the last good pose.

    A frame that fits nowhere from there is looked for all over the canvas.
    """
    numbers = parameters.keyframes
    fits: list[list[FrameFit]] = [[] for _ in fg_frames]
    for direction in (1, -1):
        followed: list[F64] = []
        for k in range(len(fg_frames))[::direction]:
            i = fg_frames[k]
            if direction == 1:
                fits[k] = _row_anywhere(views, i, bg_frames, [*starts, *followed], numbers)
            elif _best(fits[k]).zncc < 1 - numbers.sure_cost:
                fits[k] = _better_row(fits[k], _fit_row(views, i, bg_frames, [*starts, *followed], numbers))
            best = _best(fits[k])
            followed = [best.pose] if best.zncc > 1 - numbers.good_cost else followed
        starts = _distinct_poses([_best(row) for row in fits], numbers)
    return fits


def _distinct_poses(fits: Sequence[FrameFit], numbers: KeyframeParameters) -> list[F64]:
    """Poses of the best fits, each elsewhere than those before."""
    kept: list[F64] = []
    for fit in sorted(fits, key=lambda f: -f.zncc):
        if all(np.abs(fit.pose - pose)[2:].max() > numbers.standing_px for pose in kept):
            kept.append(fit.pose)
    return kept[: numbers.shared_starts]


def _fit_row(
    views: FrameViews, i: int, bg_frames: Sequence[int], poses: Sequence[F64], numbers: KeyframeParameters
) -> list[FrameFit]:
    """Fits from the poses, and from the pose on the BG frame beside, going out from the best one: BG may drift away."""
    fits = [best_registration(views, i, j, poses, numbers.steps) for j in bg_frames]
    best = max(range(len(fits)), key=lambda c: fits[c].zncc)
    for columns in (range(best + 1, len(fits)), range(best - 1, -1, -1)):
        beside = fits[best]
        for c in columns:
            if beside.zncc > 1 - numbers.good_cost and not is_near(views, fits[c].pose, beside.pose):
                moved = register_frame(views, i, bg_frames[c], beside.pose, SIMILARITY, numbers.steps)
                fits[c] = max(fits[c], moved, key=lambda fit: fit.zncc)
            beside = fits[c]
    return fits


def _better_row(a: list[FrameFit], b: list[FrameFit]) -> list[FrameFit]:
    return [max(pair, key=lambda fit: fit.zncc) for pair in zip(a or b, b, strict=True)]


def _scale_of(pose: F64) -> float:
    return float(np.hypot(pose[0], pose[1]))


def _best(row: Sequence[FrameFit]) -> FrameFit:
    return max(row, key=lambda fit: fit.zncc)


def _path_along_trend(
    fits: Sequence[Sequence[FrameFit]],
    columns_apart: int,
    size: tuple[float, float],
    parameters: TrackingParameters,
    first: Sequence[int] | None = None,
) -> list[int]:
    """Column of each row along the cheapest path that does not go back and whose poses keep to their own trend."""
    numbers = parameters.keyframes
    zncc = np.array([[fit.zncc for fit in row] for row in fits], np.float32)
    poses = np.array([[fit.pose for fit in row] for row in fits])
    squared = np.float32(2) - 2 * np.clip(zncc, 0, 1)
    costs = local_costs(squared, squared.min(axis=1), PICTURE_COSTS)
    step_count = numbers.free_steps_per_frame * columns_apart + numbers.free_steps
    transitions = Transitions(zero_step_costs(step_count), numbers.jump_cost)
    width = costs.shape[1]
    lo = np.zeros(len(costs), np.int64) if first is None else np.array(first, np.int64) - min(first)
    starts = np.arange(len(costs) + 1, dtype=np.int64) * width
    penalty = _standing_penalty(costs, poses, size, parameters)
    for n in range(parameters.trend.rounds_in_time):
        path, _ = cheapest_path(Band(lo, starts, (costs + penalty).ravel()), transitions)
        path -= lo
        if n < parameters.trend.rounds_in_time - 1:
            transitions = _even_steps(path + lo, step_count, numbers)
            at_path = poses[np.arange(len(path)), path]
            trend = pose_trend(at_path, size, parameters.trend.half_keyframes, parameters.trend)
            distance = corner_distances(poses, trend.poses[:, None], size)
            penalty = trend_penalty(distance, trend.scatter[:, None], parameters.trend)
    return [int(column) for column in path]


def _even_steps(path: I64, step_count: int, numbers: KeyframeParameters) -> Transitions:
    """Transitions that prefer the usual step of a path: where the picture stands, nothing else tells the keyframes."""
    off = np.abs(np.arange(2 * step_count - 1) - (step_count - 1))
    table = np.minimum(numbers.irregular_step * off, numbers.most_irregular).astype(np.float32)
    usual = int(np.clip(np.median(np.diff(path)), 0, step_count - 1))
    return Transitions(table, numbers.jump_cost, expected=np.full(len(path), usual))


def _standing_penalty(costs: F32, poses: F64, size: tuple[float, float], parameters: TrackingParameters) -> F32:
    """f32 as `costs`: what keeps all rows at one pose, if there is one at which nearly all fit as well as anywhere.

    A page that scrolls fits a scrolled one at a shifted place: in time and place together every frame fits in many
    ways, but only one place suits them all.
    """
    numbers = parameters.keyframes
    excess = costs - costs.min(axis=1, keepdims=True)
    candidates = poses[excess < numbers.equal_excess]
    candidates = candidates[evenly_spaced(len(candidates), numbers.standing_candidates)]
    best, fitting = np.zeros_like(costs), 0.0
    for pose in candidates:
        distance = corner_distances(poses, pose, size)
        fits_here = ((excess < numbers.equal_excess) & (distance < numbers.standing_px)).any(axis=1).mean()
        if fits_here > max(fitting, numbers.standing_share):
            best, fitting = standing_penalty(distance, numbers.standing_px, parameters.trend), float(fits_here)
    return best

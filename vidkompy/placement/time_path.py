"""At which BG frames FG's samples lie, for a given transform: found by correlation, and in BG's order.

A BG of up to some hundred frames is correlated whole. A longer one is first visited in strides; what lies near the
path through those frames is correlated then.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidkompy.model import F32, F64, I64
from vidkompy.numerics.viterbi import Band, Transitions, cheapest_path, local_costs, zero_step_costs
from vidkompy.numerics.viterbi_parameters import LocalCostParameters
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.coarse_problem import CoarseProblem
from vidkompy.records import Record

PICTURE_COSTS = LocalCostParameters()  # alignment's defaults


class TimePathParameters(Record):
    """Tuned numbers of the path of FG samples through BG's frames."""

    most_bg_frames: int = tuned(
        600,
        unit="BG frames correlated in every round",
        raising="more work; longer clips are searched in windows around a first path",
        source="chosen by eye",
    )
    longest_stride: int = tuned(
        15,
        unit="BG frames from one to the next on the first path",
        raising="short moments are missed",
        source="measured: with 60, hand-held clips of 10 min were lost",
    )
    window: int = tuned(
        2,
        unit="visited frames either side of that path",
        raising="more work, fewer moments missed",
        source="chosen by eye",
    )
    jump_cost: float = tuned(
        30.0,
        unit="cost of a path's step too long to be free, a frame pair as bad as the median best one costing 40",
        raising="times follow one scene further before they jump",
        source=without_effect("FGs with scenes removed"),
    )
    free_bg_frames_per_fg_frame: int = tuned(
        3,
        unit="BG frames below which a step is free, for each FG frame between samples; columns on a first path",
        raising="faster playback costs nothing, and paths are less bound",
        source=without_effect("FGs that are played fast"),
    )
    free_bg_frames: int = tuned(
        13,
        unit="BG frames below which a step is free, besides those",
        raising="faster playback costs nothing, and paths are less bound",
        source="chosen by eye; the steps of alignment's paths are between all FG frames, these between samples",
    )


def path_through_scores(
    score: F32, columns_apart: int, is_ordered: bool, parameters: TimePathParameters
) -> tuple[I64, F64]:
    """i64 [n] column of each FG sample, and f64 [n] 1 - ZNCC there.

    score           f32 [n, columns]   ZNCC of each FG sample with BG frames in temporal order
    columns_apart   columns from one sample's to the next one's at BG's own speed
    is_ordered      along the cheapest non-decreasing path with nearly free steps, else each sample for itself
    """
    if not is_ordered:
        return score.argmax(axis=1), (1 - score.max(axis=1)).astype(np.float64)
    band = Band.full(local_costs(2 - 2 * score, 2 - 2 * score.max(axis=1), PICTURE_COSTS))
    steps = zero_step_costs(parameters.free_bg_frames_per_fg_frame * columns_apart + parameters.free_bg_frames)
    path, _ = cheapest_path(band, Transitions(steps, parameters.jump_cost))
    return path, (1 - score[np.arange(len(path)), path]).astype(np.float64)


def windows_around_first_path(problem: CoarseProblem, q: F64, parameters: TimePathParameters) -> Sequence[int]:
    """BG frames, ascending, near a first path that visits only every `stride`th frame; q: view px.

    All of those frames where too little of FG is on the canvas.
    """
    stride = min(problem.n_bg // (parameters.most_bg_frames // 2), parameters.longest_stride)
    visited = range(0, problem.n_bg, stride)
    score = problem.score(q, visited)
    if score is None:
        return list(visited)
    columns_apart = (
        problem.sample_spacing // stride + 1
    )  # at least 1, though samples may lie closer than visited frames
    path, _ = path_through_scores(score, columns_apart, problem.is_ordered, parameters)
    before, after = parameters.window, parameters.window + 1
    near = {j for at in path for j in range((int(at) - before) * stride, (int(at) + after) * stride)}
    return sorted(j for j in near if 0 <= j < problem.n_bg)

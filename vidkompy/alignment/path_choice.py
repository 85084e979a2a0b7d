"""From a band of local costs to a frame map: the free path, or the one that follows its own local trend.

The free path prefers one speed over the whole clip and follows the pictures. Where neighbours look alike, noise decides
there between steps of 0, 1 and 2. The trend path prefers the whole steps that a robust straight line through the free
path's surroundings predicts. The cheaper one in total is kept, by analogy with minimum description length.
What follows from the path is added: margins, the score along it, and the BG frames that fit as well.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.parameters import AlignmentParameters, PathChoiceParameters
from vidkompy.media.scratch_arrays import BLOCK_FRAMES, release_pages
from vidkompy.model import F32, F64, I64, UNMATCHED, FrameMap
from vidkompy.numerics.comparison_kernels import lookalikes
from vidkompy.numerics.path_kernels import INFINITE
from vidkompy.numerics.robust_trend import robust_trend
from vidkompy.numerics.viterbi import (
    Band,
    IndexRanges,
    Transitions,
    cheapest_path,
    deviation_step_costs,
    leap_cost,
    path_cost,
    path_margins,
    rate_step_costs,
)
from vidkompy.numerics.viterbi_parameters import TransitionParameters


class Solution(NamedTuple):
    """path i64 [n], its total cost, and the transition costs under which it is the cheapest."""

    path: I64
    total: float
    transitions: Transitions


def map_along_cheaper_path(score: Band, cost: Band, bg: Features, search: SearchOptions) -> FrameMap:
    """The map along the free path or the trend path, whichever is cheaper in total.

    score   similarity of each pair of the band, higher is better; at or below `search.floor` a frame is unmatched
    cost    of the same pairs
    bg      tells which BG frames look alike: they are no rivals of each other
    Were costs negative log likelihoods, a total would be the length of a description: of FG given the path, and of the
    path's steps given a model of them; minimum description length chooses the model (Rissanen 1978,
    doi:10.1016/0005-1098(78)90005-5). That holds by analogy only. Pictures are weighed against steps by a heuristic
    exchange rate (`viterbi.cost_scale`), `deviation_step_costs` are no log probabilities, and the trend itself is not
    paid for: `first_deviation` stands for that.
    """
    parameters = search.parameters.path_choice
    free = _cheapest_free_path(cost, search)
    trend = _cheapest_trend_path(cost, free.path, search)
    chosen = trend if trend.total < free.total else free
    searched = cost.near(chosen.path, parameters.half_width) if chosen is trend else cost
    margin = path_margins(searched, chosen.path, _lookalikes(bg, chosen.path, parameters), chosen.transitions)
    return _frame_map(score, cost, chosen.path, margin, search)


def map_along_free_path(score: Band, cost: Band, bg: Features, search: SearchOptions) -> FrameMap:
    """The map along the free path alone: half the work, and no help from a steady speed where frames look alike."""
    free = _cheapest_free_path(cost, search)
    alike = _lookalikes(bg, free.path, search.parameters.path_choice)
    return _frame_map(score, cost, free.path, path_margins(cost, free.path, alike, free.transitions), search)


def irregularity(path: I64, parameters: AlignmentParameters) -> float:
    """Cost of a path's own steps: by how much they leave its local trend, rounded in the phase that suits them best.

    A steady path costs nothing at any speed; one step too short costs `first_deviation`, and so does making up for it.
    """
    if len(path) < 2:
        return 0.0
    path_choice, step_parameters = parameters.path_choice, parameters.transitions
    deviation_cost, longest = deviation_step_costs(step_parameters), step_parameters.step_count - 1
    trend, step = local_trend(path, parameters), np.diff(path)
    is_short = (step >= 0) & (step <= longest)
    costs = []
    for phase in _phases(path_choice):
        deviation = np.clip(step - _expected_steps(trend, phase, step_parameters)[1:], -longest, longest)
        costs.append(float(np.where(is_short, deviation_cost[longest + deviation], step_parameters.jump).sum()))
    return min(costs)


def _frame_map(score: Band, cost: Band, path: I64, margin: F32, search: SearchOptions) -> FrameMap:
    path_score = score.along(path)
    is_matched = path_score > search.floor
    is_matched[[i for i, _ in search.pins]] = True
    comparable = np.where(score.values > search.floor, cost.values, INFINITE)  # below the floor nothing fits as well
    ranges = replace(cost, values=comparable).equivalents(path, search.parameters.path_choice.equivalent_cost)
    low, high = (np.where(is_matched, bound, UNMATCHED) for bound in ranges)
    return FrameMap(np.where(is_matched, path, UNMATCHED), margin, path_score, low, high)


def _lookalikes(bg: Features, path: I64, parameters: PathChoiceParameters) -> IndexRanges:
    """The BG frames that look like each of the path's."""
    n, reach = len(bg), parameters.lookalike_reach
    low, high = np.empty(n, np.int64), np.empty(n, np.int64)
    pixels, cells = np.ascontiguousarray(bg.luma.reshape(n, -1)), np.flatnonzero(bg.mask)
    for first in range(0, n, BLOCK_FRAMES):
        start, stop = max(first - reach, 0), min(first + BLOCK_FRAMES + reach, n)
        near = np.empty((2, stop - start), np.int64)
        lookalikes(pixels[start:stop], cells, parameters.lookalike_difference, reach, *near)
        own = slice(first - start, first - start + BLOCK_FRAMES)
        block = slice(first, first + BLOCK_FRAMES)
        low[block], high[block] = near[:, own] + start
        release_pages(pixels)
    return low[path], high[path]


def _cheapest_free_path(band: Band, search: SearchOptions) -> Solution:
    """Cheapest path whose steps need only be likely at its own overall speed.

    Two passes: the first assumes a speed of 1 BG frame per FG frame; the median speed of its path sets the second.
    """
    parameters = search.parameters.transitions
    leap = leap_cost(search.reorder, parameters)
    path, _ = cheapest_path(band, Transitions(rate_step_costs(1.0, parameters), parameters.jump, leap))
    speed = _median_speed(path, search.parameters)
    transitions = Transitions(rate_step_costs(speed, parameters), parameters.jump, leap)
    path, _ = cheapest_path(band, transitions)
    return Solution(path, path_cost(band, path, transitions), transitions)


def _median_speed(path: I64, parameters: AlignmentParameters) -> float:
    """Median over the clip of the local speed in BG frames per FG frame: a global fit is wrong across cuts."""
    if len(path) < 2:
        return 1.0
    span = min(parameters.path_choice.trend_half, len(path) - 1)
    return float(np.clip(np.median(path[span:] - path[:-span]) / span, 0, parameters.transitions.step_count - 2))


def _cheapest_trend_path(band: Band, path: I64, search: SearchOptions) -> Solution:
    """Cheapest path near `path` that deviates little from its local trend, rounded in several phases."""
    path_choice, step_parameters = search.parameters.path_choice, search.parameters.transitions
    leap, table = leap_cost(search.reorder, step_parameters), deviation_step_costs(step_parameters)
    trend = local_trend(path, search.parameters)
    near = band.near(path, path_choice.half_width)
    solutions = []
    for phase in _phases(path_choice):
        transitions = Transitions(table, step_parameters.jump, leap, _expected_steps(trend, phase, step_parameters))
        solutions.append(Solution(*cheapest_path(near, transitions), transitions))
    return min(solutions, key=attrgetter("total"))


def _phases(parameters: PathChoiceParameters) -> list[float]:
    """By how many frames a trend is shifted before it is rounded: a steady half frame per frame rounds in two ways."""
    phases: list[float] = (np.arange(parameters.phases) / parameters.phases).tolist()
    return phases


def _expected_steps(trend: F64, phase: float, parameters: TransitionParameters) -> I64:
    """i64 [n]: whole steps that follow the trend; the first is 0.

    >>> [_expected_steps(np.arange(5) * 0.5, phase, TransitionParameters()).tolist() for phase in (0, 0.5)]
    [[0, 0, 1, 0, 1], [0, 1, 0, 1, 0]]
    """
    steps = np.zeros(len(trend), np.int64)
    steps[1:] = np.clip(np.diff(np.floor(trend + phase + 1e-9).astype(np.int64)), 0, parameters.step_count - 1)
    return steps


def local_trend(path: I64, parameters: AlignmentParameters) -> F64:
    """f64 [n]: where the local speed would lead; each side of a jump has its own."""
    path_choice = parameters.path_choice
    step = np.diff(path)
    cuts = np.flatnonzero((step < 0) | (step >= parameters.transitions.step_count)) + 1
    trend = np.empty(len(path), np.float64)
    for first, stop in pairwise([0, *cuts.tolist(), len(path)]):
        fit = path_choice.trend_half, path_choice.trend_rounds, path_choice.trend_cutoff, path_choice.trend_noise
        trend[first:stop] = robust_trend(path[first:stop], *fit)
    return trend

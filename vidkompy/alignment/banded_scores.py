"""Which BG frames are compared with which FG frames: all in short clips, a band found coarse to fine in long ones.

A coarse level takes every so many frames of both clips. Its cheapest path, widened, is the search window of the next
finer level, down to all frames. Scores (higher is better) become local costs for the Viterbi search here, too:
quadratic ones for correlations, linear ones for distances with long tails.
Source: Salvador & Chan 2007, FastDTW, doi:10.3233/IDA-2007-11508. Differs: frames of a coarse level are taken as they
are, not averaged, and the window spans the whole gap where the coarse path jumps, so removed scenes stay inside.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.parameters import BandParameters
from vidkompy.model import F32, I64
from vidkompy.numerics.viterbi import (
    Band,
    Transitions,
    cheapest_path,
    leap_cost,
    local_costs,
    row_starts,
    zero_step_costs,
)
from vidkompy.numerics.viterbi_parameters import LocalCostParameters

Similarity = Callable[[slice, slice], F32]  # of FG frames with BG frames: f32 [n_fg, n_bg], higher is better


def zncc_band(fg: Features, bg: Features, search: SearchOptions) -> Band:
    """ZNCC of FG frames with the BG frames that may belong to them, as a band."""

    def zncc(fg_frames: slice, bg_frames: slice) -> F32:
        return fg.rows(fg_frames) @ bg.rows(bg_frames).T

    return similarity_band(len(fg), len(bg), zncc, search)


def similarity_band(n_fg: int, n_bg: int, similarity: Similarity, search: SearchOptions) -> Band:
    """Any similarity of FG frames with the BG frames that may belong to them, as a band.

    Pinned FG frames keep the BG frame that they are pinned to.
    """
    return _band_at_stride(n_fg, n_bg, similarity, search, 1)


def quadratic_costs(score: Band, floor: float, parameters: LocalCostParameters) -> Band:
    """Local costs proportional to the squared distance of unit rows, 2 - 2 * ZNCC, as for Gaussian noise.

    floor   ZNCC up to which pairs are all alike; rows of only such pairs are uninformative
    """
    lowest_score = np.float32(floor)
    best = score.row_maxima()
    squared_distance = np.maximum(score.values, lowest_score)
    squared_distance *= -2
    squared_distance += 2
    costs = local_costs(squared_distance, least_squared_distances(best, floor), parameters)
    return Band(score.lo, score.start, costs, best <= floor)


def least_squared_distances(best: F32, floor: float) -> F32:
    """f32 [n_fg]: squared distance of unit rows that each FG frame has at least.

    best    f32 [n_fg]   highest ZNCC of each FG frame
    A frame that fits nothing, blank or foreign, says nothing of how well frames fit: it takes the median of the others.

    >>> least_squared_distances(np.array([0.75, 0.5, 0.25, 1], np.float32), 0.5).tolist()
    [0.5, 0.25, 0.25, 0.0]
    """
    is_informative = best > floor
    distances: F32 = 2 - 2 * np.maximum(best, np.float32(floor))
    if is_informative.any():
        distances[~is_informative] = np.median(distances[is_informative])
    return distances


def linear_costs(distance: Band, limit: float, sharpness: float, parameters: BandParameters) -> Band:
    """Local costs proportional to a distance, as for noise with long tails; pairs at `limit` or beyond are all alike.

    sharpness   cost of a pair as bad as the median best one
    """
    best = distance.row_minima()
    scale = sharpness / max(float(np.median(best)), parameters.least_distance)
    costs = np.minimum(distance.values, np.float32(limit)) * np.float32(scale)
    return Band(distance.lo, distance.start, costs, best >= limit)


def rough_path(score: Band, search: SearchOptions) -> I64:
    """Cheapest path by the scores alone: no floor, and steps shorter than a jump are free."""
    transitions = search.parameters.transitions
    leap = leap_cost(search.reorder, transitions)
    costs = quadratic_costs(score, 0.0, search.parameters.local_costs)
    path, _ = cheapest_path(costs, Transitions(zero_step_costs(transitions.step_count), transitions.jump, leap))
    return path


def _band_at_stride(n_fg: int, n_bg: int, similarity: Similarity, search: SearchOptions, stride: int) -> Band:
    """The band of every `stride`-th frame of both clips."""
    parameters = search.parameters
    rows, columns = -(-n_fg // stride), -(-n_bg // stride)
    if rows * columns <= parameters.bands.most_cells:
        band = Band.full(_all_scores(rows, columns, similarity, stride, parameters.bands))
    else:
        coarse = _band_at_stride(n_fg, n_bg, similarity, search, stride * parameters.bands.coarsening)
        lo, hi = _projected_window(rough_path(coarse, search), rows, columns, parameters.bands)
        band = _filled_band(similarity, stride, lo, hi, parameters.bands)
    if not search.pins:
        return band
    slack = 1 if stride > 1 else 0  # a pin between two frames of a coarse level lies near both
    return band.restricted((i // stride, j // stride - slack, j // stride + 1 + slack) for i, j in search.pins)


def _all_scores(rows: int, columns: int, similarity: Similarity, stride: int, parameters: BandParameters) -> F32:
    """f32 [rows, columns]: all frames of a level with each other; of a long BG block by block."""
    fg_frames = _strided(0, rows, stride)
    if columns <= parameters.most_bg_at_once:
        return similarity(fg_frames, _strided(0, columns, stride))
    out: F32 = np.empty((rows, columns), np.float32)
    for first in range(0, columns, parameters.block_bg):
        stop = min(first + parameters.block_bg, columns)
        out[:, first:stop] = similarity(fg_frames, _strided(first, stop, stride))
    return out


def _projected_window(coarse: I64, rows: int, columns: int, parameters: BandParameters) -> tuple[I64, I64]:
    """[lo, hi) of BG frames for each of `rows` FG frames, from the path of a coarser level.

    With a coarsening of 4 and a padding of 0, FG frames 0 .. 3 lie between coarse frames 0 and 1:

    >>> window = _projected_window(np.array([0, 2]), 8, 12, BandParameters(coarsening=4, padding=0))
    >>> [bounds.tolist() for bounds in window]
    [[0, 0, 0, 0, 8, 8, 8, 8], [9, 9, 9, 9, 9, 9, 9, 9]]
    """
    path = coarse * parameters.coarsening
    before = np.arange(rows) // parameters.coarsening
    after = np.minimum(before + 1, len(path) - 1)
    low, high = np.minimum(path[before], path[after]), np.maximum(path[before], path[after])
    padding = parameters.padding * parameters.coarsening
    return np.clip(low - padding, 0, columns - 1), np.clip(high + padding + 1, 1, columns)


def _filled_band(similarity: Similarity, stride: int, lo: I64, hi: I64, parameters: BandParameters) -> Band:
    """The band of BG frames lo[i] .. hi[i] - 1 of a level, computed block by block: a block is one matrix product."""
    start = row_starts(lo, hi)
    out: F32 = np.empty(int(start[-1]), np.float32)
    for first_row in range(0, len(lo), parameters.block_fg):
        stop_row = min(first_row + parameters.block_fg, len(lo))
        lowest, highest = int(lo[first_row:stop_row].min()), int(hi[first_row:stop_row].max())
        for first_column in range(lowest, highest, parameters.block_bg):
            stop_column = min(first_column + parameters.block_bg, highest)
            block = similarity(_strided(first_row, stop_row, stride), _strided(first_column, stop_column, stride))
            for i in range(first_row, stop_row):
                a, b = max(int(lo[i]), first_column), min(int(hi[i]), stop_column)
                if a < b:
                    cells = slice(start[i] + a - lo[i], start[i] + b - lo[i])
                    out[cells] = block[i - first_row, a - first_column : b - first_column]
    return Band(lo, start, out)


def _strided(first: int, stop: int, stride: int) -> slice:
    """Of all frames those that are number first .. stop - 1 of a level."""
    return slice(first * stride, (stop - 1) * stride + 1, stride)

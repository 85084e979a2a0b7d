"""Direct pixel comparison in a window that slides with the last match, from both ends, then one path through both.

A forward pass starts at FG's first match and looks `window` BG frames ahead of the last one; a backward pass does the
same from the end. The cells between both make a band, in which the cheapest path is sought as in other engines.

Differences are mean absolute luma differences with each frame's own mean removed and no unit norm. A difference
becomes a share d of the sum of both frames' mean magnitudes, and that the score 1 - 2 d^2. For pictures whose luma is
Gaussian, with one standard deviation s and correlation r, the mean magnitude of either is s sqrt(2 / pi), and that of
their difference s sqrt(2 / pi) sqrt(2 - 2 r). So d = sqrt(2 - 2 r) / 2, and 1 - 2 d^2 = r: the score is their ZNCC.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.banded_scores import linear_costs
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.parameters import AlignmentParameters, SlidingWindowParameters
from vidkompy.alignment.path_choice import map_along_cheaper_path
from vidkompy.errors import NoMatch
from vidkompy.model import F32, I64, UNMATCHED, FrameMap
from vidkompy.numerics.comparison_kernels import differences, tunnel
from vidkompy.numerics.viterbi import Band, Transitions, cheapest_path, row_starts, zero_step_costs

I16 = NDArray[np.int16]

FORWARD, BACKWARD = 1, -1


def align_in_window(fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    """The frame map of two sets of features. Raises NoMatch if both passes lie too far apart."""
    parameters = search.parameters.sliding_window
    fg_luma, bg_luma = _centred_luma(fg, parameters), _centred_luma(bg, parameters)
    first = _outermost_match(fg_luma, bg_luma, search, FORWARD)
    last = _outermost_match(fg_luma, bg_luma, search, BACKWARD)
    if first is None or last is None:
        return FrameMap(np.full(len(fg), UNMATCHED, np.int64))
    forward = _window_starts(fg_luma, bg_luma, first, search, FORWARD)
    backward = _window_starts(fg_luma, bg_luma, last, search, BACKWARD)
    lo = np.maximum(np.minimum(forward, backward - search.window), 0)
    hi = np.minimum(np.maximum(forward + search.window, backward) + 1, len(bg))
    if int((hi - lo).sum()) > parameters.most_cells:
        raise NoMatch(
            f"the forward and the backward tunnel lie {int((hi - lo).max())} BG frames apart, at most "
            f"{parameters.most_cells // len(fg)} fit; raise --window to what FG skips of BG at once, "
            "or use --engine precise"
        )
    lo, hi = _window_through_pins(lo, hi, search, len(bg))
    score = difference_score_band(fg_luma, bg_luma, lo, hi, parameters)
    score = score.restricted((i, j, j + 1) for i, j in search.pins)
    return map_along_cheaper_path(score, _distance_costs(score, search.floor, search.parameters), bg, search)


def difference_score_band(fg: I16, bg: I16, lo: I64, hi: I64, parameters: SlidingWindowParameters) -> Band:
    """Scores of FG frame i with BG frames lo[i] .. hi[i] - 1, as the module says.

    fg, bg   i16 [n, cells]   around each frame's mean
    """
    start = row_starts(lo, hi)
    out: F32 = np.empty(int(start[-1]), np.float32)
    differences(np.ascontiguousarray(fg), bg, lo, start, out)
    fg_magnitude, bg_magnitude = _mean_magnitude(fg, parameters), _mean_magnitude(bg, parameters)
    for i, (first, stop) in enumerate(zip(lo, hi, strict=True)):
        row = out[start[i] : start[i + 1]]
        row[:] = 1 - 2 * (row / (fg_magnitude[i] + bg_magnitude[first:stop])) ** 2
    return Band(lo, start, out)


def _window_through_pins(lo: I64, hi: I64, search: SearchOptions, n_bg: int) -> tuple[I64, I64]:
    """New [lo, hi) of BG frames for each FG frame, so that a non-decreasing path leads through all pins.

    A pin (i, j) leaves BG frame j alone to row i. Rows before it are cut behind j, and reach down to `window` before j;
    rows after it are cut before j, and reach up to `window` after j. Pins are applied in FG order; each takes the rows
    as the earlier pins left them. Every row keeps a cell.

    FG frame 1 is pinned to BG frame 4; each row was [3, 6):

    >>> search = SearchOptions(window=2, pins=((1, 4),))
    >>> window = _window_through_pins(np.array([3, 3, 3]), np.array([6, 6, 6]), search, 10)
    >>> [bounds.tolist() for bounds in window]
    [[2, 4, 4], [5, 5, 7]]
    """
    lo, hi = lo.copy(), hi.copy()
    for i, j in sorted(search.pins):
        before, after = slice(0, i), slice(i + 1, None)
        lo[before] = np.minimum(lo[before], max(j - search.window, 0))
        hi[before] = np.minimum(hi[before], j + 1)
        lo[i], hi[i] = j, j + 1
        lo[after] = np.maximum(lo[after], j)
        hi[after] = np.maximum(hi[after], min(j + search.window + 1, n_bg))
    return lo, np.maximum(hi, lo + 1)


def _centred_luma(features: Features, parameters: SlidingWindowParameters) -> I16:
    """i16 [n, cells of the mask]: luma around each frame's mean, in 1 / subdivision grey levels."""
    rows = features.luma[:, features.mask].astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    return np.ascontiguousarray(np.rint(rows * parameters.subdivision), np.int16)


def _mean_magnitude(luma: I16, parameters: SlidingWindowParameters) -> F32:
    """f32 [n]: mean absolute value; never 0, so that blank frames divide."""
    out: F32 = np.abs(luma).mean(axis=1, dtype=np.float32) + np.float32(parameters.least_magnitude)
    return out


def _distance_costs(score: Band, floor: float, parameters: AlignmentParameters) -> Band:
    """Measured on 13 pairs: costs by the squared difference lose up to 8 points where a small thing moves."""
    distance = np.sqrt(np.maximum(1 - score.values, 0) / 2)
    band, limit = Band(score.lo, score.start, distance), _difference_share(floor)
    return linear_costs(band, limit, parameters.sliding_window.sharpness, parameters.bands)


def _difference_share(score: float) -> float:
    """d of a score, see the module."""
    return float(np.sqrt((1 - score) / 2))


def _outermost_match(fg: I16, bg: I16, search: SearchOptions, direction: int) -> tuple[int, int] | None:
    """(FG frame, BG frame) of the first match, or BACKWARD the last; `end_frames` FG frames are matched together."""
    parameters = search.parameters
    count = parameters.sliding_window.end_frames
    transitions = Transitions(zero_step_costs(parameters.transitions.step_count), parameters.transitions.jump)
    firsts = range(0, len(fg), count)
    for first in firsts if direction == FORWARD else reversed(firsts):
        rows = fg[first : first + count]
        everywhere = np.zeros(len(rows), np.int64), np.full(len(rows), len(bg), np.int64)
        score = difference_score_band(rows, bg, *everywhere, parameters.sliding_window)
        costs = _distance_costs(score, search.floor, parameters)
        path, _ = cheapest_path(costs, transitions)
        matched = np.flatnonzero(score.along(path) > search.floor)
        if len(matched):
            at = int(matched[0 if direction == FORWARD else -1])
            return first + at, int(path[at])
    return None


def _window_starts(fg: I16, bg: I16, match: tuple[int, int], search: SearchOptions, direction: int) -> I64:
    """i64 [n_fg]: BG frame at which the window of each FG frame begins; it extends in `direction` (FORWARD, BACKWARD).

    The pass sets out at a match, half a window back: ends may look alike for a while. FG frames on the other side of
    the match have the window in which the pass sets out.
    """
    parameters = search.parameters.sliding_window
    i, j = match
    start = int(np.clip(j - direction * (search.window // 2), 0, len(bg) - 1))
    out = np.full(len(fg), start, np.int64)
    fg_magnitude, bg_magnitude = _mean_magnitude(fg, parameters), _mean_magnitude(bg, parameters)
    largest_share = np.float32(_difference_share(search.floor))
    tunnel(fg, bg, fg_magnitude, bg_magnitude, largest_share, i, start, search.window, direction, out)
    return out

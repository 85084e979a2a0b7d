"""Direct pixel comparison in a window that slides with the last match, from both ends, then one path through both.

Differences are mean absolute luma differences with each frame's own mean removed and no unit norm. As a share d of both
frames' mean absolute luma they become 1 - 2 * d^2, which is the ZNCC of Gaussian pictures that differ as much.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.banded_scores import linear_costs
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.path_choice import choose_path
from vidkompy.errors import NoMatch
from vidkompy.model import F32, I64, UNMATCHED, FrameMap
from vidkompy.numerics.kernels import differences, tunnel
from vidkompy.numerics.viterbi import SHARPNESS, Band, cheapest_path, free_steps

I16 = NDArray[np.int16]

FINE = 16  # integers per grey level
ENDS = 8  # frames that tell together where a tunnel begins
MOST = 40_000_000  # frame pairs between the two tunnels


def align_in_window(fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    """The frame map of two sets of features. Raises NoMatch if the tunnels part too far."""
    f, b = _centred_luma(fg), _centred_luma(bg)
    ends = _outermost_match(f, b, search.floor, 1), _outermost_match(f, b, search.floor, -1)
    if ends[0] is None or ends[1] is None:
        return FrameMap(np.full(len(fg), UNMATCHED, np.int64))
    early, late = (
        _window_starts(f, b, end, search, way) for end, way in zip(ends, (1, -1), strict=True) if end is not None
    )
    lo = np.maximum(np.minimum(early, late - search.window), 0)
    hi = np.minimum(np.maximum(early + search.window, late) + 1, len(bg))
    if int((hi - lo).sum()) > MOST:
        raise NoMatch(
            f"the forward and the backward tunnel lie {int((hi - lo).max())} BG frames apart, at most "
            f"{MOST // len(fg)} fit; raise --window to what FG skips of BG at once, or use --engine precise"
        )
    score = _similarity_band(f, b, *_widen_to_pins(search, lo, hi, len(bg)))
    score = score.only((i, j, j + 1) for i, j in search.pins)
    return choose_path(score, _linear_costs(score, search.floor), bg, search)


def _widen_to_pins(search: SearchOptions, lo: I64, hi: I64, frames: int) -> tuple[I64, I64]:
    """[lo, hi) of BG frames for each FG frame, so that a way leads through all pins."""
    for i, j in sorted(search.pins):
        lo[:i] = np.minimum(lo[:i], max(j - search.window, 0))
        hi[:i], lo[i:] = np.minimum(hi[:i], j + 1), np.maximum(lo[i:], j)
        lo[i], hi[i] = j, j + 1
        hi[i + 1 :] = np.maximum(hi[i + 1 :], min(j + search.window + 1, frames))
    return lo, np.maximum(hi, lo + 1)


def _centred_luma(features: Features) -> I16:
    """i16 [n, cells of the mask]: luma around each frame's mean, 1 / FINE grey levels."""
    rows = features.luma[:, features.mask].astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    return np.rint(rows * FINE).astype(np.int16)


def _mean_magnitude(levels: I16) -> F32:
    """f32 [n]: mean absolute value; never 0, so that blank frames divide."""
    out: F32 = np.abs(levels).mean(axis=1, dtype=np.float32) + np.float32(FINE / 16)
    return out


def _similarity_band(fg: I16, bg: I16, lo: I64, hi: I64) -> Band:
    start = np.concatenate([[0], np.cumsum(hi - lo)])
    out: F32 = np.empty(int(start[-1]), np.float32)
    differences(fg, bg, lo, start, out)
    ours, theirs = _mean_magnitude(fg), _mean_magnitude(bg)
    for i, (a, b) in enumerate(zip(lo, hi, strict=True)):
        part = out[start[i] : start[i + 1]]
        part[:] = 1 - 2 * (part / (ours[i] + theirs[a:b])) ** 2
    return Band(lo, start, out)


def _linear_costs(score: Band, floor: float) -> Band:
    """Measured on 13 pairs: costs by the squared difference lose up to 8 points where a small thing moves."""
    distance = np.sqrt(np.maximum(1 - score.cost, 0) / 2)
    return linear_costs(Band(score.lo, score.start, distance), _difference_share(floor), SHARPNESS)


def _difference_share(score: float) -> float:
    """The difference, as a share of the luma, that makes a score."""
    return float(np.sqrt((1 - score) / 2))


def _outermost_match(fg: I16, bg: I16, floor: float, direction: int) -> tuple[int, int] | None:
    """(FG frame, BG frame) of the first match, or for direction -1 the last; ENDS frames are matched together."""
    firsts = range(0, len(fg), ENDS)
    for first in firsts if direction > 0 else reversed(firsts):
        rows = fg[first : first + ENDS]
        score = _similarity_band(rows, bg, np.zeros(len(rows), np.int64), np.full(len(rows), len(bg), np.int64))
        path, _ = cheapest_path(_linear_costs(score, floor), free_steps())
        matched = np.flatnonzero(score.along(path) > floor)
        if len(matched):
            at = int(matched[0 if direction > 0 else -1])
            return first + at, int(path[at])
    return None


def _window_starts(fg: I16, bg: I16, end: tuple[int, int], search: SearchOptions, direction: int) -> I64:
    """i64 [n_fg]: where each window begins. A tunnel sets out half a window back: ends may look alike for a while."""
    i, j = end
    out = np.full(len(fg), j, np.int64)
    j = int(np.clip(j - direction * (search.window // 2), 0, len(bg) - 1))
    out[: i + 1] = np.minimum(out[: i + 1], j) if direction > 0 else out[: i + 1]
    out[i:] = np.maximum(out[i:], j) if direction < 0 else out[i:]
    tunnel(
        fg,
        bg,
        _mean_magnitude(fg),
        _mean_magnitude(bg),
        np.float32(_difference_share(search.floor)),
        i,
        j,
        search.window,
        direction,
        out,
    )
    return out

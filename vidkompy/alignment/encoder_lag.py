"""FGs that lag: low quality leaves a part of the picture standing, and it then fits older BG frames better.

Two accounts of what is left between FG and BG are compared. One says that it is noise, new in every frame; the other
that it is what the encoder left standing: it persists, so that many frames say little more than one, it speaks for
older BG frames, and it drowns dull pictures. The second is believed where it makes the map far more regular. Measured
on 40 pairs that are hard for lack of quality or motion: 84.2 -> 96.7 % exact, of the frames in motion 97.2 -> 99.9 %.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vidkompy.alignment.banded_scores import to_costs
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.path_choice import irregularity
from vidkompy.model import F32, I64, UNMATCHED, FrameMap
from vidkompy.numerics.correlation import unit_rows
from vidkompy.numerics.kernels import held_back
from vidkompy.numerics.viterbi import COST_CAP, SHARPNESS, Band, scale_of

ROWS = 1024  # frames compared at once: features fill memory
HALF = 12  # frames either side that tell how well FG fits, how long a misfit persists, how noisy BG is
LAG = 12  # BG frames that FG may lag behind
OVERLOOKED = 2 * SHARPNESS  # a change in BG that costs more than a usual frame's misfit twice is never overlooked
DISCOUNT = 0.1
PER_FRAME = 0.05  # cost of each frame of lag: of equals the one without lag wins
PERSISTENCE = 0.6  # correlation of misfits from frame to frame that good quality has too
NOISE = 0.1  # squared distance of unit rows: more is motion
WORTH = 6.0  # cost of irregular steps that the second account has to save: one frame off in one place
LEFT = 1 / 3  # share of it that may remain; with half of it, drops and repeats are smoothed away

Solve = Callable[[Band, Band, Features, SearchOptions], FrameMap]


def solved(score: Band, fg: Features, bg: Features, search: SearchOptions, solve: Solve) -> FrameMap:
    """The frame map of a band of scores, by `solve`."""
    cost = to_costs(score, search.floor)
    plain = solve(score, cost, bg, search)
    rest = _irregularity(plain)
    if rest < WORTH:
        return plain
    _forgive(cost, score, fg, bg, plain.with_holds(), search.floor)
    forgiving = solve(score, cost, bg, search)
    return forgiving if _irregularity(forgiving) <= min(LEFT * rest, rest - WORTH) else plain


def _irregularity(found: FrameMap) -> float:
    return irregularity(found.bg[found.bg != UNMATCHED])


def _forgive(cost: Band, score: Band, fg: Features, bg: Features, path: I64, floor: float) -> None:
    """Makes these costs what the second account says: less sharp, and less where FG may show an older picture.

    What speaks for the older one counts at DISCOUNT only, unless the change in BG since is too large to be left out.
    path   i64 [n_fg]   BG frames that FG's belong to, more or less
    """
    misfit = 2 - 2 * np.maximum(np.maximum.reduceat(score.cost, score.start[:-1]), np.float32(floor))
    scale = np.minimum(scale_of(misfit), SHARPNESS / np.maximum(_nearby(misfit), np.float32(1e-5)))
    limits = np.float32(OVERLOOKED), np.float32(DISCOUNT), np.float32(PER_FRAME)
    rows = score.start, score.lo, scale, _news(fg, bg, path)
    held_back(score.cost, *rows, np.float32(floor), _changes(bg), *limits, cost.cost)
    np.minimum(cost.cost, np.float32(COST_CAP), out=cost.cost)


def _news(fg: Features, bg: Features, path: I64) -> F32:
    """f32 [n_fg]: how much of what each frame says its neighbours have not said, 1 at the PERSISTENCE of good quality.

    A mean of n values whose errors have correlation c from one to the next is as good as n * (1 - c) / (1 + c) free
    ones. Source: Bayley & Hammersley 1946, doi:10.2307/2983560.
    """
    rest = np.zeros(len(path), np.float32)  # correlation of what is left in this frame and in the one before
    for first, stop in _blocks(len(path)):
        start = max(first - 1, 0)
        left = unit_rows(fg.luma[start:stop][:, fg.mask]) - unit_rows(bg.luma[path[start:stop]][:, bg.mask])
        size = np.sqrt(np.einsum("np,np->n", left, left)) + np.float32(1e-9)
        together = np.einsum("np,np->n", left[1:], left[:-1]) / (size[1:] * size[:-1])
        rest[stop - len(together) : stop] = together
    rest[0] = rest[min(1, len(rest) - 1)]
    c = np.clip(_nearby(rest), 0, np.float32(0.99))
    usual = (1 - PERSISTENCE) / (1 + PERSISTENCE)
    return np.asarray(np.minimum((1 - c) / (1 + c) / usual, 1), np.float32)


def _changes(bg: Features) -> F32:
    """f32 [n_bg, LAG]: squared distance of unit rows from the BG frame 1, 2, ... before, without that of noise.

    Motion adds to it with every frame, noise once: in the first step it is what the second one does not continue.
    """
    change = np.full((len(bg), LAG), np.inf, np.float32)
    for first, stop in _blocks(len(bg)):
        start = max(first - LAG, 0)
        rows = unit_rows(bg.luma[start:stop][:, bg.mask])
        for k in range(1, LAG + 1):
            at = max(first - start, k)
            before = rows[at - k : max(len(rows) - k, 0)]
            change[start + at : stop, k - 1] = 2 - 2 * np.einsum("np,np->n", rows[at:], before)
    one, two = change[:, 0], change[:, 1]
    noise = np.zeros(len(bg), np.float32)
    noise[2:] = np.clip((4 * one[2:] - two[2:]) / 3, 0, np.minimum(one[2:], NOISE))
    change -= _nearby(noise)[:, None]
    return np.maximum(change, 0, out=change)


def _nearby(values: F32) -> F32:
    """f32 [n]: median of each value and HALF either side."""
    padded = np.pad(values, HALF, mode="edge")
    return np.asarray(np.median(sliding_window_view(padded, 2 * HALF + 1), axis=1), np.float32)


def _blocks(count: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + ROWS, count)) for first in range(0, count, ROWS))

"""`precise` without what is burnt into FG: cells that stay still in FG while BG changes there are left out too.

The caller's mask already leaves out what differs on the whole; this finds what it misses, such as a logo as bright as
what is behind. Stillness is judged along the better half of a first path, so that an FG cut from a long BG is compared
with its own part. Fails where overlays move, and where little but overlays would remain; foreign frames are unmatched.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.banded_scores import quadratic_costs, zncc_band
from vidkompy.alignment.crops import Features
from vidkompy.alignment.encoder_lag import align_despite_lag
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.motion_mask import moving_cells, temporal_deviation
from vidkompy.alignment.path_choice import choose_path
from vidkompy.errors import NoMatch
from vidkompy.model import U8, FrameMap
from vidkompy.numerics.viterbi import cheapest_path, free_steps, leap_cost

SIDE = 64
SURENESS = (-1.43, 2.07)
STUCK = 0.25  # of BG's change: FG below that does not follow it, whatever its grade
FEWEST = 16  # cells that can still tell frames apart


def align(fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    score = zncc_band(fg, bg, search)
    path, _ = cheapest_path(quadratic_costs(score, 0.0), free_steps(), leap=leap_cost(search.reorder))
    fit = score.along(path)
    better = fit >= np.median(fit)  # foreign frames are not among them; a large overlay may push all below the floor
    kept = fg.mask & ~_static_overlay(fg.luma[better], bg.luma[path[better]])
    if int(kept.sum()) < FEWEST:
        raise NoMatch(
            f"only {int(kept.sum())} of {int(fg.mask.sum())} cells of FG follow BG, at least {FEWEST} are needed; "
            "FG stands still where BG moves: use --engine border"
        )
    ours, theirs = replace(fg, mask=kept), replace(bg, mask=kept)
    score = zncc_band(ours, theirs, search)
    return align_despite_lag(score, ours, theirs, search, choose_path)


def _static_overlay(fg: U8, bg: U8) -> NDArray[np.bool_]:
    """bool [h, w]: cells that do not change in FG although they do in the BG frames that belong to it."""
    is_stuck: NDArray[np.bool_] = moving_cells(bg) & (temporal_deviation(fg) < STUCK * temporal_deviation(bg))
    return is_stuck

"""The default engine: the cheapest path through all frames, on zero-mean unit-norm luma of the placed crop."""

from __future__ import annotations

from vidkompy.bands import scores, to_costs
from vidkompy.engines import Search
from vidkompy.features import Features
from vidkompy.model import FrameMap
from vidkompy.trajectory import solve

SIDE = 64


def align(fg: Features, bg: Features, search: Search) -> FrameMap:
    score = scores(fg, bg)
    return solve(score, to_costs(score, search.floor), search.floor)

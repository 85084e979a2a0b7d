"""The default engine: the cheapest path through all frames, on zero-mean unit-norm luma of the placed crop."""

from __future__ import annotations

from vidkompy.bands import scores
from vidkompy.engines import Search
from vidkompy.features import Features
from vidkompy.lagging import solved
from vidkompy.model import FrameMap
from vidkompy.trajectory import solve

SIDE = 64
SURENESS = (-1.44, 2.09)


def align(fg: Features, bg: Features, search: Search) -> FrameMap:
    score = scores(fg, bg, search)
    return solved(score, fg, bg, search, solve)

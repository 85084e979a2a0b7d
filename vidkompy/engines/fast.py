"""The quick engine: `precise` on a coarser grid, and the free path only.

Fails where `precise` does, and also where small motion vanishes in cells twice as wide, and on steady speeds other than
a whole number, where rounding decides between neighbours that look alike and no second path follows the local speed.
"""

from __future__ import annotations

from vidkompy.bands import scores
from vidkompy.engines import Search
from vidkompy.features import Features
from vidkompy.lagging import solved
from vidkompy.model import FrameMap
from vidkompy.trajectory import solve_free

SIDE = 32
SURENESS = (-0.21, 1.56)


def align(fg: Features, bg: Features, search: Search) -> FrameMap:
    score = scores(fg, bg, search)
    return solved(score, fg, bg, search, solve_free)

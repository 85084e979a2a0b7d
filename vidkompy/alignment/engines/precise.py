"""The default engine: the cheapest path through all frames, on zero-mean unit-norm luma of the placed crop."""

from __future__ import annotations

from vidkompy.alignment.banded_scores import zncc_band
from vidkompy.alignment.crops import Features
from vidkompy.alignment.encoder_lag import align_despite_lag
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.path_choice import choose_path
from vidkompy.model import FrameMap

SIDE = 64
SURENESS = (-1.44, 2.09)


def align(fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    score = zncc_band(fg, bg, search)
    return align_despite_lag(score, fg, bg, search, choose_path)

"""When rivals of a place are measured at all."""

from __future__ import annotations

import numpy as np
import pytest

from vidkompy.model import UNMATCHED, FrameMap, Placement
from vidkompy.tracking.possible_rivals import may_have_rivals
from vidkompy.tracking.rival_parameters import RivalParameters

SURE = Placement(60, 36, 192, 108, score=0.998, confidence=0.99)
DOUBTED = Placement(60, 36, 192, 108, score=0.9, confidence=0.3)


@pytest.mark.parametrize(
    ("placement", "zncc", "expected"),
    [
        (SURE, 0.5, False),  # half of FG is covered, at any place
        (SURE, 0.95, True),  # what moves may hide another place
        (DOUBTED, 0.5, True),
    ],
)
def test_rivals_are_measured_where_one_could_be_better(placement: Placement, zncc: float, expected: bool) -> None:
    assert may_have_rivals(placement, FrameMap(np.arange(9)), np.full(9, zncc), RivalParameters()) == expected


def test_a_place_at_which_nothing_matches_has_no_rivals() -> None:
    unmatched = FrameMap(np.full(9, UNMATCHED))
    assert not may_have_rivals(DOUBTED, unmatched, np.zeros(0), RivalParameters())
    one = FrameMap(np.where(np.arange(9) == 4, 7, UNMATCHED))
    assert may_have_rivals(DOUBTED, one, np.zeros(0), RivalParameters())

"""From where on an answer is doubted or refused follows from the parameters, each by itself."""

from dataclasses import replace

import numpy as np
import pytest
from support.cases import Case
from support.program import sidecar_of

from vidkompy.errors import NoMatch
from vidkompy.model import UNMATCHED, FrameMap, Placement, Quality
from vidkompy.parameters import with_number
from vidkompy.sidecar.quality import QualityParameters, assess_quality

PLACEMENT = Placement(61, 37, 192, 110, 0.99, 0.5, 0.95)


def assess(pair: Case, parameters: QualityParameters) -> Quality:
    """Of a map with a third of its frames unmatched, confidence 0.6 and score 0.8 everywhere, and one pin."""
    truth = sidecar_of(pair)
    bg = truth.frame_map.bg.copy()
    bg[: len(bg) // 3] = UNMATCHED
    ones = np.ones(len(bg), np.float32)
    frame_map = FrameMap(bg, score=0.8 * ones, confidence=0.6 * ones)
    return assess_quality(PLACEMENT, frame_map, truth.fg, truth.bg, 0.2, False, None, ((20, 30),), parameters)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("sure_placement", 0.96, "the placement is right with probability 0.95"),
        ("sure_frame", 0.61, "FG frames fit other BG frames about as well"),
        ("least_pinned_score", 0.81, "pinned FG frame 20 does not look like BG frame 30"),
    ],
)
def test_raising_a_bound_adds_its_reason(pair: Case, name: str, value: float, reason: str) -> None:
    default = QualityParameters()
    assert not [text for text in assess(pair, default).reasons if reason in text]
    assert [text for text in assess(pair, with_number(default, name, value)).reasons if reason in text]


def test_fewer_matched_frames_than_wanted_are_refused(pair: Case) -> None:
    assert assess(pair, QualityParameters(least_matched=0.66)).unmatched == 12
    with pytest.raises(NoMatch, match="only 24 of 36 frames resemble a BG frame"):
        assess(pair, QualityParameters(least_matched=0.67))


def test_confidence_is_that_of_placement_and_frames_together(pair: Case) -> None:
    assert assess(pair, QualityParameters()).confidence == pytest.approx(0.95 * 0.6, abs=1e-4)
    truth = sidecar_of(pair)
    without = replace(truth.frame_map, confidence=None)
    assert assess_quality(PLACEMENT, without, truth.fg, truth.bg, 0.99, False, None).confidence is None

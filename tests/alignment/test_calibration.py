"""How sure single frames are: by the margin, by their score if unmatched, by being pinned."""

from dataclasses import replace

import numpy as np
import pytest
from support.drifting_patterns import drifting_patterns

from vidkompy.alignment.calibration import add_confidence
from vidkompy.alignment.engine_contract import CalibrationCurve, SearchOptions, load_engine
from vidkompy.alignment.parameters import CalibrationParameters
from vidkompy.model import UNMATCHED, FrameMap

CURVE = CalibrationCurve(0.0, 2.0)
LEVELS = np.array(CalibrationParameters().levels, np.float32)


def found(margin: list[float], bg: list[int] | None = None, score: float = 0.3) -> FrameMap:
    frames = np.arange(len(margin)) if bg is None else np.array(bg)
    return FrameMap(frames, np.array(margin, np.float32), np.full(len(margin), score, np.float32))


def test_confidence_grows_with_the_margin() -> None:
    confidence = add_confidence(found([0, 0.1, 1, 3, 10, 1e3, 1e30]), CURVE, SearchOptions()).confidence
    assert confidence is not None
    assert (np.diff(confidence) >= 0).all()
    assert confidence[2] == 0.5
    assert confidence[-1] == LEVELS[-1]


def test_a_pinned_frame_is_certain() -> None:
    confidence = add_confidence(found([0, 0]), CURVE, SearchOptions(pins=((1, 1),))).confidence
    assert confidence is not None
    assert confidence[1] == 1
    assert confidence[0] < 0.5


@pytest.mark.parametrize(("score", "least", "most"), [(0.1, 0.99, 1), (0.69, 0.4, 0.6)])
def test_an_unmatched_frame_is_sure_where_nothing_resembles_it(score: float, least: float, most: float) -> None:
    confidence = add_confidence(found([9], [UNMATCHED], score), CURVE, SearchOptions()).confidence
    assert confidence is not None
    assert least <= confidence[0] <= most


def test_frames_of_a_still_stretch_are_sure_together_and_alone_where_something_moves() -> None:
    """BG stands still from 40 to 59: which of these it is cannot be told, and need not; elsewhere it can."""
    bg = drifting_patterns(100)
    bg.luma[41:60] = bg.luma[40]
    truth = np.arange(10, 90)
    noise = np.random.default_rng(2).normal(0, 1, (80, 36, 64))
    fg = replace(bg, luma=np.clip(bg.luma[truth] + noise, 0, 255).astype(np.uint8))
    result = load_engine("precise").align(fg, bg, SearchOptions())
    result = add_confidence(result, load_engine("precise").PARAMETERS.calibration, SearchOptions())
    assert result.low is not None
    assert result.high is not None
    assert result.confidence is not None
    inside = (truth >= 42) & (truth < 58)
    assert (result.low[inside] == 40).all()
    assert (result.high[inside] == 60).all()
    assert ((result.low <= truth) & (truth < result.high)).all()
    assert (result.confidence[inside] > 0.9).all()
    assert (np.diff(result.bg) <= 2).all()

"""What is said of single frames: how sure each is, which BG frames fit as well, and what makes a clip doubtful."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cases import Case
from support.program import sidecar_of

from vidkompy.alignment.audio_offset import AudioOffset
from vidkompy.alignment.banded_scores import scores, to_costs
from vidkompy.alignment.calibration import LEVELS, with_confidence
from vidkompy.alignment.crops import Features
from vidkompy.alignment.encoder_lag import solved
from vidkompy.alignment.engine_contract import SearchOptions, load_engine
from vidkompy.alignment.path_choice import solve
from vidkompy.errors import NoMatch
from vidkompy.model import UNMATCHED, FrameMap, Placement
from vidkompy.sidecar.frame_ranges import alike_json, confidence_json, with_frame_ranges
from vidkompy.sidecar.quality import assess_quality

CURVE = (0.0, 2.0)
WHERE = Placement(61, 37, 192, 110, 0.99, 0.5, 0.98)


def found(margin: list[float], bg: list[int] | None = None, score: float = 0.3) -> FrameMap:
    frames = np.arange(len(margin)) if bg is None else np.array(bg)
    return FrameMap(frames, np.array(margin, np.float32), np.full(len(margin), score, np.float32))


def footage(count: int) -> Features:
    """Soft patterns that drift through each other, 36x64 px."""
    rng = np.random.default_rng(1)
    base = np.stack([cv2.resize(p, (64, 36)) for p in rng.normal(size=(24, 9, 16)).astype(np.float32)])
    phase = np.arange(count)[:, None] / rng.uniform(8, 60, 24) + rng.uniform(0, 6, 24)
    luma = np.clip(128 + 12 * np.tensordot(np.sin(phase), base, 1), 0, 255).astype(np.uint8)
    return Features(luma, np.ones((36, 64), np.bool_))


# ---- confidence


def test_confidence_grows_with_the_margin() -> None:
    confidence = with_confidence(found([0, 0.1, 1, 3, 10, 1e3, 1e30]), CURVE, SearchOptions()).confidence
    assert confidence is not None
    assert (np.diff(confidence) >= 0).all()
    assert confidence[2] == 0.5
    assert confidence[-1] == LEVELS[-1]


def test_a_pinned_frame_is_certain() -> None:
    confidence = with_confidence(found([0, 0]), CURVE, SearchOptions(pins=((1, 1),))).confidence
    assert confidence is not None
    assert confidence[1] == 1
    assert confidence[0] < 0.5


@pytest.mark.parametrize(("score", "least", "most"), [(0.1, 0.99, 1), (0.69, 0.4, 0.6)])
def test_an_unmatched_frame_is_sure_where_nothing_resembles_it(score: float, least: float, most: float) -> None:
    confidence = with_confidence(found([9], [UNMATCHED], score), CURVE, SearchOptions()).confidence
    assert confidence is not None
    assert least <= confidence[0] <= most


def test_frames_of_a_still_stretch_are_sure_together_and_alone_where_something_moves() -> None:
    """BG stands still from 40 to 59: which of these it is cannot be told, and need not; elsewhere it can."""
    bg = footage(100)
    bg.luma[41:60] = bg.luma[40]
    truth = np.arange(10, 90)
    noise = np.random.default_rng(2).normal(0, 1, (80, 36, 64))
    fg = replace(bg, luma=np.clip(bg.luma[truth] + noise, 0, 255).astype(np.uint8))
    result = load_engine("precise").align(fg, bg, SearchOptions())
    result = with_confidence(result, load_engine("precise").SURENESS, SearchOptions())
    assert result.low is not None
    assert result.high is not None
    assert result.confidence is not None
    inside = (truth >= 42) & (truth < 58)
    assert (result.low[inside] == 40).all()
    assert (result.high[inside] == 60).all()
    assert ((result.low <= truth) & (truth < result.high)).all()
    assert (result.confidence[inside] > 0.9).all()
    assert (np.diff(result.bg) <= 2).all()


# ---- pictures that lag


def test_a_picture_left_standing_by_its_encoder_does_not_hold_the_map_back() -> None:
    """An encoder that renews only what changes by 2 levels or more, and all of it every 10 frames."""
    bg = footage(120)
    bg.luma[:] = 128 + (bg.luma.astype(np.int16) - 128) // 2
    truth = np.arange(10, 110)
    luma = bg.luma[truth]
    for i in (i for i in range(1, 100) if i % 10):
        still = np.abs(luma[i].astype(np.int16) - luma[i - 1]) < 2
        luma[i][still] = luma[i - 1][still]
    score = scores(replace(bg, luma=luma), bg, SearchOptions())
    plain = solve(score, to_costs(score, 0.7), bg, SearchOptions()).bg
    lagging = solved(score, replace(bg, luma=luma), bg, SearchOptions(), solve).bg
    assert (plain == truth).mean() < 0.95
    np.testing.assert_array_equal(lagging, truth)


# ---- stretches in the sidecar


@st.composite
def maps(draw: st.DrawFn) -> FrameMap:
    bg = np.array(draw(st.lists(st.integers(-1, 30), min_size=1, max_size=30)))
    wide = np.array(draw(st.lists(st.integers(1, 4), min_size=len(bg), max_size=len(bg))))
    back = np.array(draw(st.lists(st.integers(0, 3), min_size=len(bg), max_size=len(bg))))
    low = np.where(bg < 0, UNMATCHED, np.maximum(bg - np.minimum(back, wide - 1), 0))
    levels = draw(st.lists(st.sampled_from(LEVELS.tolist()), min_size=len(bg), max_size=len(bg)))
    confidence = np.round(np.array(levels), 4).astype(np.float32)
    return FrameMap(bg, None, None, low, np.where(bg < 0, UNMATCHED, np.maximum(low + wide, bg + 1)), confidence)


@given(maps())
def test_stretches_give_back_what_they_were_made_of(m: FrameMap) -> None:
    again = with_frame_ranges(FrameMap(m.bg), confidence_json(m), alike_json(m))
    for name in ("low", "high", "confidence"):
        np.testing.assert_array_equal(getattr(again, name), getattr(m, name))


def test_a_still_and_a_moving_range_are_one_stretch_each() -> None:
    bg = np.array([5, 5, 5, 6, 7, 8])
    m = FrameMap(bg, None, None, np.array([4, 4, 4, 5, 6, 7]), np.array([7, 7, 7, 8, 9, 10]))
    assert alike_json(m) == [
        {"fg": 0, "count": 3, "low": 4, "high": 7, "step": 0},
        {"fg": 3, "count": 3, "low": 5, "high": 8, "step": 1},
    ]


# ---- the whole


def test_the_whole_is_as_sure_as_place_and_time_together(pair: Case) -> None:
    truth = sidecar_of(pair)
    sure = replace(truth.frame_map, confidence=np.full(36, 0.9, np.float32))
    assert assess_quality(WHERE, sure, truth.fg, truth.bg, 0.8, False, None).confidence == pytest.approx(
        0.98 * 0.9, abs=1e-4
    )
    with pytest.raises(NoMatch, match=r"right with probability 0\.88 < 0\.95 only; check .* or use --force"):
        assess_quality(WHERE, sure, truth.fg, truth.bg, 0.95, False, None)
    assert assess_quality(WHERE, sure, truth.fg, truth.bg, 0.95, True, None).is_forced


def test_what_is_doubtful_is_said_with_its_place(pair: Case) -> None:
    truth = sidecar_of(pair)
    bg = truth.frame_map.bg.copy()
    bg[20:22] = UNMATCHED
    levels = np.full(36, 0.99, np.float32)
    levels[5:8] = 0.25
    doubtful = FrameMap(bg, None, None, np.where(bg < 0, -1, bg), np.where(bg < 0, -1, bg + 4), levels)
    said = assess_quality(
        replace(WHERE, confidence=0.6), doubtful, truth.fg, truth.bg, 0.2, False, AudioOffset(-60, 1, 5, 20)
    )
    assert (said.unmatched, said.unsure, said.sound_late_ms) == (2, 3, -60)
    assert said.reasons == (
        "the placement is right with probability 0.60 (score 0.990, another place scores 0.500): check it, or use --at",
        "2 FG frames resemble no BG frame, first at frame 20 (0.83 s)",
        "3 FG frames fit other BG frames about as well (up to 4 in a row), first at frame 5 (0.21 s)",
        "FG's sound comes 60 ms early against its picture, by BG's sound",
    )

"""How sure a whole pair is, and what is reported as doubtful."""

from dataclasses import replace

import numpy as np
import pytest
from support.program_runs import sidecar_of
from support.truth_cases import Case

from vidkompy.alignment.audio_offset import AudioOffset
from vidkompy.errors import NoMatch
from vidkompy.model import UNMATCHED, FrameMap, Placement, Quality
from vidkompy.parameters import with_number
from vidkompy.sidecar.quality import QualityParameters, assess_quality

WHERE = Placement(61, 37, 192, 110, 0.99, 0.5, 0.98)
PLACEMENT = Placement(61, 37, 192, 110, 0.99, 0.5, 0.95)


def assess(pair: Case, parameters: QualityParameters) -> Quality:
    """Of a map with a third of its frames unmatched, confidence 0.6 and score 0.8 everywhere."""
    truth = sidecar_of(pair)
    bg = truth.frame_map.bg.copy()
    bg[: len(bg) // 3] = UNMATCHED
    ones = np.ones(len(bg), np.float32)
    frame_map = FrameMap(bg, score=0.8 * ones, confidence=0.6 * ones)
    return assess_quality(PLACEMENT, frame_map, truth.fg, truth.bg, 0.2, False, None, parameters)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("min_placement_confidence", 0.96, "the placement is right with probability 0.95"),
        ("min_frame_confidence", 0.61, "FG frames fit other BG frames about as well"),
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


def test_the_whole_is_as_sure_as_place_and_time_together(pair: Case) -> None:
    truth = sidecar_of(pair)
    sure = replace(truth.frame_map, confidence=np.full(36, 0.9, np.float32))
    assert assess_quality(WHERE, sure, truth.fg, truth.bg, 0.8, False, None).confidence == pytest.approx(
        0.98 * 0.9, abs=1e-4
    )
    with pytest.raises(NoMatch, match=r"right with probability 0\.88 < 0\.95 only; check .* or use --force"):
        assess_quality(WHERE, sure, truth.fg, truth.bg, 0.95, False, None)
    assert assess_quality(WHERE, sure, truth.fg, truth.bg, 0.95, True, None).is_forced


def test_a_refusal_says_what_else_was_seen(pair: Case) -> None:
    truth = sidecar_of(pair)
    unsure = replace(truth.frame_map, confidence=np.full(36, 0.05, np.float32))
    notes = ("BG is interlaced, FG is not: 25 -> 25 fps",)
    with pytest.raises(NoMatch, match=r"0\.05 < 0\.2 only; BG is interlaced, FG is not: 25 -> 25 fps; check that"):
        assess_quality(WHERE, unsure, truth.fg, truth.bg, 0.2, False, None, notes=notes)


def test_a_sure_place_is_not_refused_for_its_time_unless_no_frame_tells_any(pair: Case) -> None:
    truth = sidecar_of(pair)

    def assessed(place: float, time: float, wanted: float) -> Quality:
        frame_map = replace(truth.frame_map, confidence=np.full(36, time, np.float32))
        return assess_quality(replace(WHERE, confidence=place), frame_map, truth.fg, truth.bg, wanted, False, None)

    assert assessed(0.98, 0.13, 0.2).confidence == pytest.approx(0.98 * 0.13, abs=1e-4)
    for place, time, wanted in ((0.98, 0.05, 0.2), (0.89, 0.13, 0.2), (0.98, 0.13, 0.5)):
        with pytest.raises(NoMatch, match="was not found in"):
            assessed(place, time, wanted)


def test_what_is_doubtful_is_reported_with_its_place(pair: Case) -> None:
    truth = sidecar_of(pair)
    bg = truth.frame_map.bg.copy()
    bg[20:22] = UNMATCHED
    levels = np.full(36, 0.99, np.float32)
    levels[5:8] = 0.25
    doubtful = FrameMap(bg, None, None, np.where(bg < 0, -1, bg), np.where(bg < 0, -1, bg + 4), levels)
    quality = assess_quality(
        replace(WHERE, confidence=0.6), doubtful, truth.fg, truth.bg, 0.2, False, AudioOffset(-60, 1, 5, 20)
    )
    assert (quality.unmatched, quality.unsure, quality.sound_late_ms) == (2, 3, -60)
    assert quality.reasons == (
        "the placement is right with probability 0.60 (score 0.990, another place scores 0.500): check it, or use --at",
        "2 FG frames resemble no BG frame, first at frame 20 (0.83 s)",
        "3 FG frames fit other BG frames about as well (up to 4 in a row), first at frame 5 (0.21 s)",
        "FG's sound comes 60 ms early against its picture, by BG's sound",
    )


def test_one_frame_is_spoken_of_as_one(pair: Case) -> None:
    truth = sidecar_of(pair)
    bg = truth.frame_map.bg.copy()
    bg[20] = UNMATCHED
    levels = np.full(36, 0.99, np.float32)
    levels[5] = 0.25
    doubtful = FrameMap(bg, None, None, np.where(bg < 0, -1, bg), np.where(bg < 0, -1, bg + 4), levels)
    reasons = assess_quality(WHERE, doubtful, truth.fg, truth.bg, 0.2, False, None).reasons
    assert "1 FG frame resembles no BG frame, first at frame 20 (0.83 s)" in reasons
    assert any(reason.startswith("1 FG frame fits other BG frames about as well") for reason in reasons)


@pytest.mark.parametrize(
    ("left", "top", "width", "height", "is_swapped"),
    [(-40, -16, 1.3, 1.3, True), (0, 0, 1, 1, False), (0, 0, 1.01, 1.01, False), (1, 0, 1.3, 1.3, False)],
)
def test_an_fg_that_hides_bg_and_reaches_beyond_it_looks_swapped(
    left: int, top: int, width: float, height: float, is_swapped: bool, pair: Case
) -> None:
    truth = sidecar_of(pair)
    where = Placement(left, top, width * truth.bg.width, height * truth.bg.height, 0.99, None, 0.98)
    quality = assess_quality(where, truth.frame_map, truth.fg, truth.bg, 0.2, False, None)
    found = [text for text in quality.reasons if text.startswith("BG and FG look swapped")]
    assert bool(found) == is_swapped
    if found:
        assert f"vidkompy analyze {truth.fg.path} {truth.bg.path}" in found[0]

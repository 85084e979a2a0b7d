"""Segments of constant speed: exact where a run lasts, never more than a frame from the picture, and few."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support import constructed_maps
from support.constructed_maps import I64

from vidkompy.drawing.speed_segments import SpeedSegment, SpeedSegmentParameters, speed_segments
from vidkompy.model import UNMATCHED, Clip, Colour, FrameMap

USUAL = SpeedSegmentParameters()


def clip(pts: I64, time_base: Fraction = Fraction(1, 90000)) -> Clip:
    kind = ("yuv420p", Colour(), Fraction(1), 0, ())
    return Clip(Path("x.mp4"), 0, "", 64, 48, time_base, pts, int(pts[0]), Fraction(30), *kind)


def segments(
    bg_numbers: I64,
    fg_rate: float = 30,
    bg_rate: float = 30,
    parameters: SpeedSegmentParameters = USUAL,
) -> list[SpeedSegment]:
    fg, bg = (
        clip(np.round(np.arange(n) * 90000 / rate).astype(np.int64))
        for n, rate in ((len(bg_numbers), fg_rate), (bg_numbers.max() + 1, bg_rate))
    )
    return speed_segments(FrameMap(bg_numbers), fg, bg, parameters)


def errors(bg_numbers: I64, found: list[SpeedSegment], fg_rate: float = 30, bg_rate: float = 30) -> list[float]:
    """Seconds of BG by which what is heard at the start of each FG frame lies outside the frame that is seen."""
    off = []
    for s in found:
        for i in range(s.fg, s.fg + s.count):
            if bg_numbers[i] != UNMATCHED:
                ahead = s.bg_start + s.speed * (i / fg_rate - s.start) - bg_numbers[i] / bg_rate
                off.append(max(-ahead, ahead - 1 / bg_rate, 0))
    return off


@pytest.mark.parametrize(
    ("bg_numbers", "wanted"),
    [
        # One frame is left out. Frames 0 to 3 lie on y = t, 4 to 7 on y = t + 0.1, in s; the median is y = t + 0.05.
        # It lies in the BG frames of the first four, and 0.05 s before those of the others: 0.052 s are feasible.
        ((0, 1, 2, 3, 5, 6, 7, 8), [(0, 8, 0.05, 1.0)]),
        # BG passes twice as fast, and one frame is left out. At normal speed nothing is feasible. Least squares give
        # y = 0.75 + 0.92 / 0.42 * (t - 0.35), at most 0.041 s outside of a BG frame: before the fifth.
        ((0, 2, 4, 6, 9, 11, 13, 15), [(0, 8, 0.75 - 0.35 * 0.92 / 0.42, 0.92 / 0.42)]),
        # Twenty are left out: no line is feasible, and each run is a segment of its own.
        ((0, 1, 2, 3, 24, 25, 26, 27), [(0, 4, 0.0, 1.0), (4, 4, 2.4, 1.0)]),
    ],
)
def test_few_frames_by_hand(bg_numbers: tuple[int, ...], wanted: list[tuple[int, int, float, float]]) -> None:
    """Both clips have 10 frames a second: intervals of 0.1 s."""
    found = segments(np.array(bg_numbers), fg_rate=10, bg_rate=10)
    assert [(s.fg, s.count) for s in found] == [row[:2] for row in wanted]
    np.testing.assert_allclose([(s.bg_start, s.speed) for s in found], [row[2:] for row in wanted], atol=1e-9)


def test_one_run_is_one_segment() -> None:
    (segment,) = segments(constructed_maps.offset(90, 30))
    assert (segment.fg, segment.count, segment.start, segment.speed) == (0, 60, 0.0, 1.0)
    assert (segment.stop, segment.bg_start) == pytest.approx((2.0, 1.0))


@pytest.mark.parametrize(("p", "q"), [(472, 483), (2, 1), (1, 3), (25, 30), (6089, 6000)])
def test_a_speed_is_kept(p: int, q: int) -> None:
    bg_numbers = constructed_maps.ratio(400, p, q)
    (only,) = segments(bg_numbers)
    assert only.speed == pytest.approx(p / q, abs=2e-3)


def test_a_hold_that_lasts_stands_still_and_a_title_is_left_out() -> None:
    held = segments(constructed_maps.frozen(constructed_maps.offset(150), 69, 40))
    assert [s.speed for s in held] == [1.0, 0.0, 1.0]
    np.testing.assert_allclose([(s.fg, s.count) for s in held], [(0, 70), (70, 40), (110, 80)], atol=1)
    titled = segments(constructed_maps.with_foreign(constructed_maps.offset(150), 70, 40))
    assert [(s.fg, s.count) for s in titled] == [(0, 70), (110, 80)]


def test_a_flash_of_unmatched_frames_does_not_interrupt() -> None:
    bg_numbers = constructed_maps.offset(150)
    bg_numbers[70:73] = UNMATCHED
    assert [(s.fg, s.count) for s in segments(bg_numbers)] == [(0, 150)]
    bg_numbers[70:80] = UNMATCHED
    assert [(s.fg, s.count) for s in segments(bg_numbers)] == [(0, 70), (80, 70)]


def test_a_map_without_any_match_has_no_segment() -> None:
    bg_numbers = np.full(30, UNMATCHED)
    assert speed_segments(FrameMap(bg_numbers), clip(3000 * np.arange(30)), clip(3000 * np.arange(30))) == []


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["drops", "duplicates", "both", "irregular", "search"])
def test_sound_stays_within_a_frame_of_the_picture(kind: str, seed: int) -> None:
    base = constructed_maps.offset(900, 20)
    rng = np.random.default_rng(seed)
    bg_numbers = {
        "drops": constructed_maps.drops(base, seed=seed),
        "duplicates": constructed_maps.duplicates(base, seed=seed),
        "both": constructed_maps.drops(constructed_maps.duplicates(base, seed=seed), seed=seed + 50),
        "irregular": constructed_maps.irregular(900, seed=seed),
        "search": np.maximum.accumulate(base + rng.choice((-1, 0, 1), len(base), p=(0.1, 0.8, 0.1))),
    }[kind]
    found = segments(bg_numbers)
    moving = [s for s in found if s.speed > 0]
    assert max(errors(bg_numbers, found)) <= 1 / 30 + USUAL.rounding_s
    assert sum(s.count for s in moving) >= 0.97 * len(bg_numbers)
    steps = int((np.diff(bg_numbers) != 1).sum())
    assert len(found) <= max(1, {"search": 0, "irregular": steps // 3}.get(kind, steps // 2))


def test_rates_found_with_slips_of_a_frame_are_not_cut_apart() -> None:
    """The line of each lasting run is known to a fraction of a frame: that is no jump."""
    bg_numbers = constructed_maps.ratio(2000, 25, 30)
    bg_numbers[[300, 700, 1100, 1500]] -= 1
    assert len(segments(bg_numbers, bg_rate=25)) == 1


@pytest.mark.slow
def test_a_long_map_full_of_jitter_is_merged_in_time() -> None:
    bg_numbers = constructed_maps.offset(100_000)
    bg_numbers[::7] += 1
    assert len(segments(bg_numbers)) == 1


@pytest.mark.parametrize(
    ("parameters", "bg_numbers", "usual", "wanted"),
    [
        (SpeedSegmentParameters(anchor_s=1.0), np.delete(constructed_maps.offset(91), 45), 1, 2),
        (SpeedSegmentParameters(same_line_frames=1.1), np.delete(constructed_maps.offset(181), 90), 2, 1),
        (SpeedSegmentParameters(greatest_lead_s=0.0), np.delete(constructed_maps.offset(91), 45), 1, 2),
        (SpeedSegmentParameters(gap_s=1.4), np.where(np.arange(150) // 40 == 2, UNMATCHED, np.arange(150)), 2, 1),
    ],
    ids=["anchor_s", "same_line_frames", "greatest_lead_s", "gap_s"],
)
def test_each_number_decides(parameters: SpeedSegmentParameters, bg_numbers: I64, usual: int, wanted: int) -> None:
    assert (len(segments(bg_numbers)), len(segments(bg_numbers, parameters=parameters))) == (usual, wanted)


def test_what_counts_as_still_and_as_normal_speed_is_given() -> None:
    slow, nearly_normal = constructed_maps.ratio(30, 1, 15), constructed_maps.ratio(400, 99, 100)
    assert [segments(slow)[0].speed] == [0.0]
    assert segments(slow, parameters=SpeedSegmentParameters(still_speed=0.05))[0].speed == pytest.approx(1 / 15, 1e-3)
    assert segments(nearly_normal)[0].speed == pytest.approx(0.99, 1e-4)
    assert segments(nearly_normal, parameters=SpeedSegmentParameters(rounding_s=0.2))[0].speed == 1.0

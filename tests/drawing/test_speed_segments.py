"""Stretches of constant speed: exact where a run lasts, never more than a frame from the picture, and few."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support import maps
from support.maps import I64

from vidkompy.drawing.speed_segments import STRAIGHT_S, SpeedSegment, speed_segments
from vidkompy.model import UNMATCHED, Clip, Colour, FrameMap


def clip(pts: I64, time_base: Fraction = Fraction(1, 90000)) -> Clip:
    kind = ("yuv420p", Colour(), Fraction(1), 0, ())
    return Clip(Path("x.mp4"), 0, "", 64, 48, time_base, pts, int(pts[0]), Fraction(30), *kind)


def stretches(shown: I64, fg_rate: float = 30, bg_rate: float = 30) -> list[SpeedSegment]:
    clips = (
        clip(np.round(np.arange(n) * 90000 / rate).astype(np.int64))
        for n, rate in ((len(shown), fg_rate), (shown.max() + 1, bg_rate))
    )
    return speed_segments(FrameMap(shown), *clips)


def errors(shown: I64, found: list[SpeedSegment], fg_rate: float = 30, bg_rate: float = 30) -> list[float]:
    """Seconds of BG by which what is heard at the start of each FG frame lies outside the frame that is seen."""
    off = []
    for s in found:
        for i in range(s.fg, s.fg + s.count):
            if shown[i] != UNMATCHED:
                ahead = s.bg_start + s.speed * (i / fg_rate - s.start) - shown[i] / bg_rate
                off.append(max(-ahead, ahead - 1 / bg_rate, 0))
    return off


def test_one_run_is_one_stretch() -> None:
    assert stretches(maps.offset(90, 30)) == [SpeedSegment(0, 60, 0.0, pytest.approx(2.0), pytest.approx(1.0), 1.0)]


@pytest.mark.parametrize(("p", "q"), [(472, 483), (2, 1), (1, 3), (25, 30), (6089, 6000)])
def test_a_speed_is_kept(p: int, q: int) -> None:
    shown = maps.ratio(400, p, q)
    (only,) = stretches(shown)
    assert only.speed == pytest.approx(p / q, abs=2e-3)


def test_a_hold_that_lasts_stands_still_and_a_title_is_left_out() -> None:
    held = stretches(maps.frozen(maps.offset(150), 69, 40))
    assert [s.speed for s in held] == [1.0, 0.0, 1.0]
    np.testing.assert_allclose([(s.fg, s.count) for s in held], [(0, 70), (70, 40), (110, 80)], atol=1)
    titled = stretches(maps.with_foreign(maps.offset(150), 70, 40))
    assert [(s.fg, s.count) for s in titled] == [(0, 70), (110, 80)]


def test_a_flash_of_unmatched_frames_does_not_interrupt() -> None:
    shown = maps.offset(150)
    shown[70:73] = UNMATCHED
    assert [(s.fg, s.count) for s in stretches(shown)] == [(0, 150)]
    shown[70:80] = UNMATCHED
    assert [(s.fg, s.count) for s in stretches(shown)] == [(0, 70), (80, 70)]


def test_a_map_without_any_match_has_no_stretch() -> None:
    shown = np.full(30, UNMATCHED)
    assert speed_segments(FrameMap(shown), clip(3000 * np.arange(30)), clip(3000 * np.arange(30))) == []


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["drops", "duplicates", "both", "irregular", "search"])
def test_sound_stays_within_a_frame_of_the_picture(kind: str, seed: int) -> None:
    base = maps.offset(900, 20)
    rng = np.random.default_rng(seed)
    shown = {
        "drops": maps.drops(base, seed=seed),
        "duplicates": maps.duplicates(base, seed=seed),
        "both": maps.drops(maps.duplicates(base, seed=seed), seed=seed + 50),
        "irregular": maps.irregular(900, seed=seed),
        "search": np.maximum.accumulate(base + rng.choice((-1, 0, 1), len(base), p=(0.1, 0.8, 0.1))),
    }[kind]
    found = stretches(shown)
    moving = [s for s in found if s.speed > 0]
    assert max(errors(shown, found)) <= 1 / 30 + STRAIGHT_S
    assert sum(s.count for s in moving) >= 0.97 * len(shown)
    steps = int((np.diff(shown) != 1).sum())
    assert len(found) <= max(1, {"search": 0, "irregular": steps // 3}.get(kind, steps // 2))


def test_rates_found_with_slips_of_a_frame_are_not_cut_apart() -> None:
    """The line of each lasting run is known to a fraction of a frame: that is no jump."""
    shown = maps.ratio(2000, 25, 30)
    shown[[300, 700, 1100, 1500]] -= 1
    assert len(stretches(shown, bg_rate=25)) == 1


def test_a_long_map_full_of_jitter_is_merged_in_time() -> None:
    shown = maps.offset(100_000)
    shown[::7] += 1
    assert len(stretches(shown)) == 1

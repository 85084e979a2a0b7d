"""Clips as editors see them: rates by what timestamps say, runs that give the map again, losses that are counted."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import constructed_maps
from support.constructed_maps import I64

from vidkompy.errors import UsageError
from vidkompy.exchange.timeline import TimelineParameters, build_timeline, forward_runs, integer_step_runs
from vidkompy.media.frame_rates import constant_rate, grid_slots
from vidkompy.model import UNMATCHED, Clip, Colour, FrameMap, Placement, Run, Sidecar, sequence_of

MS = Fraction(1, 1000)
NTSC = Fraction(30000, 1001)


def clip(pts: I64, time_base: Fraction, rate: Fraction, timecode: str = "") -> Clip:
    kind = ("yuv420p", Colour(), Fraction(1), 0, ())
    return Clip(Path("x.mp4"), 0, "", 64, 48, time_base, pts, int(pts[0]), rate, *kind, timecode)


def even(count: int, rate: Fraction, time_base: Fraction = Fraction(1, 90000), start: int = 0) -> I64:
    return np.array([start + round(i / rate / time_base) for i in range(count)], np.int64)


def of(bg_numbers: I64, fg: Clip, bg: Clip) -> Sidecar:
    return Sidecar(fg, bg, Placement(0, 0, 64, 48), FrameMap(bg_numbers))


@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), Fraction(24), Fraction(25, 2), NTSC, Fraction(30), Fraction(60)]
)
@pytest.mark.parametrize("time_base", [MS, Fraction(1, 90000)])
def test_an_even_rate_is_found_through_rounded_timestamps_and_a_wrong_word(rate: Fraction, time_base: Fraction) -> None:
    pts = even(900, rate, time_base, start=77)
    for nominal_rate in (rate, rate * Fraction(10001, 10000), Fraction(90000)):
        found = clip(pts, time_base, nominal_rate)
        assert constant_rate(found) == rate
        assert grid_slots(found, rate).tolist() == list(range(900))


def test_missing_frames_leave_empty_places_on_the_grid() -> None:
    pts = np.delete(even(300, NTSC, MS), [7, 8, 100])
    found = clip(pts, MS, NTSC)
    assert constant_rate(found) == NTSC
    assert np.setdiff1d(np.arange(300), grid_slots(found, NTSC)).tolist() == [7, 8, 100]


def test_between_even_clips_the_timeline_is_the_map() -> None:
    bg_numbers = constructed_maps.with_foreign(constructed_maps.drops(constructed_maps.offset(200, 20), 0.05), 50, 9)
    t = build_timeline(
        of(
            bg_numbers,
            clip(even(len(bg_numbers), NTSC), Fraction(1, 90000), NTSC),
            clip(even(200, Fraction(25)), Fraction(1, 90000), Fraction(25)),
        )
    )
    assert (t.fg.rate, t.bg.rate, t.fg.length, t.bg.length) == (NTSC, Fraction(25), len(bg_numbers), 200)
    assert (t.bg_numbers == bg_numbers).all()
    assert (sequence_of(t.runs) == bg_numbers).all()
    assert t.unmatched == ((50, 59),)
    assert t.speed(t.runs[0]) == NTSC / 25
    assert not list(t.losses(of(bg_numbers, t.fg.clip, t.bg.clip)))


def test_an_uneven_fg_is_held_over_empty_places_and_that_is_reported() -> None:
    fg = clip(np.delete(even(10, Fraction(30)), [4, 5]), Fraction(1, 90000), Fraction(30))
    bg = clip(even(30, Fraction(30)), Fraction(1, 90000), Fraction(30))
    sidecar = of(np.arange(10, 18), fg, bg)
    t = build_timeline(sidecar)
    assert t.bg_numbers.tolist() == [10, 11, 12, 13, 13, 13, 14, 15, 16, 17]
    assert [loss.kind for loss in t.losses(sidecar)] == ["uneven"]


def test_frames_that_share_a_place_are_counted() -> None:
    pts = even(40, Fraction(30))
    pts[20] = pts[19] + 100
    sidecar = of(
        np.arange(40),
        clip(pts, Fraction(1, 90000), Fraction(30)),
        clip(even(40, Fraction(30)), Fraction(1, 90000), Fraction(30)),
    )
    (loss,) = build_timeline(sidecar).losses(sidecar)
    assert (loss.kind, loss.frame_count, loss.frame) == ("uneven", 1, 19)


@pytest.mark.parametrize("time_base", [MS, Fraction(1, 90000)])
def test_frames_beside_their_places_are_counted_though_none_is_empty(time_base: Fraction) -> None:
    """25 fps of which each fifth frame is gone: 20 fps, whose frames are on up to 0.4 of one too early or late."""
    kept = [i for i in range(50) if i % 5 != 3]
    fg = clip(even(50, Fraction(25), time_base)[kept], time_base, Fraction(25))
    bg = clip(even(50, Fraction(25), time_base), time_base, Fraction(25))
    sidecar = of(np.arange(40), fg, bg)
    (loss,) = build_timeline(sidecar).losses(sidecar)
    assert (loss.kind, loss.frame_count, loss.frame) == ("uneven", 30, 1)
    assert loss.message.startswith("FG has no even frame rate: editors give its frames places at 20 frames per second")
    assert loss.message.endswith("30 of its 40 frames lie beside theirs, by up to 0.40 of a frame")


def test_a_timecode_that_is_no_label_is_a_loss() -> None:
    fg, bg = (
        clip(even(40, Fraction(25)), Fraction(1, 90000), Fraction(25), timecode)
        for timecode in ("10:00:00:24", "10:00:00:25")
    )
    sidecar = of(np.arange(40), fg, bg)
    t = build_timeline(sidecar)
    (loss,) = t.losses(sidecar)
    assert (t.fg.start, t.bg.start) == (36000 * 25 + 24, 0)
    assert loss.message == "BG's timecode 10:00:00:25 is no label at 25 frames per second: 00:00:00:00 is taken"


def test_what_a_reader_shows_instead_is_counted() -> None:
    bg_numbers = constructed_maps.ratio(100, 9, 10)
    media = clip(even(len(bg_numbers), Fraction(30)), Fraction(1, 90000), Fraction(30), "01:00:00:00")
    t = build_timeline(of(bg_numbers, media, clip(even(100, Fraction(30)), Fraction(1, 90000), Fraction(30))))
    assert not list(t.map_losses(t.bg_numbers))
    other = t.bg_numbers.copy()
    other[31:33] += 2
    (loss,) = t.map_losses(other)
    assert (loss.frame_count, loss.max_error, loss.frame) == (2, 2, 31)
    assert loss.message == (
        f"1 of 1 runs approximated: 2 of {len(bg_numbers)} frames, largest error 2 frames at FG 01:00:01:01"
    )


def test_a_speed_that_lasts_is_kept_unless_it_must_be_exact() -> None:
    bg_numbers = np.concatenate([constructed_maps.ratio(200, 9, 10), 300 + constructed_maps.ratio(40, 9, 10)])
    media = clip(even(len(bg_numbers), Fraction(30)), Fraction(1, 90000), Fraction(30))
    sidecar = of(bg_numbers, media, clip(even(400, Fraction(30)), Fraction(1, 90000), Fraction(30)))
    first, *others = build_timeline(sidecar).runs
    assert first.rate == Fraction(9, 10)
    assert {run.rate for run in others} == {1}
    exact = build_timeline(sidecar, is_exact=True)
    assert {run.rate for run in exact.runs} == {1}
    assert (sequence_of(exact.runs) == bg_numbers).all()


@given(
    st.lists(st.integers(-1, 6), max_size=60).map(lambda bg_numbers: np.array(bg_numbers, np.int64)), st.integers(0, 9)
)
def test_whole_steps_give_the_same_frames(bg_numbers: I64, first: int) -> None:
    runs = integer_step_runs(bg_numbers, first)
    assert sequence_of(runs).tolist() == bg_numbers.tolist()
    assert [run.fg for run in runs] == [first + sum(r.count for r in runs[:n]) for n in range(len(runs))]
    assert all(run.rate.denominator == 1 and run.phase == 0 for run in runs)
    assert all(run.rate == 1 for run in runs if run.count == 2 and run.bg is not None)


def test_a_drop_is_one_cut_and_a_repeat_too() -> None:
    assert integer_step_runs(np.array([4, 5, 6, 8, 9, 9, 10])) == [Run(0, 4, 3), Run(3, 8, 2), Run(5, 9, 2)]
    assert integer_step_runs(np.array([4, 4, 4, 6, 8, 10])) == [Run(0, 4, 3, Fraction(0)), Run(3, 6, 3, Fraction(2))]


def test_a_held_frame_is_one_run_between_two() -> None:
    bg_numbers = constructed_maps.with_foreign(constructed_maps.frozen(constructed_maps.offset(60, 3), 5, 9), 20, 7)
    media = [clip(even(n, Fraction(30)), Fraction(1, 90000), Fraction(30)) for n in (len(bg_numbers), 60)]
    runs = build_timeline(of(bg_numbers, *media)).runs
    assert runs == (Run(0, 3, 6), Run(6, 8, 9, Fraction(0)), Run(15, 9, 5), Run(20, None, 7), Run(27, 14, 46))


@given(st.lists(st.integers(-1, 9), min_size=1, max_size=40))
def test_runs_of_any_map_give_it_again(bg_numbers: list[int]) -> None:
    media = [clip(even(n, Fraction(30)), Fraction(1, 90000), Fraction(30)) for n in (len(bg_numbers), 10)]
    view = build_timeline(of(np.array(bg_numbers, np.int64), *media))
    assert sequence_of(view.runs).tolist() == bg_numbers
    assert sequence_of(forward_runs(view.runs)).tolist() == bg_numbers
    assert all(run.rate >= 0 for run in forward_runs(view.runs))


def test_more_clips_than_editors_open_are_refused() -> None:
    few = TimelineParameters(most_clips=9)
    assert len(list(forward_runs([Run(0, 8, 9, Fraction(-1))], few))) == 9
    with pytest.raises(UsageError, match="the map takes 10 clips, more than editors open; wanted 9 at most"):
        list(forward_runs([Run(0, 8, 9, Fraction(-1)), Run(9, 0, 50)], few))


def test_a_speed_becomes_one_run_only_where_it_lasts() -> None:
    bg_numbers = constructed_maps.ratio(40, 9, 10)
    media = clip(even(len(bg_numbers), Fraction(30)), Fraction(1, 90000), Fraction(30))
    sidecar = of(bg_numbers, media, clip(even(50, Fraction(30)), Fraction(1, 90000), Fraction(30)))
    assert {run.rate for run in build_timeline(sidecar).runs} == {1}
    (run,) = build_timeline(sidecar, parameters=TimelineParameters(min_retime_s=1)).runs
    assert run.rate == Fraction(9, 10)


def test_frames_below_the_confidence_are_marked() -> None:
    fg, bg = (clip(even(n, Fraction(30)), Fraction(1, 90000), Fraction(30)) for n in (6, 9))
    confidence = np.array([0.9, 0.4, 0.2, 0.9, 0.4, 0.1], np.float32)
    bg_numbers = np.array([0, 1, 2, 3, 4, UNMATCHED])
    sidecar = Sidecar(fg, bg, Placement(0, 0, 64, 48), FrameMap(bg_numbers, confidence=confidence))
    assert build_timeline(sidecar).unsure == ((1, 3), (4, 5))
    strict = TimelineParameters(unsure_confidence=0.3)
    assert build_timeline(sidecar, parameters=strict).unsure == ((2, 3),)

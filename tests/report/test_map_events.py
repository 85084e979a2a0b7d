"""Events of maps that are known by construction."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from support import constructed_maps
from support.constructed_maps import I64
from support.invented_sidecars import FilmPair, invented

from vidkompy.report.findings import map_finding
from vidkompy.report.map_events import MapEvents, events_of


def of_map(bg: I64, fg_rate: int = 25, bg_rate: int = 25) -> MapEvents:
    return events_of(invented(FilmPair(bg, Fraction(fg_rate), Fraction(bg_rate))))


def test_an_offset_has_no_events() -> None:
    events = of_map(constructed_maps.offset(100, 7))
    assert [len(found) for found in (events.cuts, events.holds, events.drops)] == [0, 0, 0]
    assert not events.unmatched.any()


def test_a_constant_rate_has_no_events() -> None:
    events = of_map(constructed_maps.ratio(200, 4, 5), 30, 24)
    assert [len(found) for found in (events.cuts, events.holds, events.drops)] == [0, 0, 0]


def test_frames_that_are_dropped_and_held_are_found() -> None:
    bg = np.delete(constructed_maps.offset(100), 40)
    assert of_map(bg).drops.tolist() == [40]
    assert of_map(np.insert(constructed_maps.offset(100), 40, 39)).holds.tolist() == [40]


def test_a_freeze_is_held_frame_by_frame() -> None:
    bg = constructed_maps.frozen(constructed_maps.offset(100), 40, 6)
    assert of_map(bg).holds.tolist() == [41, 42, 43, 44, 45, 46]


def test_scenes_in_another_order_are_cut() -> None:
    events = of_map(constructed_maps.reordered(constructed_maps.offset(100), (1, 0)))
    assert events.cuts.tolist() == [50]
    assert events.trend.rate == pytest.approx(1)


def test_a_scene_that_was_cut_out_is_a_cut() -> None:
    assert of_map(constructed_maps.without(constructed_maps.offset(100), 30, 20)).cuts.tolist() == [30]


def test_a_title_is_unmatched_and_no_cut() -> None:
    events = of_map(constructed_maps.with_foreign(constructed_maps.offset(100), 20, 7))
    assert np.flatnonzero(events.unmatched).tolist() == [*range(20, 27)]
    assert not len(events.cuts)


def test_the_best_rate_is_that_of_the_clips() -> None:
    events = of_map(constructed_maps.ratio(400, 101, 100))
    assert events.trend.rate == pytest.approx(1.01, abs=1e-3)


def test_without_a_match_there_is_still_a_rate() -> None:
    sidecar = invented(FilmPair(np.arange(50), Fraction(25), Fraction(25)))
    nothing = replace(sidecar.frame_map, bg=np.full(50, -1))
    assert events_of(replace(sidecar, frame_map=nothing)).trend.rate == 1


@pytest.mark.parametrize(
    ("bg", "said"),
    [
        (constructed_maps.offset(100, 7), "One unbroken run, BG frame by BG frame, nothing unsure."),
        (constructed_maps.ratio(200, 4, 5), "0.8 BG frames per FG frame: 50 FG frames repeat the BG frame before;"),
        (
            np.delete(constructed_maps.offset(132), [20, 55, 90]),
            "3 BG frames are passed over",  # which a run of 1.02 does, too: it is no unbroken one
        ),
        (np.insert(constructed_maps.offset(100), 40, 39), "1 held frame"),
    ],
)
def test_the_caption_of_a_map_says_what_is_so(bg: I64, said: str) -> None:
    sidecar = invented(FilmPair(bg, Fraction(25), Fraction(25)))
    sidecar = replace(sidecar, frame_map=replace(sidecar.frame_map, confidence=None))
    caption = map_finding(events_of(sidecar), sidecar)
    assert said in caption
    assert ("unbroken" in caption) == bool((np.diff(bg) == 1).all())

"""Frames of still stretches follow the frames beside them; where these disagree, they are unsure."""

from dataclasses import replace

import numpy as np
import pytest

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.still_stretches import settle_still_stretches
from vidkompy.model import I64, UNMATCHED, FrameMap

STILL = range(20, 40)  # BG frames that show one picture


def clip(count: int, times: list[float] | None = None) -> Features:
    luma = np.zeros((count, 36, 64), np.uint8)
    return Features(luma, np.ones((36, 64), np.bool_), times=None if times is None else np.array(times))


def mapped(frames: I64) -> FrameMap:
    """The map with the whole of STILL as the interval of the frames inside, all of them sure."""
    is_still = np.isin(frames, STILL)
    low, high = np.where(is_still, STILL.start, frames), np.where(is_still, STILL.stop, frames + 1)
    matched = frames != UNMATCHED
    low, high = np.where(matched, low, UNMATCHED), np.where(matched, high, UNMATCHED)
    return FrameMap(frames, None, None, low, high, np.full(len(frames), 0.999, np.float32))


def settled(frames: I64, n_bg: int = 60, search: SearchOptions = SearchOptions()) -> FrameMap:
    return settle_still_stretches(mapped(frames), clip(len(frames)), clip(n_bg), search)


def held(frames: I64, at: int, count: int) -> I64:
    """The map that holds at FG frame `at`, and makes up for it `count` frames later."""
    out = frames.copy()
    out[at : at + count] -= 1
    return out


def test_a_path_that_holds_inside_is_straightened() -> None:
    truth = np.arange(4, 58)
    wrong = held(held(held(truth, 18, 14), 20, 9), 22, 4)
    assert (settled(wrong).bg == truth).all()


def test_a_path_that_holds_before_fg_ends_inside_is_straightened() -> None:
    truth = np.arange(4, 38)
    wrong = truth.copy()
    wrong[20:] -= 4
    found = settled(wrong)
    assert (found.bg == truth).all()


def test_frames_beyond_bg_are_unmatched_where_more_follow_and_held_where_fg_ends() -> None:
    """BG ends with STILL; FG stays on it for 5 frames longer."""
    inside, beyond = np.arange(4, 40), 5
    path = np.r_[inside[:16], np.full(beyond, 20), inside[16:]]  # the path held at the first still frame
    goes_on = settled(np.r_[path, [UNMATCHED] * 8], n_bg=40)
    assert goes_on.bg.tolist() == [*inside, *[UNMATCHED] * (beyond + 8)]
    ends = settled(path, n_bg=40)
    assert ends.bg.tolist() == [*inside, *[39] * beyond]
    for found in (goes_on, ends):
        assert found.confidence is not None
        assert found.confidence[len(inside) : len(inside) + beyond].max() < 0.5
        assert found.confidence[: len(inside)].min() > 0.9


def test_a_stretch_whose_neighbours_disagree_is_unsure() -> None:
    """FG shows STILL for 6 frames less: nobody can tell which ones are missing."""
    path = np.r_[np.arange(4, 26), np.arange(32, 58)]
    found = settled(path)
    assert (found.bg == path).all()
    assert found.confidence is not None
    inside = np.isin(path, STILL)
    assert found.confidence[inside].max() < 0.5
    assert found.confidence[~inside].min() > 0.9


@pytest.mark.parametrize("pin", [18, 22])
def test_pinned_frames_keep_theirs(pin: int) -> None:
    wrong = held(np.arange(4, 58), 17, 14)
    assert settled(wrong, search=SearchOptions(pins=((pin, int(wrong[pin])),))).bg[pin] == wrong[pin]


def test_frames_shown_at_irregular_times_are_placed_by_them() -> None:
    """FG keeps every frame that changes, and every tenth of those that stand."""
    frames = np.array([*range(4, 21), 30, *range(40, 58)])
    wrong = frames.copy()
    wrong[17] = 22
    shown = clip(len(frames), [(j - 4) / 25 for j in frames])
    found = settle_still_stretches(mapped(wrong), shown, clip(60), SearchOptions())
    assert (found.bg == frames).all()
    assert found.confidence is not None
    assert found.confidence.min() > 0.9


def test_a_bg_shown_at_irregular_times_and_maps_without_intervals_stay_as_they_are() -> None:
    wrong = held(held(np.arange(4, 58), 18, 14), 20, 9)
    times = np.cumsum(np.r_[0, 1 + np.arange(59) % 3]) / 25.0
    before = mapped(wrong)
    assert settle_still_stretches(before, clip(54), clip(60, times.tolist()), SearchOptions()) is before
    bare = replace(before, low=None, high=None)
    assert settle_still_stretches(bare, clip(54), clip(60), SearchOptions()) is bare

"""Frames that are worth a look."""

import numpy as np

from vidkompy.model import FrameMap
from vidkompy.report.selection import least_sure_frames, shown_frames


def doubting(*doubts: int) -> FrameMap:
    levels = np.full(400, 0.99, np.float32)
    levels[list(doubts)] = 0.1
    return FrameMap(np.arange(400), confidence=levels)


def test_the_least_sure_frame_comes_first() -> None:
    frame_map = doubting(100, 300)
    assert frame_map.confidence is not None
    frame_map.confidence[300] = 0.05
    assert least_sure_frames(frame_map, 2) == [300, 100]


def test_least_sure_frames_lie_apart() -> None:
    chosen = least_sure_frames(doubting(*range(100, 140), 300), 6)
    assert 300 in chosen
    assert min(np.diff(sorted(chosen))) > 400 // 40


def test_frames_that_are_all_as_sure_are_not_called_unsure() -> None:
    assert not least_sure_frames(doubting(), 6)


def test_where_confidence_is_unknown_frames_are_evenly_spaced() -> None:
    shown = shown_frames(FrameMap(np.arange(101)))
    assert [s.fg for s in shown] == [0, 20, 40, 60, 80, 100]
    assert {s.reason for s in shown} == {"evenly spaced"}


def test_a_clip_of_one_frame_shows_it() -> None:
    assert [s.fg for s in shown_frames(FrameMap(np.array([3])))] == [0]


def test_evenly_spaced_frames_are_matched() -> None:
    bg = np.arange(100)
    bg[50:] = -1
    assert max(s.fg for s in shown_frames(FrameMap(bg))) == 49

"""Around a pin the map bends as the whole map would, and stays as it was elsewhere."""

import numpy as np
import pytest
from support.truth_cases import Case

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.measuring.given_placement import adopt_placement
from vidkompy.measuring.local_alignment import (
    AlignedClips,
    LocalAlignmentParameters,
    _held_ends,
    _stretches,
    align_around,
    align_whole,
)
from vidkompy.media.probe import probe
from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.model import UNMATCHED, FrameMap, Placement


@pytest.fixture(scope="module")
def clips(made: Case) -> AlignedClips:
    fg, bg = (make_proxies(probe(path), 0) for path in (made.fg, made.bg))
    placed = adopt_placement(fg, bg, Placement(61, 37, 192, 110))
    return AlignedClips.at(fg, bg, placed, "precise", SearchOptions())


def test_without_pins_the_map_is_the_true_one(clips: AlignedClips, made: Case) -> None:
    assert align_whole(clips, {}).bg.tolist() == made.truth.map.tolist()


@pytest.mark.parametrize("reach", [2, 6, 500])
def test_a_pin_holds_and_frames_far_from_it_stay(clips: AlignedClips, made: Case, reach: int) -> None:
    before = align_whole(clips, {})
    at = 12
    pins = {at: int(before.bg[at]) + 1}
    after = align_around(clips, before, pins, [at], LocalAlignmentParameters(reach))
    assert after.bg[at] == pins[at]
    assert (np.diff(after.bg) >= 0).all()
    far = np.abs(np.arange(len(after.bg)) - at) > 3
    assert after.bg[far].tolist() == before.bg[far].tolist()
    assert after.confidence is not None
    assert before.confidence is not None
    assert after.confidence[at] == 1
    np.testing.assert_array_equal(after.confidence[20:], before.confidence[20:])
    back = align_around(clips, after, {}, [at], LocalAlignmentParameters(reach))
    assert back.bg.tolist() == made.truth.map.tolist()


def test_frames_pinned_to_none_are_unmatched(clips: AlignedClips) -> None:
    before = align_whole(clips, {})
    pins = dict.fromkeys(range(10, 14), UNMATCHED)
    after = align_around(clips, before, pins, pins, LocalAlignmentParameters(5))
    assert np.flatnonzero(after.bg == UNMATCHED).tolist() == [10, 11, 12, 13]
    assert after.bg[14:].tolist() == before.bg[14:].tolist()


def test_stretches_that_meet_are_one() -> None:
    assert _stretches([10, 14, 50], 60, 3) == [(7, 18), (47, 54)]
    assert _stretches([1, 59], 60, 3) == [(0, 5), (56, 60)]


def test_ends_are_held_at_matched_frames_beyond_all_pins() -> None:
    bg = np.arange(60) + 100
    bg[20:25] = UNMATCHED
    frame_map = FrameMap(bg)
    assert _held_ends(frame_map, {30: 130}, 24, 40) == (19, 40)
    assert _held_ends(frame_map, {30: 150}, 28, 40) == (28, 51)  # up to the frame that shows BG frame 150
    assert _held_ends(frame_map, {30: 110}, 28, 40) == (10, 40)
    assert _held_ends(frame_map, {30: 999}, 28, 40) == (28, 60)

"""A short FG in a long BG of many scenes is found by what it shows, or by what is heard."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
from support import footage
from support.picture_edits import U8
from support.placed_proxies import H, W, X, Y, clip, noisy

from vidkompy.media.proxies import Proxies
from vidkompy.placement.candidates import CandidateSource, FrameIndexPairs, find_candidates, group_by_scale
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.search import find_placement

SHOTS, LENGTH = 40, 12  # a cut every 12 frames; 16 evenly spaced frames meet fewer than half of the shots
AT = 25  # the shot that FG is cut from, one of the others


def shots() -> Iterator[U8]:
    for n in range(SHOTS):
        for frame in footage.frames("tripod" if n % 2 else "pan", LENGTH, size=(320, 180), seed=n):
            yield cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.uint8)


@pytest.fixture(scope="module")
def bg() -> Proxies:
    return clip(shots())


@pytest.fixture(scope="module")
def fg(bg: Proxies) -> Proxies:
    """Frames of one shot at half the size."""
    part = bg.small[AT * LENGTH : (AT + 1) * LENGTH, Y : Y + H, X : X + W]
    return clip(noisy(np.stack([cv2.resize(f, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for f in part])))


def best(source: CandidateSource, fg: Proxies, bg: Proxies, audio_pairs: FrameIndexPairs = ()) -> list[list[float]]:
    found = find_candidates(source, fg, bg, content_box(fg), (0.2, 5), audio_pairs)
    return [q.tolist() for q in found[:1]]


TRUE = pytest.approx([2, 2, X, Y], abs=2)


@pytest.mark.slow
def test_evenly_spaced_frames_miss_a_short_scene(fg: Proxies, bg: Proxies) -> None:
    """What the other sources are for."""
    assert best("spread_samples", fg, bg) != [TRUE]


@pytest.mark.slow
def test_the_scene_is_found_by_what_it_shows(fg: Proxies, bg: Proxies) -> None:
    assert best("shots", fg, bg) == [TRUE]
    found, pairs = find_placement(fg, bg, content_box(fg))
    assert (found.x, found.y, found.width, found.height) == pytest.approx((X, Y, W, H), abs=0.3)
    assert found.confidence is not None
    assert found.confidence > 0.9
    assert all(j - i == AT * LENGTH for i, j in pairs)


def test_the_scene_is_found_by_its_sound(fg: Proxies, bg: Proxies) -> None:
    right = tuple((i, AT * LENGTH + i) for i in (2, 6, 9))
    assert best("audio", fg, bg, right) == [TRUE]
    assert best("audio", fg, bg, tuple((i, 3 * LENGTH + i) for i in (2, 6, 9))) != [TRUE]


def test_pairs_that_sound_alike_need_no_frames_at_hand(fg: Proxies, bg: Proxies) -> None:
    """Of long clips only some frames are kept large."""
    few = replace(bg, large_frames={j: bg.large_frames[j] for j in range(1, bg.clip.frames, 50)})
    assert best("audio", fg, few, ((2, AT * LENGTH + 2), (6, AT * LENGTH + 6))) == [TRUE]


def test_a_source_that_does_not_apply_has_no_candidates(fg: Proxies, bg: Proxies) -> None:
    assert best("audio", fg, bg) == []
    assert best("shots", bg, bg) == []


def test_candidates_of_about_one_scale_are_grouped() -> None:
    """1.25 is within a factor of 1.3 of 1, the first of its group; 1.6 is not, though it is of 1.25."""
    candidates = [np.array([scale, scale, 0.0, 0.0]) for scale in (1.0, 1.25, 0.5, 1.6, 0.8)]
    assert [[q[0] for q in group] for group in group_by_scale(candidates)] == [[1.0, 1.25, 0.8], [0.5], [1.6]]

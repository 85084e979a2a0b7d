"""An answer held against large copies: right ones pass, those a little off in place or time are found out."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from support.moving_places import KINDS, MovingPair, moving_pair, standing
from support.placed_proxies import H, W, luma

from vidkompy.media.proxies import Proxies
from vidkompy.model import F64, I64, UNMATCHED
from vidkompy.tracking.check_parameters import FullSizeParameters
from vidkompy.tracking.full_size_check import FullSizeCheck, check_full_size
from vidkompy.tracking.parameters import FrameRegistrationParameters
from vidkompy.tracking.track_kinds import as_track

BOX = (0.0, 0.0, float(W), float(H))
NUMBERS = FullSizeParameters()


def in_memory(clip: Proxies, kept: frozenset[int] | None = None) -> Proxies:
    """With all large copies, of which decoding would have kept some."""
    return replace(clip, kept_large=frozenset(clip.large_frames) if kept is None else kept)


def checked(pair: MovingPair, at: F64, bg_of_fg: I64) -> FullSizeCheck:
    clips = in_memory(pair.fg), in_memory(pair.bg)
    return check_full_size(*clips, BOX, at, bg_of_fg, FrameRegistrationParameters(), NUMBERS)


def rows(pair: MovingPair) -> F64:
    return as_track(pair.poses, (W, H), (1.0, 1.0)).at


@pytest.mark.parametrize("kind", [standing, *KINDS.values()], ids=["standing", *KINDS])
def test_a_right_answer_passes(kind: Callable[[F64], F64]) -> None:
    pair = moving_pair(kind, luma("handheld", 60))
    check = checked(pair, rows(pair), pair.map)
    assert len(check.step) == NUMBERS.frames
    assert np.hypot(*np.array(check.shift).T).max() < 0.3
    assert min(check.time_gain) > 1
    assert check.contradiction(NUMBERS) is None


@pytest.mark.parametrize("late", [1, -2, 3])
def test_a_map_that_is_late_is_found_out(late: int) -> None:
    pair = moving_pair(standing, luma("tripod", 60))
    check = checked(pair, rows(pair), np.clip(pair.map + late, 0, 59))
    frames, way = f"{abs(late)} BG frame{'s' if abs(late) > 1 else ''}", "earlier" if late > 0 else "later"
    assert check.contradiction(NUMBERS) == (f"8 of 8 FG frames looked at in full size fit better {frames} {way}", True)


@pytest.mark.parametrize("off", [(2.0, 0.0), (-1.5, 2.5)])
def test_a_place_that_is_off_is_found_out(off: tuple[float, float]) -> None:
    pair = moving_pair(standing, luma("tripod", 60))
    check = checked(pair, rows(pair) + np.array([*off, 0, 0, 0]), pair.map)
    np.testing.assert_allclose(np.median(check.shift, axis=0), np.negative(off), atol=0.2)
    found = check.contradiction(NUMBERS)
    assert found is not None
    assert found.words.endswith(f"fit better {np.hypot(*off):.1f} px away from this place")
    assert not found.in_time_only


def test_a_time_that_fits_elsewhere_doubts_the_place_too() -> None:
    """All of a steadied FG on one frame of the BG that shakes: its own frames fit better, at places of their own."""
    pair = moving_pair(KINDS["stabilised"], luma("handheld", 60))
    middle, beside = len(pair.map) // 2, np.array([4, 0, 0, 0, 0])
    held = np.full(len(pair.map), UNMATCHED)
    held[middle - 2 : middle + 3] = pair.map[middle]
    found = checked(pair, rows(pair)[[middle] * len(pair.map)] + beside, held).contradiction(NUMBERS)
    assert found is not None
    assert not found.in_time_only
    assert "later" in found.words or "earlier" in found.words or "beside" in found.words


def test_frames_that_show_nothing_are_not_asked() -> None:
    pair = moving_pair(standing, luma("tripod", 60))
    for frame in pair.fg.large_frames.values():
        frame[:] = 17
    assert checked(pair, rows(pair), np.clip(pair.map + 2, 0, 59)) == FullSizeCheck()


def test_nothing_matched_is_nothing_asked() -> None:
    pair = moving_pair(standing, luma("tripod", 60))
    assert checked(pair, rows(pair), np.full(len(pair.map), UNMATCHED)) == FullSizeCheck()


def test_frames_whose_neighbours_are_kept_are_preferred() -> None:
    """All copies are in memory here: what would have to be decoded is told by a copy that is gone."""
    pair = moving_pair(standing, luma("tripod", 60))
    kept = frozenset(range(20, 32))
    bg = in_memory(pair.bg, kept)
    for j in set(bg.large_frames) - kept:
        del bg.large_frames[j]
    at, numbers = rows(pair), FrameRegistrationParameters()
    check = check_full_size(in_memory(pair.fg), bg, BOX, at, pair.map, numbers, NUMBERS)
    assert len(check.step) == NUMBERS.frames
    assert check.contradiction(NUMBERS) is None
    assert bg.sought_frames == {}


def test_half_a_clip_that_is_late_is_found_out() -> None:
    pair = moving_pair(standing, luma("tripod", 60))
    half = pair.map.copy()
    half[: len(half) // 2] = half[: len(half) // 2] + 2
    found = checked(pair, rows(pair), half).contradiction(NUMBERS)
    assert found is not None
    assert found.words.startswith("4 of 8 FG frames")

"""FGs with little to see are placed and timed by what there is, and believed; those with nothing are refused."""

from collections.abc import Callable

import numpy as np
import pytest
from support import sparse_films
from support.picture_edits import U8
from support.placed_proxies import clip, noisy

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.errors import NoMatch
from vidkompy.measuring.placement_search import search_placement
from vidkompy.measuring.proxy_alignment import align_proxies
from vidkompy.model import FrameMap, Placement
from vidkompy.placement.search_parameters import ScaleRange

COUNT = 200
FIRST, STOP = 20, 170  # BG frames that FG shows
X, Y, W, H = 10, 4, 280, 172  # the part of BG that FG shows


def answer(fg: U8, bg: U8) -> tuple[Placement, FrameMap]:
    clips = clip(noisy(fg)), clip(bg)
    placed = search_placement(*clips, ScaleRange(), 0.2)
    return placed.placement, align_proxies(*clips, placed, "precise", SearchOptions())


def cut(bg: U8) -> U8:
    return bg[FIRST:STOP, Y : Y + H, X : X + W]


@pytest.mark.slow
@pytest.mark.parametrize("film", [sparse_films.clock, sparse_films.slides, sparse_films.cursor])
def test_the_only_detail_places_and_times_surely(film: Callable[[int], U8]) -> None:
    bg = film(COUNT)
    placement, frame_map = answer(cut(bg), bg)
    assert (placement.x, placement.y, placement.width, placement.height) == (X, Y, W, H)
    assert placement.confidence is not None
    assert placement.confidence > 0.9
    assert frame_map.bg.tolist() == list(range(FIRST, STOP))


@pytest.mark.slow
@pytest.mark.parametrize("film", [sparse_films.slow_clock, sparse_films.subtitles])
def test_frames_that_look_alike_are_matched_and_their_intervals_say_so(film: Callable[[int], U8]) -> None:
    bg = film(COUNT)
    fg = cut(bg)
    placement, frame_map = answer(fg, bg)
    assert (placement.x, placement.y, placement.width, placement.height) == (X, Y, W, H)
    assert (bg[frame_map.bg, Y : Y + H, X : X + W] == fg).all()
    assert frame_map.low is not None
    assert frame_map.high is not None
    true = np.arange(FIRST, STOP)
    assert ((frame_map.low <= true) & (true < frame_map.high)).all()


@pytest.mark.slow
def test_another_text_on_the_same_ground_is_refused() -> None:
    bg = sparse_films.subtitles(COUNT)
    with pytest.raises(NoMatch):
        answer(cut(sparse_films.clock(COUNT)), bg)


@pytest.mark.slow
def test_noise_alone_is_refused() -> None:
    bg = sparse_films.slides(COUNT)
    with pytest.raises(NoMatch):
        answer(np.full((40, H, W), 128, np.uint8), bg)

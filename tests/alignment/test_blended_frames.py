"""FG frames that are blends of two BG frames get the nearest one; FGs that repeat BG's frames stay as they are."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from support.drifting_patterns import drifting_patterns

from vidkompy.alignment.blended_frames import BLENDED, nearest_of_blends
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.model import FrameMap

BG = replace(drifting_patterns(1), luma=drifting_patterns(360).luma[::6])


def shown_at(times: NDArray[np.floating]) -> Features:
    """Blends of the two BG frames around each time, with a little noise."""
    before = np.floor(times).astype(int)
    share = (times - before)[:, None, None]
    luma = (1 - share) * BG.luma[before] + share * BG.luma[np.minimum(before + 1, len(BG) - 1)]
    noise = np.random.default_rng(1).normal(0, 0.8, luma.shape)
    return replace(BG, luma=np.clip(luma + noise, 0, 255).round().astype(np.uint8))


@pytest.mark.parametrize("rate", [25 / 30, 0.4, 24 / 25])
def test_blends_get_the_nearest_frame_though_the_map_had_the_one_before(rate: float) -> None:
    times = np.arange(int(58 / rate)) * rate
    bg_frames = np.floor(times).astype(np.int64)
    found, kind, is_between = nearest_of_blends(FrameMap(bg_frames), shown_at(times), BG, SearchOptions())
    assert kind == BLENDED
    distance = np.abs(times - np.rint(times))
    assert is_between[distance > 0.2].all()
    assert not is_between[distance < 0.1].any()
    assert np.abs(found.bg - times).max() <= 0.5 + 0.03  # a tie may go either way


def test_repeated_frames_are_no_blends() -> None:
    bg_frames = np.arange(116) // 2
    before = FrameMap(bg_frames)
    after, kind, is_between = nearest_of_blends(before, shown_at(bg_frames.astype(np.float64)), BG, SearchOptions())
    assert (after, kind) == (before, "")
    assert not is_between.any()


def test_pinned_frames_keep_theirs() -> None:
    times = np.arange(60) * 25 / 30
    search = SearchOptions(pins=((5, 4), (11, 9)))
    bg_frames = np.floor(times).astype(np.int64)
    found, *_ = nearest_of_blends(FrameMap(bg_frames), shown_at(times), BG, search)
    assert found.bg[[5, 11]].tolist() == [4, 9]

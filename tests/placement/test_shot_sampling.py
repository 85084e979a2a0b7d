"""How BG is cut into shots."""

import numpy as np
import pytest
from support.placed_proxies import clip

from vidkompy.placement.shot_sampling import ShotSamplingParameters, _frames_around, _shots


def shots_of(*lengths: int, most: int = 10) -> list[tuple[int, int]]:
    """Shots of a BG that shows noise, another one for each length."""
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (12, 24), np.uint8) for _ in lengths]
    frames = [picture for picture, count in zip(pictures, lengths, strict=True) for _ in range(count)]
    return _shots(clip(frames), most, ShotSamplingParameters())


def test_bg_is_cut_where_its_look_changes() -> None:
    assert shots_of(5, 1, 7) == [(0, 5), (5, 6), (6, 13)]
    assert shots_of(4) == [(0, 4)]


@pytest.mark.parametrize(("most", "count"), [(6, 6), (4, 4), (2, 3), (1, 2)])
def test_more_shots_than_wanted_are_joined(most: int, count: int) -> None:
    """The first one stays apart, so that one more may be left."""
    shots = shots_of(3, 3, 3, 3, 3, 3, most=most)
    assert len(shots) == count
    assert [first for first, _ in shots[1:]] == [end for _, end in shots[:-1]]
    assert (shots[0][0], shots[-1][1]) == (0, 18)


def test_surroundings_stay_within_the_clip() -> None:
    assert _frames_around([1, 8], 2, 10).tolist() == [0, 1, 2, 3, 6, 7, 8, 9]
    assert _frames_around([], 2, 10).tolist() == []

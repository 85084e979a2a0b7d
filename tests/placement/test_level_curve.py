"""The curve between FG's and BG's grey levels is taken off where there is one, and found nowhere else."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support import footage
from support.clips import Encoding, encode
from support.picture_edits import U8, to_yuv
from support.placed_proxies import H, W, X, Y, clip, cut, luma, noisy

from vidkompy.errors import NoMatch
from vidkompy.media.probe import probe
from vidkompy.media.proxies import ProxyParameters
from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.model import F64, Placement
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.level_curve import LevelCurveParameters, LevelPairs, level_curve, with_levels
from vidkompy.placement.search import find_placement
from vidkompy.placement.search_parameters import PlacementParameters

Curve = Callable[[F64], F64]  # of levels 0..1
NEVER = PlacementParameters(level_curve=LevelCurveParameters(least_cost=9))


def brightened(levels: F64) -> F64:
    return levels**0.4


def s_shaped(levels: F64) -> F64:
    return np.asarray(1 / (1 + np.exp(-8 * (levels - 0.4))))


def straight(levels: F64) -> F64:
    return 0.2 + 0.6 * levels


def graded(frames: U8, curve: Curve) -> U8:
    table = (255 * curve(np.arange(256) / 255)).round().clip(0, 255).astype(np.uint8)
    return table[frames]


def matched(curve: Curve, noise: float = 2.0) -> LevelPairs:
    rng = np.random.default_rng(3)
    fg = rng.normal(100, 30, 20_000).clip(0, 255).astype(np.float32)
    bg = 255 * curve(fg.astype(np.float64) / 255) + rng.normal(0, noise, len(fg))
    return LevelPairs(fg, bg.astype(np.float32))


@pytest.mark.parametrize("curve", [brightened, s_shaped])
def test_a_curve_is_measured(curve: Curve) -> None:
    measured = level_curve(matched(curve), LevelCurveParameters())
    assert measured is not None
    assert (np.diff(measured.astype(int)) >= 0).all()
    known = np.arange(45, 156)  # levels that a thousand px show
    true = curve(known / 255)
    gain, offset = np.polyfit(true, measured[known], 1)
    assert np.abs(gain * true + offset - measured[known]).max() < 4  # grey levels: rounding, smoothing and noise


def test_gain_and_offset_are_no_curve() -> None:
    assert level_curve(matched(straight), LevelCurveParameters()) is None


def test_other_content_shows_no_curve() -> None:
    fg, bg = matched(brightened)
    shuffled = np.random.default_rng(4).permutation(bg)
    assert level_curve(LevelPairs(fg, shuffled), LevelCurveParameters()) is None


@pytest.mark.parametrize("count", [0, 1, 100])
def test_too_few_px_or_levels_show_no_curve(count: int) -> None:
    flat = np.full(count, 80, np.float32)
    assert level_curve(LevelPairs(flat, flat), LevelCurveParameters()) is None


def test_every_copy_of_a_clip_gets_the_levels() -> None:
    levels = (255 - np.arange(256)).astype(np.uint8)
    frames = luma("tripod", 4)
    changed = with_levels(clip(frames), levels)
    np.testing.assert_array_equal(changed.small, 255 - frames)
    np.testing.assert_array_equal(np.stack(changed.large([0, 1, 2, 3])), 255 - frames)


def test_frames_that_are_sought_get_the_levels_too(tmp_path: Path) -> None:
    frames = (to_yuv(rgb) for rgb in footage.frames("tripod", 12))
    encode(tmp_path / "x.mp4", frames, Fraction(25), Encoding(crf=20))
    proxies = make_proxies(probe(tmp_path / "x.mp4"), samples=1, parameters=ProxyParameters(large_bytes=0))
    assert 9 not in proxies.large_frames
    levels = (255 - np.arange(256)).astype(np.uint8)
    (sought,) = with_levels(proxies, levels).large([9])
    np.testing.assert_array_equal(sought, 255 - proxies.large([9])[0])


def still(seed: int) -> U8:
    """A scene in which hardly anything moves."""
    return luma("studio", size=(320, 180), seed=seed)


def where(fg: U8, bg: U8, parameters: PlacementParameters = PlacementParameters()) -> Placement:
    clips = clip(fg), clip(bg)
    return find_placement(*clips, content_box(clips[0]), min_confidence=0.2, parameters=parameters)[0]


def corner_error(found: Placement) -> float:
    ends = (found.x - X, found.y - Y, found.x + found.width - X - W, found.y + found.height - Y - H)
    return max(abs(e) for e in ends)


@pytest.mark.slow
@pytest.mark.parametrize("is_fg_graded", [False, True])
@pytest.mark.parametrize("curve", [brightened, s_shaped])
def test_a_scaled_fg_of_other_levels_is_placed_surely_in_a_still_scene(curve: Curve, is_fg_graded: bool) -> None:
    bg = still(22)
    fg = noisy(cut(bg, 1.4), 1.0)
    clips = (graded(fg, curve), bg) if is_fg_graded else (fg, graded(bg, curve))
    found, without = where(*clips), where(*clips, NEVER)
    assert corner_error(found) < 0.3  # canvas px: the aim
    assert (found.confidence or 0) > 0.9
    assert (found.confidence or 0) > (without.confidence or 0)
    assert corner_error(found) < corner_error(without)


@pytest.mark.slow
@pytest.mark.parametrize("curve", [brightened, s_shaped])
def test_another_scene_of_other_levels_is_refused(curve: Curve) -> None:
    with pytest.raises(NoMatch):
        where(graded(noisy(cut(luma("tripod"), 1.4)), curve), luma("handheld"))


def test_a_clip_of_its_own_levels_is_left_as_it_is() -> None:
    bg = luma("tripod")
    fg = noisy(cut(bg))
    assert where(fg, bg) == where(fg, bg, NEVER)

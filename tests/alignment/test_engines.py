"""The contract of every engine, on features made from known maps."""

from dataclasses import replace
from typing import get_args

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions, load_engine
from vidkompy.alignment.engine_names import EngineName
from vidkompy.alignment.parameters import AlignmentParameters, BandParameters
from vidkompy.errors import NoMatch
from vidkompy.model import UNMATCHED

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]

NAMES = get_args(EngineName)
COUNT = 180  # short: Marr-Hildreth takes 7 ms a frame
FOREIGN = slice(60, 80)
# exact share; measured below 1: 0.994 in precise, mask and both tunnels (drops), 0.933 in hash (slightly slow)
LEAST = dict.fromkeys(NAMES, 0.99) | {"fast": 1.0, "border": 1.0, "hash": 0.93}


def footage(count: int, side: int, seed: int) -> U8:
    """u8 [count, 9 / 16 of side, side]: soft patterns that drift through each other, another scene every 90 frames."""
    rng = np.random.default_rng(seed)
    small = rng.normal(size=(24, 9, 16)).astype(np.float32)
    base = np.stack([cv2.resize(p, (side, side * 9 // 16), interpolation=cv2.INTER_CUBIC) for p in small])
    at = np.arange(count)
    phase = at[:, None] / rng.uniform(8, 60, 24) + (1 + at // 90)[:, None] * rng.uniform(0, 6, 24)
    frames = 128 + 12 * np.tensordot(np.sin(phase), base, 1)
    luma: U8 = np.clip(frames, 0, 255).astype(np.uint8)
    return luma


def features(luma: U8) -> Features:
    """With 10 FG px a cell the default border is two cells wide."""
    return Features(luma, np.ones(luma.shape[1:], np.bool_), 10.0)


def pair(truth: I64, side: int) -> tuple[Features, Features]:
    """FG shows BG by the map, with noise; UNMATCHED frames show something else."""
    bg = footage(COUNT, side, 1)
    fg = np.where((truth == UNMATCHED)[:, None, None], footage(len(truth), side, 7), bg[truth])
    noise = np.random.default_rng(2).normal(0, 1, fg.shape)
    return features(np.clip(fg + noise, 0, 255).astype(np.uint8)), features(bg)


def inserted(truth: I64) -> I64:
    """The same with foreign frames put in."""
    return np.insert(truth, FOREIGN.start, np.full(FOREIGN.stop - FOREIGN.start, UNMATCHED))


MAPS = {
    "whole": np.arange(COUNT),
    "offset": np.arange(37, 160),
    "drops": np.delete(np.arange(COUNT), np.s_[20::23]),
    "repeats": np.sort(np.r_[np.arange(COUNT), np.arange(10, COUNT, 25)]),
    "slightly slow": np.arange(180) * 472 // 483,
    "30 to 24": np.arange(143) * 5 // 4,
    "a scene removed": np.delete(np.arange(COUNT), np.s_[60:110]),
    "foreign frames": inserted(np.arange(20, 170)),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", MAPS)
@pytest.mark.parametrize("name", NAMES)
def test_an_engine_finds_a_known_map(name: EngineName, kind: str) -> None:
    engine, truth = load_engine(name), MAPS[kind]
    fg, bg = pair(truth, engine.PARAMETERS.side)
    found = engine.align(fg, bg, SearchOptions()).bg
    assert found.shape == truth.shape
    assert found.dtype == np.int64
    matched = found[found != UNMATCHED]
    assert ((matched >= 0) & (matched < len(bg))).all()
    assert (np.diff(matched) >= 0).all()
    np.testing.assert_array_equal(found == UNMATCHED, truth == UNMATCHED)
    assert (found == truth).mean() >= LEAST[name]
    assert np.abs(found - truth).max() <= (1 if LEAST[name] < 1 else 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_engine_repeats_itself_and_leaves_its_inputs_alone(name: EngineName) -> None:
    engine = load_engine(name)
    fg, bg = pair(MAPS["drops"], engine.PARAMETERS.side)
    before = fg.luma.copy(), bg.luma.copy(), fg.mask.copy(), bg.mask.copy()
    first, second = (engine.align(fg, bg, SearchOptions()) for _ in range(2))
    np.testing.assert_array_equal(first.bg, second.bg)
    np.testing.assert_array_equal(np.asarray(first.margin), np.asarray(second.margin))
    for was, now in zip(before, (fg.luma, bg.luma, fg.mask, bg.mask), strict=True):
        np.testing.assert_array_equal(was, now)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_engine_matches_nothing_of_another_video(name: EngineName) -> None:
    engine = load_engine(name)
    other = features(footage(120, engine.PARAMETERS.side, 9))
    found = engine.align(other, features(footage(COUNT, engine.PARAMETERS.side, 1)), SearchOptions()).bg
    assert (found == UNMATCHED).mean() >= 0.75  # what analyze refuses


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_engine_looks_only_at_cells_of_the_mask(name: EngineName) -> None:
    engine, truth = load_engine(name), MAPS["offset"]
    fg, bg = pair(truth, engine.PARAMETERS.side)
    mask = np.ones_like(fg.mask)
    mask[:, : mask.shape[1] // 4] = False
    luma = fg.luma.copy()
    luma[:, ~mask] = np.random.default_rng(3).integers(0, 255, luma[:, ~mask].shape, dtype=np.uint8)
    found = engine.align(replace(fg, luma=luma, mask=mask), replace(bg, mask=mask), SearchOptions()).bg
    assert (found == truth).mean() >= LEAST[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["precise", "fast", "mask", "border", "hash"])
def test_an_engine_finds_the_same_in_a_band(name: EngineName) -> None:
    engine, truth = load_engine(name), MAPS["slightly slow"]
    fg, bg = pair(truth, engine.PARAMETERS.side)
    banded = SearchOptions(parameters=AlignmentParameters(bands=BandParameters(most_cells=4000)))
    assert (engine.align(fg, bg, banded).bg == truth).mean() >= LEAST[name]


# ---- what each is for


def test_mask_leaves_out_an_overlay_that_precise_trips_over() -> None:
    truth = MAPS["30 to 24"]
    fg, bg = pair(truth, 64)
    luma = fg.luma.copy()
    luma[:, :, 20:] = footage(1, 64, 11)[:, :, 20:]
    burnt = replace(fg, luma=luma)
    found = [load_engine(name).align(burnt, bg, SearchOptions()).bg for name in ("precise", "mask")]
    assert (found[1] == truth).all()
    assert (found[0] == truth).mean() < 1


def altered_inside(fg: Features, cells: int) -> Features:
    luma = fg.luma.copy()
    luma[:, cells:-cells, cells:-cells] = footage(len(fg), luma.shape[2], 12)[:, cells:-cells, cells:-cells]
    return replace(fg, luma=luma)


def test_border_ignores_the_interior() -> None:
    truth = MAPS["drops"]
    fg, bg = pair(truth, 128)
    found = load_engine("border").align(altered_inside(fg, 2), bg, SearchOptions()).bg
    np.testing.assert_array_equal(found, truth)


def test_border_uses_only_edges_with_bg_beyond() -> None:
    truth = MAPS["drops"]
    fg, bg = pair(truth, 128)
    only_top = replace(altered_inside(fg, 2), has_bg_beyond=(False, True, False, False))
    luma = only_top.luma.copy()
    luma[:, 2:] = 90
    found = load_engine("border").align(replace(only_top, luma=luma), bg, SearchOptions()).bg
    assert (found == truth).mean() > 0.95


def test_border_refuses_a_ring_that_does_not_move() -> None:
    fg, bg = pair(MAPS["whole"], 128)
    noise = np.random.default_rng(4).normal(0, 3, bg.luma.shape)
    luma = np.clip(bg.luma[:1] + noise, 0, 255).astype(np.uint8)
    luma[:, 8:-8, 8:-8] = bg.luma[:, 8:-8, 8:-8]
    with pytest.raises(NoMatch, match=r"16 px ring inside FG's edges is static: 0\.0% .* at least 5% .* --margin"):
        load_engine("border").align(fg, replace(bg, luma=luma), SearchOptions())


def test_border_refuses_an_fg_that_covers_the_canvas() -> None:
    fg, bg = (replace(f, has_bg_beyond=(False,) * 4) for f in pair(MAPS["whole"], 128))
    with pytest.raises(NoMatch, match=r"no edge of FG has BG beyond it.*--engine precise"):
        load_engine("border").align(fg, bg, SearchOptions())


def test_tunnel_mask_refuses_stills() -> None:
    still = features(np.repeat(footage(1, 64, 1), 50, axis=0))
    with pytest.raises(NoMatch, match="only 0 of 2304 cells change in time"):
        load_engine("tunnel_mask").align(still, still, SearchOptions())


@pytest.mark.parametrize("name", ["tunnel_full", "tunnel_mask"])
def test_a_tunnel_is_bound_to_its_window(name: EngineName) -> None:
    """Two stretches are skipped, so that neither end can see the middle."""
    truth = np.r_[0:40, 80:95, 135:180]
    fg, bg = pair(truth, 64)
    engine = load_engine(name)
    assert (engine.align(fg, bg, SearchOptions(window=60)).bg == truth).all()
    narrow = engine.align(fg, bg, SearchOptions(window=5)).bg
    assert (narrow[:40] == truth[:40]).all()
    assert (narrow[55:] == truth[55:]).all()

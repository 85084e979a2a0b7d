"""The band of long clips holds the same answer as the full comparison."""

import numpy as np
import numpy.typing as npt
import pytest

from vidkompy.alignment.banded_scores import quadratic_costs, zncc_band
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.parameters import AlignmentParameters, BandParameters
from vidkompy.alignment.path_choice import map_along_cheaper_path
from vidkompy.model import UNMATCHED
from vidkompy.numerics.viterbi_parameters import LocalCostParameters

I64 = npt.NDArray[np.int64]

BANDED = SearchOptions(parameters=AlignmentParameters(bands=BandParameters(most_cells=4000)))


def footage(count: int, seed: int) -> npt.NDArray[np.uint8]:
    """u8 [count, 9, 16]: patterns that change smoothly, another scene every 150 frames."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(24, 9 * 16))
    at = np.arange(count)
    phase = at[:, None] / rng.uniform(8, 60, 24) + (1 + at // 150)[:, None] * rng.uniform(0, 6, 24)
    return np.clip(128 + 9 * np.sin(phase) @ base, 0, 255).astype(np.uint8).reshape(count, 9, 16)


def pair(frames: I64, count: int) -> tuple[Features, Features]:
    bg = footage(count, 1)
    noise = np.random.default_rng(2).normal(0, 2, (len(frames), 9, 16))
    mask = np.ones((9, 16), np.bool_)
    return Features(np.clip(bg[frames] + noise, 0, 255).astype(np.uint8), mask), Features(bg, mask)


@pytest.mark.parametrize(
    "frames",
    [
        np.arange(700),
        np.arange(90, 690),
        np.delete(np.arange(700), np.s_[250:420]),
        np.sort(np.r_[np.arange(700), np.arange(0, 700, 20)]),
        np.arange(900) * 7 // 9,
    ],
    ids=["whole", "late", "a scene removed", "repeats", "slower"],
)
def test_a_band_found_coarse_to_fine_gives_the_map_of_all_pairs(frames: I64) -> None:
    fg, bg = pair(frames, 700)
    full = zncc_band(fg, bg, SearchOptions())
    narrow = zncc_band(fg, bg, BANDED)
    assert len(narrow.values) < len(full.values) / 3
    wanted = map_along_cheaper_path(full, quadratic_costs(full, 0.7, LocalCostParameters()), bg, SearchOptions()).bg
    np.testing.assert_array_equal(
        map_along_cheaper_path(narrow, quadratic_costs(narrow, 0.7, LocalCostParameters()), bg, SearchOptions()).bg,
        wanted,
    )
    assert (wanted == frames).mean() > 0.99


def test_scores_inside_the_band_are_those_of_all_pairs() -> None:
    fg, bg = pair(np.arange(50, 650), 700)
    full = zncc_band(fg, bg, SearchOptions())
    narrow = zncc_band(fg, bg, BANDED)
    for i in range(600):
        part = slice(narrow.lo[i], narrow.lo[i] + len(narrow.row(i)))
        np.testing.assert_allclose(narrow.row(i), full.row(i)[part], atol=1e-5)


def test_frames_that_resemble_nothing_are_unmatched() -> None:
    fg, bg = pair(np.arange(100), 120)
    foreign = np.random.default_rng(5).integers(0, 255, (20, 9, 16), dtype=np.uint8)
    mixed = Features(np.concatenate([fg.luma[:60], foreign, fg.luma[60:]]), fg.mask)
    score = zncc_band(mixed, bg, SearchOptions())
    found = map_along_cheaper_path(score, quadratic_costs(score, 0.7, LocalCostParameters()), bg, SearchOptions()).bg
    assert (found[60:80] == UNMATCHED).all()
    np.testing.assert_array_equal(np.delete(found, np.s_[60:80]), np.arange(100))

"""Maps and timestamps as runs: exact both ways, few, and readable where a person has to edit them."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import constructed_maps

from vidkompy.model import UNMATCHED, FrameMap, Placement, Run, runs_of, sequence_of

SEQUENCES = st.lists(st.integers(-1, 40) | st.just(UNMATCHED), max_size=60)
STEPS = st.lists(st.integers(-3, 5), min_size=1, max_size=200)
RATES = st.builds(Fraction, st.integers(0, 400), st.integers(1, 400))


@given(SEQUENCES)
def test_runs_give_back_any_sequence(values: list[int]) -> None:
    assert sequence_of(runs_of(np.array(values, np.int64))).tolist() == values


@given(STEPS, st.integers(-(2**40), 2**40))
def test_runs_give_back_any_timestamps(steps: list[int], start: int) -> None:
    values = start + np.cumsum(steps)
    values[values == UNMATCHED] = 0
    assert sequence_of(runs_of(values)).tolist() == values.tolist()


@given(SEQUENCES)
def test_runs_follow_each_other_without_gap(values: list[int]) -> None:
    at = 0
    for run in runs_of(np.array(values, np.int64)):
        assert (run.fg, run.count > 0) == (at, True)
        assert (run.bg is None) == (values[at] == UNMATCHED)
        at += run.count
    assert at == len(values)


@given(RATES, st.integers(0, 399), st.integers(3, 3000), st.integers(0, 10**6))
def test_a_constant_rate_is_one_run(rate: Fraction, phase: int, count: int, first: int) -> None:
    """Or three, where only one or two steps differ from the rest: then it is a drop or a repeat."""
    i = np.arange(count)
    values = first + (rate.numerator * i + phase) // rate.denominator
    assert len(runs_of(values)) <= 3


@pytest.mark.parametrize(
    ("bg", "runs"),
    [
        ([3, 4, 5, 6, 7], [Run(0, 3, 5)]),
        ([3, 4, 5, 7, 8, 9], [Run(0, 3, 3), Run(3, 7, 3)]),
        ([3, 4, 5, 5, 6, 7], [Run(0, 3, 3), Run(3, 5, 3)]),
        ([7, 7, 7], [Run(0, 7, 3, Fraction(0))]),
        ([-1, -1, 4, 5, -1], [Run(0, None, 2), Run(2, 4, 2), Run(4, None, 1)]),
        ([0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 15], [Run(0, 0, 13, Fraction(5, 4))]),
        ([9, 8, 7, 6], [Run(0, 9, 4, Fraction(-1))]),
        ([4], [Run(0, 4, 1, Fraction(0))]),
        ([], []),
    ],
    ids=["steady", "drop", "repeat", "hold", "unmatched", "5/4", "backwards", "one frame", "empty"],
)
def test_runs_read_as_what_happened(bg: list[int], runs: list[Run]) -> None:
    assert runs_of(np.array(bg, np.int64)) == runs


@pytest.mark.parametrize(
    ("bg", "most"),
    [
        (constructed_maps.ratio(200_000, 483, 472), 1),
        (constructed_maps.ratio(200_000, 472, 483), 1),
        (constructed_maps.ratio(200_000, 5, 4), 1),
        (constructed_maps.ratio(200_000, 5, 4, phase=3), 1),
        (constructed_maps.ratio(200_000, 4, 5), 1),
        (constructed_maps.ratio(200_000, 6089, 6000, start=7), 1),
        (constructed_maps.drops(constructed_maps.offset(3000), 0.002, seed=1), 7),
    ],
)
def test_long_maps_are_a_handful_of_runs(bg: np.ndarray, most: int) -> None:
    runs = runs_of(bg)
    assert len(runs) <= most
    np.testing.assert_array_equal(sequence_of(runs), bg)


@given(st.lists(st.tuples(st.integers(30, 200), st.sampled_from([0, 2, 3])), min_size=1, max_size=2))
def test_one_or_two_drops_or_repeats_are_no_speed_but_cuts(pieces: list[tuple[int, int]]) -> None:
    steps = np.concatenate([[1] * count + [step] for count, step in pieces])
    runs = runs_of(np.concatenate([[7], 7 + np.cumsum(steps)]))
    assert {run.rate for run in runs if run.count > 1} <= {Fraction(1)}
    assert len(runs) == len(pieces) + 1


def test_a_run_rounds_down_from_its_phase() -> None:
    assert Run(0, 10, 5, Fraction(1, 2), Fraction(1, 2)).indices().tolist() == [10, 11, 11, 12, 12]
    assert Run(0, 10, 5, Fraction(-1, 2)).indices().tolist() == [10, 9, 9, 8, 8]
    assert Run(0, None, 3).indices().tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    ("bg", "held"),
    [
        ([3, 4, -1, -1, 7], [3, 4, 4, 4, 7]),
        ([-1, -1, 5, 6], [5, 5, 5, 6]),
        ([5, 6, -1], [5, 6, 6]),
        ([-1, -1], [0, 0]),
        ([2, 3], [2, 3]),
    ],
)
def test_unmatched_frames_hold_the_frame_before_them(bg: list[int], held: list[int]) -> None:
    assert FrameMap(np.array(bg, np.int64)).held_indices().tolist() == held


@given(SEQUENCES)
def test_a_frame_map_gives_back_its_runs(values: list[int]) -> None:
    again = FrameMap.from_runs(FrameMap(np.array(values, np.int64)).runs()).bg
    assert again.tolist() == values
    assert again.dtype == np.int64


@pytest.mark.parametrize(
    ("where", "drawn"),
    [
        (Placement(41.5, 21.5, 161, 91), (42, 22, 203, 113)),
        (Placement(42.5, 20.5, 161, 91), (42, 20, 203, 111)),
        (Placement(41.4, 21.6, 160.4, 90.0), (41, 22, 202, 112)),
        (Placement(-0.5, -1.5, 3, 5), (0, -2, 3, 3)),
    ],
)
def test_a_size_in_whole_pixels_is_kept_wherever_it_is_drawn(
    where: Placement, drawn: tuple[int, int, int, int]
) -> None:
    assert where.drawn == drawn


def test_no_place_is_minus_zero() -> None:
    where = Placement(-0.0, -0.0, 3, 5)
    assert f"{where.x:.6g},{where.y:.6g}" == "0,0"
    assert replace(where, x=-0.0) == Placement(0, 0, 3, 5)
    assert Placement(-0.25, 0, 3, 5).x == -0.25

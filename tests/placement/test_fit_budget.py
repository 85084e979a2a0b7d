"""Rounds of a coarse fit: how many it gets, by what they cost."""

from __future__ import annotations

import pytest

from vidkompy.placement.fit_budget import FitBudgetParameters, gets_another_round

NUMBERS = FitBudgetParameters()


def rounds_of(start: float, ratio: float, numbers: FitBudgetParameters = NUMBERS) -> int:
    """Rounds of a fit whose cost changes by `ratio` from each to the next."""
    costs = [start]
    while gets_another_round(costs, numbers):
        costs.append(costs[-1] * ratio)
    return len(costs) - 1


@pytest.mark.parametrize("ratio", [0.9, 0.95, 0.97])
def test_a_fit_that_arrives_somewhere_goes_on(ratio: float) -> None:
    assert rounds_of(0.3, ratio) == NUMBERS.most_rounds


@pytest.mark.parametrize("ratio", [0.99, 1.0, 1.02])
def test_a_fit_that_gains_little_gets_the_usual_rounds(ratio: float) -> None:
    assert rounds_of(0.1, ratio) == NUMBERS.rounds


def test_a_bad_fit_that_would_stay_bad_is_given_up() -> None:
    assert rounds_of(0.5, 0.99) == NUMBERS.tried_rounds
    assert rounds_of(0.5, 0.9) > NUMBERS.rounds  # it will be good in time


def test_one_round_tells_nothing() -> None:
    assert gets_another_round([0.9], NUMBERS)

"""How many rounds a coarse fit gets: more while it still arrives somewhere, fewer where it cannot arrive in time."""

from __future__ import annotations

from collections.abc import Sequence

from vidkompy.parameters import tuned
from vidkompy.records import Record


class FitBudgetParameters(Record):
    rounds: int = tuned(
        8, unit="steps after the first that any fit gets", raising="far starts get further", source="chosen by eye"
    )
    most_rounds: int = tuned(
        24,
        unit="steps after the first, of a fit that still arrives somewhere",
        raising="far starts get further, at more cost",
        source="six made pairs: starts a third of FG away arrive after 14 to 24",
    )
    arriving: float = tuned(
        0.98,
        unit="cost of a round over that of the one before, below which a fit gets another after `rounds`",
        raising="fits go on that gain little",
        source="the same pairs: 0.90 to 0.97 on the way to the right place",
    )
    tried_rounds: int = tuned(
        3, unit="rounds before a fit may be given up", raising="wrong starts cost more", source="chosen by eye"
    )
    hopeless_cost: float = tuned(
        0.4,
        unit="1 - ZNCC, from which a fit is given up that will not be below it after `rounds`",
        raising="wrong starts cost more",
        source="as PruningParameters.hopeless_fit, and may differ",
    )


def gets_another_round(costs: Sequence[float], parameters: FitBudgetParameters) -> bool:
    """Whether a fit that cost so much in the rounds so far goes on; costs: 1 - ZNCC, one at least."""
    steps = len(costs) - 1
    if steps >= parameters.rounds:
        return steps < parameters.most_rounds and costs[-1] < parameters.arriving * costs[-2]
    if steps < parameters.tried_rounds or costs[-1] < parameters.hopeless_cost:
        return True
    remaining = parameters.rounds - steps
    return bool(costs[-1] * (costs[-1] / costs[-2]) ** remaining < parameters.hopeless_cost)

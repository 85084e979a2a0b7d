"""A doubtful place looked at without FG's altered parts: a banner over much of FG draws times and place away.

Then nothing fits, though the place may nearly be right. One fit says so, before all stages that look for altered FGs.
"""

from __future__ import annotations

from dataclasses import replace

from vidkompy.model import F64
from vidkompy.parameters import tuned
from vidkompy.placement.coarse_fit import CoarseFit, fit_coarse, fit_times_at
from vidkompy.placement.coarse_problem import CoarseProblem
from vidkompy.placement.registration import ProxyPair, Registration, RegistrationParameters, register
from vidkompy.records import Record


class UnalteredPartsParameters(Record):
    most_cost: float = tuned(
        0.1,
        unit="robust coarse cost, with the times that fit best, of a doubtful place that is registered again",
        raising="more doubtful places are, at more cost",
        source="a banner over half of FG: 0.03; other places and contents cost 0.3 and more",
    )
    most_start_cost: float = tuned(
        0.4,
        unit="the same of a place that is not measured yet, from which it is fitted",
        raising="clips with nothing in common cost more",
        source="a banner over half of FG: 0.32 at 9 % of its size too much; other content: 0.48",
    )


def register_again(
    clips: ProxyPair, at: Registration, registration: RegistrationParameters, parameters: UnalteredPartsParameters
) -> Registration | None:
    """A registration made again with the times that fit but for altered parts; None where nothing fits then either.

    It is made twice, as the first time the times are those of a place that may be far off.
    """
    if at.problem.ignores_altered_parts:
        return None
    first = _at_its_times(clips, at, registration, parameters)
    return first and _at_its_times(clips, first, registration, parameters)


def register_nearby(
    clips: ProxyPair,
    problem: CoarseProblem,
    hopeless: CoarseFit,
    registration: RegistrationParameters,
    parameters: UnalteredPartsParameters,
) -> Registration | None:
    """The place near a fit that is hopeless with altered parts, fitted without them; None where they fit no better.

    With altered parts the place must not cost more than the hopeless one: both speak for it. It is registered twice, as
    the first time the times are those of a place that is far off.
    """
    if problem.ignores_altered_parts:
        return None
    robust, start = _robust(problem), hopeless.view_transform / problem.view_per_frame
    there = fit_times_at(robust, start, registration.coarse_fit)
    if there is None or there.cost > parameters.most_start_cost:
        return None
    for fit in fit_coarse(robust, [start], 1, registration.coarse_fit):
        q: F64 = fit.view_transform / problem.view_per_frame
        altered = fit_times_at(problem, q, registration.coarse_fit)
        if fit.cost <= parameters.most_cost and altered is not None and altered.cost <= hopeless.cost:
            return _at_its_times(clips, register(clips, robust, fit, q, registration), registration, parameters)
    return None


def _at_its_times(
    clips: ProxyPair, at: Registration, registration: RegistrationParameters, parameters: UnalteredPartsParameters
) -> Registration | None:
    problem = _robust(at.problem)
    fit = fit_times_at(problem, at.transform, registration.coarse_fit)
    if fit is None or fit.cost > parameters.most_cost:
        return None
    return register(clips, problem, fit, at.transform, registration)


def _robust(problem: CoarseProblem) -> CoarseProblem:
    return replace(problem, ignores_altered_parts=True, is_ordered=False)

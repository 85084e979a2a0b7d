"""Few grades for many shots: one for all where that fits, others only for shots that one of their own fits better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vidkompy.colour_matching.colour_difference import colour_differences
from vidkompy.colour_matching.colour_pairs import ColourPairs, joined, weighted_median
from vidkompy.colour_matching.grade_choice import (
    GradeFit,
    fitted,
    judging_pairs,
    stated_fit,
    typical_difference,
    unstated_fit,
)
from vidkompy.colour_matching.grading import apply_grade
from vidkompy.colour_matching.parameters import ColourParameters
from vidkompy.colours import ColourGrade
from vidkompy.model import I64, Colour


def grade_shots(
    shots: Sequence[ColourPairs], bg: Colour, fg: Colour, parameters: ColourParameters
) -> tuple[list[ColourGrade], list[int]]:
    """Grades, and the index of each shot's; one grade at least, and at most parameters.most_grades.

    shots   pairs of each shot, enough to fit a grade to
    Shots that no grade fits take the one that is nearest.
    """
    fit, of_all = _first_fit(shots, bg, fg, parameters)
    grades, index, left = list[ColourGrade](), np.zeros(len(shots), np.int64), list(range(len(shots)))
    while left and len(grades) < parameters.most_grades:
        # all that is left first, as most films have one grade; then the shot that tells most
        fullest = max(left, key=lambda k: len(shots[k].weights))
        tried = [fullest] if grades else left
        grade = fitted(shots[fullest], fit) if grades else of_all
        group = [k for k in left if _is_explained(shots[k], grade, fit)]
        if len(group) < len(left) / 2 and not grades:  # half-way between two grades, and neither
            tried, grade = [fullest], fitted(shots[fullest], fit)
            group = [k for k in left if _is_explained(shots[k], grade, fit)]
        group = group or [fullest]
        index[group] = len(grades)
        if group != tried:
            grade = fitted(joined([shots[k] for k in group]), fit)
        grades.append(grade)
        left = [k for k in left if k not in group]
    for k in left:
        index[k] = np.argmin([typical_difference(shots[k], grade, fit) for grade in grades])
    judged = []
    for n, grade in enumerate(grades):
        pairs = joined([shots[k] for k in np.flatnonzero(index == n).tolist()])
        judged.append(_judged(pairs, grade, fit))
    return _without_unsure(judged, index, shots, fit)


def _first_fit(
    shots: Sequence[ColourPairs], bg: Colour, fg: Colour, parameters: ColourParameters
) -> tuple[GradeFit, ColourGrade]:
    """How to fit, and the grade of all shots."""
    fit, pairs = stated_fit(bg, fg, parameters), joined(shots)
    grade = fitted(pairs, fit)
    if not fit.starts and typical_difference(pairs, grade, fit) > parameters.good:
        fit = unstated_fit(max(shots, key=lambda shot: len(shot.weights)), bg, fg, parameters)
        grade = fitted(pairs, fit) if fit.starts else grade
    return fit, grade


def _without_unsure(
    grades: Sequence[ColourGrade], index: I64, shots: Sequence[ColourPairs], fit: GradeFit
) -> tuple[list[ColourGrade], list[int]]:
    """Shots that no grade of their own fits either show something else: they take the nearest that is surer."""
    sure = [n for n, grade in enumerate(grades) if grade.confidence >= fit.parameters.least_confidence] or [0]
    kept = [grades[n] for n in sure]
    for k, n in enumerate(index.tolist()):
        if n in sure:
            index[k] = sure.index(n)
        else:
            index[k] = np.argmin([typical_difference(shots[k], grade, fit) for grade in kept])
    return kept, index.tolist()


def _is_explained(pairs: ColourPairs, grade: ColourGrade, fit: GradeFit) -> bool:
    """Whether a grade of the shot's own would hardly be better."""
    off = typical_difference(pairs, grade, fit)
    if off <= fit.parameters.good:
        return True
    own = typical_difference(pairs, fitted(pairs, fit), fit)
    return off <= own + fit.parameters.hardly_better


def _judged(pairs: ColourPairs, grade: ColourGrade, fit: GradeFit) -> ColourGrade:
    rest = judging_pairs(pairs, fit)
    before, after = (colour_differences(bg, rest.fg, fit.colour) for bg in (rest.bg, apply_grade(grade, rest.bg)))
    confidence = float(rest.weights[after < fit.parameters.close].sum() / rest.weights.sum())
    medians = (weighted_median(differences, rest.weights) for differences in (before, after))
    numbers = [round(number, 3) for number in (*medians, confidence)]
    return replace(grade, before=numbers[0], after=numbers[1], confidence=numbers[2])

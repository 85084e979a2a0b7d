"""Few grades for many shots: one for all where that fits, others only for shots that one of their own fits better."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidkompy.colour_matching.colour_difference import colour_differences
from vidkompy.colour_matching.colour_pairs import ColourPairs, joined
from vidkompy.colour_matching.fitting import fit_grade
from vidkompy.colour_matching.grading import apply_grade
from vidkompy.colour_matching.parameters import ColourParameters
from vidkompy.colours import ColourGrade
from vidkompy.model import I64, Colour

DECIMALS = 4  # of curves and matrices: a sixth of a level of 10 bits


def grade_shots(
    shots: Sequence[ColourPairs], colour: Colour, parameters: ColourParameters
) -> tuple[list[ColourGrade], list[int]]:
    """Grades, and the index of each shot's; one grade at least, and at most parameters.most_grades.

    shots    pairs of each shot, enough to fit a grade to
    colour   of FG
    Shots that no grade fits take the one that is nearest.
    """
    grades, index, left = list[ColourGrade](), np.zeros(len(shots), np.int64), list(range(len(shots)))
    while left and len(grades) < parameters.most_grades:
        # all that is left first, as most films have one grade; then the shot that tells most
        fullest = max(left, key=lambda k: len(shots[k].weights))
        tried = [fullest] if grades else left
        grade = fitted(joined([shots[k] for k in tried]), parameters)
        group = [k for k in left if _is_explained(shots[k], grade, colour, parameters)]
        if len(group) < len(left) / 2 and not grades:  # half-way between two grades, and neither
            tried, grade = [fullest], fitted(shots[fullest], parameters)
            group = [k for k in left if _is_explained(shots[k], grade, colour, parameters)]
        group = group or [fullest]
        index[group] = len(grades)
        if group != tried:
            grade = fitted(joined([shots[k] for k in group]), parameters)
        grades.append(grade)
        left = [k for k in left if k not in group]
    for k in left:
        index[k] = np.argmin([_median_difference(shots[k], grade, colour, parameters) for grade in grades])
    judged = []
    for n, grade in enumerate(grades):
        pairs = joined([shots[k] for k in np.flatnonzero(index == n).tolist()])
        judged.append(_judged(pairs, grade, colour, parameters))
    return _without_unsure(judged, index, shots, colour, parameters)


def _without_unsure(
    grades: Sequence[ColourGrade],
    index: I64,
    shots: Sequence[ColourPairs],
    colour: Colour,
    parameters: ColourParameters,
) -> tuple[list[ColourGrade], list[int]]:
    """Shots that no grade of their own fits either show something else: they take the nearest that is surer."""
    sure = [n for n, grade in enumerate(grades) if grade.confidence >= parameters.least_confidence] or [0]
    kept = [grades[n] for n in sure]
    for k, n in enumerate(index.tolist()):
        if n in sure:
            index[k] = sure.index(n)
        else:
            index[k] = np.argmin([_median_difference(shots[k], grade, colour, parameters) for grade in kept])
    return kept, index.tolist()


def fitted(pairs: ColourPairs, parameters: ColourParameters) -> ColourGrade:
    """Fitted to every other pair: the rest judges it. Its numbers are 0 until then."""
    curves, matrix = fit_grade(*pairs.every_other(0), parameters.fit)
    red, green, blue = map(tuple, (np.maximum.accumulate(np.round(curves, DECIMALS), axis=1) + 0.0).tolist())
    rows = [(float(r), float(g), float(b)) for r, g, b in np.round(matrix, DECIMALS) + 0.0]
    return ColourGrade((red, green, blue), (rows[0], rows[1], rows[2]), 0.0, 0.0, 0.0)


def _is_explained(pairs: ColourPairs, grade: ColourGrade, colour: Colour, parameters: ColourParameters) -> bool:
    """Whether a grade of the shot's own would hardly be better."""
    off = _median_difference(pairs, grade, colour, parameters)
    if off <= parameters.good:
        return True
    own = _median_difference(pairs, fitted(pairs, parameters), colour, parameters)
    return off <= own + parameters.hardly_better


def _median_difference(pairs: ColourPairs, grade: ColourGrade, colour: Colour, parameters: ColourParameters) -> float:
    rest = pairs.every_other(1).thinned(parameters.judged_pairs)
    return float(np.median(colour_differences(apply_grade(grade, rest.bg), rest.fg, colour)))


def _judged(pairs: ColourPairs, grade: ColourGrade, colour: Colour, parameters: ColourParameters) -> ColourGrade:
    rest = pairs.every_other(1).thinned(parameters.judged_pairs)
    before, after = (colour_differences(bg, rest.fg, colour) for bg in (rest.bg, apply_grade(grade, rest.bg)))
    close = float(rest.weights[after < parameters.close].sum() / rest.weights.sum())
    confidence = min(close / (1 - parameters.most_altered), 1.0)
    numbers = [round(float(number), 3) for number in (np.median(before), np.median(after), confidence)]
    return ColourGrade(grade.curves, grade.matrix, *numbers)

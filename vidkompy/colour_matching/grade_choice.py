"""Which of two kinds of grade fits: curves and a matrix, or a matrix on light between curves, as HDR and SDR differ."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vidkompy.colour_matching.colour_difference import colour_differences
from vidkompy.colour_matching.colour_pairs import ColourPairs, weighted_quantile
from vidkompy.colour_matching.fitting import fit_grade
from vidkompy.colour_matching.grading import apply_grade
from vidkompy.colour_matching.light_fitting import fit_light_grade
from vidkompy.colour_matching.light_starts import HDR, LightGrade, light_starts
from vidkompy.colour_matching.parameters import ColourParameters
from vidkompy.colours import ColourGrade, Curves
from vidkompy.model import F64, Colour

DECIMALS = 4  # of curves and matrices: a sixth of a level of 10 bits
_UNSAID = [Colour("bt2020nc", "tv", "bt2020", transfer) for transfer in HDR]  # what BG may be, whatever its file says


class GradeFit(NamedTuple):
    """How the grades of a pair of clips are fitted.

    starts          of grades whose matrix mixes light; none where they would not be clearly better
    expects_light   whether such a grade is taken unless curves and a matrix are clearly better, or the other way round
    colour          of FG
    """

    starts: tuple[LightGrade, ...]
    expects_light: bool
    colour: Colour
    parameters: ColourParameters


def stated_fit(bg: Colour, fg: Colour, parameters: ColourParameters) -> GradeFit:
    """With a matrix on light where a clip is HDR, by its transfer.

    HDR and SDR differ by tone mapping. It takes a matrix on light even where these colours hardly show it.
    """
    is_hdr = bool({bg.transfer, fg.transfer} & set(HDR))
    starts = tuple(light_starts(bg, fg, parameters.light_fit)) if is_hdr else ()
    return GradeFit(starts, is_hdr and bg.transfer != fg.transfer, fg, parameters)


def unstated_fit(pairs: ColourPairs, bg: Colour, fg: Colour, parameters: ColourParameters) -> GradeFit:
    """With a matrix on light where that is clearly better, as if BG was HDR and no file said so."""
    starts = tuple(start for colour in (bg, *_UNSAID) for start in light_starts(colour, fg, parameters.light_fit))
    briefly = replace(parameters, light_fit=replace(parameters.light_fit, starts=1))
    is_better = fitted(pairs, GradeFit(starts, False, fg, briefly)).output_curves is not None
    return GradeFit(starts if is_better else (), False, fg, parameters)


def fitted(pairs: ColourPairs, fit: GradeFit) -> ColourGrade:
    """Fitted to every other pair: the rest judges it. Its numbers are 0 until then."""
    half = pairs.every_other(0)
    curves, matrix = fit_grade(*half, fit.parameters.fit)
    plain = _grade(curves, matrix)
    if not fit.starts:
        return plain
    light = fit_light_grade(half, fit.starts, fit.parameters.light_fit, fit.parameters.fit)
    mixing_light = _grade(*light)
    expected, other = (mixing_light, plain) if fit.expects_light else (plain, mixing_light)
    share = fit.parameters.compared_share  # in few colours half of all pairs may fit by chance
    most = typical_difference(pairs, expected, fit, share) * fit.parameters.clearly_lower
    return other if typical_difference(pairs, other, fit, share) < most else expected


def typical_difference(pairs: ColourPairs, grade: ColourGrade, fit: GradeFit, share: float = 0.5) -> float:
    """Delta E 2000 than which this share of the weights of pairs, to which no grade is fitted, is nearer."""
    rest = judging_pairs(pairs, fit)
    return weighted_quantile(colour_differences(apply_grade(grade, rest.bg), rest.fg, fit.colour), rest.weights, share)


def judging_pairs(pairs: ColourPairs, fit: GradeFit) -> ColourPairs:
    """Of all pairs some to which no grade is fitted."""
    return pairs.every_other(1).thinned(fit.parameters.judged_pairs)


def _grade(curves: F64, matrix: F64, output_curves: F64 | None = None) -> ColourGrade:
    rows = [(float(r), float(g), float(b)) for r, g, b in np.round(matrix, DECIMALS) + 0.0]
    output = None if output_curves is None else _rounded(output_curves)
    return ColourGrade(_rounded(curves), (rows[0], rows[1], rows[2]), 0.0, 0.0, 0.0, output)


def _rounded(curves: F64) -> Curves:
    red, green, blue = map(tuple, (np.maximum.accumulate(np.round(curves, DECIMALS), axis=1) + 0.0).tolist())
    return red, green, blue

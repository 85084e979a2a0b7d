"""A grade whose matrix mixes light, fitted to pairs of colours of which some are of altered parts.

HDR becomes SDR by a matrix on light and by tone mapping, before it or behind it: curves on both sides of a matrix do
what either does. Squares are near enough to light, and keep dark steps apart in 16 bits, which light does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from vidkompy.colour_matching.colour_pairs import ColourPairs
from vidkompy.colour_matching.fitting import (
    CHANNELS,
    CURVES,
    MAX_SHARE,
    UNIT_ROWS,
    Prior,
    biweight,
    block_diagonal,
    hat_basis,
    monotone,
)
from vidkompy.colour_matching.light_starts import LightGrade
from vidkompy.colour_matching.parameters import GradeFitParameters, LightFitParameters
from vidkompy.colours import KNOTS
from vidkompy.model import F64, I64, Mask

_DAMPING = 1e-3  # of steps that the pairs hardly tell apart, against a weight of 1 on all of them
_OUTPUT = CURVES + CHANNELS**2  # unknowns before those of the output curves


class _Stages(NamedTuple):
    """What a grade makes of pairs on the way, f64 [n, 3] each but `output_basis`, f64 [n, 3, KNOTS]."""

    curved: F64
    root: F64
    output_basis: F64
    graded: F64


def fit_light_grade(
    pairs: ColourPairs,
    starts: Iterable[LightGrade],
    parameters: LightFitParameters,
    robust: GradeFitParameters,
) -> LightGrade:
    """Gauss-Newton from the starts that are nearest, with Tukey's biweight on the distance of a pair.

    Of all grades on the way the nearest is taken: steps may overshoot, as the way is far from straight. Where FG is
    black or white it tells nothing of colours that the grade puts beyond. Curves are straight between their knots here.
    """
    rng = np.random.default_rng(0)
    pairs = _chosen(pairs, parameters.most_pairs, rng)
    basis = hat_basis(pairs.bg)
    scored = rng.choice(len(basis), min(parameters.scored_pairs, len(basis)), p=pairs.weights / pairs.weights.sum())
    some = ColourPairs(*(part[scored] for part in pairs))
    nearest = sorted(starts, key=lambda start: _distance(_stages(basis[scored], start), some, parameters))
    tried = []
    for start in nearest[: parameters.starts]:
        grade, prior = start, _prior(start, parameters)
        for k in range(parameters.rounds + 1):
            stages = _stages(basis, grade)
            tried.append((_distance(stages, pairs, parameters), grade))
            if k < parameters.rounds:
                grade = _stepped(grade, basis, stages, pairs, prior, parameters, robust)
    return min(tried, key=lambda scored: scored[0])[1]


def _chosen(pairs: ColourPairs, most: int, rng: np.random.Generator) -> ColourPairs:
    if len(pairs.bg) <= most:
        return pairs
    chosen = rng.choice(len(pairs.bg), most, replace=False)
    return ColourPairs(pairs.bg[chosen], pairs.fg[chosen], pairs.weights[chosen])


def _distance(stages: _Stages, pairs: ColourPairs, parameters: LightFitParameters) -> float:
    """Mean distance, levels, in which what is far off counts as far, whether it is altered or not met."""
    off = np.sqrt(np.square(np.clip(stages.graded, 0, 1) - pairs.fg).mean(axis=1))
    return float(np.average(np.minimum(off, parameters.far), weights=pairs.weights))


def _stages(basis: F64, grade: LightGrade) -> _Stages:
    curved = np.clip(np.einsum("nkm,km->nk", basis, grade.curves), 0, 1)
    root = np.sqrt(np.clip(curved**2 @ grade.matrix.T, 0, 1))
    output_basis = hat_basis(root)
    return _Stages(curved, root, output_basis, np.einsum("nkm,km->nk", output_basis, grade.output_curves))


def _stepped(
    grade: LightGrade,
    basis: F64,
    stages: _Stages,
    pairs: ColourPairs,
    prior: Prior,
    parameters: LightFitParameters,
    robust: GradeFitParameters,
) -> LightGrade:
    """After a step of Gauss-Newton, with curves that fall nowhere."""
    fg, graded = pairs.fg, stages.graded
    is_cut_off = ((fg <= robust.noise) & (graded < fg)) | ((fg >= 1 - robust.noise) & (graded > fg))
    residuals = np.where(is_cut_off, 0.0, fg - graded)
    weights = pairs.weights * biweight(residuals, pairs.weights, robust)
    step = _step(grade, basis, stages, residuals, ~is_cut_off, weights, prior, parameters.floor)
    curves, matrix, output_curves = np.split(step, [CURVES, _OUTPUT])
    return LightGrade(
        np.clip(monotone(grade.curves + curves.reshape(CHANNELS, KNOTS)), 0, 1),
        np.clip(grade.matrix + matrix.reshape(CHANNELS, CHANNELS), -MAX_SHARE, MAX_SHARE),
        monotone(grade.output_curves + output_curves.reshape(CHANNELS, KNOTS)),
    )


def _step(
    grade: LightGrade,
    basis: F64,
    stages: _Stages,
    residuals: F64,
    tells: Mask,
    weights: F64,
    prior: Prior,
    floor: float,
) -> F64:
    """f64 [_OUTPUT + CURVES]: changes of the knots, of the matrix, and of the output curves' knots.

    tells   bool [n, 3]   whether a channel of a pair does
    """
    weights = weights / max(float(weights.sum()), 1e-9)
    root_slopes = 0.5 / np.maximum(stages.root, floor) * tells
    square_slopes = 2 * np.maximum(stages.curved, floor)
    rows, aims = prior
    normal = rows.T @ rows + _DAMPING * np.eye(rows.shape[1])
    gradient = rows.T @ (aims - rows @ np.concatenate([part.ravel() for part in grade]))
    for k in range(CHANNELS):
        segment = np.minimum((stages.root[:, k] * (KNOTS - 1)).astype(np.int64), KNOTS - 2)
        slope = np.diff(grade.output_curves[k])[segment] * (KNOTS - 1) * root_slopes[:, k]
        of_curves = (slope[:, None] * square_slopes * grade.matrix[k])[..., None] * basis
        of_output = stages.output_basis[:, k] * tells[:, k, None]
        slopes = [of_curves.reshape(len(basis), CURVES), slope[:, None] * stages.curved**2, of_output]
        columns, at = np.concatenate(slopes, axis=1), _unknowns(k)
        weighted = columns.T * weights
        normal[np.ix_(at, at)] += weighted @ columns
        gradient[at] += weighted @ residuals[:, k]
    return np.linalg.solve(normal, gradient)


def _unknowns(k: int) -> I64:
    """i64: of all, those on which channel k of FG depends: the curves, its row of the matrix, and its output curve."""
    row, output = CURVES + CHANNELS * k, _OUTPUT + KNOTS * k
    return np.asarray(np.r_[0:CURVES, row : row + CHANNELS, output : output + KNOTS])


def _prior(start: LightGrade, parameters: LightFitParameters) -> Prior:
    """What holds where the pairs do not tell: the start. The rows of the matrix sum to 1."""
    eye = np.eye(CHANNELS)
    bends, slopes = np.diff(np.eye(KNOTS), 2, axis=0), np.diff(np.eye(KNOTS), 1, axis=0)
    of_curves = np.concatenate([bends * parameters.bend, slopes * parameters.slope])
    of_output = np.concatenate(
        [bends * parameters.output_bend, slopes * parameters.output_slope, np.eye(KNOTS)[[0, -1]] * parameters.ends]
    )
    of_matrix = np.concatenate(
        [np.eye(CHANNELS**2) * parameters.crosstalk, np.kron(eye, np.ones(CHANNELS)) * UNIT_ROWS]
    )
    rows = block_diagonal(block_diagonal(np.kron(eye, of_curves), of_matrix), np.kron(eye, of_output))
    return rows, rows @ np.concatenate([part.ravel() for part in start])

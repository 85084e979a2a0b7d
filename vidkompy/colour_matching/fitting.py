"""The grade that turns BG's colours into FG's, fitted to pairs of colours of which some are of altered parts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vidkompy.colour_matching.colour_pairs import weighted_median
from vidkompy.colour_matching.parameters import GradeFitParameters
from vidkompy.colours import KNOTS
from vidkompy.model import F64
from vidkompy.numerics.isotonic import isotonic

Prior = tuple[F64, F64]  # rows over the unknowns, and what they should come to

CHANNELS = 3
CURVES = CHANNELS * KNOTS  # unknowns of the curves; those of the matrix come behind them
MAX_SHARE = 2.0  # of a channel in the matrix: what ffmpeg's colorchannelmixer takes
UNIT_ROWS = 10.0  # weight that makes each row of the matrix sum to 1: the curves then tell how grey is mapped

_TOWARDS_IDENTITY = 0.01  # weight of a pair that stays as it is, where a few pairs do not tell an affine map
_TOWARDS_USUAL_GAIN = 0.05  # weight of one gain for all channels: where FG is black and white any gains would do
_DAMPING = 1e-3  # of steps that the pairs hardly tell apart, against a weight of 1 on all of them


class FittedGrade(NamedTuple):
    """curves: f64 [3, KNOTS]; matrix: f64 [3, 3]."""

    curves: F64
    matrix: F64


def fit_grade(bg: F64, fg: F64, weights: F64, parameters: GradeFitParameters) -> FittedGrade:
    """The curves and the matrix.

    bg, fg    f64 [n, 3]   colours that belong together, gamma-coded, 0 black and 1 white
    weights   f64 [n]      how far each pair is to be trusted
    A start by least median of squares (Rousseeuw 1984, doi:10.1080/01621459.1984.10477105), then Gauss-Newton with
    Tukey's biweight on the distance of a pair. Curves are straight between their knots here.
    """
    rng = np.random.default_rng(0)
    if len(bg) > parameters.most_pairs:
        chosen = rng.choice(len(bg), parameters.most_pairs, replace=False)
        bg, fg, weights = bg[chosen], fg[chosen], weights[chosen]
    curves, matrix = _start(_robust_affine(bg, fg, weights / weights.sum(), rng, parameters))
    basis, prior = hat_basis(bg), _prior(curves, parameters)
    for _ in range(parameters.rounds):
        curved = np.einsum("nkm,km->nk", basis, curves)
        residuals = fg - curved @ matrix.T
        step = _gauss_newton_step(
            basis, curved, residuals, weights * biweight(residuals, weights, parameters), curves, matrix, prior
        )
        curves = monotone(curves + step[:CURVES].reshape(curves.shape))
        matrix = np.clip(matrix + step[CURVES:].reshape(matrix.shape), -MAX_SHARE, MAX_SHARE)
    return FittedGrade(curves, matrix)


def biweight(residuals: F64, weights: F64, parameters: GradeFitParameters) -> F64:
    """f64 [n]: how far a pair counts by its distance, 0..1. residuals: f64 [n, 3]; weights: f64 [n]."""
    distances = np.sqrt((residuals**2).mean(axis=1))
    scale = max(weighted_median(distances, weights) * 1.4826, parameters.noise)
    return np.asarray(np.maximum(1 - (distances / (parameters.cutoff * scale)) ** 2, 0) ** 2)


def _robust_affine(bg: F64, fg: F64, share: F64, rng: np.random.Generator, parameters: GradeFitParameters) -> F64:
    """f64 [4, 3]: of maps through random pairs, and none, the one with the least median distance."""
    n, identity = len(bg), np.eye(4, 3)
    extended = np.column_stack([bg, np.ones(n)])
    samples = rng.choice(n, (parameters.trials, parameters.trial_pairs), p=share)
    a, b, towards = extended[samples], fg[samples], _TOWARDS_IDENTITY * np.eye(4)
    transposed = a.transpose(0, 2, 1)
    maps = np.linalg.solve(transposed @ a + towards, transposed @ b + towards @ identity)
    maps = np.concatenate([maps, identity[None]])
    scored = rng.choice(n, min(parameters.scored_pairs, n), p=share)
    distances = np.square(extended[scored] @ maps - fg[scored]).sum(axis=2)
    return np.asarray(maps[int(np.median(distances, axis=1).argmin())])


def _start(affine: F64) -> tuple[F64, F64]:
    """Straight curves, and a matrix whose rows sum to 1 where that can be, that do what the affine map does."""
    mixing, offset = affine[:CHANNELS].T, affine[CHANNELS]
    usual = 1 / max(float(mixing.sum(axis=1).mean()), 0.1)
    towards = _TOWARDS_USUAL_GAIN * np.eye(CHANNELS)
    inverse_gains = np.linalg.solve(mixing.T @ mixing + towards, mixing.sum(axis=0) + towards.sum(axis=0) * usual)
    inverse_gains = np.clip(inverse_gains, usual / MAX_SHARE, usual * MAX_SHARE)
    matrix = mixing * inverse_gains
    offsets = np.linalg.lstsq(matrix, offset, rcond=0.01)[0]
    return np.linspace(0, 1, KNOTS) / inverse_gains[:, None] + offsets[:, None], matrix


def hat_basis(bg: F64) -> F64:
    """f64 [n, 3, KNOTS]: shares of the knots in the values of curves that are straight between them, and beyond."""
    at = bg * (KNOTS - 1)
    k = np.clip(at.astype(np.int64), 0, KNOTS - 2)
    basis = np.zeros((*bg.shape, KNOTS))
    np.put_along_axis(basis, k[..., None], (1 - (at - k))[..., None], axis=2)
    np.put_along_axis(basis, k[..., None] + 1, (at - k)[..., None], axis=2)
    return basis


def _gauss_newton_step(
    basis: F64, curved: F64, residuals: F64, weights: F64, curves: F64, matrix: F64, prior: Prior
) -> F64:
    """f64 [CURVES + 9]: changes of the knots, then of the matrix.

    basis       f64 [n, 3, KNOTS]
    curved      f64 [n, 3]   BG's colours behind the curves
    residuals   f64 [n, 3]   FG's colours less BG's, graded
    """
    weights = weights / max(float(weights.sum()), 1e-9)
    flat = basis.reshape(len(basis), CURVES)
    weighted, weighted_residuals = flat * weights[:, None], residuals * weights[:, None]
    gram = (weighted.T @ flat).reshape(CHANNELS, KNOTS, CHANNELS, KNOTS)
    by_curve = (weighted.T @ curved).reshape(CHANNELS, KNOTS, CHANNELS)
    by_residual = (weighted.T @ residuals).reshape(CHANNELS, KNOTS, CHANNELS)
    of_curves = curved.T @ (curved * weights[:, None])

    normal = np.zeros((CURVES + CHANNELS**2,) * 2)
    normal[:CURVES, :CURVES] = (gram * (matrix.T @ matrix)[:, None, :, None]).reshape(CURVES, CURVES)
    across = np.einsum("jk,kal->kajl", matrix, by_curve).reshape(CURVES, CHANNELS**2)
    normal[:CURVES, CURVES:], normal[CURVES:, :CURVES] = across, across.T
    normal[CURVES:, CURVES:] = np.kron(np.eye(CHANNELS), of_curves)
    gradient = np.concatenate(
        [np.einsum("jk,kaj->ka", matrix, by_residual).ravel(), (weighted_residuals.T @ curved).ravel()]
    )
    rows, aims = prior
    now = np.concatenate([curves.ravel(), matrix.ravel()])
    damping = _DAMPING * np.eye(len(normal))
    return np.linalg.solve(normal + rows.T @ rows + damping, gradient + rows.T @ (aims - rows @ now))


def _prior(start: F64, parameters: GradeFitParameters) -> Prior:
    """What holds where the pairs do not tell: smooth curves as steep as those of the start, from black to white.

    The matrix is near identity, and its rows sum to 1.
    """
    eye, identity = np.eye(CHANNELS), np.eye(CHANNELS).ravel()
    bends = np.kron(eye, np.diff(np.eye(KNOTS), 2, axis=0)) * parameters.bend
    slopes = np.kron(eye, np.diff(np.eye(KNOTS), 1, axis=0)) * parameters.slope
    ends = np.kron(eye, np.eye(KNOTS)[[0, -1]]) * parameters.ends
    near = np.eye(CHANNELS**2) * parameters.crosstalk
    sums = np.kron(eye, np.ones(CHANNELS)) * UNIT_ROWS
    rows = block_diagonal(np.concatenate([bends, slopes, ends]), np.concatenate([near, sums]))
    steepness = np.diff(start, axis=1).ravel() * parameters.slope
    of_ends = np.tile([0.0, parameters.ends], CHANNELS)
    of_matrix = identity * parameters.crosstalk, np.full(CHANNELS, UNIT_ROWS)
    return rows, np.concatenate([np.zeros(len(bends)), steepness, of_ends, *of_matrix])


def block_diagonal(a: F64, b: F64) -> F64:
    """f64 [rows, columns]: both, whose rows and columns add up, and 0 beside them."""
    rows = np.zeros((len(a) + len(b), a.shape[1] + b.shape[1]))
    rows[: len(a), : a.shape[1]], rows[len(a) :, a.shape[1] :] = a, b
    return rows


def monotone(curves: F64) -> F64:
    """f64 [3, KNOTS]: the nearest curves that fall nowhere."""
    weights = np.ones(KNOTS)
    return np.stack([curve if (np.diff(curve) >= 0).all() else isotonic(curve, weights) for curve in curves])

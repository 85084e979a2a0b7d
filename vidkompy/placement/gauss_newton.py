"""Gauss-Newton in space with one marginalised time shift per frame: one step of image registration.

A pan looks like a shift, so position and time must be solved together: alternating between them creeps along the
valley of their common solutions and stops pixels away.

One frame pair is modelled as fg(x) = gain * bg(q(x), time + dt) + offset + noise, q a transform (see `transforms`).
Around the present q and dt = 0 the residual is linear in the change of the transform and in the pair's own unknowns,
its nuisances; per pixel the Jacobian is

    [ gx * x, gy * y, gx, gy | gt, bg - mean, 1 ]

with gx, gy the gain times BG's gradient per canvas px and gt the same per BG frame. Time, gain and offset are
eliminated per pair by their Schur complement, with a prior on the time shift; what is left adds up over the pairs to
four equations for the transform. Robust weights leave altered pixels out.
Source: Lucas & Kanade 1981; Baker & Matthews 2004, doi:10.1023/B:VISI.0000011205.11775.fd.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidkompy.model import F64
from vidkompy.numerics.fitting_kernels import (
    LEAST_SIDE,
    OFFSET,
    RESIDUAL,
    SCALE_X,
    SCRATCH_ROWS,
    SHIFT_Y,
    TIME,
    normal_equations,
)
from vidkompy.parameters import tuned
from vidkompy.placement.views import BlurredViews
from vidkompy.records import Record

TRANSFORM, NUISANCES = slice(SCALE_X, SHIFT_Y + 1), slice(TIME, OFFSET + 1)  # in what the kernel sums


class GaussNewtonParameters(Record):
    """Tuned numbers of a Gauss-Newton step."""

    blur: float = tuned(
        0.8,
        unit="px of FG view, sigma",
        raising="the fit is linear further out, and fine detail weighs less",
        source="chosen by eye",
    )
    least_blur: float = tuned(
        0.3,
        unit="px of BG view, sigma",
        raising="BG is blurred more than FG where FG is shown small",
        source="chosen by eye",
    )
    time_prior: float = tuned(
        3.0,
        unit="BG frames, sigma",
        raising="coarser paths are bridged, and still scenes become singular",
        source="chosen by eye: wide enough for a coarse path, narrow enough to keep still scenes solvable",
    )
    most_pixels: int = tuned(
        25_000,
        unit="px of a pair",
        raising="more work for the same answer",
        source="measured: all 79,000 of a 1280x720 FG moved it 0.004 px and cost 0.1 s more",
    )
    least_pixels: int = tuned(
        200,
        unit="px of FG view",
        raising="small and half-hidden pictures are given up; a quarter of it is needed in each part of the jackknife",
        source="chosen by eye; ObjectiveParameters has the same for a mean of scores, and may differ",
    )
    cutoff: float = tuned(
        3.0,
        unit="sigmas of the residuals",
        raising="altered pixels pull at the fit; lower: it uses fewer pixels",
        source="chosen by eye; a pixel this far out has a quarter of its weight",
    )
    noise: float = tuned(
        0.3,
        unit="grey levels",
        raising="residuals of clean clips are weighted alike",
        source="chosen by eye: about what rounding to 8 bits makes",
    )
    looked_at: int = tuned(
        4000, unit="residuals", raising="a steadier median, and sorting takes longer", source="chosen by eye"
    )


class ViewIndices(NamedTuple):
    """Indices of the views of one frame pair: of FG, of BG at the same moment, before and after it.

    span   BG frames from `before` to `after`
    """

    fg: int
    bg: int
    before: int
    after: int
    span: int


class NormalEquations(NamedTuple):
    """Normal equations of a transform's change, summed over frame pairs.

    matrix, right_side      f64 [4, 4], [4]   time shifts, gains and offsets eliminated
    matrix_at_known_times   f64 [4, 4]        the same matrix if those were known
    scores                  f64 [pairs]       ZNCC
    """

    matrix: F64
    right_side: F64
    matrix_at_known_times: F64
    scores: F64


def neighbours_in_time(j: int, last: int) -> tuple[int, int, int]:
    """BG frames before and after j, of 0 .. last, and how many frames they are apart, at least 1.

    >>> neighbours_in_time(4, 9), neighbours_in_time(0, 9), neighbours_in_time(0, 0)
    ((3, 5, 2), (0, 1, 1), (0, 0, 1))
    """
    before, after = max(j - 1, 0), min(j + 1, last)
    return before, after, max(1, after - before)


def linearise(
    views: BlurredViews,
    q: F64,
    mask: NDArray[np.bool_],
    pairs: Sequence[ViewIndices],
    reweightings: int,
    parameters: GaussNewtonParameters,
    most_pixels: int | None = None,
) -> NormalEquations | None:
    """The normal equations at `q`, view px; None if fewer than `least_pixels` px count, or BG is a line.

    mask           bool [FG view]   pixels that count
    reweightings   times that the robust weights are fitted anew
    most_pixels    of a pair; None: those of the parameters
    """
    if mask.sum() < parameters.least_pixels or min(views.bg_shape) < LEAST_SIDE:
        return None
    rows, columns = np.nonzero(mask)
    chosen = slice(None, None, -(-len(rows) // (most_pixels or parameters.most_pixels)))
    rows, columns = rows[chosen].astype(np.int32), columns[chosen].astype(np.int32)
    weighting = np.array((reweightings, parameters.cutoff, parameters.noise, parameters.looked_at), np.float64)
    scratch = np.empty((SCRATCH_ROWS, len(rows)), np.float32)
    scores, sums = np.zeros(len(pairs)), np.empty((len(pairs), 8, 8))
    for n, (i, j, before, after, span) in enumerate(pairs):
        pictures = views.fg[i], views.bg(j), views.bg(before), views.bg(after)
        scores[n] = normal_equations(*pictures, float(span), q, rows, columns, weighting, scratch, sums[n])
    matrices, right_sides = marginalise(sums, parameters.time_prior)
    at_known_times: F64 = sums[:, TRANSFORM, TRANSFORM].sum(axis=0)
    return NormalEquations(matrices.sum(axis=0), right_sides.sum(axis=0), at_known_times, scores)


def marginalise(sums: F64, time_prior: float) -> tuple[F64, F64]:
    """f64 [..., 4, 4], [..., 4]: normal equations of the transform alone, by the Schur complement of the nuisances.

    sums         f64 [..., 8, 8]   what `fitting_kernels.normal_equations` makes of each frame pair
    time_prior   BG frames, sigma of the time shift
    With the transform's change dq and the nuisances' change dn, of time, gain and offset, the normal equations are

        [ A    B ] [ dq ]   [ a ]
        [ B^T  C ] [ dn ] = [ c ]        C has the prior diag(1 / time_prior^2, 1e-6, 1e-6) added

    The second row gives dn = C^-1 (c - B^T dq); put into the first: (A - B C^-1 B^T) dq = a - B C^-1 c. Each pair has
    nuisances of its own, so these equations of single pairs may be added up.
    Source: variable projection, Golub & Pereyra 1973, doi:10.1137/0710036.

    A pan: the picture moves by 1 px per frame, so a time shift looks like a shift along x, and the information about x
    falls from 1 to what the prior of 3 frames leaves of it; along y nothing is lost.

    >>> jacobian = np.zeros((8, 8))
    >>> jacobian[[2, 4], 0] = 1.0  # one pixel's gx and gt
    >>> jacobian[3, 1] = 1.0  # another's gy
    >>> matrix, _ = marginalise(jacobian @ jacobian.T, 3.0)
    >>> matrix.diagonal().round(3).tolist()
    [0.0, 0.0, 0.1, 1.0]
    """
    cross = sums[..., NUISANCES, TRANSFORM]  # B^T
    nuisances = sums[..., NUISANCES, NUISANCES] + np.diag([1 / time_prior**2, 1e-6, 1e-6])
    solved = np.linalg.solve(nuisances, np.concatenate([cross, sums[..., NUISANCES, RESIDUAL:]], axis=-1))
    turned = np.swapaxes(cross, -1, -2)
    matrix: F64 = sums[..., TRANSFORM, TRANSFORM] - turned @ solved[..., :-1]
    right_side: F64 = sums[..., TRANSFORM, RESIDUAL] - (turned @ solved[..., -1:])[..., 0]
    return matrix, right_side


def gauss_newton_step(matrix: F64, right_side: F64, freedom: F64) -> F64:
    """f64 [4]: change of the transform within the basis vectors `freedom`; none in directions that are not determined.

    >>> from vidkompy.placement.transforms import TRANSLATION
    >>> gauss_newton_step(np.diag([9.0, 9, 2, 0]), np.array([9.0, 9, 4, 4]), TRANSLATION).round(6).tolist()
    [0.0, 0.0, 2.0, 0.0]
    """
    reduced = freedom.T @ matrix @ freedom
    change: F64 = freedom @ np.linalg.lstsq(reduced, freedom.T @ right_side, rcond=1e-12)[0]
    return change

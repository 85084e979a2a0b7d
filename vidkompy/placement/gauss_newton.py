"""Placement by Gauss-Newton in space with one marginalised time shift per frame.

A pan looks like a shift, so position and time must be solved together: alternating between them creeps along the
valley and stops pixels away. Per pixel the Jacobian is [gx*x, gy*y, gx, gy | gt, bg, 1]; time, gain and offset are
eliminated per frame by their Schur complement, with a prior of SIGMA_T frames on the time shift.

A transform is q = [sx, sy, tx, ty]: canvas = s * fg + t in continuous coordinates of the views at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.model import F32, F64, I64, U8, Box
from vidkompy.numerics.correlation import unit_rows
from vidkompy.numerics.kernels import OFFSET, RESIDUAL, SCALE_X, SHIFT_Y, TIME, normal_equations
from vidkompy.numerics.viterbi import JUMP_COST, Band, cheapest_path, costs_of, free_steps
from vidkompy.placement.transforms import visible_pixels, warp

IGNORED = 0.4  # share of FG that may be altered
BLOCKS = 4
SIGMA_T = 3.0  # frames; wide enough for a coarse path, narrow enough to keep still scenes solvable
BLUR = 0.8  # px of FG view: linearises the fit
ENOUGH = 25_000  # px of a pair that are asked; all 79,000 of a 1280x720 FG moved it 0.004 px and cost 0.1 s more
CUTOFF = 3.0  # sigmas of a residual at which a pixel has a quarter of its weight
NOISE = 0.3  # grey levels added to the measured sigma of the residuals
LOOKED_AT = 4000  # residuals that give their median
TRANSFORM, NUISANCE = slice(SCALE_X, SHIFT_Y + 1), slice(TIME, OFFSET + 1)  # of the kernel's sums


class Pair(NamedTuple):
    """Views that show the same moment, and the BG views before and after it, `span` frames apart."""

    fg: int
    bg: int
    before: int
    after: int
    span: int


class Sums(NamedTuple):
    """What a set of frame pairs says of a transform.

    matrix, right   f64 [4, 4], [4]   normal equations, times, gains and offsets eliminated
    known           f64 [4, 4]        the same matrix if those were known
    scores          f64 [pairs]       ZNCC
    """

    matrix: F64
    right: F64
    known: F64
    scores: F64


@dataclass(frozen=True, eq=False)
class Fit:
    """cost: mean 1 - ZNCC over the samples that count. scores: ZNCC of each sample."""

    q: F64
    cost: float
    path: I64
    scores: F64


def zncc(fg: Sequence[U8], bg: Sequence[U8], q: F64, box: Box, robust: bool) -> F32 | None:
    """f32 [n_fg, n_bg]: correlation of every pair on the common area; None if less than half of FG is on the canvas."""
    shape = fg[0].shape
    mask = visible_pixels(q, shape, bg[0].shape, box, 1)
    if mask.sum() < 0.5 * (box[2] - box[0]) * (box[3] - box[1]):
        return None
    rows, columns = np.nonzero(mask)
    ours = np.stack(fg)[:, rows, columns]
    theirs = np.stack([warp(frame, q, shape)[rows, columns] for frame in bg])
    return robust_correlation(ours, theirs, rows, columns) if robust else unit_rows(ours) @ unit_rows(theirs).T


def robust_correlation(a: NDArray[np.generic], b: NDArray[np.generic], rows: I64, columns: I64) -> F32:
    """f32 [n_a, n_b]: correlation of pixel rows by blocks, without those that fit a pair worst, up to IGNORED of a.

    rows, columns   where each pixel lies. Survives a banner, a logo, a blurred face. Less telling in time: what moves
    may be what is left out.
    """
    block = BLOCKS * _cell(rows) + _cell(columns)
    scores, weights = [], []
    for k in np.unique(block):
        mine = a[:, block == k]
        weights.append(mine.astype(np.float32).std(axis=1) * mine.shape[1])
        scores.append(unit_rows(mine) @ unit_rows(b[:, block == k]).T)
    score, weight = np.stack(scores), np.stack(weights)[:, :, None]
    weight = np.minimum(weight, np.median(weight, axis=0))  # a banner's sharp letters must not outweigh the picture
    order = np.argsort(score, axis=0)
    share = np.take_along_axis(np.broadcast_to(weight / (weight.sum(axis=0) + 1e-9), score.shape), order, axis=0)
    counted = np.clip(np.cumsum(share, axis=0) - IGNORED, 0, share)
    total: F32 = (np.take_along_axis(score, order, axis=0) * counted).sum(axis=0) / (1 - IGNORED)
    return total


def _cell(at: I64) -> I64:
    """Which of BLOCKS equal parts of its range each coordinate falls into."""
    cell: I64 = (at - at.min()) * BLOCKS // (int(at.max() - at.min()) + 1)
    return cell


def time_path(score: F32, stride: int, ordered: bool) -> tuple[I64, F64]:
    """i64 [n] BG frame and f64 [n] 1 - ZNCC of each FG frame.

    ordered: along the cheapest non-decreasing path with nearly free steps, else each for itself.
    """
    if not ordered:
        return score.argmax(axis=1), (1 - score.max(axis=1)).astype(np.float64)
    band = Band.full(costs_of(2 - 2 * score, 2 - 2 * score.max(axis=1)))
    path, _ = cheapest_path(band, free_steps(3 * stride + 13), JUMP_COST)
    return path, (1 - score[np.arange(len(path)), path]).astype(np.float64)


class Normals:
    """Normal equations of a set of frame pairs; blurs each frame and warps each BG frame once per transform."""

    def __init__(self, fg: Sequence[U8], bg: Sequence[U8], scale: float, keep: float = 1.0):
        self.fg = [cv2.GaussianBlur(f.astype(np.float32), (0, 0), BLUR) for f in fg]
        self.bg = bg
        self._sigma = max(0.3, BLUR * scale)
        self._blurred: dict[int, F32] = {}
        self._last, self._seen = np.zeros(4), dict[int, F32]()
        self.texture = self._strong_pixels(keep)

    def sums(
        self,
        q: F64,
        box: Box,
        pairs: Sequence[Pair],
        rounds: int,
        inset: float = 2,
        only: NDArray[np.bool_] | None = None,
        least: int = 200,
    ) -> Sums | None:
        """None if fewer than `least` px count.

        only   bool [FG view]: pixels that may count
        """
        shape = self.fg[0].shape
        mask = visible_pixels(q, shape, self.bg[0].shape, box, inset) & self.texture
        if only is not None:
            mask &= only
        if mask.sum() < least:
            return None
        rows, columns = np.nonzero(mask)
        chosen = slice(None, None, max(1, len(rows) // ENOUGH))
        rows, columns = rows[chosen].astype(np.int32), columns[chosen].astype(np.int32)
        warped = self._warped(q, {j for p in pairs for j in (p.bg, p.before, p.after)})
        matrix, right, known = np.zeros((4, 4)), np.zeros(4), np.zeros((4, 4))
        scores, out = np.zeros(len(pairs)), np.empty((8, 8))
        for n, (i, j, before, after, span) in enumerate(pairs):
            views = (self.fg[i], warped[j], warped[before], warped[after])
            scores[n] = normal_equations(
                *views, float(span), q[0], q[1], rows, columns, rounds, CUTOFF, NOISE, LOOKED_AT, out
            )
            a, g = _marginalised(out)
            matrix += a
            right += g
            known += out[TRANSFORM, TRANSFORM]
        return Sums(matrix, right, known, scores)

    def blurred(self, j: int) -> F32:
        if j not in self._blurred:
            self._blurred[j] = np.asarray(
                cv2.GaussianBlur(self.bg[j].astype(np.float32), (0, 0), self._sigma), np.float32
            )
        return self._blurred[j]

    def _warped(self, q: F64, indices: set[int]) -> dict[int, F32]:
        """BG frames on the FG grid; those of the last transform are remembered."""
        if not np.array_equal(q, self._last):
            self._last, self._seen = q.copy(), {}
        for j in indices - self._seen.keys():
            self._seen[j] = warp(self.blurred(j), q, self.fg[0].shape)
        return self._seen

    def _strong_pixels(self, keep: float) -> NDArray[np.bool_]:
        """The share `keep` of pixels with the strongest gradient, and a sparse grid of the others."""
        shape = self.fg[0].shape
        if keep >= 1:
            return np.ones(shape, np.bool_)
        energy = np.zeros(shape, np.float32)
        for f in self.fg:
            energy += cv2.Sobel(f, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(f, cv2.CV_32F, 0, 1) ** 2
        chosen = energy > np.quantile(energy, 1 - keep)
        chosen[::4, ::4] = True
        return chosen


def step(matrix: F64, right: F64, shape: F64) -> F64:
    """f64 [4]: Gauss-Newton step within the columns of `shape`; none in directions that are not determined."""
    reduced = shape.T @ matrix @ shape
    change: F64 = shape @ np.linalg.lstsq(reduced, shape.T @ right, rcond=1e-12)[0]
    return change


def _marginalised(sums: F64) -> tuple[F64, F64]:
    """f64 [4, 4], [4]: normal equations of the transform alone, the nuisances eliminated by their Schur complement.

    sums   f64 [8, 8]   what `kernels.normal_equations` makes of one frame pair
    With the transform's change dq and the nuisances' dn, its time, gain and offset, the normal equations are

        [ A    B ] [ dq ]   [ a ]
        [ B^T  C ] [ dn ] = [ c ]        C has the prior diag(1 / SIGMA_T^2, 1e-6, 1e-6) added

    The second row gives dn = C^-1 (c - B^T dq); put into the first: (A - B C^-1 B^T) dq = a - B C^-1 c. Each pair has
    nuisances of its own, so these equations of single pairs may be added up.
    Source: variable projection, Golub & Pereyra 1973, doi:10.1137/0710036.
    """
    cross = sums[NUISANCE, TRANSFORM]  # B^T
    nuisance = sums[NUISANCE, NUISANCE] + np.diag([1 / SIGMA_T**2, 1e-6, 1e-6])
    solved = np.linalg.solve(nuisance, np.column_stack([cross, sums[NUISANCE, RESIDUAL]]))
    matrix: F64 = sums[TRANSFORM, TRANSFORM] - cross.T @ solved[:, :-1]
    right: F64 = sums[TRANSFORM, RESIDUAL] - cross.T @ solved[:, -1]
    return matrix, right

"""Zero-mean normalised cross-correlation (ZNCC) of rows of pixels, -1..1: plain, and robust to altered parts.

It is the cosine of two rows whose means were taken off: a change of brightness or contrast leaves it as it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidkompy.model import F32, F64, I64, Mask
from vidkompy.numerics.comparison_kernels import BG, BG_BG, COUNT, FG, FG_BG, FG_FG

LEAST_NORM = 1e-6  # grey levels: a constant row is divided by it
ROUNDING = 1e-12  # of a sum of squares, below which a variance that is a difference of sums is nothing but rounding


def unit_rows(rows: NDArray[np.generic], weights: F32 | None = None) -> F32:
    """f32 [n, pixels]: each row with zero mean and unit norm (a constant row becomes zeros), so products are ZNCCs.

    weights   f32 [pixels], of mean 1: how much each pixel counts; None: all alike

    >>> (unit_rows(np.array([[0, 1, 2]])) @ unit_rows(np.array([[5, 7, 9], [3, 2, 1], [4, 4, 4]])).T).round(3).tolist()
    [[1.0, -1.0, 0.0]]
    """
    out: F32 = rows.reshape(len(rows), -1).astype(np.float32)
    if weights is None:
        out -= out.mean(axis=1, keepdims=True)
    else:
        out -= (out @ weights)[:, None] / weights.sum()
        out *= np.sqrt(weights)
    out /= np.sqrt(np.einsum("np,np->n", out, out))[:, None] + np.float32(LEAST_NORM)  # half the time of linalg.norm
    return out


def column_correlation(rows: NDArray[np.generic], columns: F32) -> F32:
    """f32 [n, m]: ZNCC of each row, [n, pixels], with each column, f32 [pixels, m]; 0 where either is constant.

    >>> column_correlation(np.array([[0, 1, 2]]), np.float32([[5, 3, 4], [7, 2, 4], [9, 1, 4]])).round(3).tolist()
    [[1.0, -1.0, 0.0]]
    """
    centred = columns - columns.mean(axis=0)
    norms = np.sqrt(np.einsum("pm,pm->m", centred, centred)) + np.float32(LEAST_NORM)
    return np.asarray(unit_rows(rows) @ centred / norms, np.float32)


def robust_correlation(
    a: NDArray[np.generic], b: NDArray[np.generic], rows: I64, columns: I64, side: int, ignored: float
) -> F32:
    """f32 [n_a, n_b]: ZNCC of pixel rows by blocks of the picture, without the blocks that fit a pair worst.

    a, b            [n, pixels]   grey levels
    rows, columns   i64 [pixels]  where each pixel lies in the picture
    side            blocks along each side of the range that rows and columns span
    ignored         share of the picture that may be altered
    It survives a banner, a logo, a blurred face. It is less telling in time: what moves may be what is left out.

    The ZNCC s_k of block k counts with its weight w_k, contrast times pixels of `a`; no weight exceeds the median one,
    or a banner's sharp letters would outweigh the picture. With the blocks in ascending order of s_k, those that make
    up the first `ignored` of all weight are left out, the block across that border in part, and the rest is averaged:

        sum_k s_k * clip(w_1 + .. + w_k - ignored, 0, w_k) / (1 - ignored),   sum_k w_k = 1

    which is the mean above a quantile, as in least trimmed squares, Rousseeuw 1984, doi:10.1080/01621459.1984.10477105.

    One of four blocks of a picture is altered, here inverted:

    >>> rows, columns = (at.ravel() for at in np.indices((4, 4)))
    >>> picture = np.arange(16)[None] % 5 * 10 + np.arange(16)
    >>> altered = np.where((rows < 2) & (columns < 2), 100 - picture, picture)
    >>> [round(float(robust_correlation(picture, altered, rows, columns, 2, k)[0, 0]), 2) for k in (0.0, 0.4)]
    [0.35, 1.0]
    """
    block = block_of_pixels(rows, columns, side)
    scores, weights = [], []
    for k in np.unique(block):
        own = a[:, block == k]
        weights.append(own.astype(np.float32).std(axis=1) * own.shape[1])
        scores.append(unit_rows(own) @ unit_rows(b[:, block == k]).T)
    return _without_worst(np.stack(scores), np.stack(weights)[:, :, None], ignored)


def _without_worst(score: F32, weight: F32, ignored: float) -> F32:
    """Mean over the first axis, the blocks, without those that fit worst; see `robust_correlation`."""
    weight = np.minimum(weight, np.median(weight, axis=0))
    order = np.argsort(score, axis=0)
    share = np.take_along_axis(np.broadcast_to(weight / (weight.sum(axis=0) + 1e-9), score.shape), order, axis=0)
    counted = np.clip(np.cumsum(share, axis=0) - ignored, 0, share)
    total: F32 = (np.take_along_axis(score, order, axis=0) * counted).sum(axis=0) / (1 - ignored)
    return total


def moments_correlation(moments: F64) -> F32:
    """f32 [pairs]: ZNCC of pixels whose `block_moments` are f64 [pairs, blocks, MOMENTS]."""
    return _correlation_of_sums(moments.sum(axis=1))


def robust_moments_correlation(moments: F64, ignored: float, sparse_share: float) -> F32:
    """f32 [pairs]: the same without the blocks that fit worst, see `robust_correlation`.

    Where FG's detail lies in at most `sparse_share` of the blocks, the plain ZNCC counts if it is higher: those few
    blocks might be what is left out.
    """
    energy = moments[..., FG_FG] - moments[..., FG] ** 2 / moments[..., COUNT]
    weight = np.sqrt(np.maximum(energy * moments[..., COUNT], 0))
    robust = _without_worst(np.moveaxis(_correlation_of_sums(moments), 1, 0), np.asarray(weight.T, np.float32), ignored)
    is_sparse = _is_concentrated(energy.T, sparse_share)
    return np.where(is_sparse, np.maximum(robust, moments_correlation(moments)), robust)


def _correlation_of_sums(sums: F64) -> F32:
    count, fg, bg = sums[..., COUNT], sums[..., FG], sums[..., BG]
    fg_norm, bg_norm = (
        np.sqrt(np.maximum(squares - total**2 / count, ROUNDING * squares)) + LEAST_NORM
        for squares, total in ((sums[..., FG_FG], fg), (sums[..., BG_BG], bg))
    )
    return np.asarray((sums[..., FG_BG] - fg * bg / count) / (fg_norm * bg_norm), np.float32)


def sparse_rows(a: NDArray[np.generic], rows: I64, columns: I64, side: int, share: float) -> Mask:
    """bool [n]: pixel rows whose detail lies in at most `share` of the blocks, as that of a title or a clock does.

    a, rows, columns, side   as for `robust_correlation`
    How many blocks hold it is the participation ratio (sum e_k)^2 / sum e_k^2 of e_k, variance times pixels of block k
    (Bell & Dean 1970, doi:10.1039/DF9705000055). A constant row has no detail and is not sparse.

    >>> rows, columns = (at.ravel() for at in np.indices((4, 4)))
    >>> title = np.where((rows == 1) & (columns == 1), 9, 0)
    >>> sparse_rows(np.stack([title, rows + columns, 0 * rows]), rows, columns, 2, 0.5).tolist()
    [True, False, False]
    """
    block = block_of_pixels(rows, columns, side)
    parts = [a[:, block == k].astype(np.float32) for k in np.unique(block)]
    return _is_concentrated(np.stack([part.var(axis=1) * part.shape[1] for part in parts]), share)


def _is_concentrated(energy: NDArray[np.floating], share: float) -> Mask:
    """bool [n]: whether energy, [blocks, n], lies in at most `share` of the blocks, see `sparse_rows`."""
    is_concentrated = energy.sum(axis=0) ** 2 <= share * len(energy) * (energy**2).sum(axis=0)
    is_sparse: Mask = is_concentrated & (energy.max(axis=0) > 0)
    return is_sparse


def block_of_pixels(rows: I64, columns: I64, side: int) -> I64:
    """i64 [n]: the block that each pixel lies in, of side x side blocks of the range that rows and columns span."""
    return side * _part_of_range(rows, side) + _part_of_range(columns, side)


def _part_of_range(at: I64, parts: int) -> I64:
    """Which of so many equal parts of its range each coordinate falls into."""
    part: I64 = (at - at.min()) * parts // (int(at.max() - at.min()) + 1)
    return part

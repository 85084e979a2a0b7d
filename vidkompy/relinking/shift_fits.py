"""How well pictures fit those of a signature at each shift, by sums that cost one product of matrices."""

from __future__ import annotations

import numpy as np

from vidkompy.model import F64, I64, U8
from vidkompy.records import Record
from vidkompy.signature import Signature

LEAST_GAIN, MOST_GAIN = 0.8, 1.25  # limited to full range, and back, with a little room


class ShiftFits(Record, eq=False):
    """shifts: i64 [s], ascending. residuals: f64 [s], squared grey levels, mean over cells and frames compared."""

    shifts: I64
    residuals: F64

    def at(self, shift: int) -> float:
        return float(self.residuals[np.searchsorted(self.shifts, shift)])


def fit_shifts(signature: Signature, cells: U8, least_overlap: float, least_frames: int) -> ShiftFits:
    """Residuals at all shifts at which enough is compared; a shift is the old frame that lies on the new first one.

    cells           u8 [n_new, 64]
    least_overlap   share of the shorter clip that has to be in both
    least_frames    frames of the signature that have to be in both
    """
    old = signature.luma.reshape(len(signature.luma), -1).astype(np.float32)
    new, n = cells.astype(np.float32), len(cells)
    frames = signature.frames
    lowest = int(frames[0]) - n + 1
    sums = np.zeros((6, int(frames[-1]) - lowest + 1))  # of 1, a, b, aa, bb and ab at each shift
    of_new = new.sum(axis=1, dtype=np.float64)[::-1], (new**2).sum(axis=1, dtype=np.float64)[::-1]
    for picture, frame in zip(old, frames.tolist(), strict=True):
        covered = slice(frame - n + 1 - lowest, frame + 1 - lowest)
        sums[0, covered] += 1
        sums[1, covered] += picture.sum(dtype=np.float64)
        sums[2, covered] += of_new[0]
        sums[3, covered] += (picture**2).sum(dtype=np.float64)
        sums[4, covered] += of_new[1]
        sums[5, covered] += (new @ picture)[::-1]
    shifts = lowest + np.arange(sums.shape[1])
    overlap = np.minimum(signature.first + signature.count, shifts + n) - np.maximum(signature.first, shifts)
    is_enough = (sums[0] >= least_frames) & (overlap >= least_overlap * min(signature.count, n))
    return ShiftFits(shifts[is_enough], _residuals(sums[:, is_enough], old.shape[1]))


def squared_residuals(old: F64, new: F64) -> F64:
    """f64 [k, 64]: squared differences of the new pictures and the old ones, these with one gain and one offset."""
    a, b = old - old.mean(), new - new.mean()
    return np.asarray((b - _gain((a * a).sum(), (a * b).sum()) * a) ** 2)


def _residuals(sums: F64, cells: int) -> F64:
    count, a, b, aa, bb, ab = sums
    n = count * cells
    var_a, var_b, cov = aa / n - (a / n) ** 2, bb / n - (b / n) ** 2, ab / n - a * b / n**2
    gain = _gain(var_a, cov)
    residuals: F64 = np.maximum(var_b - 2 * gain * cov + gain**2 * var_a, 0)
    return residuals


def _gain(variance: F64, covariance: F64) -> F64:
    gain: F64 = np.clip(covariance / np.maximum(variance, 1e-9), LEAST_GAIN, MOST_GAIN)
    return gain

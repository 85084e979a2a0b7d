"""A signature and the pictures of a clip -> the shift at which they agree, or why they do not, or why nothing tells.

At each shift the new pictures are fitted to the old ones by one gain and one offset: a copy may have another range of
grey levels. What the fit leaves is the residual. It is compared with what changes in the old pictures in time, so that
another take of the same scene does not pass, and with the residuals at other shifts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vidkompy.model import F64, I64, U8
from vidkompy.records import Record
from vidkompy.relinking.parameters import SignatureParameters
from vidkompy.relinking.shift_fits import ShiftFits, fit_shifts, squared_residuals
from vidkompy.signature import Signature

PARTS = (8, 4, 2)  # that the compared frames are cut into, to see whether all of them lie at one shift
LEAST_OF_PART = 3  # frames of a part


class SignatureMatch(Record):
    """The new clip shows what the old one did.

    shift        frame of the old clip that is the new one's first; below 0: the new one begins earlier
    compared     frames of the signature that the new clip has
    difference   grey levels, rms of what one gain and one offset leave
    is_exact     the pictures compared are equal bit for bit
    is_still     nothing moves, so that only the picture was compared
    """

    shift: int
    compared: int
    difference: float
    is_exact: bool
    is_still: bool


class Mismatch(NamedTuple):
    """is_other: the new clip shows something else; else nothing tells. reason: in words, of "it"."""

    is_other: bool
    reason: str


def match_signature(
    signature: Signature, cells: U8, frames: int, parameters: SignatureParameters = SignatureParameters()
) -> SignatureMatch | Mismatch:
    """Whether a clip shows what a signature says, and from which frame on.

    cells    u8 [n_new, 64]   pictures of all frames of the new clip
    frames   of the old clip
    """
    fits = fit_shifts(signature, cells, parameters.least_overlap, parameters.least_frames)
    if not len(fits.shifts):
        found = min(len(signature.luma), len(cells) * len(signature.luma) // signature.count)
        return Mismatch(False, f"only {found} of the frames that are known lie in it, wanted {parameters.least_frames}")
    shift = _chosen_shift(fits, 0 if len(cells) == frames else None, parameters)
    old, new = _pairs(signature, cells, shift)
    if (problem := _other_content(old, new, parameters)) is not None:
        return _named(problem, signature, cells, parameters)
    if (problem := _drift(signature, cells, shift, parameters)) is not None:
        return problem
    is_still = _change_in_time(old) < parameters.still
    is_expected = len(cells) == frames and shift == 0
    if not (is_still and is_expected) and (problem := _doubt(fits, shift, is_expected, parameters)) is not None:
        return problem
    residual = fits.at(shift)
    return SignatureMatch(shift, len(old), float(np.sqrt(residual)), bool((old == new).all()), is_still)


def _chosen_shift(fits: ShiftFits, expected: int | None, parameters: SignatureParameters) -> int:
    """The best one; where one is expected, that one unless another is far better."""
    best = int(fits.shifts[np.argmin(fits.residuals)])
    if expected is None or expected not in fits.shifts:
        return best
    excess = fits.at(expected) - fits.at(best)
    return best if excess > parameters.shift_excess * _floored(fits.at(best), parameters) else expected


def _other_content(old: F64, new: F64, parameters: SignatureParameters) -> Mismatch | None:
    if float(old.std()) < parameters.least_contrast:
        return Mismatch(False, "its pictures are too blank to be told from others")
    residual = float(squared_residuals(old, new).mean())
    changing = _change_in_time(old)
    beyond = max(residual - parameters.encoder_noise**2, 0)
    if residual <= parameters.most_difference**2 and beyond <= parameters.most_unexplained * changing**2:
        return None
    level = f"its pictures differ by {np.sqrt(residual):.1f} grey levels where they are most alike"
    if residual <= parameters.most_difference**2:
        return Mismatch(False, f"{level}, as those of another take may: the clip itself changes by {changing:.1f}")
    return Mismatch(True, f"{level}, wanted {parameters.most_difference:g} at most")


def _named(problem: Mismatch, signature: Signature, cells: U8, parameters: SignatureParameters) -> Mismatch:
    """The mismatch, or a name for what was done to the pictures."""
    flipped = {
        "it is mirrored": replace(signature, luma=signature.luma[:, :, ::-1]),
        "it is upside down": replace(signature, luma=signature.luma[:, ::-1]),
        "it is turned by 180 degrees": replace(signature, luma=signature.luma[:, ::-1, ::-1]),
    }
    tried = [(name, changed, cells) for name, changed in flipped.items()]
    tried.append(("it plays backwards", signature, cells[::-1]))
    for name, changed, pictures in tried:
        fits = fit_shifts(changed, pictures, parameters.least_overlap, parameters.least_frames)
        shift = _chosen_shift(fits, None, parameters)
        if _other_content(*_pairs(changed, pictures, shift), parameters) is None:
            return Mismatch(True, name)
    return problem


def _doubt(fits: ShiftFits, shift: int, is_expected: bool, parameters: SignatureParameters) -> Mismatch | None:
    """Whether other shifts fit about as well."""
    here = _floored(fits.at(shift), parameters)
    if float(np.median(fits.residuals)) < here * (1 + parameters.elsewhere_excess):
        return Mismatch(False, "too little moves in it to tell its frames apart")
    others = fits.residuals[fits.shifts != shift]
    if not is_expected and others.min() - fits.at(shift) < parameters.rival_excess * here:
        near = int(fits.shifts[fits.shifts != shift][np.argmin(others)])
        return Mismatch(False, f"its first frame may be frame {shift} or {near}")
    return None


def _drift(signature: Signature, cells: U8, shift: int, parameters: SignatureParameters) -> Mismatch | None:
    """Whether a part of the frames lies elsewhere: some are missing or repeated inside."""
    old, new = _pairs(signature, cells, shift)
    here = squared_residuals(old, new).mean(axis=1)
    where = signature.frames[_inside(signature, cells, shift)] - shift
    cuts = [
        part for parts in PARTS for part in np.array_split(np.arange(len(old)), parts) if len(part) >= LEAST_OF_PART
    ]
    for off in range(-parameters.drift_reach, parameters.drift_reach + 1):
        moved = np.clip(where - off, 0, len(cells) - 1)
        there = squared_residuals(old, cells[moved].astype(np.float64)).mean(axis=1)
        for part in cuts:
            left = float(there[part].mean())
            gain = (float(here[part].mean()) - left) * len(part) / len(old)
            if gain > parameters.drift_excess * _floored(left, parameters):
                return Mismatch(True, "frames are missing or repeated inside it")
    return None


def _pairs(signature: Signature, cells: U8, shift: int) -> tuple[F64, F64]:
    """f64 [k, 64] each: the old pictures that the new clip has at this shift, and the new ones."""
    inside = _inside(signature, cells, shift)
    old = signature.luma.reshape(len(signature.luma), -1)[inside]
    return old.astype(np.float64), cells[signature.frames[inside] - shift].astype(np.float64)


def _inside(signature: Signature, cells: U8, shift: int) -> I64:
    moved = signature.frames - shift
    return np.flatnonzero((moved >= 0) & (moved < len(cells)))


def _change_in_time(pictures: F64) -> float:
    """Grey levels, rms of the pictures' difference from their mean picture."""
    return float(np.sqrt(pictures.var(axis=0).mean()))


def _floored(residual: float, parameters: SignatureParameters) -> float:
    return max(float(residual), parameters.rounding**2)

"""How well a fitted transform is determined by the pictures, without knowing the truth.

Two measures come from the normal equations at the transform: how differently parts of the picture would move it
(jackknife), and how much of the information about position is left when the frames' times are free.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vidkompy.model import F64
from vidkompy.numerics.kernels import SHIFT_X, SHIFT_Y
from vidkompy.parameters import tuned
from vidkompy.placement.frame_pairs import FramePairs
from vidkompy.placement.gauss_newton import gauss_newton_step, linearise

PARTS = 4  # of the picture, left out in turn: the four fields of a square of 2 x 2 tiles, repeated over the picture
SHIFT = slice(SHIFT_X, SHIFT_Y + 1)  # of a transform


@dataclass(frozen=True)
class UncertaintyParameters:
    """Tuned numbers of the jackknife, and of the normal equations that it is made of."""

    tiles: int = tuned(
        6,
        unit="tiles along each side of FG, dealt to the parts in turn",
        raising="parts resemble each other more, and disagree less",
        source="chosen by eye",
    )
    least_pixels: int = tuned(
        50, unit="px of FG view in each part", raising="small pictures have no jackknife", source="chosen by eye"
    )
    reweightings: int = tuned(
        2, unit="fits of the robust weights after the first", raising="more work", source="chosen by eye"
    )


def jackknife_steps(
    frames: FramePairs, q: F64, freedom: F64, parameters: UncertaintyParameters = UncertaintyParameters()
) -> list[F64] | None:
    """f64 [4] in frame px: the next step from `q` of the whole picture, then without each of PARTS of it.

    freedom   f64 [4, m]   columns that a step may move along
    None where one of the parts shows nothing.
    """
    view = frames.to_view(q)
    visible = frames.visible(view) & frames.strong
    y, x = (np.arange(n) * parameters.tiles // n for n in frames.views.fg_shape)
    part = x[None, :] % 2 + 2 * (y[:, None] % 2)
    each = replace(frames.parameters.gauss_newton, least_pixels=parameters.least_pixels)
    of_parts = [
        linearise(frames.views, view, visible & (part == k), frames.pairs, parameters.reweightings, each)
        for k in range(PARTS)
    ]
    found = [equations for equations in of_parts if equations is not None]
    if len(found) < PARTS:
        return None
    matrix, right = np.asarray(sum(e.matrix for e in found)), np.asarray(sum(e.right for e in found))
    without = [gauss_newton_step(matrix - e.matrix, right - e.right, freedom) / frames.view_per_frame for e in found]
    return [gauss_newton_step(matrix, right, freedom) / frames.view_per_frame, *without]


def information_share(frames: FramePairs, q: F64, parameters: UncertaintyParameters = UncertaintyParameters()) -> float:
    """Least share, over directions, of the information about position at `q` that is left where times are free.

    With K the normal equations' matrix of the shift if the times were known, and M the same with times marginalised,
    that is the least of d^T M d / d^T K d over directions d, the least eigenvalue of K^-1 M.
    1 for a still camera; 0.5 hand-held, 0.2 in a pan with depth, 0.03 on a dolly along a flat wall (measured).
    """
    view = frames.to_view(q)
    mask = frames.visible(view) & frames.strong
    step = frames.parameters.gauss_newton
    equations = linearise(frames.views, view, mask, frames.pairs, parameters.reweightings, step)
    if equations is None:
        return 0.0
    known, marginal = equations.known[SHIFT, SHIFT], equations.matrix[SHIFT, SHIFT]
    return float(np.linalg.eigvals(np.linalg.solve(known, marginal)).real.min())

"""How well a fitted transform is determined by the pictures, without knowing the truth.

Two measures come from the normal equations at the transform: how differently parts of the picture would move it
(jackknife), and how much of the information about position is left when the frames' times are free.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vidkompy.model import F64, I64
from vidkompy.numerics.fitting_kernels import SHIFT_X, SHIFT_Y
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.frame_pairs import FramePairs
from vidkompy.placement.gauss_newton import gauss_newton_step, linearise
from vidkompy.records import Record

PARTS = 4  # of the picture, left out in turn: the four fields of a square of 2 x 2 tiles, repeated over the picture
SHIFT = slice(SHIFT_X, SHIFT_Y + 1)  # of a transform


class UncertaintyParameters(Record):
    """Tuned numbers of the jackknife, and of the normal equations that it is made of."""

    tiles: int = tuned(
        6,
        unit="tiles along each side of FG, dealt to the parts in turn",
        raising="parts resemble each other more, and disagree less",
        source=without_effect("FGs whose parts disagree"),
    )
    reweightings: int = tuned(
        2, unit="fits of the robust weights after the first", raising="more work", source="chosen by eye"
    )
    information_pixels: int = tuned(
        4000, unit="px of a pair that the share of information is from", raising="more work", source="chosen by eye"
    )


class Jackknife(NamedTuple):
    """Steps that are due at a transform, f64 [4] each, frame px.

    step                 of the whole picture
    steps_without_part   of the picture without each of its PARTS in turn
    """

    step: F64
    steps_without_part: list[F64]


def jackknife_steps(
    frames: FramePairs, q: F64, freedom: F64, parameters: UncertaintyParameters = UncertaintyParameters()
) -> Jackknife | None:
    """The next step from `q`, frame px, of the whole picture and without each part of it.

    freedom   f64 [4, m]   basis vectors that a step may move along
    None where one of the parts shows nothing.
    """
    view = frames.to_view(q)
    visible = frames.visible(view) & frames.strong
    y, x = (_tile_of_lines(frames, axis, parameters.tiles) for axis in (0, 1))
    part = x[None, :] % 2 + 2 * (y[:, None] % 2)
    part_parameters = replace(frames.gauss_newton, least_pixels=frames.gauss_newton.least_pixels // PARTS)
    linearised = [
        linearise(frames.views, view, visible & (part == k), frames.pairs, parameters.reweightings, part_parameters)
        for k in range(PARTS)
    ]
    equations = [e for e in linearised if e is not None]
    if len(equations) < PARTS:
        return None
    matrix = np.asarray(sum(e.matrix for e in equations))
    right_side = np.asarray(sum(e.right_side for e in equations))
    without = [gauss_newton_step(matrix - e.matrix, right_side - e.right_side, freedom) for e in equations]
    step = gauss_newton_step(matrix, right_side, freedom)
    return Jackknife(step / frames.view_per_frame, [s / frames.view_per_frame for s in without])


def _tile_of_lines(frames: FramePairs, axis: int, tiles: int) -> I64:
    """i64 [rows or columns of the view]: the tile that each belongs to; what is ignored makes no tile smaller."""
    n = frames.views.fg_shape[axis]
    counts = np.ones(n, np.int64) if frames.compared is None else frames.compared.sum(axis=1 - axis)
    tile: I64 = (np.cumsum(counts) - counts) * tiles // max(int(counts.sum()), 1)
    return tile


def information_share(frames: FramePairs, q: F64, parameters: UncertaintyParameters = UncertaintyParameters()) -> float:
    """Least share, over directions, of the information about position at `q` that is left where times are free.

    With K the normal equations' matrix of the shift if the times were known, and M the same with times marginalised,
    that is the least of d^T M d / d^T K d over directions d, the least eigenvalue of K^-1 M.
    1 for a still camera; 0.5 hand-held, 0.2 in a pan with depth, 0.03 on a dolly along a flat wall (measured).
    """
    view = frames.to_view(q)
    mask = frames.visible(view) & frames.strong
    numbers = parameters.reweightings, frames.gauss_newton, parameters.information_pixels
    equations = linearise(frames.views, view, mask, frames.pairs, *numbers)
    if equations is None:
        return 0.0
    known, marginal = equations.matrix_at_known_times[SHIFT, SHIFT], equations.matrix[SHIFT, SHIFT]
    return float(np.linalg.eigvals(np.linalg.solve(known, marginal)).real.min())

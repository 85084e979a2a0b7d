"""The fine fit: a transform refined to a hundredth of a pixel on a few frame pairs, or to whole pixels where unscaled.

`refine` is Gauss-Newton (see `gauss_newton`) with what it cannot decide decided by the objective, the mean misfit of
the pairs (see `objective`): whether FG is scaled at all, whether its scale differs between directions, and whether all
times are off by one frame. `pattern_search` leaves the local minima that times and places have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vidkompy.model import F64, Box
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.frame_pairs import FramePairs
from vidkompy.placement.gauss_newton import gauss_newton_step, linearise
from vidkompy.placement.objective import mean_misfit, mean_misfits
from vidkompy.placement.transforms import ANISOTROPIC, ISOTROPIC, TRANSLATION, corner_shift, is_translation
from vidkompy.records import Record

COMPASS = ((-1, 0), (1, 0), (0, -1), (0, 1))  # directions of a pattern search


class FineFitParameters(Record):
    """Tuned numbers of the fine fit."""

    rounds: int = tuned(14, unit="steps after the first", raising="slow fits get further", source="chosen by eye")
    reweightings: int = tuned(
        2, unit="fits of the robust weights after the first, each step", raising="more work", source="chosen by eye"
    )
    converged: float = tuned(
        0.02,
        unit="px of BG view that corners move",
        raising="fits end sooner and further off",
        source="chosen by eye: the last step leaves a quarter of itself",
    )
    patience: int = tuned(
        5,
        unit="steps after which a fit that still moves by 1 px of BG view or more is given up",
        raising="nonsense costs more: it wanders on",
        source=without_effect("CPU on wrong starts"),
    )
    longest_step: float = tuned(
        4.0,
        unit="px of BG view that corners move",
        raising="far starts arrive sooner or overshoot",
        source="chosen by eye",
    )
    over_relaxation: float = tuned(
        1.25,
        unit="times the step, below 1 px",
        raising="fewer steps, until they swing",
        source="measured: the blur makes steps short near the solution, 1.25 halves the number of rounds",
    )
    near: float = tuned(
        0.15,
        unit="px of BG view that corners move, below which all pixels are taken",
        raising="more rounds on all pixels, at more cost",
        source="chosen by eye: the answer rests on the rounds below",
    )
    drafted: float = tuned(
        0.5,
        unit="px of BG view that corners move, below which a draft is done",
        raising="times that are tried are told apart at worse places",
        source="chosen by eye",
    )
    far_pixels: int = tuned(
        4000,
        unit="px of a pair, until then",
        raising="more work on the way",
        source="chosen by eye",
    )
    altered_cost: float = tuned(
        0.03,
        unit="1 - ZNCC",
        raising="an altered FG is fitted on its strongest edges, which may be the alteration's",
        source="chosen by eye: FG's content was changed, so all pixels count, and the changed are outvoted",
    )
    covered_cost: float = tuned(
        0.15,
        unit="1 - ZNCC of all of FG, from which a part of it is taken to be covered if the rest costs less than half",
        raising="what covers FG decides between places that hardly differ",
        source="made FGs with a banner or a logo: 0.19 and more; scaled ones without, 0.10 at most",
    )
    unscaled_within: float = tuned(
        2.0,
        unit="canvas px that corners move",
        raising="more FGs are tried unscaled, on whole px",
        source="chosen by eye",
    )
    whole_within: float = tuned(
        0.75,
        unit="canvas px that corners move",
        raising="whole px are taken whatever they cost",
        source="chosen by eye: interpolation at fractional positions smooths noise, which lowers the misfit",
    )
    whole_cost: float = tuned(
        1.05,
        unit="times the misfit of the fit",
        raising="whole px are taken where they fit worse",
        source=without_effect("FGs that are hardly scaled"),
    )
    shifted_cost: float = tuned(
        0.9,
        unit="times the misfit of the fit",
        raising="times one frame earlier or later are taken for smaller gains",
        source="chosen by eye",
    )
    most_moves: int = tuned(
        8, unit="moves of a pattern search at each step size", raising="it gets further", source="chosen by eye"
    )


class FineFit(NamedTuple):
    """frame_transform: f64 [4], frame px. cost: mean 1 - ZNCC over the pairs."""

    frame_transform: F64
    cost: float


def refine(
    frames: FramePairs, box: Box, freedom: F64 = ANISOTROPIC, parameters: FineFitParameters = FineFitParameters()
) -> F64:
    """The transform fitted from `frames.q`, an exact unscaled integer placement where that explains FG as well.

    box       content box, frame px
    freedom   basis vectors that it may move along; TRANSLATION keeps the scale; if that is 1, the answer is whole

    The fit moves the corners, from an unscaled placement,    answer
    by more than `unscaled_within`, translation only          the fit, or that to BG one frame earlier or later
    by more than `unscaled_within`                            the same, or one scale for both axes if that costs no more
    not at all, translation only                              the best whole placement
    and lies less than `whole_within` from a whole one        that
    else                                                      that, if it costs at most `whole_cost` times the fit's,
                                                              or else the fit
    Other times are tried only in the first two cases. A covered FG is compared robustly in all of them.
    """
    fit = gauss_newton_fit(frames, frames.q, freedom, parameters)
    if fit is None or fit.cost > parameters.altered_cost:
        fit = gauss_newton_fit(frames, frames.q, freedom, parameters, on_all_pixels=True) or fit
    q = frames.q if fit is None else fit.frame_transform
    is_robust = is_covered(mean_misfit(frames, q), mean_misfit(frames, q, robust=True), parameters)
    centre = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    unscaled = _rescaled(q, 1.0, centre)
    if corner_shift(q, unscaled, box) > parameters.unscaled_within:
        q = _best_of_times(frames, q, freedom, is_robust, parameters)
        return q if is_translation(freedom) else _isotropic_if_as_good(frames, q, centre, is_robust, parameters)
    shifted = gauss_newton_fit(frames, unscaled, TRANSLATION, parameters)
    start = np.round(unscaled if shifted is None else shifted.frame_transform)
    whole = pattern_search(frames, start, parameters=parameters, is_robust=is_robust)
    if is_translation(freedom) and corner_shift(q, unscaled, box) == 0:
        return whole
    if corner_shift(q, whole, box) < parameters.whole_within:
        return whole
    cost, cost_whole = (mean_misfit(frames, at, is_robust) for at in (q, whole))
    return whole if cost_whole <= parameters.whole_cost * cost else q


def is_covered(plain_cost: float, robust_cost: float, parameters: FineFitParameters) -> bool:
    """Whether so much of FG is covered that it, and not the place, makes up what a fit costs."""
    return plain_cost > parameters.covered_cost and robust_cost < plain_cost / 2


def gauss_newton_fit(
    frames: FramePairs,
    start: F64,
    freedom: F64,
    parameters: FineFitParameters,
    frame_shift: int = 0,
    on_all_pixels: bool = False,
    is_draft: bool = False,
) -> FineFit | None:
    """Gauss-Newton from `start`, frame px, until corners hardly move; None where too little of FG is visible.

    frame_shift     -1, 0, 1: every pair's BG view is the one before, its own, or the one after; the derivative in time
                    stays centred on its own
    on_all_pixels   robustly on all of FG, not on its strongest gradients alone
    is_draft        until corners move by less than `drafted`
    """
    pairs = [p._replace(bg={-1: p.before, 0: p.bg, 1: p.after}[frame_shift]) for p in frames.pairs]
    view = frames.to_view(start)
    fit, is_near = None, False
    for n in range(parameters.rounds + 1):
        mask = frames.visible(view) if on_all_pixels else frames.visible(view) & frames.strong
        numbers = parameters.reweightings, frames.gauss_newton
        equations = linearise(frames.views, view, mask, pairs, *numbers, None if is_near else parameters.far_pixels)
        if equations is None:
            break
        step = gauss_newton_step(equations.matrix, equations.right_side, freedom)
        moved = corner_shift(view + step, view, frames.box)
        fit = FineFit(frames.to_frame(view), float(np.mean(1 - equations.scores)))
        if is_near and moved < parameters.converged:
            return fit._replace(frame_transform=frames.to_frame(view + step))
        if n >= parameters.patience and moved >= 1:
            break
        is_near = is_near or moved < parameters.near
        if is_draft and moved < parameters.drafted:
            return fit._replace(frame_transform=frames.to_frame(view + step))
        relaxation = parameters.over_relaxation if n and moved < 1 else 1
        view = view + step * min(1, parameters.longest_step / max(moved, parameters.converged)) * relaxation
    return fit


def pattern_search(
    frames: FramePairs,
    q: F64,
    steps_px: Sequence[float] = (1,),
    least_gain: float = 0.0,
    parameters: FineFitParameters = FineFitParameters(),
    is_robust: bool = False,
) -> F64:
    """The placement, from `q` on, that none a step beside it beats when each may choose its BG frames anew.

    q            frame px
    steps_px     canvas px, one size after the other
    least_gain   share of the misfit that a move has to save
    is_robust    parts that fit worst do not count: what covers FG would decide
    Along a pan the Gauss-Newton solution can stay a pixel off; between whole pixels nothing is interpolated, so the
    true one stands out. A move goes to the best of the four compass points; where none is better, the next step size
    follows. Ties go to the first of COMPASS.
    Source: compass search, Kolda, Lewis & Torczon 2003, doi:10.1137/S003614450242889. Differs: given step sizes, and at
    most `most_moves` at each.
    """
    cost = mean_misfit(frames, q, is_robust)
    for step_px in steps_px:
        for _ in range(parameters.most_moves):
            around = [q + step_px * np.array([0.0, 0.0, dx, dy]) for dx, dy in COMPASS]
            costs = mean_misfits(frames, around, is_robust)
            best = int(np.argmin(costs))
            if costs[best] >= (1 - least_gain) * cost:
                break
            q, cost = around[best], costs[best]
    return q


def _rescaled(q: F64, scale: float, centre: F64) -> F64:
    """A transform with the same scale along both axes that puts `centre`, frame px of FG, where `q` does."""
    return np.array([scale, scale, *(q[2:] + (q[:2] - scale) * centre)])


def _isotropic_if_as_good(
    frames: FramePairs, q: F64, centre: F64, is_robust: bool, parameters: FineFitParameters
) -> F64:
    """`q`, or one scale for both directions where that costs no more: blurred content determines one of them badly."""
    start = _rescaled(q, np.sqrt(abs(q[0] * q[1])), centre)
    fit = gauss_newton_fit(frames, start, ISOTROPIC, parameters)
    if fit is None:
        return q
    cost, cost_isotropic = (mean_misfit(frames, at, is_robust) for at in (q, fit.frame_transform))
    return q if cost_isotropic > cost else fit.frame_transform


def _best_of_times(frames: FramePairs, q: F64, freedom: F64, is_robust: bool, parameters: FineFitParameters) -> F64:
    """`q`, or the fit to BG one frame earlier or later in all pairs where that explains FG clearly better.

    Under a pan a wrong time has its own, wrong place, and the fit stays there.
    """
    best, cost = q, mean_misfit(frames, q, is_robust)
    for frame_shift in (-1, 1):
        draft = gauss_newton_fit(frames, q, freedom, parameters, frame_shift, is_draft=True)
        if draft is None or mean_misfit(frames, draft.frame_transform, is_robust) >= cost:
            continue
        fit = gauss_newton_fit(frames, draft.frame_transform, freedom, parameters, frame_shift) or draft
        shifted_cost = mean_misfit(frames, fit.frame_transform, is_robust)
        if shifted_cost < parameters.shifted_cost * cost:
            best, cost = fit.frame_transform, shifted_cost
    return best

"""Registration: one coarse fit -> FG's transform to sub-pixel precision, what it costs, and the evidence for it.

The transform is measured on few frame pairs that match well, and compared with rivals on another, wider selection of
the same samples, which may share pairs with the first: a rival should not win by a few lucky frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vidkompy.media.proxies import Proxies
from vidkompy.model import F64, Box
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.canvas_overhang import CanvasOverhangParameters, share_beyond
from vidkompy.placement.coarse_fit import CoarseFit, CoarseFitParameters, fit_times_at, is_large_in_memory
from vidkompy.placement.coarse_problem import CoarseProblem, CoarseProblemParameters, coarse_problem
from vidkompy.placement.evidence import (
    Evidence,
    EvidenceParameters,
    confidence,
    content_probability,
    measure_evidence,
    ranking_cost,
)
from vidkompy.placement.fine_fit import FineFitParameters, is_covered, pattern_search, refine
from vidkompy.placement.flush_edges import FlushEdgesParameters, full_frame_transform, snap_to_canvas
from vidkompy.placement.frame_pairs import FramePairs, FramePairsParameters, pair_frames
from vidkompy.placement.gauss_newton import GaussNewtonParameters
from vidkompy.placement.objective import best_nearby_frames, mean_misfit
from vidkompy.placement.objective_parameters import ObjectiveParameters
from vidkompy.placement.transforms import ANISOTROPIC, ISOTROPIC, TRANSLATION, is_translation
from vidkompy.records import Record


class PairSelection(Record):
    """How many pairs are taken from FG's samples. Defaults are those of `fit_pairs`."""

    count: int = tuned(8, unit="frame pairs", raising="measures more exactly, at more cost", source="chosen by eye")
    share: float = tuned(
        2 / 3,
        unit="share of FG's samples, the best-matched ones",
        raising="pairs come from more of the clip, and from worse matches",
        source="chosen by eye",
    )


class RegistrationParameters(Record):
    """Tuned numbers of a registration, of the fits that it is made of, and of the evidence that is measured."""

    fit_pairs: PairSelection = PairSelection()
    comparison_pairs: PairSelection = PairSelection(12, 0.75)
    matched_share: float = tuned(
        1 / 2,
        unit="share of FG's samples, the best-matched ones, from which as many pairs as are compared are handed on",
        raising="the mask of altered cells rests on more of the clip, and on worse matches",
        source="chosen by eye",
    )
    short_fg_frames: int = tuned(
        3,
        unit="FG frames of a clip that counts as short: its times are determined badly",
        raising="longer clips are compared at other times in any case, and need more confidence",
        source="chosen by eye",
    )
    clean_cost: float = tuned(
        0.002,
        unit="plain cost at which frames' times need no second look",
        raising="fewer registrations are polished",
        source="chosen by eye",
    )
    polishes: int = tuned(
        3, unit="rounds", raising="times and transform agree better, at more cost", source="chosen by eye"
    )
    time_reach: int = tuned(
        8,
        unit="BG frames either side that are compared",
        raising="times that are further out are corrected, at more cost",
        source=without_effect(
            "dollies", "chosen by eye; on a dolly 2 and 3 px are walked back: tests/placement/test_registration.py"
        ),
    )
    time_rounds: int = tuned(
        8, unit="rounds, each with new times", raising="longer ways are walked, at more cost", source="chosen by eye"
    )
    search_steps_px: tuple[float, ...] = tuned(
        (4, 2, 1, 0.5),
        unit="canvas px; those that are whole where FG is unscaled",
        raising="places that are further out are reached",
        source="chosen by eye; on a dolly 2 and 3 px are walked back: tests/placement/test_registration.py",
    )
    least_gain: float = tuned(
        0.02,
        unit="share of the cost that a polish, a step in search of other times, and that search as a whole must save",
        raising="small gains, which may be noise, are left",
        source="chosen by eye",
    )
    gauss_newton: GaussNewtonParameters = GaussNewtonParameters()
    objective: ObjectiveParameters = ObjectiveParameters()
    coarse_problem: CoarseProblemParameters = CoarseProblemParameters()
    coarse_fit: CoarseFitParameters = CoarseFitParameters()
    frame_pairs: FramePairsParameters = FramePairsParameters()
    fine_fit: FineFitParameters = FineFitParameters()
    evidence: EvidenceParameters = EvidenceParameters()
    flush_edges: FlushEdgesParameters = FlushEdgesParameters()
    canvas_overhang: CanvasOverhangParameters = CanvasOverhangParameters()


class ProxyPair(NamedTuple):
    """FG and BG, and the content of FG in frame px."""

    fg: Proxies
    bg: Proxies
    box: Box


class Registration(Record, eq=False):
    """FG on the canvas.

    transform            f64 [4]   frame px
    robust_cost          1 - ZNCC of FG's details on the comparison pairs, robust to altered parts
    plain_cost           the same, not robust: it tells repeating details apart, where robustness forgives them
    ranking_cost         of both costs, and of what lies beyond the canvas: what registrations are ranked by
    matched_pairs        (FG, BG) frames that match there
    comparison_pairs     (FG, BG) frames of the wider selection that rivals are compared on, the BG frames chosen anew
    problem, coarse_fit  what it was measured from
    is_refined_in_time   it was compared with BG frames before and after
    evidence             None: not measured
    confidence           in it, see evidence.confidence; 0 without evidence
    compared             views of the comparison pairs, if they are in memory
    """

    transform: F64
    robust_cost: float
    plain_cost: float
    ranking_cost: float
    matched_pairs: list[tuple[int, int]]
    comparison_pairs: list[tuple[int, int]]
    problem: CoarseProblem
    coarse_fit: CoarseFit
    is_refined_in_time: bool = False
    evidence: Evidence | None = None
    confidence: float = 0.0
    compared: FramePairs | None = None


def register(
    clips: ProxyPair,
    problem: CoarseProblem,
    coarse_fit: CoarseFit,
    start: F64,
    parameters: RegistrationParameters,
    most_start_cost: float = np.inf,
) -> Registration:
    """The registration fitted from `start`, f64 [4] in frame px, with the BG frames of the coarse fit.

    most_start_cost   robust cost at `start` from which it stays there: a hopeless fit takes longest to converge
    """
    freedom = TRANSLATION if is_translation(problem.freedom) else ANISOTROPIC
    matched = replace(parameters.comparison_pairs, share=parameters.matched_share)
    fit_pairs, comparison_pairs, matched_pairs = (
        _select_pairs(clips, problem, coarse_fit, selection)
        for selection in (parameters.fit_pairs, parameters.comparison_pairs, matched)
    )
    _read_at_once(clips, [*fit_pairs, *comparison_pairs])
    frames = pair_frames_at(clips, start, fit_pairs, parameters)
    is_hopeless = np.isfinite(most_start_cost) and mean_misfit(frames, start, robust=True) > most_start_cost
    transform = start if is_hopeless else refine(frames, clips.box, freedom, parameters.fine_fit)
    compared = pair_frames_at(clips, transform, comparison_pairs, parameters)
    robust_cost, plain_cost = (mean_misfit(compared, transform, robust) for robust in (True, False))
    best_pairs = _pairs_with_best_frames(compared, transform, comparison_pairs)
    beyond = share_beyond(transform, clips.box, (clips.bg.clip.width, clips.bg.clip.height))
    return Registration(
        transform,
        robust_cost,
        plain_cost,
        ranking_cost(robust_cost, plain_cost, parameters.evidence) + parameters.canvas_overhang.cost * beyond,
        matched_pairs,
        best_pairs,
        problem,
        coarse_fit,
        compared=compared if best_pairs == comparison_pairs else None,
    )


def polish(clips: ProxyPair, registration: Registration, parameters: RegistrationParameters) -> Registration:
    """The registration made again on the pairs that match at its own transform, while that helps.

    The coarse fit has one scale, hence wrong times on a stretched FG: there 0.38 px of error became 0.03 (measured).
    A short FG is refined in time as well.
    """
    for _ in range(parameters.polishes):
        if registration.plain_cost < parameters.clean_cost:
            break
        again = fit_times_at(registration.problem, registration.transform, parameters.coarse_fit)
        if again is None or np.array_equal(again.path, registration.coarse_fit.path):
            break
        polished = register(clips, registration.problem, again, registration.transform, parameters)
        if polished.plain_cost > (1 - parameters.least_gain) * registration.plain_cost:
            break
        registration = polished
    is_short = clips.fg.clip.frames <= parameters.short_fg_frames
    return refine_in_time(clips, registration, parameters) if is_short else registration


def refine_in_time(clips: ProxyPair, registration: Registration, parameters: RegistrationParameters) -> Registration:
    """The registration where FG fits best when each frame may show another BG frame, if that is clearly better.

    A moving camera's frame also fits the frames before and after it, each at a place of its own. Only the right frame
    at the right place fits well.
    """
    transform = _alternate_place_and_times(clips, registration, parameters)
    again = fit_times_at(registration.problem, transform, parameters.coarse_fit)
    if again is not None:
        samples = list(zip(registration.problem.indices, again.path.tolist(), strict=True))
        frames = pair_frames_at(clips, transform, samples, parameters, parameters.time_reach)
        path = best_nearby_frames(frames, transform)
        fit = replace(again, path=np.array(path))
        refined = register(clips, registration.problem, fit, transform, parameters)
        if refined.plain_cost < (1 - parameters.least_gain) * registration.plain_cost:
            registration = refined
    return replace(registration, is_refined_in_time=True)


def with_evidence(clips: ProxyPair, registration: Registration, parameters: RegistrationParameters) -> Registration:
    """The registration with the evidence for it, measured within the freedom that its transform has left."""
    scale_x, scale_y = registration.transform[:2]
    freedom = TRANSLATION if scale_x == scale_y == 1 else ISOTROPIC if scale_x == scale_y else ANISOTROPIC
    frames = _compared_frames(clips, registration, parameters)
    measured = measure_evidence(*clips, frames, registration.comparison_pairs, freedom, parameters.evidence)
    sure = confidence(measured, parameters.evidence)
    return replace(registration, evidence=measured, confidence=sure, compared=frames)


def without_views(registration: Registration) -> Registration:
    """The registration without its views of frames, which take memory."""
    return registration if registration.compared is None else replace(registration, compared=None)


def _compared_frames(clips: ProxyPair, registration: Registration, parameters: RegistrationParameters) -> FramePairs:
    pairs = registration.comparison_pairs
    return registration.compared or pair_frames_at(clips, registration.transform, pairs, parameters)


def snapped(clips: ProxyPair, registration: Registration, parameters: RegistrationParameters) -> Registration:
    """The registration with FG's edges on the canvas' edges where they nearly are and FG fits there as well.

    Costs and evidence stay: the place moves by less than they tell apart. An FG that covers the canvas exactly is a
    copy of the whole frame: a wrong place would hardly lie just there, however little the picture tells of single px.
    """
    frames = _compared_frames(clips, registration, parameters)
    size, canvas = ((clip.clip.width, clip.clip.height) for clip in (clips.fg, clips.bg))
    transform = snap_to_canvas(frames, registration.transform, size, canvas, parameters.flush_edges)
    sure = registration.confidence
    if registration.evidence is not None and np.allclose(transform, full_frame_transform(size, canvas)):
        content = content_probability(registration.evidence, parameters.evidence)
        sure = max(sure, parameters.flush_edges.confidence * content)
    return replace(registration, transform=transform, confidence=sure, compared=None)


def coarse_problem_at(
    clips: ProxyPair,
    canvas_per_fg: float,
    is_robust: bool,
    freedom: F64,
    stretch: float,
    parameters: RegistrationParameters,
) -> CoarseProblem:
    """Views for candidates of about one scale, with the numbers of a registration: see `coarse_problem`."""
    views, gauss_newton, objective = parameters.coarse_problem, parameters.gauss_newton, parameters.objective
    return coarse_problem(*clips, canvas_per_fg, is_robust, freedom, stretch, views, gauss_newton, objective)


def pair_frames_at(
    clips: ProxyPair,
    transform: F64,
    pairs: Sequence[tuple[int, int]],
    parameters: RegistrationParameters,
    reach: int = 1,
) -> FramePairs:
    """Views of (FG, BG) frames around `transform`, frame px, with the numbers of a registration: see `pair_frames`."""
    views, gauss_newton, objective = parameters.frame_pairs, parameters.gauss_newton, parameters.objective
    return pair_frames(*clips, transform, pairs, reach, views, gauss_newton, objective)


def _read_at_once(clips: ProxyPair, pairs: Sequence[tuple[int, int]]) -> None:
    """Frames that are not in memory are read from the files in one pass: two would decode what lies between twice."""
    last = clips.bg.clip.frames - 1
    clips.fg.large([i for i, _ in pairs])
    clips.bg.large([min(max(j + d, 0), last) for _, j in pairs for d in (-1, 0, 1)])


def _alternate_place_and_times(clips: ProxyPair, registration: Registration, parameters: RegistrationParameters) -> F64:
    """The transform where place and BG frames, fitted in turns, change no more; unscaled places stay whole."""
    transform, pairs = registration.transform, registration.comparison_pairs
    is_robust = is_covered(registration.plain_cost, registration.robust_cost, parameters.fine_fit)
    is_unscaled = transform[0] == transform[1] == 1
    steps_px = [s for s in parameters.search_steps_px if s == round(s)] if is_unscaled else parameters.search_steps_px
    for _ in range(parameters.time_rounds):
        frames = pair_frames_at(clips, transform, pairs, parameters, parameters.time_reach)
        walked = pattern_search(
            frames, transform, steps_px, parameters.least_gain, parameters.fine_fit, is_robust=is_robust
        )
        pairs = _pairs_with_best_frames(frames, walked, pairs)
        if np.array_equal(walked, transform):
            break
        transform = walked
    return transform


def _pairs_with_best_frames(
    frames: FramePairs, transform: F64, pairs: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The pairs of `frames` with the BG frames that fit best at `transform`."""
    bg_frames = best_nearby_frames(frames, transform)
    return [(i, j) for (i, _), j in zip(pairs, bg_frames, strict=True)]


def _select_pairs(
    clips: ProxyPair, problem: CoarseProblem, fit: CoarseFit, selection: PairSelection
) -> list[tuple[int, int]]:
    """At most `count` (FG frame, BG frame), spread over the clip, of the best-matched `share` of the samples.

    Only of those in memory large, if they are at least half as many: seeking others costs more than they tell.
    """
    count, most = selection.count, round(len(fit.scores) * selection.share)
    good = np.sort(np.argsort(1 - fit.scores)[: max(count, most)])
    in_memory = [
        k
        for k in good
        if problem.indices[k] in clips.fg.large_frames and is_large_in_memory(clips.bg, int(fit.path[k]))
    ]
    usable = np.array(in_memory) if 2 * len(in_memory) >= count else good
    chosen = usable[np.unique(np.linspace(0, len(usable) - 1, count).astype(int))]
    return [(problem.indices[k], int(fit.path[k])) for k in chosen]

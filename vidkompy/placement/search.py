"""Proxies -> Placement: candidates, a coarse fit in space and time, registrations, and the confidence in the best.

The search runs in stages, each dearer than the one before, until a registration meets the stop rule:
1. The stage's source gives candidates (transforms), which are grouped by scale.
2. Of each group the coarse fit keeps the best places, and those are registered to sub-pixel precision.
3. All registrations are ranked by ranking cost; the best is polished, and the evidence for it measured.
4. Where a rival is near, or time and place cannot be told apart, the best is refined in time and ranked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from vidkompy.errors import NoMatch
from vidkompy.media.proxies import Proxies
from vidkompy.media.scratch_arrays import each_frame
from vidkompy.model import F64, Box, Placement
from vidkompy.placement.candidates import CandidateSource, FrameIndexPairs, find_candidates, group_by_scale
from vidkompy.placement.coarse_fit import (
    CoarseFit,
    fit_coarse,
    fit_within_bg,
    fits_to_register,
    is_disordered,
    is_hopeless,
    resample_to_large_frames,
)
from vidkompy.placement.coarse_problem import CoarseProblem
from vidkompy.placement.known_places import KnownPlaces
from vidkompy.placement.level_curve import match_levels
from vidkompy.placement.refusals import CHECK_CONTENT, CHECK_OR_FORCE, confidence_reason, refusal
from vidkompy.placement.registration import (
    ProxyPair,
    Registration,
    coarse_problem_at,
    polish,
    refine_in_time,
    register,
    snapped,
    with_evidence,
    without_views,
)
from vidkompy.placement.search_end import (
    confidence_among_rivals,
    elsewhere,
    fits_but_for_alterations,
    is_conclusive,
    is_confirmed,
    is_doubtful,
    may_hide_altered_part,
    needs_time_refinement,
    stop_rule,
)
from vidkompy.placement.search_log import log_candidates, log_end, log_fits, log_registered
from vidkompy.placement.search_parameters import PlacementParameters, ScaleRange, SearchParameters
from vidkompy.placement.search_stages import OPTIONAL_SOURCES, SearchStage, StopRule
from vidkompy.placement.transforms import ANISOTROPIC, ISOTROPIC, TRANSLATION, stretch_of
from vidkompy.placement.unaltered_parts import register_again, register_nearby

DoubtCallback = Callable[[], None]
StageProgress = Callable[[int, int], None]  # stages done, and how many there are at most
FitOfProblem = tuple[CoarseProblem, CoarseFit]
PlaceCheck = Callable[[ProxyPair, Registration, bool], bool]  # the last: whether the place is doubtful


def find_placement(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    bounds: ScaleRange = ScaleRange(),
    min_confidence: float = 0.5,
    advice: str = CHECK_OR_FORCE,
    audio_pairs: FrameIndexPairs = (),
    report: StageProgress = lambda *_: None,
    parameters: PlacementParameters = PlacementParameters(),
    on_doubt: DoubtCallback = lambda: None,
    is_moving: PlaceCheck = lambda *_: False,
) -> tuple[Placement, list[tuple[int, int]]]:
    """Where FG lies on the canvas, measured inside its content `box`, and (FG, BG) frames that match there.

    min_confidence   that the answer needs; 0: the best place there is, whatever it is worth
    advice           what to do about an answer that has less
    audio_pairs      FG and BG frames that sound alike
    on_doubt         called once, where the cheap stages find nothing that is likely right
    is_moving        asked of the first place that is registered, and of one that is doubtful after the cheap stages;
                     where it moves, no better one is looked for
    Score and runner-up, the best elsewhere, are 1 - cost. Raises NoMatch where nothing was found, or too little.
    """
    for clip in (fg, bg):
        if _is_blank(clip, parameters.search):
            raise NoMatch(refusal(fg, bg, f"'{clip.clip.path}' shows nothing but one colour", CHECK_CONTENT))
    clips, ranked = search(ProxyPair(fg, bg, box), bounds, audio_pairs, report, parameters, on_doubt, is_moving)
    report(len(parameters.search.stages), len(parameters.search.stages))
    log_end(ranked[0].transform if ranked else None, box, ranked[0].confidence if ranked else 0.0)
    if not ranked:
        raise NoMatch(refusal(fg, bg, "no place was found where their frames agree", CHECK_CONTENT))
    ranked = [snapped(clips, ranked[0], parameters.registration), *ranked[1:]]
    confidence = confidence_among_rivals(ranked, box, parameters)
    placement = _as_placement(ranked, fg, box, confidence, parameters.search)
    if confidence < min_confidence:
        raise NoMatch(refusal(fg, bg, confidence_reason(placement, fg.clip, min_confidence), advice))
    return placement, ranked[0].matched_pairs


def search(
    clips: ProxyPair,
    bounds: ScaleRange = ScaleRange(),
    audio_pairs: FrameIndexPairs = (),
    report: StageProgress = lambda *_: None,
    parameters: PlacementParameters = PlacementParameters(),
    on_doubt: DoubtCallback = lambda: None,
    is_moving: PlaceCheck = lambda *_: False,
) -> tuple[ProxyPair, list[Registration]]:
    """Registrations, best first, of the stages up to the one that meets the stop rule; and the clips that they are of.

    Where a fit shows a curve between levels, scenes in another order, or FG beyond the canvas, FG is searched anew.
    """
    rule, ranked = stop_rule(clips.fg, parameters), list[Registration]()
    put_off, last_resort = list[list[F64]](), list[FitOfProblem]()
    is_wanted = partial(_is_wanted, ranked=ranked, box=clips.box, rule=rule, parameters=parameters)
    for stage, candidates in _applicable_stages(clips, bounds, audio_pairs, report, parameters, is_wanted):
        before = list(ranked)
        for group in _groups(stage, candidates, put_off, parameters):
            known = _known(ranked, stage.is_robust)
            problem, fits = _fit_group(clips, bounds, stage, group, known, parameters)
            if _is_reordered(fits, stage, parameters):
                return _search_in_any_order(clips, bounds, audio_pairs, report, parameters, on_doubt)
            if fits and fits[0].cost > stage.most_cost:
                put_off, fits = [*put_off, group], []
            fits, last_resort = _to_register(problem, fits, known, stage, last_resort, parameters)
            registered = _registered(clips, problem, fits[:1], bounds, ranked[:1], parameters)
            if registered and may_hide_altered_part(clips, stage, registered[0], candidates, parameters):
                return _search_in_any_order(clips, bounds, audio_pairs, report, parameters, on_doubt)
            if registered and not ranked and not stage.is_robust and is_moving(clips, registered[0], False):
                return clips, [with_evidence(clips, registered[0], parameters.registration)]
            registered += _registered(clips, problem, fits[1:], bounds, [*ranked[:1], *registered], parameters)
            ranked[:] = _rank_with_group(clips, registered, ranked, parameters)
            if ranked and (mapped := match_levels(clips, ranked[0], parameters.level_curve)) is not None:
                return search(mapped, bounds, audio_pairs, report, parameters, on_doubt, is_moving)
            if is_conclusive(ranked, clips.box, rule, parameters):
                return clips, ranked
        if settled := _settled(clips, stage, before, ranked, last_resort, rule, parameters, is_moving, on_doubt):
            return clips, settled
    return clips, ranked or ranked_last_resort(clips, last_resort, bounds, parameters)


def _to_register(
    problem: CoarseProblem,
    fits: Sequence[CoarseFit],
    known: KnownPlaces,
    stage: SearchStage,
    last_resort: list[FitOfProblem],
    parameters: PlacementParameters,
) -> tuple[list[CoarseFit], list[FitOfProblem]]:
    """The fits that may be worth it, and the hopeless ones so far; a hopeless first fit waits for a better one."""
    coarse_fit = parameters.registration.coarse_fit
    wanted = fits_to_register(problem, fits, known, coarse_fit)[: stage.most_registered]
    log_fits([fit.cost for fit in fits], len(wanted))
    if known.is_first and wanted and is_hopeless(problem, wanted[0], coarse_fit):
        found = [*last_resort, (problem, wanted[0])]
        return [], sorted(found, key=lambda of: of[1].cost)
    return wanted, last_resort


def ranked_last_resort(
    clips: ProxyPair,
    fits: Sequence[FitOfProblem],
    bounds: ScaleRange,
    parameters: PlacementParameters = PlacementParameters(),
) -> list[Registration]:
    """The registration of the best hopeless fit that has one within bounds: the best place there is."""
    for problem, fit in fits:
        if registered := _registered(clips, problem, [fit], bounds, [], parameters):
            return _rank(clips, registered, parameters)
    return []


def _is_wanted(
    stage: SearchStage, ranked: Sequence[Registration], box: Box, rule: StopRule, parameters: PlacementParameters
) -> bool:
    return not stage.only_to_confirm or fits_but_for_alterations(ranked, box, rule, parameters)


def _groups(
    stage: SearchStage, candidates: Sequence[F64], put_off: Sequence[list[F64]], parameters: PlacementParameters
) -> list[list[F64]]:
    """Candidates in groups; in the last cheap stage also those that were put off."""
    groups = group_by_scale(candidates, parameters.candidates)[: stage.scale_groups]
    return [*groups, *put_off] if stage == parameters.search.last_cheap_stage else groups


def _settled(
    clips: ProxyPair,
    stage: SearchStage,
    before: Sequence[Registration],
    ranked: Sequence[Registration],
    last_resort: Sequence[FitOfProblem],
    rule: StopRule,
    parameters: PlacementParameters,
    is_moving: PlaceCheck,
    on_doubt: DoubtCallback,
) -> list[Registration]:
    """The ranking after a stage that confirms the one before, and after the last cheap one a doubtful ranking whose
    best moves, or becomes sure without altered parts. Else none.

    on_doubt   called after the last cheap stage where its best is doubtful, and neither is so
    """
    if is_confirmed(before, ranked, clips.box, rule, parameters):
        return list(ranked)
    if stage != parameters.search.last_cheap_stage or not is_doubtful(ranked, clips.box, rule, parameters):
        return []
    if ranked and is_moving(clips, ranked[0], True):
        return list(ranked)
    if not (settled := _sure_without_altered_parts(clips, ranked, last_resort, rule, parameters)):
        on_doubt()
    return settled


def _sure_without_altered_parts(
    clips: ProxyPair,
    ranked: Sequence[Registration],
    last_resort: Sequence[FitOfProblem],
    rule: StopRule,
    parameters: PlacementParameters,
) -> list[Registration]:
    """The ranking with the best registered again without altered parts, if that makes it sure.

    The place must stay, or fit clearly better with the altered parts too: both speak for it.
    """
    numbers = parameters.registration, parameters.unaltered_parts
    if ranked:
        found = [register_again(clips, ranked[0], *numbers)]
    else:
        found = [register_nearby(clips, problem, fit, *numbers) for problem, fit in last_resort[:1]]
    again = _rank(clips, [*(r for r in found if r is not None), *ranked], parameters)
    if found == [None] or not fits_but_for_alterations(again, clips.box, rule, parameters):
        return []
    if not ranked or is_confirmed(ranked, again, clips.box, rule, parameters):
        return again
    return again if again[0].plain_cost < (1 - parameters.registration.least_gain) * ranked[0].plain_cost else []


def _search_in_any_order(
    clips: ProxyPair,
    bounds: ScaleRange,
    audio_pairs: FrameIndexPairs,
    report: StageProgress,
    parameters: PlacementParameters,
    on_doubt: DoubtCallback,
) -> tuple[ProxyPair, list[Registration]]:
    """Searched anew, by the stages alone that take FG's scenes in any order, and ignore its altered parts."""
    stages = tuple(stage for stage in parameters.search.stages if stage.is_robust)
    numbers = replace(parameters, search=replace(parameters.search, stages=stages))
    clips, ranked = search(clips, bounds, audio_pairs, report, numbers)
    if is_doubtful(ranked, clips.box, stop_rule(clips.fg, parameters), parameters):
        on_doubt()
    return clips, ranked


def _applicable_stages(
    clips: ProxyPair,
    bounds: ScaleRange,
    audio_pairs: FrameIndexPairs,
    report: StageProgress,
    parameters: PlacementParameters,
    is_wanted: Callable[[SearchStage], bool],
) -> Iterator[tuple[SearchStage, list[F64]]]:
    """Stages with their candidates, each source computed once, without the stages whose source does not apply.

    is_wanted   asked of a stage before its candidates are looked for
    """
    stages, scales = parameters.search.stages, (bounds.low, bounds.high)
    candidates: dict[CandidateSource, list[F64]] = {}
    for done, stage in enumerate(stages):
        if not is_wanted(stage):
            continue
        report(done, len(stages))
        source = stage.source
        if source not in candidates:
            is_hopeless = candidates.get("spread_samples") == []
            candidates[source] = find_candidates(
                source, *clips, scales, audio_pairs, parameters.candidates, is_hopeless
            )
        if candidates[source] or source not in OPTIONAL_SOURCES:
            log_candidates(source, len(candidates[source]), stage.is_robust)
            yield stage, candidates[source]


def _rank_with_group(
    clips: ProxyPair,
    registered: Sequence[Registration],
    ranked: Sequence[Registration],
    parameters: PlacementParameters,
) -> list[Registration]:
    """The ranking with the registrations of one group of candidates, its best refined in time where that may help."""
    ranked = _rank(clips, [*ranked, *registered], parameters)
    for new in registered:
        log_registered(new.transform, clips.box, new.ranking_cost, int(new.ranking_cost > ranked[0].ranking_cost))
    if ranked and needs_time_refinement(ranked, clips.box, parameters.search):
        refined = refine_in_time(clips, ranked[0], parameters.registration)
        ranked = _rank(clips, [refined, *ranked[1:]], parameters)
    return ranked


def _fit_group(
    clips: ProxyPair,
    bounds: ScaleRange,
    stage: SearchStage,
    group: Sequence[F64],
    known: KnownPlaces,
    parameters: PlacementParameters,
) -> tuple[CoarseProblem, list[CoarseFit]]:
    """Coarse fits of candidates of one group, cheapest first."""
    registration, scale_x, stretch = parameters.registration, float(group[0][0]), stretch_of(group[0])
    freedom = TRANSLATION if bounds.is_fixed else ISOTROPIC if stretch == 1 else ANISOTROPIC
    problem = coarse_problem_at(clips, scale_x, stage.is_robust, freedom, stretch, registration)
    return problem, fit_coarse(problem, group, stage.starts, registration.coarse_fit, known)


def _is_reordered(fits: Sequence[CoarseFit], stage: SearchStage, parameters: PlacementParameters) -> bool:
    """Whether FG's scenes come in another order than BG's, and stages remain that take them in any."""
    if not fits or stage.is_robust or not any(s.is_robust for s in parameters.search.stages):
        return False
    return is_disordered(fits[0], parameters.registration.coarse_fit)


def _registered(
    clips: ProxyPair,
    problem: CoarseProblem,
    fits: Sequence[CoarseFit],
    bounds: ScaleRange,
    others: Sequence[Registration],
    parameters: PlacementParameters,
) -> list[Registration]:
    """Registrations of coarse fits: those within bounds with enough of FG on the canvas.

    others   among which is the best so far: a rival that is hopeless beside it is not refined
    """
    registration, registered = parameters.registration, []
    most_start_cost = _most_start_cost(others, parameters.search)
    for fit in fits:
        start = fit.view_transform / problem.view_per_frame
        within = fit_within_bg(problem, fit, registration.coarse_fit)
        samples, fit_there = resample_to_large_frames(clips.fg, clips.bg, *within, registration.coarse_fit)
        registered.append(register(clips, samples, fit_there, start, registration, most_start_cost))
    slack = parameters.search.scale_slack
    return [r for r in registered if bounds.contains(r.transform, slack) and np.isfinite(r.robust_cost)]


def _most_start_cost(others: Sequence[Registration], parameters: SearchParameters) -> float:
    if not others:
        return np.inf
    return max(parameters.hopeless_cost, parameters.hopeless_ratio * min(r.ranking_cost for r in others))


def _known(ranked: Sequence[Registration], is_robust: bool) -> KnownPlaces:
    """The coarse fits of registrations of stages that treat altered parts alike."""
    alike = [r for r in ranked if r.problem.ignores_altered_parts == is_robust]
    places = [r.coarse_fit.view_transform / r.problem.view_per_frame for r in alike]
    return KnownPlaces(places, [r.coarse_fit.cost for r in alike], is_first=not ranked)


def _rank(
    clips: ProxyPair, registrations: Sequence[Registration], parameters: PlacementParameters
) -> list[Registration]:
    """The registrations by ranking cost; the first is polished, and its evidence measured, unless it is hopeless."""
    ranked = sorted(registrations, key=lambda r: r.ranking_cost)
    while ranked and ranked[0].evidence is None and ranked[0].robust_cost < parameters.search.hopeless_cost:
        polished = polish(clips, ranked[0], parameters.registration)
        ranked[0] = with_evidence(clips, polished, parameters.registration)
        ranked.sort(key=lambda r: r.ranking_cost)
    return [*ranked[:1], *map(without_views, ranked[1:])]


def _as_placement(
    ranked: Sequence[Registration], fg: Proxies, box: Box, confidence: float, parameters: SearchParameters
) -> Placement:
    best, rivals = ranked[0], elsewhere(ranked, box, parameters)
    runner_up = round(1 - min(r.robust_cost for r in rivals), 4) if rivals else None
    scale_x, scale_y, x, y = (float(v) for v in best.transform)
    width, height = scale_x * fg.clip.width, scale_y * fg.clip.height
    return Placement(x, y, width, height, round(1 - best.robust_cost, 4), runner_up, round(confidence, 4))


def _is_blank(clip: Proxies, parameters: SearchParameters) -> bool:
    compared = clip.compared(clip.small.shape[1:], clip.small_factor)
    cells = ... if compared is None or not compared.any() else compared
    frames = (frame[cells] for frame in each_frame(clip.small))
    return all(int(frame.max()) - int(frame.min()) < parameters.blank_levels for frame in frames)

"""Proxies -> Placement: candidates, a coarse fit in space and time, registrations, and the confidence in the best.

The search runs in stages, each dearer than the one before, until a registration meets the stop rule:
1. The stage's source gives candidates (transforms), which are grouped by scale.
2. Of each group the coarse fit keeps the best places, and those are registered to sub-pixel precision.
3. All registrations are ranked by ranking cost; the best is polished, and the evidence for it measured.
4. Where a rival is near, or time and place cannot be told apart, the best is refined in time and ranked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vidkompy.errors import NoMatch
from vidkompy.media.proxies import Proxies
from vidkompy.model import F64, Box, Placement
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.candidates import (
    CandidateParameters,
    CandidateSource,
    FrameIndexPairs,
    find_candidates,
    group_by_scale,
)
from vidkompy.placement.coarse_fit import (
    CoarseFit,
    fit_coarse,
    fit_within_bg,
    fits_to_register,
    is_disordered,
    resample_to_large_frames,
)
from vidkompy.placement.coarse_problem import CoarseProblem
from vidkompy.placement.evidence import rival_factor
from vidkompy.placement.known_places import KnownPlaces
from vidkompy.placement.letterbox import LetterboxParameters
from vidkompy.placement.letterbox_exact import ExactLetterboxParameters
from vidkompy.placement.level_curve import LevelCurveParameters, match_levels
from vidkompy.placement.refusals import CHECK_CONTENT, CHECK_OR_FORCE, confidence_reason, refusal
from vidkompy.placement.registration import (
    ProxyPair,
    Registration,
    RegistrationParameters,
    coarse_problem_at,
    polish,
    refine_in_time,
    register,
    snapped,
    with_evidence,
)
from vidkompy.placement.search_stages import LAST_CHEAP_STAGE, OPTIONAL_SOURCES, STAGES, SearchStage, StopRule
from vidkompy.placement.transforms import ANISOTROPIC, ISOTROPIC, TRANSLATION, corner_shift, stretch_of

DoubtCallback = Callable[[], None]
StageProgress = Callable[[int, int], None]  # stages done, and how many there are at most
PlaceCheck = Callable[[ProxyPair, Registration, bool], bool]  # the last: whether the place is doubtful


@dataclass(frozen=True)
class ScaleRange:
    """Canvas px per FG px that are looked for; both the same: that scale, and at 1 a place on whole px."""

    low: float = tuned(0.2, unit="canvas px per FG px", raising="small FGs are not found", source="chosen by eye")
    high: float = tuned(5.0, unit="canvas px per FG px", raising="larger FGs are found", source="chosen by eye")

    @property
    def is_fixed(self) -> bool:
        return self.low == self.high

    def contains(self, transform: F64, slack: float) -> bool:
        """slack: factor that the transform's scales may be off the bounds."""
        scales = transform[:2]
        return bool(self.low / slack <= scales.min() and scales.max() <= self.high * slack)


@dataclass(frozen=True)
class SearchParameters:
    stages: tuple[SearchStage, ...] = tuned(
        STAGES, unit="stages, cheapest first", raising="more clips are found, at more cost", source="chosen by eye"
    )
    last_cheap_stage: SearchStage = tuned(
        LAST_CHEAP_STAGE,
        unit="stage",
        raising="mirrored and swapped clips are recognised later",
        source="scripts/bench cpu: those after it take most of the time of a refusal",
    )
    stop: StopRule = StopRule()
    short_fg_confidence: float = tuned(
        0.995,
        unit="confidence that ends the search for a short FG, whether stages agree or not",
        raising="more stages are run for it",
        source="chosen by eye",
    )
    scale_slack: float = tuned(
        1.02,
        unit="factor that a measured scale may be off its bounds",
        raising="the bounds hold less exactly",
        source=without_effect("scales that the user bounds"),
    )
    rival_px: float = tuned(
        2.0,
        unit="canvas px between corners",
        raising="a place further off counts as the same",
        source=without_effect("repeating content"),
    )
    hopeless_cost: float = tuned(
        0.2,
        unit="robust cost from which a registration is too bad to be polished and to measure its evidence",
        raising="worse fits are polished and measured, at more cost",
        source="150 made pairs: of 13 with best costs of 0.2 to 0.4 polishing saved none; above 0.2 confidence is "
        "below 0.001, see EvidenceParameters.even_cost",
    )
    contested_ratio: float = tuned(
        4.0,
        unit="a rival's ranking cost over that of the best, below which the best is refined in time",
        raising="more registrations are refined, at more cost",
        source=without_effect("repeating content"),
    )
    loose_share: float = tuned(
        0.1,
        unit="information share below which the best is refined in time",
        raising="more registrations are refined, at more cost",
        source=without_effect(
            "dollies", "chosen by eye; a dolly is below, hand-held above: tests/placement/test_registration.py"
        ),
    )
    blank_levels: int = tuned(
        4,
        unit="grey levels between darkest and brightest pixel of a frame that shows nothing",
        raising="fainter pictures are refused",
        source=without_effect("clips of one colour"),
    )


@dataclass(frozen=True)
class PlacementParameters:
    search: SearchParameters = SearchParameters()
    candidates: CandidateParameters = CandidateParameters()
    registration: RegistrationParameters = RegistrationParameters()
    letterbox: LetterboxParameters = LetterboxParameters()
    exact_letterbox: ExactLetterboxParameters = ExactLetterboxParameters()
    level_curve: LevelCurveParameters = LevelCurveParameters()


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

    Where the first that is found shows that a curve lies between FG's and BG's levels, FG is searched anew without it;
    where a fit shows that FG's scenes were re-ordered, in any order.
    """
    rule, ranked = _stop_rule(clips.fg, parameters), list[Registration]()
    for stage, candidates in _applicable_stages(clips, bounds, audio_pairs, report, parameters):
        before = ranked
        for group in group_by_scale(candidates, parameters.candidates)[: stage.scale_groups]:
            known = _known(ranked, stage.is_robust)
            problem, fits = _fit_group(clips, bounds, stage, group, known, parameters)
            if _is_reordered(fits, stage, parameters):
                return search(clips, bounds, audio_pairs, report, _in_any_order(parameters), on_doubt)
            fits = fits_to_register(problem, fits, known, parameters.registration.coarse_fit)[: stage.most_registered]
            registered = _registered(clips, problem, fits[:1], bounds, parameters)
            if registered and not ranked and not stage.is_robust and is_moving(clips, registered[0], False):
                return clips, [with_evidence(clips, registered[0], parameters.registration)]
            registered += _registered(clips, problem, fits[1:], bounds, parameters)
            ranked = _rank_with_group(clips, registered, ranked, parameters)
            if ranked and (mapped := match_levels(clips, ranked[0], parameters.level_curve)) is not None:
                return search(mapped, bounds, audio_pairs, report, parameters, on_doubt, is_moving)
            if _is_conclusive(ranked, clips.box, rule, parameters):
                return clips, ranked
        if _is_confirmed(before, ranked, clips.box, rule, parameters):
            return clips, ranked
        is_doubtful = not ranked or confidence_among_rivals(ranked, clips.box, parameters) < rule.agreed_confidence
        if stage == parameters.search.last_cheap_stage and is_doubtful:
            if ranked and is_moving(clips, ranked[0], True):
                return clips, ranked
            on_doubt()
    return clips, ranked


def _stop_rule(fg: Proxies, parameters: PlacementParameters) -> StopRule:
    rule, sure = parameters.search.stop, parameters.search.short_fg_confidence
    is_short = fg.clip.frames <= parameters.registration.short_fg_frames
    return replace(rule, confidence=sure, agreed_confidence=sure) if is_short else rule


def _in_any_order(parameters: PlacementParameters) -> PlacementParameters:
    """Only the stages that take FG's scenes in any order."""
    stages = tuple(stage for stage in parameters.search.stages if stage.is_robust)
    return replace(parameters, search=replace(parameters.search, stages=stages))


def confidence_among_rivals(ranked: Sequence[Registration], box: Box, parameters: PlacementParameters) -> float:
    """Confidence of the first, in view of the others: where another fits nearly as well, one of them is wrong.

    A short FG also fits BG's frames before and after nearly as well, a little elsewhere. Its rivals are therefore not
    counted against it.
    """
    is_short = len(ranked[0].problem.indices) <= parameters.registration.short_fg_frames
    ratio = _rival_ratio(ranked, box, parameters.search)
    return ranked[0].confidence * (1.0 if is_short else rival_factor(ratio, parameters.registration.evidence))


def _applicable_stages(
    clips: ProxyPair,
    bounds: ScaleRange,
    audio_pairs: FrameIndexPairs,
    report: StageProgress,
    parameters: PlacementParameters,
) -> Iterator[tuple[SearchStage, list[F64]]]:
    """Stages with their candidates, each source computed once, without the stages whose source does not apply."""
    stages, scales = parameters.search.stages, (bounds.low, bounds.high)
    candidates: dict[CandidateSource, list[F64]] = {}
    for done, stage in enumerate(stages):
        report(done, len(stages))
        source = stage.source
        if source not in candidates:
            candidates[source] = find_candidates(source, *clips, scales, audio_pairs, parameters.candidates)
        if candidates[source] or source not in OPTIONAL_SOURCES:
            yield stage, candidates[source]


def _rank_with_group(
    clips: ProxyPair,
    registered: Sequence[Registration],
    ranked: Sequence[Registration],
    parameters: PlacementParameters,
) -> list[Registration]:
    """The ranking with the registrations of one group of candidates, its best refined in time where that may help."""
    ranked = _rank(clips, [*ranked, *registered], parameters)
    if ranked and _needs_time_refinement(ranked, clips.box, parameters.search):
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
    parameters: PlacementParameters,
) -> list[Registration]:
    """Registrations of coarse fits: those within bounds with enough of FG on the canvas."""
    registration, registered = parameters.registration, []
    for fit in fits:
        start = fit.view_transform / problem.view_per_frame
        within = fit_within_bg(problem, fit, registration.coarse_fit)
        samples, fit_there = resample_to_large_frames(clips.fg, clips.bg, *within, registration.coarse_fit)
        registered.append(register(clips, samples, fit_there, start, registration))
    slack = parameters.search.scale_slack
    return [r for r in registered if bounds.contains(r.transform, slack) and np.isfinite(r.robust_cost)]


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
    return ranked


def _needs_time_refinement(ranked: Sequence[Registration], box: Box, parameters: SearchParameters) -> bool:
    """Whether another place or another time may turn out to be the right one, and was not compared yet."""
    best = ranked[0]
    if best.evidence is None or best.is_refined_in_time:
        return False
    is_loose = best.evidence.information_share < parameters.loose_share
    return is_loose or _rival_ratio(ranked, box, parameters) < parameters.contested_ratio


def _is_conclusive(ranked: Sequence[Registration], box: Box, rule: StopRule, parameters: PlacementParameters) -> bool:
    """Whether the best is confident, and all of FG fits there.

    Confidence alone does not end the search: in a scrolling page a wrong place fits but for what moves, and an altered
    FG looks like that too.
    """
    if not ranked or ranked[0].plain_cost >= rule.plain_cost:
        return False
    return confidence_among_rivals(ranked, box, parameters) > rule.confidence


def _is_confirmed(
    before: Sequence[Registration],
    after: Sequence[Registration],
    box: Box,
    rule: StopRule,
    parameters: PlacementParameters,
) -> bool:
    """Whether a stage left the best of the stages before where it was, and that is confident enough."""
    if not before or corner_shift(before[0].transform, after[0].transform, box) >= rule.agreement_px:
        return False
    return confidence_among_rivals(after, box, parameters) > rule.agreed_confidence


def _rival_ratio(ranked: Sequence[Registration], box: Box, parameters: SearchParameters) -> float:
    """Ranking cost of the best registration elsewhere over that of the first; infinite without one."""
    rivals = _elsewhere(ranked, box, parameters)
    return min((r.ranking_cost for r in rivals), default=np.inf) / (ranked[0].ranking_cost + 1e-5)


def _elsewhere(ranked: Sequence[Registration], box: Box, parameters: SearchParameters) -> list[Registration]:
    best = ranked[0].transform
    return [r for r in ranked if corner_shift(r.transform, best, box) > parameters.rival_px]


def _as_placement(
    ranked: Sequence[Registration], fg: Proxies, box: Box, confidence: float, parameters: SearchParameters
) -> Placement:
    best, rivals = ranked[0], _elsewhere(ranked, box, parameters)
    runner_up = round(1 - min(r.robust_cost for r in rivals), 4) if rivals else None
    scale_x, scale_y, x, y = (float(v) for v in best.transform)
    width, height = scale_x * fg.clip.width, scale_y * fg.clip.height
    return Placement(x, y, width, height, round(1 - best.robust_cost, 4), runner_up, round(confidence, 4))


def _is_blank(clip: Proxies, parameters: SearchParameters) -> bool:
    compared = clip.compared(clip.small.shape[1:], clip.small_factor)
    frames = clip.small if compared is None or not compared.any() else clip.small[:, compared]
    return all(int(frame.max()) - int(frame.min()) < parameters.blank_levels for frame in frames)

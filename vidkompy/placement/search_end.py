"""What ends a search: confidence in the best registration in view of its rivals, and stages that agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vidkompy.media.proxies import Proxies
from vidkompy.model import F64, Box
from vidkompy.placement.canvas_overhang import may_hide_there
from vidkompy.placement.evidence import rival_factor
from vidkompy.placement.registration import ProxyPair, Registration
from vidkompy.placement.search_parameters import PlacementParameters, SearchParameters
from vidkompy.placement.search_stages import SearchStage, StopRule
from vidkompy.placement.transforms import corner_shift


def stop_rule(fg: Proxies, parameters: PlacementParameters) -> StopRule:
    rule, sure = parameters.search.stop, parameters.search.short_fg_confidence
    is_short = fg.clip.frames <= parameters.registration.short_fg_frames
    return replace(rule, confidence=sure, agreed_confidence=sure) if is_short else rule


def confidence_among_rivals(ranked: Sequence[Registration], box: Box, parameters: PlacementParameters) -> float:
    """Confidence of the first, in view of the others: where another fits nearly as well, one of them is wrong.

    A short FG also fits BG's frames before and after nearly as well, a little elsewhere. Its rivals are therefore not
    counted against it.
    """
    is_short = len(ranked[0].problem.indices) <= parameters.registration.short_fg_frames
    ratio = _rival_ratio(ranked, box, parameters.search)
    return ranked[0].confidence * (1.0 if is_short else rival_factor(ratio, parameters.registration.evidence))


def needs_time_refinement(ranked: Sequence[Registration], box: Box, parameters: SearchParameters) -> bool:
    """Whether another place or another time may turn out to be the right one, and was not compared yet."""
    best = ranked[0]
    if best.evidence is None or best.is_refined_in_time:
        return False
    is_loose = best.evidence.information_share < parameters.loose_share
    return is_loose or _rival_ratio(ranked, box, parameters) < parameters.contested_ratio


def is_conclusive(ranked: Sequence[Registration], box: Box, rule: StopRule, parameters: PlacementParameters) -> bool:
    """Whether the best is confident, and all of FG fits there.

    Confidence alone does not end the search: in a scrolling page a wrong place fits but for what moves, and an altered
    FG looks like that too.
    """
    if not ranked or ranked[0].plain_cost >= rule.plain_cost:
        return False
    return confidence_among_rivals(ranked, box, parameters) > rule.confidence


def is_doubtful(ranked: Sequence[Registration], box: Box, rule: StopRule, parameters: PlacementParameters) -> bool:
    """Whether nothing was found that is likely right."""
    return not ranked or confidence_among_rivals(ranked, box, parameters) < rule.agreed_confidence


def fits_but_for_alterations(
    ranked: Sequence[Registration], box: Box, rule: StopRule, parameters: PlacementParameters
) -> bool:
    """Whether the best is confident, and what fits badly there can only have been altered: the rest fits perfectly."""
    if not ranked or ranked[0].robust_cost >= rule.unaltered_cost:
        return False
    return confidence_among_rivals(ranked, box, parameters) > rule.confidence


def is_confirmed(
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


def may_hide_altered_part(
    clips: ProxyPair,
    stage: SearchStage,
    best: Registration,
    candidates: Sequence[F64],
    parameters: PlacementParameters,
) -> bool:
    """Whether an altered part of FG may lie beyond the canvas, and stages remain that ignore such parts."""
    if stage != parameters.search.last_cheap_stage or not any(s.is_robust for s in parameters.search.stages):
        return False
    canvas = clips.bg.clip.width, clips.bg.clip.height
    return may_hide_there(best.transform, candidates[0], clips.box, canvas, parameters.registration.canvas_overhang)


def elsewhere(ranked: Sequence[Registration], box: Box, parameters: SearchParameters) -> list[Registration]:
    best = ranked[0].transform
    return [r for r in ranked if corner_shift(r.transform, best, box) > parameters.rival_px]


def _rival_ratio(ranked: Sequence[Registration], box: Box, parameters: SearchParameters) -> float:
    """Ranking cost of the best registration elsewhere over that of the first; infinite without one."""
    rivals = elsewhere(ranked, box, parameters)
    return min((r.ranking_cost for r in rivals), default=np.inf) / (ranked[0].ranking_cost + 1e-5)

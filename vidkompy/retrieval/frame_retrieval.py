"""Picture at a known placement -> the BG frame that each of its frames shows, with no order in time assumed.

All BG frames are ranked on small crops; the best of them are compared again on large proxies (re-ranking).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vidkompy.alignment.altered_mask import unaltered_mask
from vidkompy.alignment.crops import crop_features
from vidkompy.errors import NoMatch
from vidkompy.media.proxies import Proxies
from vidkompy.model import F32, F64, I64, U8, Clip, PlacementResult
from vidkompy.numerics.correlation import unit_rows
from vidkompy.placement.letterbox import Mask
from vidkompy.records import Record
from vidkompy.retrieval.parameters import LocationParameters
from vidkompy.retrieval.registered_views import mask_on_views, register_views, view_costs


class FrameMatch(Record):
    """One frame of the picture, and the BG frame that shows the same.

    fg           frame index in the picture's file, 0 for a still
    bg           BG frame index; None: it resembles no BG frame, then `seconds` is None and low = high = 0
    seconds      BG time of that frame after BG's first one
    low, high    BG frames [low, high) around bg that cannot be told from it
    score        ZNCC, -1..1
    confidence   calibrated probability that the right BG frame is in [low, high)
    """

    fg: int
    bg: int | None
    seconds: float | None
    low: int
    high: int
    score: float
    confidence: float


def retrieve_frames(
    picture: Proxies,
    bg: Proxies,
    placement_result: PlacementResult,
    frames: Sequence[int],
    parameters: LocationParameters = LocationParameters(),
) -> list[FrameMatch]:
    """One match for each of `frames`, indices of the picture's frames. Raises NoMatch if none resembles a BG frame."""
    side, alignment = parameters.crop_side, parameters.alignment
    picture_crops, bg_crops = crop_features(
        picture, bg, placement_result.placement, placement_result.box, side, alignment.crops
    )
    mask = unaltered_mask(picture_crops, bg_crops, placement_result.pairs, alignment.altered_mask)
    scores = _crop_scores(picture_crops.luma[list(frames)], bg_crops.luma, mask, parameters.block_frames)
    if scores.max() < parameters.least_score:
        raise NoMatch(
            f"'{picture.clip.path}' was not found in '{bg.clip.path}': its best frame scores {scores.max():.2f} at the "
            f"best placement; wanted {parameters.least_score}; check that both show the same content"
        )
    return [
        _match(picture, bg, placement_result, i, frame_scores, mask, parameters)
        for i, frame_scores in zip(frames, scores, strict=True)
    ]


def _crop_scores(picture: U8, bg: U8, mask: Mask, block: int) -> F32:
    """f32 [n_picture, n_bg]: ZNCC inside the mask; BG in blocks, as floats take four times the memory of crops."""
    rows = unit_rows(picture[:, mask])
    scores = [rows @ unit_rows(bg[first : first + block][:, mask]).T for first in range(0, len(bg), block)]
    return np.concatenate(scores, axis=1)


def _match(
    picture: Proxies,
    bg: Proxies,
    placement_result: PlacementResult,
    i: int,
    scores: F32,
    mask: Mask,
    parameters: LocationParameters,
) -> FrameMatch:
    """The match of the picture's frame i; scores f32 [n_bg] and mask bool [h, w] are those of its crops."""
    if scores.max() < parameters.least_score:
        return FrameMatch(i, None, None, 0, 0, round(float(scores.max()), 4), 0.0)
    placement, clip = placement_result.placement, picture.clip
    transform = np.array([placement.width / clip.width, placement.height / clip.height, placement.x, placement.y])
    ranked = np.sort(np.argsort(-scores)[: parameters.reranked_frames])
    views = register_views(
        picture, bg, transform, placement_result.box, i, ranked.tolist(), parameters.least_bg_view_per_picture_view
    )
    costs = view_costs(views, mask_on_views(mask, placement_result.box, picture, views), parameters)
    best = best_frame(scores, ranked, costs, parameters)
    return _as_match(i, bg.clip, float(scores[best.bg]), best, parameters)


class BestFrame(NamedTuple):
    """The BG frame of least cost, and how clearly.

    low, high            BG frames [low, high) around bg that fit as well
    cost_ratio_to_next   cost of the best frame out of that range over bg's
    """

    bg: int
    low: int
    high: int
    cost_ratio_to_next: float


def best_frame(scores: F32, ranked: I64, costs: F64, parameters: LocationParameters) -> BestFrame:
    """The BG frame of least cost, and the contiguous range around it that cannot be told from it.

    scores   f32 [n_bg]      ZNCC of crops
    ranked   i64 [n]         BG frames that were compared again on large proxies, ascending
    costs    f64 [n]         of those frames
    Frames that were not compared again count by the cost of their crops, relative to that of the best frame: 1 - r
    there, 1 - r |r| in `costs`. Near r = 1 the latter is about 2 (1 - r), so ratios of both agree for good fits only.
    """
    best = int(ranked[costs.argmin()])
    crop_costs = np.maximum(1 - scores.astype(np.float64), parameters.least_crop_cost)
    cost_ratios = crop_costs / crop_costs[best]
    cost_ratios[ranked] = np.maximum(costs, 1e-6) / max(float(costs.min()), 1e-6)
    distinct = np.flatnonzero(cost_ratios > parameters.indistinct_cost_ratio)
    low = int(distinct[distinct < best].max(initial=-1)) + 1
    high = int(distinct[distinct > best].min(initial=len(scores)))
    others = np.concatenate([cost_ratios[:low], cost_ratios[high:]])
    return BestFrame(best, low, high, float(others.min(initial=parameters.most_cost_ratio)))


def _as_match(i: int, bg: Clip, score: float, best: BestFrame, parameters: LocationParameters) -> FrameMatch:
    cost_ratio = np.clip(best.cost_ratio_to_next, 1 / parameters.indistinct_cost_ratio, parameters.most_cost_ratio)
    log_odds = parameters.confidence.intercept + parameters.confidence.slope * np.log(cost_ratio)
    confidence = round(float(1 / (1 + np.exp(-log_odds))), 4)
    return FrameMatch(i, best.bg, bg.seconds(best.bg), best.low, best.high, round(score, 4), confidence)

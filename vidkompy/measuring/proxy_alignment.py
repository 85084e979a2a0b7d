"""Proxies aligned in time at a placement: the engine's map, and what the pixels make of place and map."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vidkompy.alignment.altered_mask import unaltered_mask
from vidkompy.alignment.blended_frames import MatchedFrames
from vidkompy.alignment.calibration import add_confidence
from vidkompy.alignment.crops import Features, KnownGrids, check_counted_cells, crop_features
from vidkompy.alignment.engine_contract import SearchOptions, load_engine
from vidkompy.alignment.engine_names import EngineName
from vidkompy.alignment.frame_matching import match_frames
from vidkompy.alignment.parameters import AlignmentParameters
from vidkompy.alignment.repeats import find_repeats, repeat_reasons
from vidkompy.media.progress_callback import ProgressCallback
from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import UNMATCHED, FrameMap, PlacementResult
from vidkompy.tracking.misfits import doubt_misfits
from vidkompy.tracking.parameters import TrackingParameters
from vidkompy.tracking.possible_rivals import may_have_rivals
from vidkompy.tracking.revision import AnswerCheck, Revision, check_answer, revise_answer
from vidkompy.tracking.scrolling import Scroll, find_scroll
from vidkompy.tracking.standing_rivals import find_better_place

_log = logging.getLogger(__name__)


def align_proxies(
    fg: Proxies, bg: Proxies, placed: PlacementResult, engine: EngineName, search_options: SearchOptions
) -> FrameMap:
    """The frame map of FG at a placement. Raises NoMatch where the engine cannot tell."""
    crops = crop_at_placement(fg, bg, placed, engine, search_options.parameters)
    return match_frames(*crops, engine, search_options).frame_map


def crop_at_placement(
    fg: Proxies,
    bg: Proxies,
    placed: PlacementResult,
    engine: EngineName,
    parameters: AlignmentParameters,
    fg_grids: KnownGrids | None = None,
) -> tuple[Features, Features]:
    """FG's content and BG below it, in the size that the engine wants; cells that FG alters are masked in both.

    fg_grids   as for `crop_features`
    Raises NoMatch where too few cells are left.
    """
    side = load_engine(engine).PARAMETERS.side
    fg_crops, bg_crops = crop_features(fg, bg, placed.placement, placed.box, side, parameters.crops, fg_grids)
    check_counted_cells(fg_crops, parameters.crops)
    mask = unaltered_mask(fg_crops, bg_crops, placed.pairs, parameters.altered_mask)
    return replace(fg_crops, mask=mask), replace(bg_crops, mask=mask)


def check_standing(
    placed: PlacementResult,
    fg: Proxies,
    bg: Proxies,
    crops: tuple[Features, Features],
    matched: MatchedFrames,
    search: SearchOptions,
    parameters: TrackingParameters,
) -> RevisedAnswer:
    """A map that was matched on these crops, with as much confidence as the pixels leave it; the place stays."""
    answer = _checked(placed, fg, bg, crops, matched, search, parameters)
    return _judged(answer, _revised(answer, fg, bg, False, search, parameters, None), search)


def align_and_revise(
    fg: Proxies,
    bg: Proxies,
    placed: PlacementResult,
    engine: EngineName,
    may_move: bool,
    search: SearchOptions,
    parameters: TrackingParameters,
    on_progress: ProgressCallback | None = None,
) -> RevisedAnswer:
    """The engine's frame map at the placement, or place and map as the pixels want them, with confidence."""
    is_free = may_move and not search.pins

    def scroll_at(answer: _Answer) -> Scroll | None:
        at, frame_map = answer.placed, answer.matched.frame_map
        return find_scroll(fg, bg, at.box, at.placement, frame_map.bg, parameters) if is_free else None

    answer = _answer_at(placed, fg, bg, engine, search, parameters)
    scroll, followed = scroll_at(answer), None
    if is_free and scroll is None and answer.check.residuals.is_clearly_moving(parameters):
        followed = _revised(answer, fg, bg, may_move, search, parameters, on_progress)
        if followed.track is not None:
            return _followed(followed, search, parameters)
    if is_free and (answer.check.has_rivals or scroll is not None) and _may_have_rivals(answer, parameters):
        between, frame_map = answer.check.may_hide_error, answer.matched.frame_map
        rival = find_better_place(fg, bg, placed, frame_map, search, parameters.rivals, between_px=between)
        if rival is not None:
            answer, followed = _answer_at(rival, fg, bg, engine, search, parameters), None
            scroll = scroll_at(answer)
    if scroll is not None:
        return _scrolling(answer, scroll, parameters)
    revision = followed or _revised(answer, fg, bg, may_move, search, parameters, on_progress)
    if revision.is_new_map and revision.track is None:
        return _matched_again(revision, fg, bg, answer.placed, engine, search, parameters)
    if revision.is_new_map:
        return _followed(revision, search, parameters)
    return _judged(answer, revision, search)


def _scrolling(answer: _Answer, scroll: Scroll, parameters: TrackingParameters) -> RevisedAnswer:
    at, matched = answer.placed.placement, answer.matched
    answered = Revision(at, matched.frame_map, None, False, at.confidence, is_recognised=True)
    return RevisedAnswer(answered.capped(parameters.scrolling.confidence, scroll.words), matched.kind)


def _judged(answer: _Answer, revision: Revision, search: SearchOptions) -> RevisedAnswer:
    frame_map, kind, _ = answer.matched
    numbers = search.parameters.relations.repeats
    repeats = find_repeats(frame_map, answer.fg_crops, answer.bg_crops, numbers)
    return RevisedAnswer(revision, kind, repeat_reasons(repeats, frame_map, numbers))


def _may_have_rivals(answer: _Answer, parameters: TrackingParameters) -> bool:
    zncc = answer.check.residuals.fixed_zncc
    return may_have_rivals(answer.placed.placement, answer.matched.frame_map, zncc, parameters.rivals)


def _revised(
    answer: _Answer,
    fg: Proxies,
    bg: Proxies,
    may_move: bool,
    search: SearchOptions,
    parameters: TrackingParameters,
    on_progress: ProgressCallback | None,
) -> Revision:
    frame_map, check, bg_crops = answer.matched.frame_map, answer.check, answer.bg_crops
    _log.info("the pixels %s", "speak against this answer, or hardly tell" if check.is_doubtful else "agree")
    return revise_answer(fg, bg, answer.placed, frame_map, check, bg_crops, may_move, search, parameters, on_progress)


def _followed(revision: Revision, search: SearchOptions, parameters: TrackingParameters) -> RevisedAnswer:
    """The revision with the confidence of followed frames."""
    followed = add_confidence(revision.frame_map, parameters.calibration, search)
    return RevisedAnswer(replace(revision, frame_map=doubt_misfits(followed, parameters.check)))


def _matched_again(
    revision: Revision,
    fg: Proxies,
    bg: Proxies,
    at: PlacementResult,
    engine: EngineName,
    search: SearchOptions,
    parameters: TrackingParameters,
) -> RevisedAnswer:
    """The revision with the engine's frame map at its place, which stands after all.

    With its place left free, a frame of a page that scrolls also fits BG where that is scrolled elsewhere.
    """
    followed = revision.frame_map.bg
    matched = np.flatnonzero(followed != UNMATCHED)
    sample = matched[evenly_spaced(len(matched), parameters.check.frames)].tolist()
    there = replace(at, placement=revision.placement, pairs=[(i, int(followed[i])) for i in sample])
    crops = crop_at_placement(fg, bg, there, engine, search.parameters)
    frame_map, kind, _ = match_frames(*crops, engine, search)
    return RevisedAnswer(replace(revision, frame_map=frame_map), kind)


class RevisedAnswer(NamedTuple):
    """What became of the answer; how FG's frames were made, as `match_frames` says it; where BG repeats, in words."""

    revision: Revision
    kind: str = ""
    repeats: Sequence[str] = ()


class _Answer(NamedTuple):
    """A place, FG's map there, and whether it may be wrong."""

    placed: PlacementResult
    matched: MatchedFrames
    check: AnswerCheck
    fg_crops: Features
    bg_crops: Features


def _answer_at(
    placed: PlacementResult,
    fg: Proxies,
    bg: Proxies,
    engine: EngineName,
    search: SearchOptions,
    parameters: TrackingParameters,
) -> _Answer:
    _log.info("matching %d FG frames with %d BG frames by %s", len(fg.small), len(bg.small), engine)
    crops = crop_at_placement(fg, bg, placed, engine, search.parameters)
    return _checked(placed, fg, bg, crops, match_frames(*crops, engine, search), search, parameters)


def _checked(
    placed: PlacementResult,
    fg: Proxies,
    bg: Proxies,
    crops: tuple[Features, Features],
    matched: MatchedFrames,
    search: SearchOptions,
    parameters: TrackingParameters,
) -> _Answer:
    reordered = _reordered_share(*crops, matched.frame_map, parameters)
    check = check_answer(fg, bg, placed, matched, search, parameters, reordered)
    return _Answer(placed, matched, check, *crops)


def _reordered_share(
    fg_crops: Features, bg_crops: Features, frame_map: FrameMap, parameters: TrackingParameters
) -> float:
    """Of some frames without a match the share that BG shows at the same place, at whatever time.

    Such a frame says nothing against the place: FG's scenes were re-ordered, and the map keeps BG's order.
    """
    numbers = parameters.check
    unmatched = np.flatnonzero(frame_map.bg == UNMATCHED)
    if not len(unmatched):
        return 0.0
    sample = unmatched[evenly_spaced(len(unmatched), numbers.frames)]
    bg_frames = np.array(evenly_spaced(len(bg_crops), numbers.reordered_bg_frames))
    scores = fg_crops.rows(sample) @ bg_crops.rows(bg_frames).T
    return float((scores.max(axis=1) > 1 - parameters.keyframes.good_cost).mean())

"""Proxies aligned in time at a placement: the engine's map, and what the pixels make of place and map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vidkompy.alignment.altered_mask import unaltered_mask
from vidkompy.alignment.calibration import add_confidence
from vidkompy.alignment.crops import Features, check_counted_cells, crop_features
from vidkompy.alignment.engine_contract import SearchOptions, load_engine
from vidkompy.alignment.engine_names import EngineName
from vidkompy.alignment.frame_matching import match_frames
from vidkompy.alignment.parameters import AlignmentParameters
from vidkompy.media.progress_callback import ProgressCallback
from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import UNMATCHED, FrameMap, PlacementResult
from vidkompy.tracking.misfits import doubt_misfits
from vidkompy.tracking.parameters import TrackingParameters
from vidkompy.tracking.revision import Revision, revise_answer


def align_proxies(
    fg: Proxies, bg: Proxies, placed: PlacementResult, engine: EngineName, search_options: SearchOptions
) -> FrameMap:
    """The frame map of FG at a placement. Raises NoMatch where the engine cannot tell."""
    crops = crop_at_placement(fg, bg, placed, engine, search_options.parameters)
    return match_frames(*crops, engine, search_options).frame_map


def crop_at_placement(
    fg: Proxies, bg: Proxies, placed: PlacementResult, engine: EngineName, parameters: AlignmentParameters
) -> tuple[Features, Features]:
    """FG's content and BG below it, in the size that the engine wants; cells that FG alters are masked in both.

    Raises NoMatch where too few cells are left.
    """
    side = load_engine(engine).PARAMETERS.side
    fg_crops, bg_crops = crop_features(fg, bg, placed.placement, placed.box, side, parameters.crops)
    check_counted_cells(fg_crops, parameters.crops)
    mask = unaltered_mask(fg_crops, bg_crops, placed.pairs, parameters.altered_mask)
    return replace(fg_crops, mask=mask), replace(bg_crops, mask=mask)


def align_and_revise(
    fg: Proxies,
    bg: Proxies,
    placed: PlacementResult,
    engine: EngineName,
    may_move: bool,
    search_options: SearchOptions,
    parameters: TrackingParameters,
    on_progress: ProgressCallback | None = None,
) -> tuple[Revision, str]:
    """The engine's frame map at the placement, or place and map as the pixels want them, with confidence.

    And what FG's frames are, as `match_frames` says it.
    """
    fg_crops, bg_crops = crop_at_placement(fg, bg, placed, engine, search_options.parameters)
    frame_map, kind = match_frames(fg_crops, bg_crops, engine, search_options)
    revision = revise_answer(
        fg, bg, placed.box, placed.placement, frame_map, bg_crops, may_move, search_options, parameters, on_progress
    )
    if not revision.is_new_map:
        return revision, kind
    if revision.track is None:
        return _matched_again(fg, bg, placed, revision, engine, search_options, parameters)
    frame_map = add_confidence(revision.frame_map, parameters.calibration, search_options)
    return replace(revision, frame_map=doubt_misfits(frame_map, parameters.check)), ""


def _matched_again(
    fg: Proxies,
    bg: Proxies,
    placed: PlacementResult,
    revision: Revision,
    engine: EngineName,
    search_options: SearchOptions,
    parameters: TrackingParameters,
) -> tuple[Revision, str]:
    """The revision with the engine's frame map at its place, which stands after all.

    With its place left free, a frame of a page that scrolls also fits BG where that is scrolled elsewhere.
    """
    matched = np.flatnonzero(revision.frame_map.bg != UNMATCHED)
    chosen = matched[evenly_spaced(len(matched), parameters.check.frames)].tolist()
    pairs = [(i, int(revision.frame_map.bg[i])) for i in chosen]
    there = replace(placed, placement=revision.placement, pairs=pairs)
    crops = crop_at_placement(fg, bg, there, engine, search_options.parameters)
    frame_map, kind = match_frames(*crops, engine, search_options)
    return replace(revision, frame_map=frame_map), kind

"""Features -> FrameMap with confidences: an engine's map, with what engines cannot see by themselves put right."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from vidkompy.alignment.blank_frames import carry_blank_frames
from vidkompy.alignment.blended_frames import MatchedFrames, nearest_of_blends
from vidkompy.alignment.calibration import add_confidence
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions, load_engine
from vidkompy.alignment.engine_names import EngineName
from vidkompy.alignment.extent import (
    Overhang,
    clear_overhang,
    doubt_misfits_at_ends,
    release_overhang,
    with_overhang,
    without_overhang,
)
from vidkompy.alignment.extent_ends import straighten_ends
from vidkompy.alignment.fades import time_fades
from vidkompy.alignment.plausibility import doubt_implausible
from vidkompy.alignment.still_stretches import settle_still_stretches
from vidkompy.model import FrameMap


def match_frames(fg: Features, bg: Features, engine: EngineName, search: SearchOptions) -> MatchedFrames:
    """BG frame of every FG frame, with calibrated confidences. Raises NoMatch where the engine cannot tell."""
    hang = clear_overhang(fg, bg, search)
    whole = _align_inside(fg, bg, hang, engine, search)
    timed = _in_order(time_fades(whole, fg, bg, search), search)
    if any(whole.bg[i] != j for i, j in timed.items()):
        whole = _align_through(timed, whole, fg, bg, hang, engine, search)
    released = straighten_ends(release_overhang(whole, fg, bg, search), fg, bg, search)
    nearest = nearest_of_blends(doubt_misfits_at_ends(released, fg, bg, search), fg, bg, search)
    carried = carry_blank_frames(nearest.frame_map, fg, bg, search.parameters.blank_frames)
    settled = settle_still_stretches(carried, fg, bg, search)
    return nearest._replace(frame_map=doubt_implausible(settled, fg, bg, search))


def _align_inside(fg: Features, bg: Features, hang: Overhang, engine: EngineName, search: SearchOptions) -> FrameMap:
    """The engine's map with confidence; FG frames beyond BG's ends are kept from it, and unmatched."""
    module = load_engine(engine)
    inner = replace(search, pins=tuple((i - hang.before, j) for i, j in search.pins))
    frame_map = module.align(without_overhang(fg, hang), bg, inner)
    frame_map = add_confidence(frame_map, module.PARAMETERS.calibration, inner)
    return with_overhang(frame_map, hang, search.parameters.relations.extent)


def _in_order(timed: list[tuple[int, int]], search: SearchOptions) -> dict[int, int]:
    """Those of the frames whose time is known that a path through the user's pins can pass, in order of FG's frames."""
    if search.reorder:
        return dict(timed)
    passed = [(i, j) for i, j in timed if all((i - k) * (j - to) >= 0 and i != k for k, to in search.pins)]
    is_rising = all(a <= b for (_, a), (_, b) in pairwise(passed))
    return dict(passed) if is_rising else {}


def _align_through(
    timed: dict[int, int],
    before: FrameMap,
    fg: Features,
    bg: Features,
    hang: Overhang,
    engine: EngineName,
    search: SearchOptions,
) -> FrameMap:
    """The map that passes through frames whose time is known; the user's pins go first."""
    pins = tuple(sorted((timed | dict(search.pins)).items()))
    frame_map = _align_inside(fg, bg, hang, engine, replace(search, pins=pins))
    if frame_map.confidence is None or before.confidence is None:
        return frame_map
    own = list(timed)
    confidence = frame_map.confidence.copy()
    confidence[own] = np.maximum(before.confidence[own], np.float32(search.parameters.fades.confidence))
    return replace(frame_map, confidence=confidence)

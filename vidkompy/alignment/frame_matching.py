"""Features -> FrameMap with confidences: an engine's map, with what engines cannot see by themselves put right."""

from __future__ import annotations

from dataclasses import replace

from vidkompy.alignment.blank_frames import carry_blank_frames
from vidkompy.alignment.blended_frames import MatchedFrames, nearest_of_blends
from vidkompy.alignment.calibration import add_confidence
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions, load_engine
from vidkompy.alignment.engine_names import EngineName
from vidkompy.alignment.extent import (
    clear_overhang,
    doubt_misfits_at_ends,
    release_overhang,
    with_overhang,
    without_overhang,
)
from vidkompy.alignment.plausibility import doubt_implausible


def match_frames(fg: Features, bg: Features, engine: EngineName, search: SearchOptions) -> MatchedFrames:
    """BG frame of every FG frame, with calibrated confidences. Raises NoMatch where the engine cannot tell."""
    module = load_engine(engine)
    hang = clear_overhang(fg, bg, search)
    inner = replace(search, pins=tuple((i - hang.before, j) for i, j in search.pins))
    frame_map = add_confidence(
        module.align(without_overhang(fg, hang), bg, inner), module.PARAMETERS.calibration, inner
    )
    whole = with_overhang(frame_map, hang, search.parameters.relations.extent)
    released = doubt_misfits_at_ends(release_overhang(whole, fg, bg, search), fg, bg, search)
    nearest = nearest_of_blends(released, fg, bg, search)
    carried = carry_blank_frames(nearest.frame_map, fg, bg, search.parameters.blank_frames)
    return nearest._replace(frame_map=doubt_implausible(carried, fg, bg, search))

"""Whether BG shows again what FG shows, by an answer that is known: of a sidecar whose clips changed."""

from __future__ import annotations

from dataclasses import replace

from vidkompy.alignment.engine_names import EngineName
from vidkompy.alignment.parameters import AlignmentParameters
from vidkompy.alignment.repeats import find_repeats, repeat_reasons
from vidkompy.measuring.given_placement import adopt_placement_along
from vidkompy.measuring.proxy_alignment import crop_at_placement
from vidkompy.media.proxies import Proxies
from vidkompy.model import FrameMap, Placement

ENGINE: EngineName = "precise"  # whose crops are compared


def repeats_along(
    fg: Proxies,
    bg: Proxies,
    at: Placement,
    frame_map: FrameMap,
    parameters: AlignmentParameters = AlignmentParameters(),
) -> list[str]:
    """In words, at most one sentence. at: where FG lies, all the time.

    Raises UsageError where FG lies outside of BG, NoMatch where too little of it is looked at.
    """
    placed = adopt_placement_along(fg, bg, at, frame_map.bg)
    crops = crop_at_placement(fg, bg, placed, ENGINE, parameters)
    numbers = parameters.relations.repeats
    known = frame_map if frame_map.low is not None else replace(frame_map, low=frame_map.bg, high=frame_map.bg + 1)
    return repeat_reasons(find_repeats(known, *crops, numbers), known, numbers)

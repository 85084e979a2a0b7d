"""Frames whose BG frame the user knows, or knows to be none: what the map takes over, and what the pictures say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.measuring.proxy_alignment import align_proxies
from vidkompy.media.proxies import Proxies
from vidkompy.model import UNMATCHED, FrameMap, PlacementResult

MAX_NAMED_PINS = 3  # that a reason names one by one


def with_unmatched_pins(frame_map: FrameMap, pins: Sequence[tuple[int, int]]) -> FrameMap:
    """The map with the frames unmatched that the user set so: UNMATCHED in `pins`."""
    frames = [i for i, j in pins if j == UNMATCHED]
    if not frames:
        return frame_map
    changed = {}
    for name, value in (("bg", UNMATCHED), ("low", UNMATCHED), ("high", UNMATCHED), ("confidence", 1.0)):
        values = getattr(frame_map, name)
        if values is not None:
            changed[name] = values.copy()
            changed[name][frames] = value
    return replace(frame_map, **changed)


def pin_reasons(
    fg: Proxies,
    bg: Proxies,
    placed: PlacementResult,
    engine: EngineName,
    search: SearchOptions,
    first: int,
    is_moving: bool,
) -> list[str]:
    """Pins that the pictures contradict, and by how much: FG is matched once more without any.

    search   its pins count from the first frame of `bg`
    first    the number of that frame
    is_moving   FG has no one place at which it could be matched: nothing is said
    """
    if not search.pins or is_moving:
        return []
    free = align_proxies(fg, bg, placed, engine, replace(search, pins=()))
    return contradictions(free, search.pins, first)


def contradictions(free: FrameMap, pins: Sequence[tuple[int, int]], first: int = 0) -> list[str]:
    """Pins that a map without them contradicts, in words; frames of both count from BG's frame `first`."""
    low, high = (free.bg, free.bg + 1) if free.low is None or free.high is None else (free.low, free.high)
    contradicted = [(i, j) for i, j in pins if j != UNMATCHED and not low[i] <= j < high[i]]
    named = [_contradiction(i, j, int(free.bg[i]), first) for i, j in contradicted[:MAX_NAMED_PINS]]
    others = len(contradicted) - len(named)
    return [*named, *([f"so do {others} other pins"] if others else [])]


def _contradiction(i: int, pinned: int, seen: int, first: int) -> str:
    said = f"pin {i}={pinned + first} contradicts the pictures"
    if seen == UNMATCHED:
        return f"{said}: frame {i} resembles no BG frame"
    away = pinned - seen
    apart = f"{abs(away)} frame{'s' if abs(away) > 1 else ''} {'later' if away > 0 else 'earlier'}"
    return f"{said}: frame {i} shows BG frame {seen + first}, and the pin lies {apart}"

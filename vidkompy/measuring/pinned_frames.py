"""Frames whose BG frame the user knows, or knows to be none: what the map takes over, and what the pictures say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.counts import count_text
from vidkompy.measuring.proxy_alignment import RevisedAnswer, align_and_revise, align_proxies
from vidkompy.media.proxies import Proxies
from vidkompy.model import UNMATCHED, FrameMap, PlacementResult
from vidkompy.tracking.parameters import TrackingParameters

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


def ask_pins(
    answer: RevisedAnswer,
    fg: Proxies,
    bg: Proxies,
    placed: PlacementResult,
    engine: EngineName,
    search: SearchOptions,
    first: int,
    parameters: TrackingParameters,
) -> tuple[RevisedAnswer, list[str]]:
    """The answer without claims that the pictures contradict, and the pins that they do, in words.

    FG is matched once more without any pin. Wrong pins also make a place look wrong: where the pictures speak against
    the place on the pinned frames alone, it keeps what was known of it.
    answer   through the pins; these, and its map, count from the first frame of `bg`
    first    the number of that frame
    Where FG has no one place at which it could be matched, nothing is asked.
    """
    pinned = answer.revision
    if not search.pins or pinned.track is not None:
        return answer, []
    free = align_and_revise(fg, bg, placed, engine, False, replace(search, pins=()), parameters)
    seen, contradicted = free.revision.frame_map, contradictions(free.revision.frame_map, search.pins, first)
    if contradicted and pinned.reasons and not (pinned.is_new_map or free.revision.reasons):
        through_pins = align_proxies(fg, bg, placed, engine, search)
        answer = free._replace(revision=replace(free.revision, frame_map=through_pins))
    frame_map = without_contradicted_claims(answer.revision.frame_map, seen, search.pins)
    return answer._replace(revision=replace(answer.revision, frame_map=frame_map)), contradicted


def without_contradicted_claims(frame_map: FrameMap, free: FrameMap, pins: Sequence[tuple[int, int]]) -> FrameMap:
    """The map; where pins bend it away from what the pictures show, no more is claimed than they leave.

    free   the map without pins
    Of a pinned frame that they contradict nothing is claimed; of another what the free map's confidence leaves.
    """
    if frame_map.confidence is None or free.confidence is None:
        return frame_map
    low, high = (free.bg, free.bg + 1) if free.low is None or free.high is None else (free.low, free.high)
    is_bent = (frame_map.bg != free.bg) & ~((low <= frame_map.bg) & (frame_map.bg < high))
    levels = np.where(is_bent, np.fmin(frame_map.confidence, 1 - free.confidence), frame_map.confidence)
    pinned = [i for i, j in pins if j != UNMATCHED and is_bent[i]]
    levels[pinned] = np.nan
    return replace(frame_map, confidence=None if np.isnan(levels).all() else levels.astype(np.float32))


def contradictions(free: FrameMap, pins: Sequence[tuple[int, int]], first: int = 0) -> list[str]:
    """Pins that a map without them contradicts, in words; frames of both count from BG's frame `first`."""
    low, high = (free.bg, free.bg + 1) if free.low is None or free.high is None else (free.low, free.high)
    contradicted = [(i, j) for i, j in pins if j != UNMATCHED and not low[i] <= j < high[i]]
    named = [_contradiction(i, j, int(free.bg[i]), first) for i, j in contradicted[:MAX_NAMED_PINS]]
    others = len(contradicted) - len(named)
    return [*named, *([f"so {'does' if others == 1 else 'do'} {count_text(others, 'other pin')}"] if others else [])]


def _contradiction(i: int, pinned: int, seen: int, first: int) -> str:
    said = f"pin {i}={pinned + first} contradicts the pictures"
    if seen == UNMATCHED:
        return f"{said}: frame {i} resembles no BG frame"
    away = pinned - seen
    apart = f"{count_text(abs(away), 'frame')} {'later' if away > 0 else 'earlier'}"
    return f"{said}: frame {i} shows BG frame {seen + first}, and the pin lies {apart}"

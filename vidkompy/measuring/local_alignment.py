"""A frame map aligned again where pins changed, and as it was elsewhere: what takes a second for an hour of film.

A pin moves the path only until it meets the old one again. The frames around each changed pin are aligned by
themselves, held at both ends where the map is; what `match_frames` makes of them replaces that stretch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from vidkompy.alignment.crops import Features, KnownGrids
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.alignment.frame_matching import match_frames
from vidkompy.measuring.pinned_frames import with_unmatched_pins
from vidkompy.measuring.proxy_alignment import crop_at_placement
from vidkompy.media.proxies import Proxies
from vidkompy.model import UNMATCHED, FrameMap, PlacementResult
from vidkompy.parameters import tuned
from vidkompy.records import Record

FIELDS = ("bg", "low", "high", "confidence")  # of a map: what sidecars hold


class LocalAlignmentParameters(Record):
    """Tuned numbers of the stretches."""

    reach: int = tuned(
        500,
        unit="FG frames on either side of a changed pin",
        raising="paths have longer to meet the old one again, at more cost",
        source="chosen by eye: 20 s, ten times what a path bends in",
    )


class AlignedClips(Record, eq=False):
    """Both clips cropped to where FG lies, ready to be aligned as often as pins change."""

    fg: Features
    bg: Features
    engine: EngineName
    search: SearchOptions

    @classmethod
    def at(
        cls,
        fg: Proxies,
        bg: Proxies,
        placed: PlacementResult,
        engine: EngineName,
        search: SearchOptions,
        fg_grids: KnownGrids | None = None,
    ) -> AlignedClips:
        """fg_grids: as for `crop_features`. Raises NoMatch where too little of FG is left to compare."""
        return cls(*crop_at_placement(fg, bg, placed, engine, search.parameters, fg_grids), engine, search)


def align_whole(clips: AlignedClips, pins: Mapping[int, int]) -> FrameMap:
    """The map of all frames through the pins. Raises NoMatch."""
    matched = tuple(sorted((i, j) for i, j in pins.items() if j != UNMATCHED))
    frame_map = match_frames(clips.fg, clips.bg, clips.engine, replace(clips.search, pins=matched)).frame_map
    return with_unmatched_pins(frame_map, list(pins.items()))


def align_around(
    clips: AlignedClips,
    before: FrameMap,
    pins: Mapping[int, int],
    changed: Iterable[int],
    parameters: LocalAlignmentParameters = LocalAlignmentParameters(),
) -> FrameMap:
    """`before`, aligned again around the FG frames whose pins changed. Raises NoMatch.

    pins   all that hold now, FG frame -> BG frame or UNMATCHED
    """
    if clips.search.reorder:
        return align_whole(clips, pins)
    after = before
    for first, stop in _stretches(sorted(changed), len(before.bg), parameters.reach):
        after = _aligned_stretch(clips, after, pins, *_held_ends(after, pins, first, stop))
    return with_unmatched_pins(after, list(pins.items()))


def _stretches(frames: list[int], count: int, reach: int) -> list[tuple[int, int]]:
    """[first, stop) around each frame; those that meet are one."""
    found: list[tuple[int, int]] = []
    for i in frames:
        first, stop = max(i - reach, 0), min(i + reach + 1, count)
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], stop
        else:
            found.append((first, stop))
    return found


def _held_ends(frame_map: FrameMap, pins: Mapping[int, int], first: int, stop: int) -> tuple[int, int]:
    """The stretch, longer until both ends are matched frames, between which all BG frames lie that it is pinned to."""
    bg = frame_map.bg
    inside = [j for i, j in pins.items() if first <= i < stop and j != UNMATCHED]
    low, high = (min(inside), max(inside)) if inside else (len(bg) + int(bg.max()), -1)
    while first > 0 and (bg[first] == UNMATCHED or first in pins or bg[first] > low):
        first -= 1
    last = stop - 1
    while last < len(bg) - 1 and (bg[last] == UNMATCHED or last in pins or bg[last] < high):
        last += 1
    return first, last + 1


def _aligned_stretch(clips: AlignedClips, before: FrameMap, pins: Mapping[int, int], first: int, stop: int) -> FrameMap:
    count, bg_count = len(before.bg), len(clips.bg)
    low = int(before.bg[first]) if first else 0
    high = int(before.bg[stop - 1]) + 1 if stop < count else bg_count
    held = {i: int(before.bg[i]) for i, is_end in ((first, first > 0), (stop - 1, stop < count)) if is_end}
    within = {i: j for i, j in pins.items() if first <= i < stop and j != UNMATCHED}
    shifted = tuple(sorted((i - first, j - low) for i, j in (held | within).items()))
    fg, bg = _part(clips.fg, first, stop), _part(clips.bg, low, high)
    found = match_frames(fg, bg, clips.engine, replace(clips.search, pins=shifted)).frame_map
    joined = {name: _joined(getattr(before, name), getattr(found, name), first, stop, low, name) for name in FIELDS}
    if before.confidence is not None and joined["confidence"] is not None:
        ends = [i for i in held if i not in pins]  # they are held, not known
        joined["confidence"][ends] = before.confidence[ends]
    return FrameMap(**joined)


def _part(features: Features, first: int, stop: int) -> Features:
    times = features.times
    return replace(features, luma=features.luma[first:stop], times=None if times is None else times[first:stop])


def _joined(before: Any, found: Any, first: int, stop: int, low: int, name: str) -> Any:
    """A field of the map with that of the stretch in its place; None where either is not known."""
    if before is None or found is None:
        return None
    values = before.copy()
    values[first:stop] = found if name == "confidence" else np.where(found == UNMATCHED, UNMATCHED, found + low)
    return values

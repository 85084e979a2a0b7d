"""Lowers confidence where a monotone path is blind.

1. FG may reach beyond BG: the path holds BG's first or last frame there. FG may show BG in another order: the path
   leaves frames unmatched that BG shows elsewhere. Both look sure to the path.
2. The same path, some frames earlier or later, may fit as well all over FG. A steady path through a hardly moving
   picture looks sure, too: what persists from frame to frame is no new evidence in each.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.extent import overhang
from vidkompy.alignment.parameters import PlausibilityParameters
from vidkompy.alignment.stretches import local_speed
from vidkompy.media.proxies import evenly_spaced
from vidkompy.model import I64, UNMATCHED, FrameMap

Flags = NDArray[np.bool_]


def doubt_implausible(frame_map: FrameMap, fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    """The map with less confidence in matched frames that tell no time, or move at BG's ends; and in unmatched ones
    that fit out of order.
    """
    if frame_map.confidence is None:
        return frame_map
    parameters = search.parameters.plausibility
    is_doubtful = _moving_holds_at_ends(frame_map, fg, len(bg), parameters)
    is_doubtful |= _holds_before_overhang(frame_map, len(bg))
    is_doubtful |= (frame_map.bg != UNMATCHED) & (not _tells_time(frame_map.bg, fg, bg, parameters))
    if not search.reorder:
        is_doubtful |= _matches_out_of_order(frame_map, fg, bg, parameters)
    is_doubtful[[i for i, _ in search.pins]] = False
    doubted = np.minimum(frame_map.confidence, parameters.doubted_confidence)
    return replace(frame_map, confidence=np.where(is_doubtful, doubted, frame_map.confidence))


def _moving_holds_at_ends(frame_map: FrameMap, fg: Features, n_bg: int, parameters: PlausibilityParameters) -> Flags:
    """bool [n_fg]: frames held at BG's ends that move.

    Those on BG's first or last frame that differ from the FG frame of that run nearest to BG's interior.
    """
    flags = np.zeros(len(frame_map.bg), np.bool_)
    first, last = (np.flatnonzero(frame_map.bg == end) for end in (0, n_bg - 1))
    for at_end, innermost in ((first, first[-1:]), (last, last[:1])):
        if len(at_end) > 1:
            difference = np.abs(fg.luma[at_end].astype(np.int16) - fg.luma[innermost])[:, fg.mask].mean(axis=1)
            flags[at_end] = difference > parameters.least_motion
    return flags


def _holds_before_overhang(frame_map: FrameMap, n_bg: int) -> Flags:
    """bool [n_fg]: frames on BG's first or last frame, next to more beyond it, that FG's speed puts there, too."""
    flags = np.zeros(len(frame_map.bg), np.bool_)
    matched = np.flatnonzero(frame_map.bg != UNMATCHED)
    beyond = overhang(frame_map.bg, 0, n_bg, frame_map.confidence)
    for count, inward, edge in ((beyond.before, matched, 0), (beyond.after, matched[::-1], n_bg - 1)):
        if not count:
            continue
        held = int(np.argmax(np.append(frame_map.bg[inward] != edge, True)))
        inside = np.sort(inward[held:])
        speed = local_speed(frame_map.bg[inside]) if len(inside) else 1.0
        usual_holds = max(1, round(1 / speed)) if speed > 0 else held
        flags[inward[: max(held - usual_holds, 0)]] = True
    return flags


def _matches_out_of_order(frame_map: FrameMap, fg: Features, bg: Features, parameters: PlausibilityParameters) -> Flags:
    """All unmatched frames but those beyond BG, if most of a sample of them fit some BG frame; else none."""
    beyond = overhang(frame_map.bg, 0, len(bg), frame_map.confidence)
    is_unmatched: Flags = (frame_map.bg == UNMATCHED) & ~beyond.flags(len(frame_map.bg))
    unmatched = np.flatnonzero(is_unmatched)
    sample = unmatched[evenly_spaced(len(unmatched), parameters.fg_sample)]
    if not len(sample):
        return is_unmatched
    stride = -(-len(bg) // parameters.bg_sample)
    fg_rows = fg.rows(sample)
    bg_rows = bg.rows(slice(None, None, stride))
    best = (fg_rows @ bg_rows.T).max(axis=1)
    share = (best > parameters.least_similarity).mean()
    return is_unmatched if share > parameters.largest_share else np.zeros_like(is_unmatched)


def _tells_time(bg_of_fg: I64, fg: Features, bg: Features, parameters: PlausibilityParameters) -> bool:
    """Whether some stretch of FG fits clearly worse on a path that runs a few BG frames earlier or later."""
    matched = np.flatnonzero(bg_of_fg != UNMATCHED)
    if not len(matched):
        return False
    starts = range(0, max(len(matched) - parameters.window // 2, 1), parameters.window // 2)
    for start in (starts[k] for k in evenly_spaced(len(starts), parameters.windows)):
        frames = matched[start : start + parameters.window]
        rows, below = fg.rows(frames), bg_of_fg[frames]
        misfit, *shifted = (
            1 - float((rows * bg.rows(np.clip(below + shift, 0, len(bg) - 1))).sum(axis=1).mean())
            for shift in (0, *parameters.shifts)
        )
        if min(shifted) > (1 + parameters.least_rise) * misfit:
            return True
    return False

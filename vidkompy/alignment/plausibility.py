"""Second thoughts about a frame map: what a path through BG in its order cannot tell of itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.media.proxies import evenly_spaced
from vidkompy.model import UNMATCHED, FrameMap
from vidkompy.numerics.correlation import unit_rows

DOUBTED = 0.25  # confidence that is left
ASKED, OF = 48, 4000  # unmatched FG frames that are compared with so many BG frames
FITS = 0.9  # ZNCC from which a frame does not count as foreign
MOST = 0.5  # share of them that makes all unmatched ones doubtful
MOVES = 0.5  # grey levels, mean difference: FG does not stand still

Flags = NDArray[np.bool_]


def with_implausible_runs_doubted(found: FrameMap, fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    """The map with less confidence in frames at BG's ends that move, and in unmatched ones that fit out of order."""
    if found.confidence is None:
        return found
    doubtful = _held_at_ends(found, fg, len(bg))
    if not search.reorder:
        doubtful |= _out_of_order(found, fg, bg)
    doubtful[[i for i, _ in search.pins]] = False
    return replace(found, confidence=np.where(doubtful, np.minimum(found.confidence, DOUBTED), found.confidence))


def _held_at_ends(found: FrameMap, fg: Features, count: int) -> Flags:
    """Frames on BG's first or last frame that differ from the one next to the inside: FG may reach beyond BG."""
    flags = np.zeros(len(found.bg), np.bool_)
    for end, inner in ((0, -1), (count - 1, 0)):
        at = np.flatnonzero(found.bg == end)
        if len(at) > 1:
            difference = np.abs(fg.luma[at].astype(np.int16) - fg.luma[at[inner]])[:, fg.mask].mean(axis=1)
            flags[at] = difference > MOVES
    return flags


def _out_of_order(found: FrameMap, fg: Features, bg: Features) -> Flags:
    """Unmatched frames if most of those asked fit some BG frame."""
    unmatched: Flags = found.bg == UNMATCHED
    asked = np.flatnonzero(unmatched)[evenly_spaced(int(unmatched.sum()), ASKED)]
    if not len(asked):
        return unmatched
    theirs = unit_rows(bg.luma[:: -(-len(bg) // OF)][:, bg.mask])
    best = (unit_rows(fg.luma[asked][:, fg.mask]) @ theirs.T).max(axis=1)
    return unmatched if (best > FITS).mean() > MOST else np.zeros_like(unmatched)

"""FG's map at each place that was tried in a review, and what the pixels say of that place.

A place that is gone back to is as it was: nothing is matched or decoded again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import field
from threading import Lock
from types import MappingProxyType

import numpy as np

from vidkompy.alignment.crops import KnownGrids
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.alignment.frame_matching import match_frames
from vidkompy.measuring.full_size_answer import doubt_at_full_size
from vidkompy.measuring.given_placement import adopt_placement_along
from vidkompy.measuring.local_alignment import AlignedClips
from vidkompy.measuring.proxy_alignment import check_standing
from vidkompy.media.cache import NO_CACHE
from vidkompy.media.proxies import Proxies
from vidkompy.model import FrameMap, Placement, PlacementResult
from vidkompy.records import Record
from vidkompy.tracking.parameters import TrackingParameters

TRACKING = TrackingParameters()
MAX_KEPT_BYTES = 512 << 20  # of crops in memory: six places of a clip of 20,000 frames


class PlacedMap(Record, eq=False):
    """FG at one place.

    clips             ready to be aligned there
    frame_map, pins   the map, which follows these pins
    doubts            of the pixels, about the place
    most_confidence   that is claimed of any frame there
    """

    clips: AlignedClips
    frame_map: FrameMap
    pins: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    doubts: Sequence[str] = ()
    most_confidence: float = 1.0


class PlacedMaps:
    """Maps by place; those that were used last are kept."""

    def __init__(self, fg: Proxies, bg: Proxies, engine: EngineName, search: SearchOptions):
        self._fg, self._bg, self._engine, self._search = fg, bg, engine, search
        self._kept: OrderedDict[Placement, PlacedMap] = OrderedDict()
        self._fg_grids: KnownGrids = {}
        self._guard = Lock()  # of what is kept
        self._matching: dict[Placement, Lock] = {}

    def add_known(self, at: Placement, frame_map: FrameMap, pins: Mapping[int, int]) -> None:
        """A place whose map is known, through these pins. Raises NoMatch, UsageError."""
        placed = adopt_placement_along(self._fg, self._bg, at, frame_map.bg)
        self._keep(at, PlacedMap(self._cropped(placed), frame_map, pins))

    def at(self, at: Placement, nearby: FrameMap) -> PlacedMap:
        """FG there. nearby: its map at another place. Raises NoMatch, UsageError, MediaError.

        Whoever asks for a place that another thread is matching waits for that; other places do not wait.
        """
        with self._guard:
            lock = self._matching.setdefault(at, Lock())
        with lock:
            placed = self._kept.get(at) or self._matched(at, nearby)
            self._keep(at, placed)
            return placed

    def _matched(self, at: Placement, nearby: FrameMap) -> PlacedMap:
        """Matched without pins; what the pixels say against the place bounds what is claimed there."""
        placed = adopt_placement_along(self._fg, self._bg, at, nearby.bg)
        clips = self._cropped(placed)
        crops = clips.fg, clips.bg
        matched = match_frames(*crops, self._engine, self._search)
        answer = check_standing(placed, self._fg, self._bg, crops, matched, self._search, TRACKING)
        asked = doubt_at_full_size(answer, self._fg, self._bg, placed.box, self._search, "", NO_CACHE, TRACKING)
        revision, levels = asked.revision, asked.revision.frame_map.confidence
        most = float(np.nanmax(levels)) if revision.reasons and levels is not None else 1.0
        return PlacedMap(clips, revision.frame_map, doubts=revision.reasons, most_confidence=most)

    def _cropped(self, placed: PlacementResult) -> AlignedClips:
        self._fg_grids = dict(list(self._fg_grids.items())[-1:])  # FG in another size is another grid
        return AlignedClips.at(self._fg, self._bg, placed, self._engine, self._search, self._fg_grids)

    def _keep(self, at: Placement, placed: PlacedMap) -> None:
        each = placed.clips.fg.luma.nbytes + placed.clips.bg.luma.nbytes
        with self._guard:
            self._kept[at] = placed
            self._kept.move_to_end(at)
            while len(self._kept) > 1 and len(self._kept) * each > MAX_KEPT_BYTES:
                self._kept.popitem(last=False)

"""A review: a sidecar, what a person changes of it, and both clips ready to be aligned again. Writes only in `save`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock
from types import MappingProxyType

import numpy as np

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.errors import SidecarError, UsageError, VidkompyError
from vidkompy.measuring.clip_pair import ClipPair, check_search, probe_pair
from vidkompy.measuring.local_alignment import align_around
from vidkompy.measuring.pinned_frames import contradictions, without_contradicted_claims
from vidkompy.measuring.proxy_acquisition import obtain_both
from vidkompy.media.atomic_outputs import write_text, write_texts
from vidkompy.media.cache import NO_CACHE, Cache
from vidkompy.media.progress_callback import ProgressCallback
from vidkompy.media.stream_choice import StreamSelector
from vidkompy.model import I64, UNMATCHED, FrameMap, Sidecar
from vidkompy.numerics.thread_limits import single_threaded_blas
from vidkompy.records import Record
from vidkompy.review.edits import Edits, History
from vidkompy.review.placed_maps import PlacedMaps
from vidkompy.sidecar.document import check_clips, read_sidecar, text_of
from vidkompy.sidecar.engine import known_engine
from vidkompy.sidecar.file_names import kept_path, timecodes_path
from vidkompy.sidecar.pins import pinned_frames, pinned_runs
from vidkompy.sidecar.quality import assess_quality
from vidkompy.sidecar.timecodes import timecodes_text

MAX_PLACE = 1e6  # canvas px, as in a sidecar


class Change(Record):
    """FG frames first to last, which show another BG frame than before; before and after: of the first of them."""

    first: int
    last: int
    before: int
    after: int


class ReviewSession:
    """One person's review of one sidecar.

    sidecar   what holds: as it was read, and as each `apply` makes it
    saves     how often it was written
    """

    def __init__(self, path: Path, cache: Cache = NO_CACHE, on_progress: ProgressCallback | None = None):
        """Raises SidecarError, MediaError, NoMatch."""
        self.path = path
        self.sidecar = read_sidecar(path)
        self._text = path.read_text(encoding="utf-8")
        check_clips(self.sidecar, path)
        self._history = History(Edits(self.sidecar.placement, pinned_frames(self.sidecar.pins)))
        self._first = self._applied = self._saved = self._history.now
        self.saves = 0
        self._preparing = Lock()
        self._can_align = self.sidecar.track is None
        if self._can_align:
            with single_threaded_blas():
                self._pair, self._maps = _placed_maps(self.sidecar, path, cache, on_progress)

    @property
    def now(self) -> Edits:
        return self._history.now

    @property
    def history(self) -> History:
        return self._history

    @property
    def is_applied(self) -> bool:
        """Whether `sidecar` is what the edits make of it."""
        return self._history.now == self._applied

    @property
    def is_saved(self) -> bool:
        return self._history.now == self._saved

    def pin(self, fg: int, bg: int) -> None:
        """Raises UsageError for frames that a clip lacks."""
        self._check_editable()
        if not (0 <= fg < self.sidecar.fg.frames and 0 <= bg < self.sidecar.bg.frames):
            raise UsageError(f"pin {fg}={bg} names a frame that a clip lacks")
        self._history.add(self.now.with_pin(fg, bg))

    def mark_unmatched(self, first: int, last: int) -> None:
        """Raises UsageError for frames that FG lacks."""
        self._check_range(first, last)
        self._history.add(self.now.with_unmatched(first, last))

    def unpin(self, first: int, last: int) -> None:
        """Raises UsageError for frames that FG lacks."""
        self._check_range(first, last)
        self._history.add(self.now.without_pins(first, last))

    def move_to(self, x: float, y: float, width: float, height: float) -> None:
        """Raises UsageError for a place that is none."""
        self._check_editable()
        if not all(abs(v) <= MAX_PLACE for v in (x, y, width, height)) or min(width, height) < 1:
            raise UsageError(f"{x:g},{y:g},{width:g}x{height:g} is no place on the canvas")
        self._history.add(self.now.moved_to(self._first.placement, *(round(v, 3) for v in (x, y, width, height))))

    def prepare(self) -> None:
        """Matches FG at the place that it was moved to, so that `apply` finds it done; from another thread.

        One call works at a time, until it has the last place. What cannot be matched is left to `apply` to say.
        """
        if not self._can_align or not self._preparing.acquire(blocking=False):
            return
        done = None
        try:
            while (place := self.now.placement) != done:
                with suppress(VidkompyError), single_threaded_blas():
                    self._maps.at(place, counted_from(self.sidecar.frame_map, self._pair.span.first))
                done = place
        finally:
            self._preparing.release()

    def apply(self) -> list[Change]:
        """Aligns again by what was changed; what came of it. Raises NoMatch, UsageError."""
        self._check_editable()
        before, edits = self.sidecar.frame_map, self.now
        with single_threaded_blas():
            frame_map, doubts = self._aligned(edits)
        pins = sorted(edits.pins.items())
        clips = self.sidecar.fg, self.sidecar.bg
        quality = assess_quality(edits.placement, frame_map, *clips, 0, True, None, notes=doubts, pins=pins)
        self.sidecar = replace(
            self.sidecar,
            placement=edits.placement,
            frame_map=frame_map,
            pins=pinned_runs(dict(edits.pins)),
            quality=quality,
        )
        self._applied = edits
        return changes_of(before, frame_map)

    def save(self) -> Path | None:
        """Writes what was applied; the sidecar as it was stays beside it. The path of that; None where nothing changed.

        Raises UsageError where something is not applied yet, SidecarError where another program wrote the sidecar or a
        clip meanwhile, OutputError.
        """
        if self.is_saved:
            return None
        if not self.is_applied:
            raise UsageError("what was changed is not applied yet; apply it, look at it, then save")
        if self.path.read_text(encoding="utf-8") != self._text:
            raise SidecarError(f"'{self.path}' was changed by another program since the review began; nothing is saved")
        check_clips(self.sidecar, self.path)
        kept = kept_path(self.path)
        write_text(kept, self._text, overwrite=False)
        text = text_of(self.sidecar, self.path)
        write_texts({timecodes_path(self.path): timecodes_text(self.sidecar), self.path: text}, overwrite=True)
        self._text, self._saved = text, self._applied
        self.saves += 1
        return kept

    def _aligned(self, edits: Edits) -> tuple[FrameMap, list[str]]:
        """The map by these edits, and what the pictures say against them: of FG moved as a whole, around pins anew."""
        start = self._pair.span.first
        before = counted_from(self.sidecar.frame_map, start)
        placed, followed = self._maps.at(edits.placement, before), self._applied.pins
        if edits.placement != self._applied.placement or edits.pins == placed.pins:
            before, followed = placed.frame_map, placed.pins
        pins = {i: j if j == UNMATCHED else j - start for i, j in edits.pins.items()}
        frame_map = align_around(placed.clips, before, pins, _changed_frames(followed, edits.pins))
        levels = frame_map.confidence
        capped = None if levels is None else np.minimum(levels, np.float32(placed.most_confidence))
        asked = self._pair.counted_from_bg_start(replace(frame_map, confidence=capped))
        free, set_pins = self._pair.counted_from_bg_start(placed.frame_map), sorted(edits.pins.items())
        doubts = [*placed.doubts, *contradictions(free, set_pins)]
        return without_contradicted_claims(asked, free, set_pins), doubts

    def _check_range(self, first: int, last: int) -> None:
        self._check_editable()
        if not 0 <= first <= last < self.sidecar.fg.frames:
            raise UsageError(f"frames {first} to {last} are none of FG's, 0..{self.sidecar.fg.frames - 1}")

    def _check_editable(self) -> None:
        if not self._can_align:
            raise UsageError("FG's place moves here: pins are set by vidkompy refine --pin, which follows it anew")


def changes_of(before: FrameMap, after: FrameMap) -> list[Change]:
    """Ranges of FG frames whose BG frame is another one.

    >>> changes_of(FrameMap(np.array([1, 2, 3, 4])), FrameMap(np.array([1, 3, 4, 4])))
    [Change(first=1, last=2, before=2, after=3)]
    """
    edges = np.flatnonzero(np.diff(np.r_[0, before.bg != after.bg, 0]))
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [Change(a, b - 1, int(before.bg[a]), int(after.bg[a])) for a, b in pairs]


def counted_from(frame_map: FrameMap, start: int) -> FrameMap:
    """The map with BG frames that count from frame `start`."""
    if not start:
        return frame_map

    def moved(frames: I64) -> I64:
        return np.where(frames == UNMATCHED, frames, frames - start)

    low, high = (None if frames is None else moved(frames) for frames in (frame_map.low, frame_map.high))
    return replace(frame_map, bg=moved(frame_map.bg), low=low, high=high)


def _changed_frames(before: Mapping[int, int], after: Mapping[int, int]) -> list[int]:
    frames = before.keys() | after.keys()
    return sorted(i for i in frames if before.get(i) != after.get(i))


def _placed_maps(
    sidecar: Sidecar, path: Path, cache: Cache, on_progress: ProgressCallback | None
) -> tuple[ClipPair, PlacedMaps]:
    """Both clips small, from the cache or decoded, and FG's map at its place, as the sidecar has it."""
    keep_damaged = bool(sidecar.fg.damage or sidecar.bg.damage)
    streams = StreamSelector(sidecar.bg.stream), StreamSelector(sidecar.fg.stream)
    paths = sidecar.bg.path, sidecar.fg.path
    pair = probe_pair(*paths, sidecar.searched, keep_damaged, cache, on_progress, *streams)
    pair = replace(pair, ignored=sidecar.ignored)
    fg, bg = obtain_both(pair, cache, on_progress)
    engine = known_engine(sidecar.engine, path)
    maps = PlacedMaps(fg, bg, engine, check_search(SearchOptions(reorder=sidecar.frame_map.goes_back), engine, pair))
    first_map = counted_from(sidecar.frame_map, pair.span.first)
    maps.add_known(sidecar.placement, first_map, MappingProxyType(pinned_frames(sidecar.pins)))
    return pair, maps

"""The two clips of an analysis: probed, and the search options checked against what they hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.counts import count_text
from vidkompy.errors import DamageError, MediaError, UsageError
from vidkompy.media.cache import Cache
from vidkompy.media.clock_faults import check_times_are_distinct
from vidkompy.media.faults import DetailedFault, describe_faults
from vidkompy.media.integrity import probe_damaged
from vidkompy.media.probe import content_hash, probe
from vidkompy.media.progress_callback import ProgressCallback, report_progress
from vidkompy.media.proxies import Proxies
from vidkompy.media.signatures import signature_of
from vidkompy.media.stream_choice import MAIN_STREAM, StreamSelector
from vidkompy.model import DAMAGED_SOUND, I64, UNMATCHED, Clip, FrameMap, FrameSpan, PixelBox
from vidkompy.records import Record


class ClipPair(Record, eq=False):
    """The clips of an analysis.

    span      frames of BG that are searched
    ignored   FG px: boxes that are looked at nowhere
    """

    fg: Clip
    bg: Clip
    span: FrameSpan
    ignored: tuple[PixelBox, ...] = ()

    @property
    def bg_part(self) -> FrameSpan | None:
        """The span, or None where it is all of BG."""
        return None if self.span == (0, self.bg.frames) else self.span

    def counted_from_bg_start(self, frame_map: FrameMap) -> FrameMap:
        """A map into the span, with indices that count from BG's first frame."""

        def shifted(frames: I64 | None) -> I64 | None:
            return None if frames is None else np.where(frames == UNMATCHED, frames, frames + self.span.first)

        bg = np.where(frame_map.bg == UNMATCHED, UNMATCHED, frame_map.bg + self.span.first)
        return replace(frame_map, bg=bg, low=shifted(frame_map.low), high=shifted(frame_map.high))

    def as_decoded(self, fg: Proxies, bg: Proxies) -> ClipPair:
        """The pair with the clips as they were decoded, and their signatures.

        BG stays as probed if only a part of it was decoded.
        """
        bg_clip = bg.clip if bg.clip.frames == self.bg.frames else self.bg
        return replace(
            self,
            fg=replace(fg.clip, signature=signature_of(fg)),
            bg=replace(bg_clip, signature=signature_of(bg, self.span.first)),
        )


def probe_pair(
    bg_path: Path,
    fg_path: Path,
    search_seconds: tuple[float, float | None],
    keep_damaged: bool,
    cache: Cache,
    on_progress: ProgressCallback | None,
    bg_stream: StreamSelector = MAIN_STREAM,
    fg_stream: StreamSelector = MAIN_STREAM,
) -> ClipPair:
    """Both clips, from the cache or probed: all that is wrong with them shows before minutes are spent on decoding.

    search_seconds   s of BG after its first frame, [from, to); None: to its end
    Raises MediaError, UsageError.
    """
    report_progress(on_progress, "reading", 0, 2)
    bg = probe_clip(bg_path, keep_damaged, cache, bg_stream)
    report_progress(on_progress, "reading", 1, 2)
    fg = probe_clip(fg_path, keep_damaged, cache, fg_stream)
    report_progress(on_progress, "reading", 2, 2)
    check_sound_of_fg(fg, keep_damaged)
    return ClipPair(fg, bg, _searched_span(bg, search_seconds))


def probe_clip(
    path: Path, keep_damaged: bool, cache: Cache, selector: StreamSelector, sha256: str | None = None
) -> Clip:
    """One clip, from the cache or probed. sha256: of the file, if it is known. Raises MediaError, UsageError."""
    sha256 = sha256 or content_hash(path)
    clip = cache.load_clip(path, sha256, keep_damaged, selector)
    if clip is None:
        clip = probe_damaged(path, sha256, selector) if keep_damaged else probe(path, sha256, selector)
        if not clip.is_concealed:  # frames of a damaged clip have times of their own
            check_times_are_distinct(clip)
        cache.store_clip(clip, keep_damaged, selector)
    if clip.frames < 2:
        raise MediaError(f"'{path}' has 1 frame; wanted a video of at least 2 to align in time")
    return clip


def check_sound_of_fg(fg: Clip, keep_damaged: bool) -> None:
    """Raises DamageError: FG's sound is copied; BG's is used on request only."""
    if fg.has_damaged_sound and not keep_damaged:
        faults = [DetailedFault(fault) for fault in fg.damage if fault.kind == DAMAGED_SOUND]
        raise DamageError(fg.path, describe_faults(faults))


def _searched_span(bg: Clip, seconds: tuple[float, float | None]) -> FrameSpan:
    """BG frames that are shown within the seconds to search. Raises UsageError if fewer than 2 are."""
    begin, end = seconds
    frame_seconds = (bg.pts - bg.pts[0]) * float(bg.time_base)
    start = int(np.searchsorted(frame_seconds, begin - 1e-6))
    stop = bg.frames if end is None else int(np.searchsorted(frame_seconds, end - 1e-6))
    if stop - start < 2:
        wanted = f"{begin:g}-" if end is None else f"{begin:g}-{end:g}"
        raise UsageError(
            f"--search {wanted} leaves {count_text(max(stop - start, 0), 'BG frame')}; wanted at least 2 of the "
            f"{bg.frames} that '{bg.path}' shows from 0 to {bg.seconds(bg.frames - 1):.2f} s"
        )
    return FrameSpan(start, stop)


def check_search(search: SearchOptions, engine: EngineName, pair: ClipPair) -> SearchOptions:
    """The search options with matched pins alone, BG frames counted from the span's first, as engines count them.

    Raises UsageError.
    """
    start, stop = pair.span
    _check_unmatched_pins(search, pair.fg.frames)
    pins = sorted({(i, j) for i, j in search.pins if j != UNMATCHED})
    for i, j in pins:
        if not (0 <= i < pair.fg.frames and start <= j < stop):
            raise UsageError(
                f"pin {i}={j} is out of range; wanted an FG frame of 0..{pair.fg.frames - 1} and a BG frame of "
                f"{start}..{stop - 1}"
            )
    for (i, j), (next_i, next_j) in pairwise(pins):
        if i == next_i or (next_j < j and not search.reorder):
            raise UsageError(
                f"pins {i}={j} and {next_i}={next_j} exclude each other: "
                + ("one frame has one place" if i == next_i else "time goes back between them; --reorder allows that")
            )
    if search.reorder and engine.startswith("tunnel"):
        raise UsageError(f"--engine {engine} walks through BG in its order; with --reorder use --engine precise")
    return replace(search, pins=tuple((i, j - start) for i, j in pins))


def _check_unmatched_pins(search: SearchOptions, fg_frames: int) -> None:
    matched = {i for i, j in search.pins if j != UNMATCHED}
    for i, j in search.pins:
        if j == UNMATCHED and not 0 <= i < fg_frames:
            raise UsageError(f"pin {i}=none is out of range; wanted an FG frame of 0..{fg_frames - 1}")
        if j == UNMATCHED and i in matched:
            raise UsageError(f"FG frame {i} is pinned to a BG frame, and to none; wanted one of them")

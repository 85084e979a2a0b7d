"""Clip -> its proxies: from the cache as far as that has them, decoded and kept there where it has not.

Each segment that is missing is decoded once. Decoding goes on from the last frame of the segment before, which has to
come out as it is kept; where it does not, all is decoded anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby, islice

import numpy as np
from av.video.frame import VideoFrame

from vidkompy.errors import DamageError, MediaError
from vidkompy.media.cache import NO_CACHE, Cache
from vidkompy.media.chroma_copies import chroma_of
from vidkompy.media.clock_faults import dating_command
from vidkompy.media.decoding import decode_drafts, luma_of
from vidkompy.media.extents import plausible_rate
from vidkompy.media.lost_fields import FieldOrderScan
from vidkompy.media.proxies import Proxies, ProxyParameters, empty_proxies, large_copy, shrink_by_halving
from vidkompy.media.proxy_segments import KeptSegments, SmallCopies, kept_segments
from vidkompy.media.scratch_arrays import note_use, release_pages, scratch_array
from vidkompy.model import I64, U8, Clip, FrameSpan

FrameCallback = Callable[[int], None]  # frames that are there so far
Drafts = Iterator[VideoFrame]


class _OtherFrames(Exception):  # noqa: N818 - no error of the user's
    """A frame comes out of the decoder otherwise than it is kept."""


def make_proxies(
    clip: Clip,
    samples: int,
    span: FrameSpan | None = None,
    in_a_row: int = 1,
    parameters: ProxyParameters = ProxyParameters(),
    cache: Cache = NO_CACHE,
    needs_large: bool = True,
    on_frame: FrameCallback | None = None,
) -> Proxies:
    """Proxies of `clip`, or of its frames only those of `span`: indices then count from its first.

    samples      frames of which large copies are kept, at least; if not of all, of evenly spaced rows
    in_a_row     frames in each of those rows
    cache        of proxies of the same parameters
    needs_large  else large copies that the cache has stay there until they are asked for
    on_frame     is called with each frame that is decoded
    Raises MediaError if a frame does not decode or the file yields other frames than its packets promise.
    """
    part = clip if span is None else replace(clip, pts=clip.pts[span.first : span.stop])
    empty = empty_proxies(part, samples, in_a_row, parameters)
    kept = kept_segments(cache, clip, span, empty, in_a_row, parameters)
    try:
        return _made(_Making(clip, span, kept, parameters, needs_large, on_frame))
    except _OtherFrames:
        return _made(_Making(clip, span, kept, parameters, needs_large, on_frame, is_anew=True))


def kept_frames(
    clip: Clip,
    samples: int,
    span: FrameSpan | None,
    in_a_row: int,
    parameters: ProxyParameters,
    cache: Cache,
    needs_large: bool,
) -> int:
    """Frames of which the cache has what `make_proxies` looks for there; whether it is sound shows when it is read."""
    part = clip if span is None else replace(clip, pts=clip.pts[span.first : span.stop])
    empty = empty_proxies(part, samples, in_a_row, parameters)
    return kept_segments(cache, clip, span, empty, in_a_row, parameters).frames_kept(needs_large)


@dataclass(eq=False)
class _Making:
    """Proxies that are being made.

    clip, span   what is decoded
    kept         segments in the cache
    is_anew      what the cache has is not looked at
    pts          i64 [n]   as decoded
    small        u8 [n, h, w]
    chroma       u8 [k, 2, h, w]
    large_rows   views of one array u8 [k, h, w], by the frames of which large copies are kept
    votes, large by segment: what was loaded or decoded
    done         frames that are there
    is_loaded    some frames come from the cache
    """

    clip: Clip
    span: FrameSpan | None
    kept: KeptSegments
    parameters: ProxyParameters
    needs_large: bool
    on_frame: FrameCallback | None
    is_anew: bool = False
    pts: I64 = field(init=False)
    small: U8 = field(init=False)
    chroma: U8 = field(init=False)
    large_rows: dict[int, U8] = field(default_factory=dict)
    votes: dict[range, list[float]] = field(default_factory=dict)
    large: dict[range, dict[int, U8]] = field(default_factory=dict)
    done: int = 0
    is_loaded: bool = False

    def __post_init__(self) -> None:
        self.pts = np.empty(self.kept.proxies.clip.frames, np.int64)
        self.small = scratch_array((len(self.pts), *self.kept.proxies.small.shape[1:]))
        rows = self.kept.proxies.chroma_rows(range(len(self.pts)))
        self.chroma = np.empty((rows.stop, *self.kept.proxies.chroma.shape[1:]), np.uint8)

    @property
    def ends_with_file(self) -> bool:
        """Whether a frame more shows that the file holds more than it promises."""
        return self.span is None or self.span.stop == self.clip.frames

    def large_row(self, i: int, luma: U8) -> U8:
        """A copy of frame i's large copy that takes memory only while it is looked at, if the clip is long."""
        if not self.large_rows:
            frames = sorted(self.kept.proxies.kept_large)
            self.large_rows = dict(zip(frames, scratch_array((len(frames), *luma.shape)), strict=True))
        row = self.large_rows[i]
        row[:] = luma
        note_use(row)
        return row

    def release(self) -> None:
        """Give back the memory of what is filled in."""
        release_pages(self.small)
        for row in islice(self.large_rows.values(), 1):
            release_pages(row)

    def shares_copies(self, order: str) -> bool:
        """Whether small copies of frames of that field order are the large ones."""
        return not order and self.kept.proxies.shares_copies

    def lost_order(self) -> str:
        """Of frames whose file says nothing of it. All segments have votes."""
        part = self.kept.proxies.clip
        if part.field_order or part.rotation % 180:
            return ""
        votes = [vote for segment in self.kept.segments for vote in self.votes[segment]]
        return FieldOrderScan(self.parameters.lost_fields, votes).field_order()


def _made(making: _Making) -> Proxies:
    """Raises MediaError, _OtherFrames."""
    kept = making.kept
    missing = [segment for segment in kept.segments if not _load_small(making, segment)]
    order = "" if missing else making.lost_order()
    without_large = [
        s for s in kept.segments if making.needs_large and (making.is_anew or not _load_large(making, s, order))
    ]
    _decode_runs(making, sorted({*missing, *without_large}, key=lambda s: s.start), order)
    _check_times(making)
    found = making.lost_order()
    if found != order:  # known by now only: large copies are made once more, which is rare, and exact
        order, making.on_frame = found, None
        making.large.clear()
        _decode_runs(making, [s for s in kept.segments if not _load_large(making, s, order)], order)
    return replace(
        kept.proxies,
        clip=replace(kept.proxies.clip, pts=making.pts),
        small=making.small,
        chroma=making.chroma,
        lost_order=order,
        large_frames={i: frame for copies in making.large.values() for i, frame in copies.items()},
        find_large=partial(kept.find_large, order, making.pts),
    )


def _load_small(making: _Making, segment: range) -> bool:
    found = None if making.is_anew else making.kept.load_small(segment)
    if found is None:
        return False
    frames = slice(segment.start, segment.stop)
    making.pts[frames], making.small[frames] = found.pts, found.small
    making.chroma[making.kept.proxies.chroma_rows(segment)] = found.chroma
    making.votes[segment], making.is_loaded = found.votes, True
    making.release()
    return True


def _load_large(making: _Making, segment: range, order: str) -> bool:
    if making.shares_copies(order):
        making.large[segment] = {i: making.small[i] for i in making.kept.large_frames(segment)}
        return True
    found = None if making.is_anew else making.kept.load_large(segment, order)
    if found is not None:
        making.large[segment] = {i: making.large_row(i, luma) for i, luma in found.items()}
        making.release()
    return found is not None


def _decode_runs(making: _Making, segments: Sequence[range], order: str) -> None:
    """Decode these segments, each row of neighbours in one go. Raises MediaError, _OtherFrames."""
    making.done = len(making.pts) - sum(map(len, segments))
    ordered = enumerate(segments)
    for _, row in groupby(ordered, key=lambda pair: pair[1].start - sum(map(len, segments[: pair[0]]))):
        run = [segment for _, segment in row]
        n = _decode_run(making, run, order)
        if n != run[-1].stop:
            raise _count_error(making, n)


def _decode_run(making: _Making, run: Sequence[range], order: str) -> int:
    """Decode and keep neighbouring segments. Frames of the clip that are there then, one too many at most."""
    n = len(making.pts)
    frames = _frames_from(making, run[0].start)
    for segment in run:
        decoded = _decode_segment(making, segment, frames, order)
        if decoded != segment.stop:
            return decoded
        if segment.stop == n and making.ends_with_file and next(frames, None) is not None:
            return n + 1
        _keep(making, segment, order)
        making.release()
    return run[-1].stop


def _frames_from(making: _Making, first: int) -> Drafts:
    """From frame `first` of the part on. Raises _OtherFrames."""
    leads, span = making.parameters.seek_leads, making.span
    if not first:
        return decode_drafts(making.clip, int(making.clip.pts[span.first]) if span and span.first else None, leads)
    frames = decode_drafts(making.clip, int(making.pts[first - 1]), leads)
    frame = next(frames, None)
    if frame is None or frame.pts != making.pts[first - 1]:
        raise _OtherFrames
    luma = luma_of(frame, making.clip.rotation)
    if (shrink_by_halving(luma, making.kept.proxies.small_factor) != making.small[first - 1]).any():
        raise _OtherFrames
    return frames


def _decode_segment(making: _Making, segment: range, frames: Drafts, order: str) -> int:
    """Fill in the segment. Frames of the clip that are there then: fewer than wanted where the decoder ends early."""
    proxies = replace(making.kept.proxies, lost_order=order)
    fields, large = FieldOrderScan(making.parameters.lost_fields), dict[int, U8]()
    i = segment.start - 1
    for i, frame in zip(segment, frames, strict=False):
        luma = luma_of(frame, making.clip.rotation)
        if i % proxies.chroma_step == 0:
            making.chroma[i // proxies.chroma_step] = chroma_of(frame, making.clip.rotation, proxies.chroma_factor)
        shrunk = shrink_by_halving(luma, proxies.large_factor)
        making.small[i] = shrink_by_halving(shrunk, proxies.small_factor // proxies.large_factor)
        if i in proxies.kept_large and proxies.shares_copies:
            large[i] = making.small[i]
        elif i in proxies.kept_large:
            large[i] = making.large_row(i, large_copy(luma, proxies, shrunk))
        fields.add(luma)
        making.pts[i] = -1 if frame.pts is None else frame.pts
        making.done += 1
        if making.on_frame is not None:
            making.on_frame(making.done)
    making.votes[segment], making.large[segment] = fields.votes, large
    return i + 1


def _keep(making: _Making, segment: range, order: str) -> None:
    """Store what was decoded of a segment, if its frames have the times that the cache would take."""
    frames = slice(max(segment.start - 1, 0), segment.stop)
    if (np.diff(making.pts[frames]) > 0).all():
        frames = slice(segment.start, segment.stop)
        if not making.shares_copies(order):
            making.kept.store_large(segment, order, making.large[segment])
        chroma = making.chroma[making.kept.proxies.chroma_rows(segment)]
        copies = SmallCopies(making.pts[frames], making.small[frames], making.votes[segment], chroma)
        making.kept.store_small(segment, copies)


def _check_times(making: _Making) -> None:
    """Raises MediaError where frames do not come in the order of their times, or are not those of the span.

    Raises _OtherFrames where some of these were loaded.
    """
    part, n = making.kept.proxies.clip, len(making.pts)
    if making.span is not None:
        n = int((making.pts == part.pts).sum())
    if n != part.frames or (np.diff(making.pts) <= 0).any():
        raise _OtherFrames if making.is_loaded else _count_error(making, n)


def _count_error(making: _Making, n: int) -> MediaError:
    """n: frames that decode, at the timestamps that they should have if there is a span."""
    clip, span = making.kept.proxies.clip, making.span
    where = "the file" if span is None else f"its part from frame {span.first} to {span.stop - 1}"
    if n != clip.frames:
        return DamageError(clip.path, f"of {clip.frames} frames in {where} {n} decode")
    return MediaError(
        f"the {n} frames of '{clip.path}' do not come out in the order of their timestamps; "
        f"date them evenly first: {dating_command(plausible_rate(clip.frame_rate), clip.stream)}"
    )

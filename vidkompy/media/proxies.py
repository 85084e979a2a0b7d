"""Clip -> small luma copies of its frames, streamed once in presentation order.

Sizes shrink by repeated exact halving (an odd last row or column is left out), so a proxy pixel covers exactly
factor x factor frame pixels and positions convert by one multiplication. Measured: a direct INTER_AREA resize to an
odd ratio costs 5-6 ms a 1080p frame, the cascade under 1 ms; keeping the odd edge shifts proxies by up to 2 px.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import cv2
import numpy as np

from vidkompy.errors import DamageError, MediaError
from vidkompy.media.clock_faults import dating_command
from vidkompy.media.decoding import SEEK_LEADS, decode_luma, seek_luma
from vidkompy.media.extents import plausible_rate
from vidkompy.media.fields import combing, first_field
from vidkompy.media.ignored_area import compared_cells
from vidkompy.media.lost_fields import FieldOrderScan, LostFieldsParameters
from vidkompy.model import I64, U8, Clip, FrameSpan, Mask, PixelBox
from vidkompy.parameters import tuned

FrameCallback = Callable[[int], None]  # frames that are decoded so far


@dataclass(frozen=True)
class ProxyParameters:
    """Sizes of the copies, and the memory that they may take."""

    small_side: int = tuned(
        320,
        unit="px, long side of the copies that are kept of every frame",
        raising="finer detail when frames are compared in time, at more memory",
        source="chosen by eye",
    )
    large_side: int = tuned(
        960,
        unit="px, long side of the copies that placement is measured on",
        raising="finer placement, at more memory and slower fits",
        source="chosen by eye",
    )
    least_small_side: int = tuned(
        64,
        unit="px, long side to which the small copies of long clips shrink at most",
        raising="clips too long for small_bytes take more than that sooner",
        source="chosen by eye",
    )
    small_bytes: int = tuned(
        384 << 20,
        unit="bytes of all small copies",
        raising="longer clips keep their full small copies",
        source="chosen by eye",
    )
    large_bytes: int = tuned(
        160 << 20,
        unit="bytes of the large copies in memory",
        raising="more frames need no seek, which takes 0.6 s of CPU each (measured, 1080p)",
        source="chosen by eye",
    )
    consecutive_frames: int = tuned(
        8,
        unit="BG frames in a row that are kept large, where not all are",
        raising="a match has more of its neighbours in time in memory, at fewer places of the clip",
        source="chosen by eye: a match and its neighbours in time",
    )
    combing: float = tuned(
        0.65,
        unit="change from line to line over that from line to next but one",
        raising="frames of interlaced clips are compared as they are, with faint combs",
        source="six made clips: 0.60 at most as progressive, 0.9 to 9 at most as interlaced",
    )
    lost_fields: LostFieldsParameters = LostFieldsParameters()
    seek_leads: tuple[int, ...] = tuned(
        SEEK_LEADS,
        unit="s before a frame at which to look for its keyframe, tried in turn",
        raising="keyframes that lie further apart are found, at more frames decoded",
        source="chosen by eye: MPEG-TS is entered anywhere",
    )


@dataclass(frozen=True, eq=False)
class Proxies:
    """Luma copies of a clip.

    clip           its pts are those of the decoded frames
    small          u8 [n, h, w]    every frame, small_factor frame px per proxy px
    large_frames   u8 [h, w] by frame index: large copies in memory, large_factor frame px per proxy px
    combing        of a frame of an interlaced clip, see `fields.combing`, above which its large copy is of one field
    sought_frames  more of them, which were decoded by seeking since
    kept_large     frames of which decoding keeps large copies, whether or not these are in memory
    lost_order     field order of frames of two fields whose file says nothing of it; "" elsewhere
    ignored        frame px: boxes that are looked at nowhere; of FG only
    levels         u8 [256]: what the copies' grey levels are for those of the frames; None: the same
    """

    clip: Clip
    small: U8
    small_factor: int
    large_frames: dict[int, U8]
    large_factor: int
    combing: float = ProxyParameters.combing
    sought_frames: dict[int, U8] = field(default_factory=dict, init=False)  # a changed copy has none
    ignored: tuple[PixelBox, ...] = ()
    lost_order: str = ""
    kept_large: frozenset[int] = frozenset()
    levels: U8 | None = None

    @property
    def field_order(self) -> str:
        """As the file says, or as the frames show."""
        return self.clip.field_order or self.lost_order

    def spread(self, count: int) -> list[int]:
        """At most `count` indices of large_frames, evenly spaced among them."""
        indices = sorted(self.large_frames)
        return [indices[k] for k in evenly_spaced(len(indices), count)]

    def large(self, indices: Sequence[int]) -> list[U8]:
        """Large copies of these frames; those that are not in memory are decoded by one pass of seeks. MediaError."""
        missing = [i for i in indices if i not in self.large_frames and i not in self.sought_frames]
        if missing:
            sought = seek_luma(self.clip, missing)
            shrunk = {i: _large_copy(luma, self) for i, luma in sought.items()}
            if self.levels is not None:
                shrunk = {i: self.levels[luma] for i, luma in shrunk.items()}
            self.sought_frames.update(shrunk)
        return [self.large_frames[i] if i in self.large_frames else self.sought_frames[i] for i in indices]

    def compared(self, shape: tuple[int, int], factor: float, margin: float = 0.0) -> Mask | None:
        """bool [shape]: px of a view that show nothing of the ignored boxes; None where nothing is ignored.

        factor   frame px per view px
        margin   view px around the boxes that are left out too
        """
        if not self.ignored:
            return None
        rows, columns = shape
        return compared_cells(self.ignored, (0, 0, columns * factor, rows * factor), shape, margin)


def make_proxies(
    clip: Clip,
    samples: int,
    on_frame: FrameCallback | None = None,
    span: FrameSpan | None = None,
    in_a_row: int = 1,
    parameters: ProxyParameters = ProxyParameters(),
) -> Proxies:
    """Decode `clip` once, or of its frames only those of `span`: indices then count from its first.

    samples    frames of which large copies are kept, at least; if not of all, of evenly spaced rows
    in_a_row   frames in each of those rows
    Raises MediaError if a frame does not decode or the file yields other frames than its packets promise.
    """
    first, stop = (0, clip.frames) if span is None else span
    frames = _luma_of_span(clip, first, stop, parameters)
    part = replace(clip, pts=clip.pts[first:stop])
    small_factor, large_factor = _factors(part, parameters)
    small = np.empty((part.frames, clip.height // small_factor, clip.width // small_factor), np.uint8)
    rows = kept_large_frames(part, samples, in_a_row, parameters)
    proxies = Proxies(part, small, small_factor, {}, large_factor, parameters.combing, kept_large=rows)
    fields = FieldOrderScan(parameters.lost_fields)
    pts, n = _shrink_all(frames, proxies, fields, on_frame)
    if span is not None and n == part.frames:
        n = int((pts == part.pts).sum())
    if n != part.frames or (np.diff(pts) <= 0).any():
        raise _decode_error(part, span, n)
    proxies = replace(proxies, clip=replace(part, pts=pts))
    if part.field_order or part.rotation % 180 or not (lost_order := fields.field_order()):
        return proxies
    proxies = replace(proxies, lost_order=lost_order)
    for i, (_, luma) in enumerate(_luma_of_span(clip, first, stop, parameters)):  # once more: rare, and exact
        if i in proxies.large_frames:
            proxies.large_frames[i] = np.ascontiguousarray(_large_copy(luma, proxies))
    return proxies


def kept_large_frames(clip: Clip, samples: int, in_a_row: int, parameters: ProxyParameters) -> frozenset[int]:
    """Frames of which `make_proxies` keeps large copies."""
    most = max(samples, parameters.large_bytes // _proxy_bytes(clip, _factors(clip, parameters)[1]))
    return frozenset(_evenly_spaced_rows(clip.frames, most, in_a_row))


def _luma_of_span(clip: Clip, first: int, stop: int, parameters: ProxyParameters) -> Iterator[tuple[int, U8]]:
    frames = decode_luma(clip, first or None, parameters.seek_leads)
    if stop == clip.frames:  # one frame more shows that the file holds more than it promises
        return frames
    return islice(frames, stop - first)


def _factors(clip: Clip, parameters: ProxyParameters) -> tuple[int, int]:
    """Frame px per px of the small and of the large copies: powers of two."""
    side = max(clip.width, clip.height)
    small, large = _halving_factor(side, parameters.small_side), _halving_factor(side, parameters.large_side)
    while (
        _proxy_bytes(clip, small) * clip.frames > parameters.small_bytes and side // small > parameters.least_small_side
    ):
        small *= 2
    return small, large


def _halving_factor(side: int, most: int) -> int:
    factor = 1
    while side // factor > most:
        factor *= 2
    return factor


def _proxy_bytes(clip: Clip, factor: int) -> int:
    return (clip.width // factor) * (clip.height // factor)


def _evenly_spaced_rows(n: int, count: int, in_a_row: int) -> list[int]:
    """At most `count` indices below n: all, or evenly spaced rows of `in_a_row`.

    >>> _evenly_spaced_rows(40, 16, 8)
    [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31]
    """
    if n <= count:
        return list(range(n))
    return [first + k for first in evenly_spaced(n - in_a_row + 1, count // in_a_row) for k in range(in_a_row)]


def evenly_spaced(n: int, count: int) -> list[int]:
    """At most `count` distinct indices below n, centred in equal shares of the range.

    >>> evenly_spaced(40, 4)
    [5, 15, 25, 35]
    """
    return sorted({(2 * k + 1) * n // (2 * count) for k in range(count)}) if n else []


def _shrink_all(
    frames: Iterator[tuple[int, U8]],
    proxies: Proxies,
    fields: FieldOrderScan,
    on_frame: FrameCallback | None,
) -> tuple[I64, int]:
    """Fill `proxies` and `fields`. Timestamps, i64 [n], and how many frames came, one too many at most."""
    pts = np.empty(proxies.clip.frames, np.int64)
    n = 0
    for n, (t, luma) in enumerate(frames, start=1):
        if n > len(pts):
            break
        i = n - 1
        large = shrink_by_halving(luma, proxies.large_factor)
        proxies.small[i] = shrink_by_halving(large, proxies.small_factor // proxies.large_factor)
        if i in proxies.kept_large:
            proxies.large_frames[i] = np.ascontiguousarray(_large_copy(luma, proxies, large))
        fields.add(luma)
        pts[i] = t
        if on_frame is not None:
            on_frame(n)
    return pts, n


def _large_copy(luma: U8, proxies: Proxies, shrunk: U8 | None = None) -> U8:
    """The large copy of a frame: of one moment, where the clip is interlaced and the frame combed.

    shrunk   the copy of the frame as it is, if it is there already
    """
    order, factor = proxies.field_order, proxies.large_factor
    if order and not proxies.clip.rotation % 180 and combing(luma) > proxies.combing:
        return shrink_by_halving(first_field(luma, order), factor)
    return shrink_by_halving(luma, factor) if shrunk is None else shrunk


def shrink_by_halving(luma: U8, factor: int) -> U8:
    """Shrink by a power of two through exact 2x2 means; an odd last row or column is left out."""
    while factor > 1:
        h, w = luma.shape[0] // 2, luma.shape[1] // 2
        luma = cv2.resize(luma[: 2 * h, : 2 * w], (w, h), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        factor //= 2
    return luma


def _decode_error(clip: Clip, span: FrameSpan | None, n: int) -> MediaError:
    """n: frames that decode, at the timestamps that they should have if there is a span."""
    where = "the file" if span is None else f"its part from frame {span.first} to {span.stop - 1}"
    if n != clip.frames:
        return DamageError(clip.path, f"of {clip.frames} frames in {where} {n} decode")
    return MediaError(
        f"the {n} frames of '{clip.path}' do not come out in the order of their timestamps; "
        f"date them evenly first: {dating_command(plausible_rate(clip.frame_rate), clip.stream)}"
    )

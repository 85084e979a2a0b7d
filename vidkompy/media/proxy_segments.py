"""Proxies of a clip in the cache, segment by segment as they come from the decoder: an interrupted run goes on there.

Small copies of a segment are one entry, its large copies another: a known placement needs no large ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import NamedTuple

import numpy as np

from vidkompy.media.cache import Cache
from vidkompy.media.cache_entries import (
    Shape,
    large_body_size,
    large_segment,
    small_body_size,
    small_from_entry,
    small_segment,
    timestamp_bytes,
)
from vidkompy.media.proxies import Proxies, ProxyParameters
from vidkompy.model import I64, U8, Clip, FrameSpan
from vidkompy.records import Record


class SmallCopies(NamedTuple):
    """Of a segment's frames: timestamps i64 [n], small copies u8 [n, h, w], votes of their field order, and copies of
    chroma u8 [k, 2, h, w] of those frames that have one.
    """

    pts: I64
    small: U8
    votes: list[float]
    chroma: U8


class KeptSegments(Record, eq=False):
    """Segments of one clip in a cache.

    key        names the clip, the part of it, and how it is decoded
    proxies    of that part, without copies: what sizes these have, and which frames have large ones
    in_a_row   large copies that are kept of consecutive frames: BG and FG keep other ones
    segments   of frames, each but the last of as many
    """

    cache: Cache
    key: str
    proxies: Proxies
    in_a_row: int
    segments: tuple[range, ...]

    def load_small(self, segment: range) -> SmallCopies | None:
        shape = self._shape(len(segment), self.proxies.small_factor)
        rows = self.proxies.chroma_rows(segment)
        chroma_shape = (rows.stop - rows.start, *self.proxies.chroma.shape[1:])

        def read(value: dict[str, object], body: U8) -> SmallCopies:
            return SmallCopies(*small_from_entry(value, body, shape, chroma_shape))

        size_of = partial(small_body_size, shape=shape, chroma_shape=chroma_shape)
        return self.cache.load("small", self._small_key(segment), size_of, read)

    def store_small(self, segment: range, copies: SmallCopies) -> None:
        key, value = self._small_key(segment), small_segment(copies.votes, len(segment))
        self.cache.store("small", key, value, timestamp_bytes(copies.pts), copies.small, copies.chroma)

    def load_large(self, segment: range, order: str) -> dict[int, U8] | None:
        """By frame index. order: field order that was lost, and found from the pictures; "" elsewhere."""
        frames = self.large_frames(segment)
        shape = self._shape(len(frames), self.proxies.large_factor)
        size_of = partial(large_body_size, shape=shape)
        return self.cache.load(
            "large",
            self._large_key(segment, order),
            size_of,
            lambda _, body: dict(zip(frames, body.reshape(shape), strict=True)),
        )

    def store_large(self, segment: range, order: str, copies: Mapping[int, U8]) -> None:
        frames = self.large_frames(segment)
        self.cache.store(
            "large", self._large_key(segment, order), large_segment(len(frames)), *(copies[i] for i in frames)
        )

    def large_frames(self, segment: range) -> list[int]:
        """Those of its frames of which large copies are kept."""
        return [i for i in segment if i in self.proxies.kept_large]

    def find_large(self, order: str, pts: I64, wanted: Sequence[int]) -> dict[int, U8]:
        """Large copies of those of the wanted frames that are kept. pts: i64 [n], of all frames; wanted: pts, too."""
        at = np.searchsorted(pts, np.array(wanted, np.int64)).tolist()
        frames = {i: t for i, t in zip(at, wanted, strict=True) if i < len(pts) and pts[i] == t}
        found: dict[int, U8] = {}
        for segment in self.segments:
            asked = [i for i in self.large_frames(segment) if i in frames]
            kept = self.load_large(segment, order) if asked else None
            found |= {} if kept is None else {frames[i]: kept[i].copy() for i in asked}
        return found

    def frames_kept(self, needs_large: bool) -> int:
        """Frames of those segments that are kept, whole or damaged; large copies alike where these are needed."""
        return sum(len(segment) for segment in self.segments if self._is_kept(segment, needs_large))

    def _is_kept(self, segment: range, needs_large: bool) -> bool:
        if not self.cache.has("small", self._small_key(segment)):
            return False
        needs_large = needs_large and not self.proxies.shares_copies
        orders = ("", "tff", "bff") if needs_large else ()
        return not needs_large or any(self.cache.has("large", self._large_key(segment, order)) for order in orders)

    def _small_key(self, segment: range) -> str:
        return f"small {self.key} {segment.start}:{segment.stop}"

    def _large_key(self, segment: range, order: str) -> str:
        return f"large {self.key} {segment.start}:{segment.stop} {order} rows of {self.in_a_row}"

    def _shape(self, frames: int, factor: int) -> Shape:
        return frames, self.proxies.clip.height // factor, self.proxies.clip.width // factor


def kept_segments(
    cache: Cache, clip: Clip, span: FrameSpan | None, proxies: Proxies, in_a_row: int, parameters: ProxyParameters
) -> KeptSegments:
    """Segments of `clip`, or of its span. proxies: of that part, without copies."""
    segments = tuple(_segments(proxies.clip, parameters))
    return KeptSegments(cache, clip_key(clip, span), proxies, in_a_row, segments)


def clip_key(clip: Clip, span: FrameSpan | None) -> str:
    """Names a clip, or a part of it, and how it is decoded."""
    part = "all" if span is None else f"{span.first}:{span.stop}"
    return f"{clip.content_key} {part}{' as concealed' if clip.is_concealed else ''}"


def _segments(clip: Clip, parameters: ProxyParameters) -> Iterator[range]:
    """Consecutive ranges of all frames, of whole rounds of the scan for lost fields, so that none needs another."""
    seconds = Fraction(int(clip.pts[-1] - clip.pts[0])) * clip.time_base
    rate = (clip.frames - 1) / float(seconds) if seconds > 0 else float(clip.frames)
    rounds = max(1, int(parameters.segment_seconds * rate) // parameters.lost_fields.frames_apart)
    length = rounds * parameters.lost_fields.frames_apart
    for start in range(0, clip.frames, length):
        yield range(start, min(start + length, clip.frames))

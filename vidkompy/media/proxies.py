"""Small luma copies of a clip's frames: their sizes, and which frames have large ones. `proxy_decoding` makes them.

Sizes shrink by repeated exact halving (an odd last row or column is left out), so a proxy pixel covers exactly
factor x factor frame pixels and positions convert by one multiplication. Measured: a direct INTER_AREA resize to an
odd ratio costs 5-6 ms a 1080p frame, the cascade under 1 ms; keeping the odd edge shifts proxies by up to 2 px.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from itertools import islice

import cv2
import numpy as np

from vidkompy.media.decoding import SEEK_LEADS, seek_luma
from vidkompy.media.fields import combing, first_field
from vidkompy.media.ignored_area import compared_cells
from vidkompy.media.lost_fields import LostFieldsParameters
from vidkompy.media.scratch_arrays import note_use, release_pages
from vidkompy.model import U8, Clip, Mask, PixelBox
from vidkompy.parameters import tuned
from vidkompy.records import Record

FindLarge = Callable[[Sequence[int]], Mapping[int, U8]]  # pts of frames -> large copies of those that are kept


def _find_none(_: Sequence[int]) -> Mapping[int, U8]:
    return {}


class ProxyParameters(Record):
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
    chroma_px: int = tuned(
        4,
        unit="px of the small copies, either way, per px of a copy of chroma",
        raising="colours are compared at fewer places, at less memory",
        source="chosen by eye",
    )
    chroma_bytes: int = tuned(
        48 << 20,
        unit="bytes of all copies of chroma",
        raising="of long clips more frames tell their colours",
        source="chosen by eye: 4 minutes of every frame",
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
    segment_seconds: float = tuned(
        20.0,
        unit="s of a clip whose copies are kept at once, as they come from the decoder",
        raising="an interrupted run has more to decode again, and fewer files are kept",
        source="chosen by eye: at most a minute is decoded again",
    )
    seek_leads: tuple[int, ...] = tuned(
        SEEK_LEADS,
        unit="s before a frame at which to look for its keyframe, tried in turn",
        raising="keyframes that lie further apart are found, at more frames decoded",
        source="chosen by eye: MPEG-TS is entered anywhere",
    )


class Proxies(Record, eq=False):
    """Luma copies of a clip.

    clip           its pts are those of the decoded frames
    small          u8 [n, h, w]    every frame, small_factor frame px per proxy px
    large_frames   u8 [h, w] by frame index: large copies in memory, large_factor frame px per proxy px
    combing        of a frame of an interlaced clip, see `fields.combing`, above which its large copy is of one field
    sought_frames  more of them, which were decoded by seeking since
    kept_large     frames of which decoding keeps large copies, whether or not these are in memory
    lost_order     field order of frames of two fields whose file says nothing of it; "" elsewhere
    ignored        frame px: boxes that are looked at nowhere; of FG only
    chroma         u8 [k, 2, h, w]   Cb and Cr of every chroma_step-th frame, chroma_factor frame px per px
    levels         u8 [256]: what the copies' grey levels are for those of the frames; None: the same
    find_large     finds large copies, of the frames' own levels, that were kept elsewhere, by pts
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
    chroma: U8 = field(default_factory=lambda: np.empty((0, 2, 0, 0), np.uint8))
    chroma_step: int = 1
    chroma_factor: int = 1
    levels: U8 | None = None
    find_large: FindLarge = _find_none

    @property
    def field_order(self) -> str:
        """As the file says, or as the frames show."""
        return self.clip.field_order or self.lost_order

    @property
    def shares_copies(self) -> bool:
        """Whether the small copies are the large ones."""
        return self.large_factor == self.small_factor and not self.field_order

    def chroma_rows(self, frames: range) -> slice:
        """Rows of `chroma` that are of these frames, each after the one before."""
        step = self.chroma_step
        return slice(-(-frames.start // step), -(-frames.stop // step))

    def spread(self, count: int) -> list[int]:
        """At most `count` indices of large_frames, evenly spaced among them."""
        indices = sorted(self.large_frames)
        return [indices[k] for k in evenly_spaced(len(indices), count)]

    def small_copy(self, i: int) -> U8:
        """u8 [h, w]: of frame i. Of long clips few that were looked at take memory."""
        note_use(self.small)
        copy: U8 = self.small[i]
        return copy

    def large(self, indices: Sequence[int]) -> list[U8]:
        """Large copies of these frames.

        Those that are neither in memory nor kept elsewhere are decoded by one pass of seeks. MediaError.
        """
        missing = [i for i in indices if i not in self.large_frames and i not in self.sought_frames]
        if missing and self.shares_copies:
            self.sought_frames.update({i: self.small[i] for i in missing})
        elif missing:
            self.sought_frames.update(self._fetched(missing))
        found = [self.large_frames[i] if i in self.large_frames else self.sought_frames[i] for i in indices]
        for frame in found:
            note_use(frame)
        return found

    def release(self) -> None:
        """Give back the memory of copies that lie on disk; they come back as they are looked at."""
        release_pages(self.small)
        for copy in islice(self.large_frames.values(), 1):  # parts of one array
            release_pages(copy)

    def _fetched(self, indices: Sequence[int]) -> dict[int, U8]:
        pts = self.clip.pts
        kept = self.find_large([int(pts[i]) for i in indices])
        found = {i: kept[int(pts[i])] for i in indices if int(pts[i]) in kept}
        missing = [i for i in indices if i not in found]
        if missing:
            found |= {i: large_copy(luma, self) for i, luma in seek_luma(self.clip, missing).items()}
        return found if self.levels is None else {i: self.levels[luma] for i, luma in found.items()}

    def compared(self, shape: tuple[int, int], factor: float, margin: float = 0.0) -> Mask | None:
        """bool [shape]: px of a view that show nothing of the ignored boxes; None where nothing is ignored.

        factor   frame px per view px
        margin   view px around the boxes that are left out too
        """
        if not self.ignored:
            return None
        rows, columns = shape
        return compared_cells(self.ignored, (0, 0, columns * factor, rows * factor), shape, margin)


def empty_proxies(clip: Clip, samples: int, in_a_row: int, parameters: ProxyParameters) -> Proxies:
    """Proxies without copies; arguments as for `make_proxies`. They say how large copies are, and of which frames."""
    small_factor, large_factor = proxy_factors(clip, parameters)
    small = np.empty((0, clip.height // small_factor, clip.width // small_factor), np.uint8)
    kept = _kept_large_frames(clip, samples, in_a_row, parameters)
    chroma_factor = _chroma_factor(clip, small_factor, parameters)
    rows, columns = clip.height // chroma_factor, clip.width // chroma_factor
    return Proxies(
        clip,
        small,
        small_factor,
        {},
        large_factor,
        parameters.combing,
        kept_large=kept,
        chroma=np.empty((0, 2, rows, columns), np.uint8),
        chroma_step=-(-clip.frames * 2 * rows * columns // parameters.chroma_bytes),
        chroma_factor=chroma_factor,
    )


def _kept_large_frames(clip: Clip, samples: int, in_a_row: int, parameters: ProxyParameters) -> frozenset[int]:
    """Frames of which `make_proxies` keeps large copies."""
    most = max(samples, parameters.large_bytes // _proxy_bytes(clip, proxy_factors(clip, parameters)[1]))
    return frozenset(_evenly_spaced_rows(clip.frames, most, in_a_row))


def proxy_factors(clip: Clip, parameters: ProxyParameters) -> tuple[int, int]:
    """Frame px per px of the small and of the large copies: powers of two."""
    side = max(clip.width, clip.height)
    small, large = _halving_factor(side, parameters.small_side), _halving_factor(side, parameters.large_side)
    while (
        _proxy_bytes(clip, small) * clip.frames > parameters.small_bytes and side // small > parameters.least_small_side
    ):
        small *= 2
    return small, large


def _chroma_factor(clip: Clip, small_factor: int, parameters: ProxyParameters) -> int:
    """Frame px per px of the copies of chroma: no more than the frame has."""
    factor = small_factor * parameters.chroma_px
    while factor > min(clip.width, clip.height):
        factor //= 2
    return factor


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


def large_copy(luma: U8, proxies: Proxies, shrunk: U8 | None = None) -> U8:
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

"""Clip -> small luma copies of its frames, streamed once in presentation order.

Sizes shrink by repeated exact halving (an odd last row or column is left out), so a proxy pixel covers exactly
factor x factor frame pixels and positions convert by one multiplication. Measured: a direct INTER_AREA resize to an
odd ratio costs 5-6 ms a 1080p frame, the cascade under 1 ms; keeping the odd edge shifts proxies by up to 2 px.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import cv2
import numpy as np

from vidkompy.errors import DamageError, MediaError
from vidkompy.media.decoding import decode_luma, seek_luma
from vidkompy.model import U8, Clip

SMALL_PX = 320  # long side of the copies kept of every frame
LARGE_PX = 960  # long side of the copies that placement is measured on
SMALL_BUDGET = 384 << 20  # bytes; longer clips keep smaller copies instead
LARGE_BUDGET = 160 << 20  # bytes; longer clips hold some frames and seek for others, 0.6 s CPU each (1080p)
CONSECUTIVE_FRAMES = (
    8  # frames of a clip that is looked into, where not all are held: a match and its neighbours in time
)

Progress = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Proxies:
    """Luma copies of a clip.

    clip           its pts are those of the decoded frames
    small          u8 [n, h, w]    every frame, small_factor frame px per proxy px
    held           large copies by frame index, large_factor frame px per proxy px
    fetched        more of them, as they were asked for
    """

    clip: Clip
    small: U8
    small_factor: int
    held: dict[int, U8]
    large_factor: int
    fetched: dict[int, U8] = field(default_factory=dict, init=False)  # a changed copy has none

    def spread(self, count: int) -> list[int]:
        """At most so many of the frames that are held large, evenly."""
        held = sorted(self.held)
        return [held[k] for k in evenly_spaced(len(held), count)]

    def large(self, indices: Sequence[int]) -> list[U8]:
        """Large copies of these frames: those held, the others by seeking in the file, once."""
        missing = [i for i in indices if i not in self.held and i not in self.fetched]
        if missing:
            self.fetched.update(
                {i: shrink_by_halving(f, self.large_factor) for i, f in seek_luma(self.clip, missing).items()}
            )
        return [self.held[i] if i in self.held else self.fetched[i] for i in indices]


def make_proxies(
    clip: Clip,
    samples: int,
    progress: Progress | None = None,
    span: tuple[int, int] | None = None,
    in_a_row: int = 1,
) -> Proxies:
    """Decode `clip` once, or of its frames only those from span[0] to before span[1]: indices then count from span[0].

    At least `samples` frames are held large; if not all are, evenly spaced rows of so many. Raises MediaError if a
    frame does not decode or the file yields other frames than its packets promise.
    """
    first, stop = (0, clip.frames) if span is None else span
    source = decode_luma(clip, first or None)
    if stop < clip.frames:  # at its end, one frame more shows that the file holds more than it promises
        source = islice(source, stop - first)
    clip = replace(clip, pts=clip.pts[first:stop])
    side = max(clip.width, clip.height)
    large_factor, small_factor = _halving_factor(side, LARGE_PX), _halving_factor(side, SMALL_PX)
    while _proxy_bytes(clip, small_factor) * clip.frames > SMALL_BUDGET and side // small_factor > 64:
        small_factor *= 2
    wanted = set(
        _evenly_spaced_rows(clip.frames, max(samples, LARGE_BUDGET // _proxy_bytes(clip, large_factor)), in_a_row)
    )
    small = np.empty((clip.frames, clip.height // small_factor, clip.width // small_factor), np.uint8)
    held, pts = dict[int, U8](), np.empty(clip.frames, np.int64)
    n = 0
    for n, (t, luma) in enumerate(source, start=1):
        if n > clip.frames:
            break
        large = shrink_by_halving(luma, large_factor)
        if n - 1 in wanted:
            held[n - 1] = np.ascontiguousarray(large)
        small[n - 1] = shrink_by_halving(large, small_factor // large_factor)
        pts[n - 1] = t
        if progress is not None:
            progress(n)
    if span is not None and n == clip.frames:
        n = int((pts == clip.pts).sum())
    if n != clip.frames or (np.diff(pts) <= 0).any():
        raise _decode_error(clip, span, n)
    return Proxies(replace(clip, pts=pts), small, small_factor, held, large_factor)


def shrink_by_halving(luma: U8, factor: int) -> U8:
    """Shrink by a power of two through exact 2x2 means."""
    while factor > 1:
        h, w = luma.shape[0] // 2, luma.shape[1] // 2
        luma = cv2.resize(luma[: 2 * h, : 2 * w], (w, h), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        factor //= 2
    return luma


def evenly_spaced(n: int, count: int) -> list[int]:
    """At most `count` distinct indices below n, centred in equal shares of the range."""
    return sorted({(2 * k + 1) * n // (2 * count) for k in range(count)}) if n else []


def _evenly_spaced_rows(n: int, count: int, in_a_row: int) -> list[int]:
    """At most `count` indices below n: evenly spaced rows, or all."""
    if n <= count:
        return list(range(n))
    return [first + k for first in evenly_spaced(n - in_a_row + 1, count // in_a_row) for k in range(in_a_row)]


def _decode_error(clip: Clip, span: tuple[int, int] | None, n: int) -> MediaError:
    where = "the file" if span is None else f"its part from frame {span[0]} to {span[1] - 1}"
    if n != clip.frames:
        return DamageError(clip.path, f"of {clip.frames} frames in {where} {n} decode")
    return MediaError(
        f"the {n} frames of '{clip.path}' do not come out in the order of their timestamps; "
        "give them others first: ffmpeg -i IN -c:v libx264 -crf 0 OUT.mkv"
    )


def _halving_factor(side: int, limit: int) -> int:
    factor = 1
    while side // factor > limit:
        factor *= 2
    return factor


def _proxy_bytes(clip: Clip, factor: int) -> int:
    return (clip.width // factor) * (clip.height // factor)

"""Readers of BG: the frame map in stretches that never go back, and the place in BG's file that each is read from.

A reader is one input of ffmpeg. It decodes forwards only, so every fall of the map takes one more. Where a stretch
starts late in the file the reader seeks, so that what lies before is not decoded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from filtergraphs.composition import Composition, Seek

# BG frames before the first wanted: decoders reorder 16 at most, and what a keyframe lacks comes before it
PREROLL = 32
CHEAP_READERS = 8  # of BG at once: with more of them memory counts (`inputs.bg_input`)


@dataclass(frozen=True)
class BgReader:
    """One pass through BG's file.

    frames   increasing indices of the BG frames that it shows, each once
    seek     None: read from the file's start
    """

    frames: tuple[int, ...]
    seek: Seek | None


def bg_changes(c: Composition) -> list[int]:
    """FG frames with another BG frame under them than the FG frame before, the first included."""
    return [0, *(i for i, (a, b) in enumerate(pairwise(c.bg_index), 1) if a != b)]


def readers_of(c: Composition) -> list[BgReader]:
    """One reader for each stretch of the map without a fall, in the order of FG frames.

    A forward step of more than `c.longest_decoded_gap` frames is sought over by one more reader; the longest first, and
    no more than make CHEAP_READERS in all.
    """
    frames = [int(c.bg_index[i]) for i in bg_changes(c)]
    steps = [b - a for a, b in pairwise(frames)]
    falls = [k for k, step in enumerate(steps, 1) if step < 0]
    gaps = [k for k, step in enumerate(steps, 1) if step > c.longest_decoded_gap and c.bg_pts]
    gaps.sort(key=lambda k: steps[k - 1], reverse=True)
    starts = sorted([*falls, *gaps[: max(CHEAP_READERS - 1 - len(falls), 0)]])
    return [_reader(c, tuple(frames[a:b])) for a, b in pairwise([0, *starts, len(frames)])]


def _reader(c: Composition, frames: tuple[int, ...]) -> BgReader:
    return BgReader(frames, seek_to(frames[0], c.bg_pts, c.bg_time_base))


def seek_to(first: int, pts: Sequence[int], time_base: Fraction) -> Seek | None:
    """How to start reading at frame `first`; None: at the file's start, as it lies near, or `pts` is empty.

    pts   of all frames of the file, ticks of time_base

    Reading starts PREROLL frames earlier, at the time of a frame, which every clock holds. What comes before `first` is
    discarded by time, up to a quarter of a frame before it. Half of one is rounded away where frames are a tick apart.

    >>> seek_to(100, range(0, 8000, 40), Fraction(1, 1000))
    Seek(position=2720000, discard=1270000)
    """
    if not len(pts) or first <= PREROLL:
        return None
    before, at = int(pts[first - 1]), int(pts[first])
    position = int(pts[first - PREROLL])
    discard = at - position - Fraction(at - before, 4)
    return Seek(round(position * time_base * 10**6), round(discard * time_base * 10**6))

"""How BG is read: in passages that never go back, each from a place the file can be entered at."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from filtergraphs.composition import Composition

RUN_UP = 32  # BG frames before the first wanted: decoders reorder 16 at most, and what a keyframe lacks comes before it
LEAP = 1500  # BG frames that are rather decoded than sought over: less would not pay for one more reader
FEW = 8  # readers of BG at once that are cheap to have


@dataclass(frozen=True)
class Passage:
    """BG frames that are shown one after another.

    used          increasing BG frame indices
    entry, skip   us     where reading starts, on the file's own clock, and what is then left out; None: at its start
    """

    used: tuple[int, ...]
    entry: int | None
    skip: int = 0


def changes(c: Composition) -> list[int]:
    """FG frames with another BG frame under them than before, the first included."""
    return [0, *(i for i, (a, b) in enumerate(pairwise(c.bg_index), 1) if a != b)]


def passages(c: Composition) -> list[Passage]:
    """One for each stretch of the map without a fall. A long way from the file's start is not decoded but sought, and
    so are the longest leaps of the map, as long as there are FEW readers.
    """
    used = [int(c.bg_index[i]) for i in changes(c)]
    steps = [b - a for a, b in pairwise(used)]
    falls = [k for k, step in enumerate(steps, 1) if step < 0]
    leaps = [k for k, step in enumerate(steps, 1) if step > LEAP and c.bg_pts]
    leaps.sort(key=lambda k: steps[k - 1], reverse=True)
    cuts = sorted([*falls, *leaps[: max(FEW - 1 - len(falls), 0)]])
    return [_passage(c, tuple(used[a:b])) for a, b in pairwise([0, *cuts, len(used)])]


def _passage(c: Composition, used: tuple[int, ...]) -> Passage:
    found = entry_to(used[0], c.bg_pts, c.bg_time_base)
    return Passage(used, *found) if found else Passage(used, None)


def entry_to(first: int, pts: Sequence[int], time_base: Fraction) -> tuple[int, int] | None:
    """Where to start reading for frame `first`, and what to leave out then, us; None: at the file's start.

    Reading starts at the time of a frame, which every clock holds, and drops by time what comes before the first.
    A quarter of a frame earlier than the first: half of one is rounded away where frames are one tick apart.
    """
    if not len(pts) or first <= RUN_UP:
        return None
    before, at = int(pts[first - 1]), int(pts[first])
    entry = int(pts[first - RUN_UP])
    skip = at - entry - Fraction(at - before, 4)
    return round(entry * time_base * 10**6), round(skip * time_base * 10**6)

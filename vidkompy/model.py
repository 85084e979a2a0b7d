"""The vocabulary: clips, placements, frame maps and the runs that store them.

Positions are continuous canvas coordinates: pixel k covers [k, k + 1). Frame indices count from 0 as presented.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filtergraphs.digital_lines import Line, fit
from vidkompy.colours import ColourMatch
from vidkompy.records import Record
from vidkompy.signature import Signature

I64 = NDArray[np.int64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Json = dict[str, Any]  # an object of a JSON document
Box = tuple[float, float, float, float]  # x0, y0, x1, y1
PixelBox = tuple[int, int, int, int]  # left, top, right, bottom

UNMATCHED = -1
HDR10 = frozenset(("mastering display", "light levels"))  # side data that holds for a whole file
ENDS_EARLY, BROKEN_STRUCTURE, LOST_FRAMES = "ends early", "broken structure", "lost frames"  # kinds of faults
DAMAGED_PACKET, DAMAGED_PICTURE, DAMAGED_SOUND = "damaged packet", "damaged picture", "damaged sound"
NO_END_MARK = "no end mark"  # unfinished recordings lack it too
FAULTS = (ENDS_EARLY, BROKEN_STRUCTURE, LOST_FRAMES, DAMAGED_PACKET, DAMAGED_PICTURE, DAMAGED_SOUND, NO_END_MARK)
MAX_FAULTS = 64  # the first ones of a clip are kept
MAX_ODD_STEPS = 2  # of a line of constant speed that are taken for single drops or repeats instead


class FrameSpan(NamedTuple):
    """Frames of a clip from `first` to before `stop`."""

    first: int
    stop: int


class Colour(Record):
    """How samples become light, in ffmpeg's names; "unknown" where the file does not say."""

    space: str = "unknown"
    range: str = "unknown"
    primaries: str = "unknown"
    transfer: str = "unknown"


class Fault(Record):
    """One place where a file is damaged: seconds after the first frame, and one of FAULTS."""

    seconds: float
    kind: str


class Clip(Record, eq=False):
    """One video file, as measured.

    pts            i64 [n]   ticks of `time_base`, strictly increasing; frame i is the i-th in presentation order. Of a
                             damaged clip that was kept: of those frames that decode
    start_pts      ticks; what the container calls its start, which ffmpeg subtracts from every timestamp
    frame_rate     nominal only
    width, height  px, display orientation: after `rotation` (degrees counter-clockwise) has been applied
    stream         which of the file's video streams it is, counted among those from 0, as in ffmpeg's 0:v:N
    program        number of its program, in MPEG-TS that holds several: its sound is of that; 0: all sound is its own
    signature      what some of its frames look like; None where they were not looked at
    """

    path: Path
    size: int
    sha256: str
    width: int
    height: int
    time_base: Fraction
    pts: I64
    start_pts: int
    frame_rate: Fraction
    pix_fmt: str
    colour: Colour
    sar: Fraction
    rotation: int
    audio: tuple[str, ...]  # codec name of each audio track
    timecode: str = ""  # label of the first frame; "" if the file has none
    field_order: str = ""  # of the first frame, "tff" or "bff"; "" where it is progressive
    side_data: tuple[str, ...] = ()  # names of what the first frame carries beside its samples
    decoder: str = ""  # ffmpeg's decoder that decodes all of it; "": ffmpeg's own choice
    damage: tuple[Fault, ...] = ()  # faults of a clip that was kept all the same, ascending in time
    stream: int = 0
    program: int = 0
    signature: Signature | None = None

    @property
    def scope(self) -> str:
        """What ffmpeg's specifiers of the clip's other streams begin with."""
        return f"p:{self.program}:" if self.program else ""

    @property
    def content_key(self) -> str:
        """Of what the clip shows, for keys of the cache: a file may hold several clips."""
        return f"{self.sha256} stream {self.stream}" if self.stream else self.sha256

    @property
    def has_damaged_sound(self) -> bool:
        return any(fault.kind == DAMAGED_SOUND for fault in self.damage)

    @property
    def is_concealed(self) -> bool:
        """Whether pictures are damaged. Their frames are then what the decoder's error concealment makes of them."""
        return any(fault.kind not in (DAMAGED_SOUND, NO_END_MARK) for fault in self.damage)

    @property
    def frames(self) -> int:
        return len(self.pts)

    @property
    def has_hdr10(self) -> bool:
        return not HDR10.isdisjoint(self.side_data)

    def seconds(self, i: int) -> float:
        """Time of frame i after the first one. For printing only."""
        return float((int(self.pts[i]) - int(self.pts[0])) * self.time_base)


class Placement(Record):
    """Where FG sits on the canvas, in canvas px; x, y may be negative.

    score      mean ZNCC of FG's details with BG's on sampled frames, its worst-fitting parts left out, -1..1
    runner_up  the same for the best clearly different placement tried; None if there was none
    confidence probability that every corner lies within 1 px of its true place; None if nobody measured it
    """

    x: float
    y: float
    width: float
    height: float
    score: float | None = None
    runner_up: float | None = None
    confidence: float | None = None

    def __post_init__(self) -> None:
        for name in ("x", "y"):  # -0.0 is something that nobody should read
            object.__setattr__(self, name, getattr(self, name) + 0)

    def share_beyond(self, canvas: tuple[int, int]) -> float:
        """Share of FG that lies beyond a canvas of this width and height.

        >>> Placement(150, -30, 100, 100).share_beyond((200, 200))
        0.65
        """
        across = min(self.x + self.width, canvas[0]) - max(self.x, 0)
        down = min(self.y + self.height, canvas[1]) - max(self.y, 0)
        return float(1 - max(across, 0) * max(down, 0) / (self.width * self.height))

    @property
    def drawn(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in whole canvas px, as a render draws it; a size in whole px is kept."""
        (left, right), (top, bottom) = (_rounded(*side) for side in ((self.x, self.width), (self.y, self.height)))
        return left, top, right, bottom

    @property
    def drawn_size(self) -> tuple[int, int]:
        left, top, right, bottom = self.drawn
        return right - left, bottom - top


class Track(Record, eq=False):
    """FG's place on the canvas frame by frame, where it does not stand.

    at  f64 [n_fg, 5]   x, y, width, height as of a Placement, canvas px; degrees clockwise about FG's centre
    """

    at: F64

    def placement(self, i: int) -> Placement:
        """That of frame i, without its turn."""
        return Placement(*self.at[i, :4].tolist())

    @property
    def corners(self) -> F64:
        """f64 [n_fg, 4, 2]: x and y of each frame's corners, canvas px."""
        x, y, width, height, degrees = self.at.T[:, :, None]
        cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        across, down = width * [-0.5, 0.5, -0.5, 0.5], height * [-0.5, -0.5, 0.5, 0.5]
        right, below = across * cosine - down * sine, across * sine + down * cosine
        return np.stack([x + width / 2 + right, y + height / 2 + below], axis=-1)

    def corner_distances(self, placement: Placement) -> F64:
        """f64 [n_fg]: largest distance of a corner from where one placement puts it, along one axis, canvas px."""
        standing = Track(np.array([[placement.x, placement.y, placement.width, placement.height, 0.0]]))
        return np.asarray(np.abs(self.corners - standing.corners).max(axis=(1, 2)))


class PlacementResult(Record):
    """A placement with the evidence that later stages need. Its fields are keys of a cache entry.

    box    FG px: FG's content, without its bars
    pairs  (FG frame, BG frame) that match at the placement
    """

    box: Box
    placement: Placement
    pairs: list[tuple[int, int]]
    ended_early: bool = False  # of the search, as FG's place seems to move: a better one that stands may be left


class Run(Record):
    """FG frame fg + k shows BG frame bg + floor(rate * k + phase) for 0 <= k < count; bg None: unmatched."""

    fg: int
    bg: int | None
    count: int
    rate: Fraction = Fraction(1)
    phase: Fraction = Fraction(0)

    @property
    def line(self) -> tuple[int, int, int]:
        """p, c, q of floor((p * k + c) / q), which is added to bg."""
        rate, phase = self.rate, self.phase
        p, c = rate.numerator * phase.denominator, phase.numerator * rate.denominator
        return p, c, rate.denominator * phase.denominator

    def indices(self) -> I64:
        """i64 [count]: BG frame index of each FG frame of the run."""
        return sequence_of([self])


def runs_of(sequence: I64) -> list[Run]:
    """Few runs that give exactly this sequence, UNMATCHED entries in runs of their own; inverse of `sequence_of`.

    sequence  i64 [n]
    A line with at most MAX_ODD_STEPS odd steps has drops or repeats, no speed: it becomes runs of one constant step.

    >>> [(run.fg, run.bg, run.count) for run in runs_of(np.array([3, 4, 5, 7, 8, 9]))]
    [(0, 3, 3), (3, 7, 3)]
    """
    runs: list[Run] = []
    edges = np.flatnonzero(np.diff(sequence == UNMATCHED)) + 1
    bounds = [0, *edges.tolist(), len(sequence)] if len(sequence) else []
    for start, stop in pairwise(bounds):
        if sequence[start] == UNMATCHED:
            runs.append(Run(start, None, stop - start))
            continue
        values = sequence[start:stop].tolist()
        for line in fit(values):
            pieces = _runs_of_line(line, start + line.start, values[line.start : line.start + line.count])
            if runs and _continues(runs[-1], pieces[0]):
                head = runs.pop()
                pieces[0] = replace(head, count=head.count + pieces[0].count)
            runs.extend(pieces)
    return runs


def sequence_of(runs: Iterable[Run]) -> I64:
    """i64 [n]: the values of runs that follow each other without gap from 0."""
    rows = [(run.count, *((UNMATCHED, 0, 0, 1) if run.bg is None else (run.bg, *run.line))) for run in runs]
    count, bg, p, c, q = np.array(rows, np.int64).reshape(-1, 5).T
    k = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    values: I64 = np.repeat(bg, count) + (np.repeat(p, count) * k + np.repeat(c, count)) // np.repeat(q, count)
    return values


class FrameMap(Record, eq=False):
    """BG frame index of every FG frame. What is not known is None.

    bg          i64 [n_fg]   UNMATCHED (-1) where no BG frame belongs
    margin      f32 [n_fg]   cost by which the path through the best other frame is dearer
    score       f32 [n_fg]   likeness of the FG frame and the BG frame it would show, unmatched ones included
    low, high   i64 [n_fg]   BG frames low .. high - 1 fit as well as bg, which is among them; UNMATCHED like bg
    confidence  f32 [n_fg]   probability that bg is the right BG frame or looks like it, or rightly UNMATCHED;
                         NaN where that is not known
    """

    bg: I64
    margin: F32 | None = None
    score: F32 | None = None
    low: I64 | None = None
    high: I64 | None = None
    confidence: F32 | None = None

    def runs(self) -> list[Run]:
        return runs_of(self.bg)

    @classmethod
    def from_runs(cls, runs: Iterable[Run]) -> FrameMap:
        return cls(sequence_of(runs))

    @property
    def goes_back(self) -> bool:
        return bool((np.diff(self.bg[self.bg != UNMATCHED]) < 0).any())

    def held_indices(self) -> I64:
        """i64 [n_fg]: `bg`, its unmatched frames holding the matched BG frame before them.

        Unmatched frames at the head hold the first matched one. All zeros if no frame is matched.

        >>> FrameMap(np.array([-1, 3, 4, -1, 7])).held_indices().tolist()
        [3, 3, 4, 4, 7]
        """
        return np.where((self.bg == UNMATCHED).all(), 0, self.bg[self.held_frames()])

    def held_frames(self) -> I64:
        """i64 [n_fg]: the matched FG frame that stands for each one: itself, else that before, at the head the first.

        Each itself if no frame is matched.

        >>> FrameMap(np.array([-1, 3, 4, -1, 7])).held_frames().tolist()
        [1, 1, 2, 2, 4]
        """
        matched, frames = self.bg != UNMATCHED, np.arange(len(self.bg))
        if not matched.any():
            return frames
        last_matched = np.maximum.accumulate(np.where(matched, frames, -1))
        return np.where(last_matched < 0, int(np.argmax(matched)), last_matched)


class AudioLags(Record, eq=False):
    """Windows of FG's sound with one clear lag against BG's sound. Seconds count from the first picture of each clip.

    at        f64 [n]  s of FG, centre of the window, increasing
    lag       f64 [n]  s of BG minus s of FG where both sound alike
    strength  f32 [n]  height of the best correlation peak over that of the best other one, as far as that is trusted
    """

    at: F64
    lag: F64
    strength: F32


class Quality(Record):
    """How far to trust a placement and a frame map.

    unmatched   FG frames that resemble no BG frame
    unsure      FG frames whose confidence is below one half
    confidence  mean probability that a frame lies right, in place and in time; None if nobody measured it
    is_forced   the answer was below the wanted confidence, and was forced
    sound_late_ms  ms by which FG's sound is late against its picture, BG's sound and picture taken as in step; None if
                   the sounds do not correlate
    reasons     sentences that name what is doubtful, and where
    """

    unmatched: int = 0
    unsure: int = 0
    confidence: float | None = None
    is_forced: bool = False
    sound_late_ms: float | None = None
    reasons: tuple[str, ...] = ()


class Sidecar(Record, eq=False):
    """Measured facts about a pair of clips: where FG lies on BG, and when. How it is drawn is set by options of render.

    searched  s of BG after its first frame, [from, to) that was searched; None: to BG's end
    content   FG px, left, top, right, bottom: FG without its bars; None: all of FG
    pins      runs of FG frames that were set by hand, ascending
    ignored   FG px: boxes of what is not BG's, where FG is compared with nothing
    track     where FG lies frame by frame; None: it stands at its placement
    colours   how BG's colours become FG's; None: not measured
    """

    fg: Clip
    bg: Clip
    placement: Placement
    frame_map: FrameMap
    engine: str = ""
    quality: Quality = Quality()
    pins: tuple[Run, ...] = ()
    searched: tuple[float, float | None] = (0.0, None)
    content: PixelBox | None = None
    ignored: tuple[PixelBox, ...] = ()
    track: Track | None = None
    colours: ColourMatch | None = None


def _rounded(start: float, length: float) -> tuple[int, int]:
    first = round(start)
    return first, first + int(length) if length == int(length) else round(start + length)


def _continues(a: Run, b: Run) -> bool:
    """Whether b follows a at the same integer step. Lines are fitted greedily and may end between two drops."""
    return a.bg is not None and a.rate == b.rate == int(a.rate) and a.bg + a.rate * a.count == b.bg


def _runs_of_line(line: Line, first: int, values: Sequence[int]) -> list[Run]:
    steps = [b - a for a, b in pairwise(values)]
    usual = sorted(steps)[(len(steps) - 1) // 2] if steps else 0
    odd = [k for k, step in enumerate(steps, 1) if step != usual]
    if len(odd) > MAX_ODD_STEPS:
        phase = Fraction(line.p * line.start + line.c - values[0] * line.q, line.q)
        return [Run(first, values[0], line.count, Fraction(line.p, line.q), phase)]
    return [Run(first + a, values[a], b - a, Fraction(usual)) for a, b in pairwise([0, *odd, len(values)])]

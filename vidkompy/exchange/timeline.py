"""Both clips as an editor sees them: frames at even rates, and the map between those in runs of constant speed.

All that an editor can hold comes from here: the output has FG's rate, BG's frames are counted at BG's. Where a clip is
not even, its frames go to the nearest places of an even grid, and `losses` says what becomes of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from vidkompy.errors import UsageError
from vidkompy.exchange.losses import Loss
from vidkompy.media.frame_rates import constant_rate, grid_slots
from vidkompy.media.timecode import format_timecode, is_drop_frame, parse_timecode, supports_drop_frame
from vidkompy.model import I64, UNMATCHED, Clip, Run, Sidecar, runs_of

UNSURE = 0.5  # confidence below which frames are marked
MOST_CLIPS = 50_000  # of 200 000, xmeml takes more memory than there is, and otio 228 MB and 30 s
LASTING_S = 2  # a speed that lasts less is a few drops or repeats, which are better cut


@dataclass(frozen=True, eq=False)
class Media:
    """A clip at an even rate.

    rate      frames per second
    places    i64 [n]   place of each frame of the clip, from 0 on; two can share one, and one can stay empty
    start     label of place 0 as a count of frames from 00:00:00:00; 0 if the file has no timecode
    is_drop   whether its labels are drop-frame
    """

    clip: Clip
    rate: Fraction
    places: I64
    start: int
    is_drop: bool

    @property
    def length(self) -> int:
        """Places, the last frame's included."""
        return int(self.places[-1]) + 1

    def label(self, place: int) -> str:
        return format_timecode(self.start + place, self.rate, self.is_drop)


@dataclass(frozen=True, eq=False)
class Timeline:
    """FG from its first frame to its last, at FG's rate.

    shown       i64 [fg.length]  place of BG under each place of FG; UNMATCHED where none belongs
    runs        the same: runs of places, whose rate is BG places per FG place
    """

    fg: Media
    bg: Media
    shown: I64
    runs: tuple[Run, ...]
    unmatched: tuple[tuple[int, int], ...]
    """[a, b) of places without a BG frame"""
    unsure: tuple[tuple[int, int], ...]
    """[a, b) of places whose frame is more likely wrong than right"""

    def speed(self, run: Run) -> Fraction:
        """Seconds of BG per second of the timeline."""
        return run.rate * self.fg.rate / self.bg.rate

    def losses(self, sidecar: Sidecar) -> Iterator[Loss]:
        """What no editor can hold of these clips, whatever the format."""
        for role, media in (("FG", self.fg), ("BG", self.bg)):
            if (media.places == np.arange(media.clip.frames)).all():
                continue
            shared = np.flatnonzero(np.diff(media.places) == 0)
            hidden = f", {len(shared)} of its {media.clip.frames} frames share one" if len(shared) else ""
            said = f"{role} has no even frame rate: editors give its frames places at {_rate(media.rate)}{hidden}"
            yield Loss("uneven", said, len(shared), 1 if len(shared) else 0, int(shared[0]) if len(shared) else None)
        if media_turned := [r for r, c in (("FG", sidecar.fg), ("BG", sidecar.bg)) if c.rotation]:
            said = "are turned by their" if len(media_turned) > 1 else "is turned by its"
            yield Loss("rotation", f"{' and '.join(media_turned)} {said} metadata, as the editor must do too")
        for role, media in (("FG", self.fg), ("BG", self.bg)):
            if media.clip.timecode and parse_timecode(media.clip.timecode, media.rate) is None:
                said = (
                    f"{role}'s timecode {media.clip.timecode} is no label at {_rate(media.rate)}: 00:00:00:00 is taken"
                )
                yield Loss("timecode", said)

    def approximations(self, shown: I64) -> Iterator[Loss]:
        """shown: i64 [fg.length], places of BG that a reader of the export will show. None if they are right."""
        matched = self.shown != UNMATCHED
        off = np.where(matched, np.abs(shown - self.shown), 0)
        if not off.any():
            return
        wrong = sum(bool(off[r.fg : r.fg + r.count].any()) for r in self.runs)
        worst = int(off.argmax())
        frames = int((off > 0).sum())
        most = f"{off.max()} frame{'s' if off.max() > 1 else ''}"
        yield Loss(
            "map",
            f"{wrong} of {len(self.runs)} runs approximated: {frames} of {len(off)} frames, largest error {most} "
            f"at FG {self.fg.label(worst)}",
            frames,
            int(off.max()),
            worst,
        )


def timeline(sidecar: Sidecar, is_exact: bool = False) -> Timeline:
    """is_exact: runs step by whole frames, cut at each drop and repeat of a speed between."""
    fg, bg = _media(sidecar.fg), _media(sidecar.bg)
    seen = np.searchsorted(fg.places, np.arange(fg.length), side="right") - 1  # FG frame in sight at each place
    frames = sidecar.frame_map.bg[seen]
    shown = np.where(frames == UNMATCHED, UNMATCHED, bg.places[frames])
    runs = _runs(shown, len(shown) + 1 if is_exact else LASTING_S * fg.rate)
    levels = sidecar.frame_map.confidence
    is_unsure = (shown != UNMATCHED) & (levels[seen] < UNSURE if levels is not None else False)
    return Timeline(fg, bg, shown, tuple(runs), stretches(shown == UNMATCHED), stretches(is_unsure))


def _runs(shown: I64, lasting: Fraction | int) -> list[Run]:
    """Speeds between whole steps where they last as many places; whole steps elsewhere."""
    runs: list[Run] = []
    at = 0
    speeds = [run for run in runs_of(shown) if run.rate.denominator > 1 and run.count >= lasting]
    for run in [*speeds, Run(len(shown), None, 0)]:
        runs += in_whole_steps(shown[at : run.fg], at)
        runs += [run] * bool(run.count)
        at = run.fg + run.count
    return runs


def in_whole_steps(shown: I64, first: int = 0) -> list[Run]:
    """Runs of one whole step each that give these places, from timeline place `first` on.

    Two places alone are a speed only if it is 1: they are better told as a cut between two runs.
    """
    values, runs, a = shown.tolist(), [], 0
    while a < len(values):
        b = a + 1
        if values[a] == UNMATCHED:
            while b < len(values) and values[b] == UNMATCHED:
                b += 1
            runs.append(Run(first + a, None, b - a))
        else:
            step = values[b] - values[a] if b < len(values) and values[b] != UNMATCHED else 1
            while b < len(values) and values[b] != UNMATCHED and values[b] - values[b - 1] == step:
                b += 1
            b = b if step == 1 or b - a > 2 else a + 1
            runs.append(Run(first + a, values[a], b - a, Fraction(step if b - a > 1 else 1)))
        a = b
    return runs


def forward(runs: Iterable[Run]) -> Iterator[Run]:
    """The same frames without runs that step back, which readers differ in playing: each of their frames is a run.

    Raises UsageError where that is more than an editor can open.
    """
    runs = list(runs)
    if (count := sum(run.count if run.bg is not None and run.rate < 0 else 1 for run in runs)) > MOST_CLIPS:
        raise UsageError(
            f"the map takes {count} clips, more than editors open; wanted {MOST_CLIPS} at most: cut FG into parts, "
            "or choose a format without clips, such as mlt"
        )
    for run in runs:
        if run.bg is None or run.rate >= 0:
            yield run
            continue
        yield from (Run(run.fg + k, bg, 1) for k, bg in enumerate(run.indices().tolist()))


def stretches(is_so: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[tuple[int, int], ...]:
    """[a, b) where it holds."""
    edges = np.flatnonzero(np.diff(is_so.astype(np.int8), prepend=0, append=0)).tolist()
    return tuple((a, b) for a, b in pairwise(edges) if is_so[a])


def _media(clip: Clip) -> Media:
    rate = constant_rate(clip)
    start = parse_timecode(clip.timecode, rate)
    is_drop = start is not None and is_drop_frame(clip.timecode) and supports_drop_frame(rate)
    return Media(clip, rate, grid_slots(clip, rate), start or 0, is_drop)


def _rate(rate: Fraction) -> str:
    return f"{float(rate):.6g} frames per second"

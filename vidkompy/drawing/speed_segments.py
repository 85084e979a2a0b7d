"""A frame map as few stretches of constant speed: what sound follows, which must not jump with every frame.

A run of the map is followed exactly where it lasts, or where the map jumps by more than a frame. Short runs with small
jumps between them (drops, repeats, jitter of the search) are one stretch, in which what is heard lies less than a frame
before or behind the time that the BG frame in sight stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vidkompy.model import F64, UNMATCHED, Clip, FrameMap, Run

LASTING_S = 2.0  # a run as long is followed by itself: a frame off for longer is worse than a cut
NEAR_S = 0.05  # at most, however long frames are: sound that comes earlier than this is noticed (ITU-R BT.1359)
SAME = 0.6  # of a BG frame: lasting runs this close to a stretch are part of it; a true jump is one frame or more
STRAIGHT_S = 0.002  # timestamps rounded to 1 ms in both clips lie this close to a line
STILL = 0.1  # s of BG per s of FG: a hold with a step at its end
BLINK_S = 0.25  # unmatched frames that are fewer do not interrupt sound that goes on behind them


@dataclass(frozen=True)
class SpeedSegment:
    """FG frames [fg, fg + count) show BG at constant speed. Seconds count from the first frame of each clip.

    start, stop   s of FG
    bg_start      s of BG at `start`
    speed         s of BG per s of FG; 0: BG stands still
    """

    fg: int
    count: int
    start: float
    stop: float
    bg_start: float
    speed: float


@dataclass(frozen=True, eq=False)
class _Points:
    """Per FG frame f64 [n], s: its time, BG's time by the line of its run, and when the BG frame begins and ends.

    NaN where unmatched.
    """

    u: F64
    v: F64
    low: F64
    high: F64

    def part(self, a: int, b: int) -> _Points:
        return _Points(self.u[a:b], self.v[a:b], self.low[a:b], self.high[a:b])

    def known(self) -> _Points:
        k = ~np.isnan(self.v)
        return _Points(self.u[k], self.v[k], self.low[k], self.high[k])


@dataclass(frozen=True)
class _Line:
    """s of BG at s of FG."""

    at: float
    bg: float
    speed: float

    def bent(self, p: _Points) -> float:
        """Largest distance from the lines of the runs, s."""
        return _largest(np.abs(self._along(p) - p.v))

    def astray(self, p: _Points) -> float:
        """Largest distance from the BG frames that are seen, s; 0 inside of them and where none is known."""
        heard = self._along(p)
        return _largest(np.fmax(p.low - heard, heard - p.high))

    def _along(self, p: _Points) -> F64:
        line: F64 = self.bg + self.speed * (p.u - self.at)
        return line


@dataclass(frozen=True)
class _Atom:
    """FG frames [first, stop) that are never parted; line None: unmatched."""

    first: int
    stop: int
    line: _Line | None
    lasts: bool


@dataclass(frozen=True, eq=False)
class _Path:
    """What is followed, and how closely: `frame` s astray for the most part, `same` s bent in a run that lasts."""

    atoms: Sequence[_Atom]
    points: _Points
    frame: float
    same: float

    def among(self, k: int, end: int) -> _Points:
        return self.points.part(self.atoms[k].first, self.atoms[end - 1].stop)


Fit = Callable[[_Points], _Line]


def speed_segments(frame_map: FrameMap, fg: Clip, bg: Clip) -> list[SpeedSegment]:
    """In FG's order, without the unmatched frames between them."""
    path = _path(frame_map, fg, bg)
    atoms, times = path.atoms, _with_end(fg)
    found = []
    k = 0
    while k < len(atoms):
        if atoms[k].line is None:
            k += 1
            continue
        line, end = _stretch(path, k)
        a, b = atoms[k].first, next(atoms[n].stop for n in range(end - 1, -1, -1) if atoms[n].line is not None)
        begins = line.bg + line.speed * (times[a] - line.at)
        found.append(SpeedSegment(a, b - a, float(times[a]), float(times[b]), float(begins), line.speed))
        k = end
    return found


def _path(frame_map: FrameMap, fg: Clip, bg: Clip) -> _Path:
    fg_times, bg_times = _with_end(fg), _with_end(bg)
    v = np.full(fg.frames, np.nan)
    runs = frame_map.runs()
    for run in runs:
        if run.bg is not None:
            places = run.bg + float(run.phase) + float(run.rate) * np.arange(run.count)
            v[run.fg : run.fg + run.count] = np.interp(places, np.arange(len(bg_times)), bg_times)
    matched = frame_map.bg != UNMATCHED
    low, high = (np.where(matched, bg_times[frame_map.bg + n], np.nan) for n in (0, 1))
    points = _Points(fg_times[:-1], v, low, high)
    atoms = [atom for run in runs for atom in _atoms(run, fg_times, points)]
    lengths = [float(np.median(np.diff(times))) for times in (fg_times, bg_times)]
    return _Path(atoms, points, min(NEAR_S, max(lengths)) + STRAIGHT_S, SAME * lengths[1])


def _with_end(clip: Clip) -> F64:
    """f64 [n + 1]: seconds of each frame after the first, and when the last one ends."""
    times = (clip.pts - clip.pts[0]) * float(clip.time_base)
    length = float(np.median(np.diff(times))) if len(times) > 1 else float(1 / clip.frame_rate)
    return np.append(times, times[-1] + length)


def _atoms(run: Run, times: F64, points: _Points) -> list[_Atom]:
    """A run as a whole, or its single frames where FG's or BG's frames differ in length.

    Only what steps by whole frames lasts: the line of another run is known to a fraction of a frame, and where that
    changes nothing has jumped.
    """
    a, b = run.fg, run.fg + run.count
    length = float(times[b] - times[a])
    if run.bg is None:
        return [_Atom(a, b, None, length > BLINK_S)]
    line = _fitted(points.part(a, b))
    if line.bent(points.part(a, b)) <= STRAIGHT_S:
        return [_Atom(a, b, line, run.rate.denominator == 1 and length >= LASTING_S)]
    return [_Atom(i, i + 1, _even(points.part(i, i + 1)), False) for i in range(a, b)]


def _stretch(path: _Path, k: int) -> tuple[_Line, int]:
    """The line that atoms k .. end - 1 follow, and end."""
    atoms = path.atoms
    ahead = next((n for n in range(k, len(atoms)) if atoms[n].lasts), len(atoms))
    if ahead < len(atoms) and (line := atoms[ahead].line) is not None:
        before = path.points.part(atoms[k].first, atoms[ahead].first)
        if line.astray(before) <= path.frame:
            return line, _reach(path, ahead + 1, line)
    line, end = _longest(path, k, ahead, _even)
    free, further = _longest(path, k, ahead, _fitted)
    if further > end or (further == k + 1 and line.speed != free.speed):
        line, end = free, further
    return line, (_reach(path, end, line) if end == ahead else end)


def _reach(path: _Path, k: int, line: _Line) -> int:
    """The first atom from k on that is too far off the line, or a long unmatched one."""
    while k < len(path.atoms):
        atom, points = path.atoms[k], path.among(k, k + 1)
        if atom.line is None and atom.lasts:
            break
        if (line.bent(points) > path.same) if atom.lasts else (line.astray(points) > path.frame):
            break
        k += 1
    return k


def _longest(path: _Path, k: int, limit: int, fit: Fit) -> tuple[_Line, int]:
    """The most atoms from k on, at least one and below limit, that are not astray of one line."""
    best, end, step = fit(path.among(k, k + 1).known()), k + 1, 1
    while step and end < limit:
        tried = min(end + step, limit)
        points = path.among(k, tried).known()
        line = fit(points)
        if line.astray(points) <= path.frame:
            best, end, step = line, tried, 2 * step
        else:
            step = min(step, tried - end) // 2
    return best, end


def _largest(distances: F64) -> float:
    return float(np.fmax.reduce(distances, initial=0.0))


def _even(p: _Points) -> _Line:
    """At normal speed, with the distance that is usual."""
    return _Line(float(p.u[0]), float(np.median(p.v - p.u) + p.u[0]), 1.0)


def _fitted(p: _Points) -> _Line:
    """Least squares, and normal speed where that is as straight; what hardly moves stands still."""
    if len(p.u) == 1:
        return _even(p)
    middle = float(p.u.mean())
    speed = float(((p.u - middle) * (p.v - p.v.mean())).sum() / ((p.u - middle) ** 2).sum())
    if abs(speed - 1) * (p.u[-1] - p.u[0]) <= STRAIGHT_S:
        speed = 1.0
    if abs(speed) < STILL:
        speed = 0.0
    return _Line(middle, float(p.v.mean()), speed)

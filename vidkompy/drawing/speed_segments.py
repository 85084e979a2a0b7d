"""A frame map as few segments of constant speed, for sound: piecewise-linear fitting under a maximum error.

Sound that followed every frame of the map would jump at each drop, repeat and jitter. Sound of one constant speed does
not, but leaves the picture where the map does. FG frame i begins at t_i and shows a BG frame that lasts from a_i to
b_i. Sound that is heard at t_i is in step if it comes from the feasible interval [a_i - e, b_i + e]. Wanted are few
lines y = s t + c, each through the feasible intervals of consecutive FG frames: straight lines between data ranges
(O'Rourke 1981, doi:10.1145/358746.358758). A segment is made as long as its line stays feasible, then the next one
begins, which is the sliding window of Keogh et al. 2001 (doi:10.1109/ICDM.2001.989531). Worked examples:
test_few_frames_by_hand in tests/drawing/test_speed_segments.py.

This differs from both in four ways:
- One line is tried for a segment, not all feasible ones: at normal speed with the median distance, then least squares.
  It runs through the middle of its intervals, and a speed that is hardly off 1 is 1. There may be a segment too many.
- The end of a segment is searched by doubling and halving steps, as if what holds for a segment held for each part of
  it: a map of 100,000 frames full of jitter would else be fitted 100,000 times.
- A run that lasts is followed by its own line, to the sample. It is a knot that no line from before it crosses, and its
  line reaches back and ahead over short runs that it fits. A jump by more than a frame always ends a segment.
- Unmatched frames have no interval. Few of them do not end a segment, many do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from vidkompy.model import F64, UNMATCHED, Clip, FrameMap, Run
from vidkompy.parameters import tuned
from vidkompy.records import Record

_EXAMPLES = "chosen by eye; tests/drawing/test_speed_segments.py"


class SpeedSegmentParameters(Record):
    """What sound may do against the picture."""

    anchor_s: float = tuned(
        2.0,
        unit="s of FG",
        raising="longer runs are merged with their neighbours, in which sound can stay a frame off",
        source="a frame off for longer is worse than a cut; " + _EXAMPLES,
    )
    greatest_lead_s: float = tuned(
        0.05,
        unit="s of BG",
        raising="of clips with long frames, sound may lie further outside the BG frame in sight",
        source="sound that comes earlier than this is noticed: ITU-R BT.1359",
    )
    same_line_frames: float = tuned(
        0.6,
        unit="BG frames",
        raising="lasting runs that lie further apart are one segment; from 1 on true jumps of a frame are lost",
        source="lines of lasting runs are known to a fraction of a frame, a true jump is one or more; " + _EXAMPLES,
    )
    rounding_s: float = tuned(
        0.002,
        unit="s",
        raising="runs that are more uneven count as straight, and speeds further off 1 as normal",
        source="timestamps rounded to 1 ms in both clips lie this close to a line",
    )
    still_speed: float = tuned(
        0.1,
        unit="s of BG per s of FG",
        raising="faster segments count as still, and are silent",
        source="a hold with a step at its end is slower; " + _EXAMPLES,
    )
    gap_s: float = tuned(
        0.25,
        unit="s of FG",
        raising="sound goes on through longer unmatched parts",
        source="fewer unmatched frames do not interrupt sound that goes on behind them; " + _EXAMPLES,
    )


class SpeedSegment(Record):
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


def speed_segments(
    frame_map: FrameMap, fg: Clip, bg: Clip, parameters: SpeedSegmentParameters = SpeedSegmentParameters()
) -> list[SpeedSegment]:
    """Segments in FG's order. Unmatched frames before, between and behind them are in none."""
    fit = _fit_of(frame_map, fg, bg, parameters)
    blocks, times = fit.blocks, _with_end(fg)
    segments = []
    k = 0
    while k < len(blocks):
        if blocks[k].line is None:
            k += 1
            continue
        line, end = _segment_from(fit, k)
        first = blocks[k].first
        stop = next(block.stop for block in reversed(blocks[k:end]) if block.line is not None)
        start_s, stop_s = float(times[first]), float(times[stop])
        segments.append(SpeedSegment(first, stop - first, start_s, stop_s, float(line.at(start_s)), line.speed))
        k = end
    return segments


class _Points(Record, eq=False):
    """What the map says of consecutive FG frames: f64 [n] each, s. All but fg_s is NaN where a frame is unmatched.

    fg_s             when the FG frame begins
    bg_s             BG's time by the line of the run, which may lie between two BG frames
    earliest, latest when the BG frame in sight begins and ends: the feasible interval, without tolerance
    """

    fg_s: F64
    bg_s: F64
    earliest: F64
    latest: F64

    def __getitem__(self, frames: slice | F64) -> _Points:
        return _Points(self.fg_s[frames], self.bg_s[frames], self.earliest[frames], self.latest[frames])

    def matched(self) -> _Points:
        return self[~np.isnan(self.bg_s)]


class _Line(Record):
    """BG stands at bg_s where FG stands at fg_s, and moves on with `speed`, s of BG per s of FG."""

    fg_s: float
    bg_s: float
    speed: float

    def at(self, fg_s: F64 | float) -> F64 | float:
        return self.bg_s + self.speed * (fg_s - self.fg_s)


class _Block(Record):
    """FG frames [first, stop) that lie in one segment as a whole.

    line       None: unmatched
    is_anchor  a run that lasts: where its line does not fit the segment, it begins another
    is_gap     unmatched frames that end a segment
    """

    first: int
    stop: int
    line: _Line | None
    is_anchor: bool = False
    is_gap: bool = False

    @property
    def is_knot(self) -> bool:
        """Whether a line that is fitted to what lies before it ends here."""
        return self.is_anchor or self.is_gap


class _Fit(Record, eq=False):
    """The map to be fitted, and how closely.

    interval_tolerance_s   s of BG outside the BG frame in sight, of single frames and short runs
    line_tolerance_s       s of BG off the line of a run that lasts
    """

    blocks: Sequence[_Block]
    points: _Points
    interval_tolerance_s: float
    line_tolerance_s: float
    parameters: SpeedSegmentParameters

    def points_of(self, k: int, end: int) -> _Points:
        """Those of blocks k to end - 1."""
        if k == end:
            return self.points[:0]
        return self.points[self.blocks[k].first : self.blocks[end - 1].stop]

    def is_feasible(self, line: _Line, points: _Points) -> bool:
        return _interval_residual(line, points) <= self.interval_tolerance_s


def _fit_of(frame_map: FrameMap, fg: Clip, bg: Clip, parameters: SpeedSegmentParameters) -> _Fit:
    fg_times, bg_times = _with_end(fg), _with_end(bg)
    bg_s = np.full(fg.frames, np.nan)
    runs = frame_map.runs()
    for run in runs:
        if run.bg is not None:
            bg_frames = run.bg + float(run.phase) + float(run.rate) * np.arange(run.count)
            bg_s[run.fg : run.fg + run.count] = np.interp(bg_frames, np.arange(len(bg_times)), bg_times)
    matched = frame_map.bg != UNMATCHED
    earliest = np.where(matched, bg_times[frame_map.bg], np.nan)
    latest = np.where(matched, bg_times[frame_map.bg + 1], np.nan)
    points = _Points(fg_times[:-1], bg_s, earliest, latest)
    blocks = [block for run in runs for block in _blocks_of(run, fg_times, points, parameters)]
    fg_frame_s, bg_frame_s = (float(np.median(np.diff(times))) for times in (fg_times, bg_times))
    lead_s = min(parameters.greatest_lead_s, max(fg_frame_s, bg_frame_s))
    return _Fit(blocks, points, lead_s + parameters.rounding_s, parameters.same_line_frames * bg_frame_s, parameters)


def _with_end(clip: Clip) -> F64:
    """f64 [n + 1]: seconds of each frame after the first, and when the last one ends."""
    times = (clip.pts - clip.pts[0]) * float(clip.time_base)
    frame_s = float(np.median(np.diff(times))) if len(times) > 1 else float(1 / clip.frame_rate)
    return np.append(times, times[-1] + frame_s)


def _blocks_of(run: Run, times: F64, points: _Points, parameters: SpeedSegmentParameters) -> Iterable[_Block]:
    """A run as a whole, or its single frames where FG's or BG's frames differ in length.

    Only a run that steps by whole frames can be an anchor: the line of another run is known to a fraction of a frame,
    and where that changes nothing has jumped.
    """
    first, stop = run.fg, run.fg + run.count
    length_s = float(times[stop] - times[first])
    if run.bg is None:
        return [_Block(first, stop, None, is_gap=length_s > parameters.gap_s)]
    of_run = points[first:stop]
    line = _least_squares(of_run, parameters)
    if _line_residual(line, of_run) <= parameters.rounding_s:
        is_anchor = run.rate.denominator == 1 and length_s >= parameters.anchor_s
        return [_Block(first, stop, line, is_anchor)]
    return [_Block(i, i + 1, _at_normal_speed(points[i : i + 1])) for i in range(first, stop)]


def _segment_from(fit: _Fit, k: int) -> tuple[_Line, int]:
    """The line that blocks k to end - 1 follow, and end.

    The line is the next anchor's own where that fits all before it, else the longer one of two fits before it. A first
    block at another speed, with which nothing lies on one line by least squares, is followed by itself.
    """
    blocks = fit.blocks
    knot = next((n for n in range(k, len(blocks)) if blocks[n].is_knot), len(blocks))
    anchor = blocks[knot].line if knot < len(blocks) else None
    if anchor is not None and fit.is_feasible(anchor, fit.points_of(k, knot)):
        return anchor, _end_of(fit, knot + 1, anchor)
    line, end = _longest(fit, k, knot, _at_normal_speed)
    free_line, free_end = _longest(fit, k, knot, partial(_least_squares, parameters=fit.parameters))
    is_alone = free_end == k + 1 and free_line.speed != line.speed
    if free_end > end or is_alone:
        line, end = free_line, free_end
    return line, (_end_of(fit, end, line) if end == knot else end)


def _end_of(fit: _Fit, k: int, line: _Line) -> int:
    """The first block from k on that is a gap or that the line does not fit."""
    for n in range(k, len(fit.blocks)):
        block, points = fit.blocks[n], fit.points_of(n, n + 1)
        if block.is_gap:
            return n
        if block.is_anchor:
            fits = _line_residual(line, points) <= fit.line_tolerance_s
        else:
            fits = fit.is_feasible(line, points)
        if not fits:
            return n
    return len(fit.blocks)


def _longest(fit: _Fit, k: int, limit: int, line_of: Callable[[_Points], _Line]) -> tuple[_Line, int]:
    """The line of blocks k to end - 1, and the largest end up to `limit` at which it was found feasible.

    One block needs not be: it has to be in some segment. Steps double while the line is feasible, then halve.
    """
    line, end, step = line_of(fit.points_of(k, k + 1).matched()), k + 1, 1
    while step and end < limit:
        longer_end = min(end + step, limit)
        points = fit.points_of(k, longer_end).matched()
        longer_line = line_of(points)
        if fit.is_feasible(longer_line, points):
            line, end, step = longer_line, longer_end, 2 * step
        else:
            step = min(step, longer_end - end) // 2
    return line, end


def _line_residual(line: _Line, points: _Points) -> float:
    """s of BG: largest distance from the lines of the runs."""
    return _largest(np.abs(line.at(points.fg_s) - points.bg_s))


def _interval_residual(line: _Line, points: _Points) -> float:
    """s of BG: largest distance from the BG frames in sight; 0 inside of them, and where every frame is unmatched."""
    bg_s = line.at(points.fg_s)
    return _largest(np.fmax(points.earliest - bg_s, bg_s - points.latest))


def _largest(distances: F64) -> float:
    return float(np.fmax.reduce(distances, initial=0.0))  # fmax passes over NaN


def _at_normal_speed(points: _Points) -> _Line:
    """The segment at normal speed, with the median distance of its points."""
    first_s = points.fg_s[0]
    return _Line(float(first_s), float(np.median(points.bg_s - points.fg_s) + first_s), 1.0)


def _least_squares(points: _Points, parameters: SpeedSegmentParameters) -> _Line:
    """Of single points and of speeds that could be rounding: normal speed. What hardly moves stands still."""
    if len(points.fg_s) == 1:
        return _at_normal_speed(points)
    fg_mean, bg_mean = float(points.fg_s.mean()), points.bg_s.mean()
    from_mean = points.fg_s - fg_mean
    speed = float((from_mean * (points.bg_s - bg_mean)).sum() / (from_mean**2).sum())
    if abs(speed - 1) * (points.fg_s[-1] - points.fg_s[0]) <= parameters.rounding_s:
        speed = 1.0
    if abs(speed) < parameters.still_speed:
        speed = 0.0
    return _Line(fg_mean, float(bg_mean), speed)

"""Plots along FG's time: the map, its distance from one constant rate, and confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from vidkompy.model import F64, Mask
from vidkompy.records import Record
from vidkompy.report.axes_style import LINE_PX, THIN_PX, label_axes, time_axis
from vidkompy.report.decimation import Span, distinct_marks, merged_spans, visible_points
from vidkompy.report.map_events import UNSURE_BELOW, MapEvents, ranges_of

WIDE, NARROW = 640, 350  # px of a plot on a desk and on a phone
LEAST_REACH = 2.0  # BG frames that the axis of distances shows either side, so that rounding looks small
HOLLOW = "^v"  # markers that are drawn as outlines
MAP_PX, LANE_PX = 260, 22  # heights of a map with its lanes, and of a lane
COLUMNS_A_MARK = 3  # px between marks of events that are drawn apart


class Canvas(Record):
    """What a plot is drawn on. figure: a Figure or a SubFigure of one."""

    figure: Any
    inks: Mapping[str, str]
    is_narrow: bool = False

    @property
    def columns(self) -> int:
        return NARROW if self.is_narrow else WIDE


class Lane(Record, eq=False):
    """Events of one kind in a row below a plot. spans, marks: s of FG."""

    name: str
    ink: str
    hatch: str = ""
    marker: str = ""
    spans: Sequence[Span] = ()
    marks: F64 | None = None


def draw_map(canvas: Canvas, events: MapEvents, pins: F64) -> None:
    """FG time against BG time. pins: f64 [n, 2], s of FG and of BG."""
    lanes = lanes_of(events, canvas)
    axes, *below = _map_axes(canvas, len(lanes))
    x, y = map_vertices(events)
    kept = visible_points(x, y, canvas.columns)
    axes.plot(x[kept], y[kept], color=canvas.inks["line"], solid_capstyle="round")
    alone = kept[_are_alone(y[kept])]
    axes.plot(x[alone], y[alone], linestyle="none", marker="o", markersize=2.5, color=canvas.inks["line"])
    _draw_cuts(axes, events, canvas)
    if len(pins):
        axes.plot(*pins.T, linestyle="none", marker="D", markersize=6, color=canvas.inks["ink"], fillstyle="none")
    label_axes(axes, "BG time")
    bg = events.bg_seconds[~np.isnan(events.bg_seconds)]
    start, stop = (float(bg.min()), float(bg.max())) if len(bg) else (0.0, 0.0)
    time_axis(axes, "y", start, stop, canvas.is_narrow)
    for other in below:
        _draw_lanes(other, lanes, canvas)
        axes.tick_params(labelbottom=False, bottom=False)
    _finish_time((axes, *below)[-1], events, canvas)


def _are_alone(y: F64) -> Mask:
    """Whether a point has a break on either side: a line would not show it."""
    is_broken = np.concatenate([[True], np.isnan(y), [True]])
    found: Mask = ~is_broken[1:-1] & is_broken[:-2] & is_broken[2:]
    return found


def _map_axes(canvas: Canvas, lanes: int) -> list[Axes]:
    """Axes of the map and, where there are lanes, axes of these below."""
    if not lanes:
        return [canvas.figure.subplots()]
    heights = [MAP_PX - LANE_PX * lanes, LANE_PX * lanes]
    return list(canvas.figure.subplots(2, 1, sharex=True, height_ratios=heights))


def map_vertices(events: MapEvents) -> tuple[F64, F64]:
    """Ends of each run in s of FG and of BG, f64 [n] each, NaN between runs that do not join."""
    cuts = set(events.cuts.tolist())
    x: list[float] = []
    y: list[float] = []
    for run in events.runs:
        if run.bg is None or run.fg in cuts:
            x.append(float(events.fg_seconds[run.fg]))
            y.append(np.nan)
        if run.bg is not None:
            for i in sorted({run.fg, run.fg + run.count - 1}):
                x.append(float(events.fg_seconds[i]))
                y.append(float(events.bg_seconds[i]))
    return np.array(x), np.array(y)


def lanes_of(events: MapEvents, canvas: Canvas) -> list[Lane]:
    """One for each kind of event that there is."""
    least = events.fg_end / canvas.columns * COLUMNS_A_MARK

    def marks(frames: Any) -> F64:
        return distinct_marks(events.fg_seconds[frames], least)

    def spans(flags: Mask) -> list[Span]:
        ends = np.append(events.fg_seconds, events.fg_end)
        return merged_spans([(float(ends[a]), float(ends[b])) for a, b in ranges_of(flags)], least)

    lanes = [
        Lane("cuts", "cut", marker="x", marks=marks(events.cuts)),
        Lane("holds", "line", marker="^", marks=marks(events.holds)),
        Lane("drops", "line", marker="v", marks=marks(events.drops)),
        Lane("unmatched", "gone", hatch="//////", spans=spans(events.unmatched)),
        Lane("unsure", "unsure", hatch="xxxxx", spans=spans(events.unsure)),
    ]
    return [lane for lane in lanes if lane.spans or (lane.marks is not None and len(lane.marks))]


def draw_deviation(canvas: Canvas, events: MapEvents, bg_rate: float) -> None:
    """Distance of each frame from the best constant rate. bg_rate: frames a second."""
    axes = canvas.figure.subplots()
    frames = deviation(events, bg_rate)
    kept = visible_points(events.fg_seconds, frames, canvas.columns)
    axes.axhline(0, color=canvas.inks["muted"], linewidth=THIN_PX, linestyle=(0, (4, 3)))
    axes.plot(events.fg_seconds[kept], frames[kept], color=canvas.inks["line"], drawstyle="steps-post")
    reach = max(LEAST_REACH, float(np.nanmax(np.abs(frames), initial=0)) * 1.1)
    axes.set_ylim(-reach, reach)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    label_axes(axes, "BG frames from one constant rate")
    _finish_time(axes, events, canvas)


def deviation(events: MapEvents, bg_rate: float) -> F64:
    """f64 [n_fg]: BG frames by which a frame lies later than the best constant rate says; NaN where unmatched."""
    found: F64 = (events.bg_seconds - events.trend.at(events.fg_seconds)) * bg_rate
    return found


def draw_confidence(canvas: Canvas, events: MapEvents, levels: F64) -> None:
    """Confidence of each frame. levels: f64 [n_fg]"""
    axes = canvas.figure.subplots()
    least = events.fg_end / canvas.columns * COLUMNS_A_MARK
    ends = np.append(events.fg_seconds, events.fg_end)
    unsure = merged_spans([(float(ends[a]), float(ends[b])) for a, b in ranges_of(events.unsure)], least)
    _hatch_spans(axes, unsure, (0, UNSURE_BELOW), canvas.inks["unsure"], "xxxxx")
    axes.axhline(UNSURE_BELOW, color=canvas.inks["unsure"], linewidth=1, linestyle=(0, (4, 3)))
    kept = visible_points(events.fg_seconds, levels, canvas.columns)
    axes.plot(events.fg_seconds[kept], levels[kept], color=canvas.inks["line"], drawstyle="steps-post")
    axes.set_ylim(-0.03, 1.05)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    label_axes(axes, "probability of the right frame")
    _finish_time(axes, events, canvas)


def _finish_time(axes: Axes, events: MapEvents, canvas: Canvas) -> None:
    time_axis(axes, "x", 0.0, events.fg_end, canvas.is_narrow)
    axes.set_xlabel("FG time", loc="right")


def _draw_cuts(axes: Axes, events: MapEvents, canvas: Canvas) -> None:
    """A dotted line from the frame before each cut to that after it."""
    least = events.fg_end / canvas.columns * COLUMNS_A_MARK
    _, first = np.unique(np.floor(events.fg_seconds[events.cuts] / least), return_index=True)
    after = events.cuts[first]
    across = np.stack([after - 1, after, after], axis=1).ravel()
    x, y = events.fg_seconds[across], events.bg_seconds[across]
    y[2::3] = np.nan  # one line, broken between cuts: an artist a cut takes seconds
    axes.plot(x, y, color=canvas.inks["cut"], linewidth=1.25, linestyle=(0, (1, 2)))


def _draw_lanes(axes: Axes, lanes: Sequence[Lane], canvas: Canvas) -> None:
    for row, lane in enumerate(reversed(lanes)):
        ink = canvas.inks[lane.ink]
        if lane.marks is not None:
            axes.plot(
                lane.marks,
                np.full(len(lane.marks), row),
                linestyle="none",
                color=ink,
                marker=lane.marker,
                markersize=6,
                markeredgewidth=LINE_PX,
                fillstyle="none" if lane.marker in HOLLOW else "full",
            )
        _hatch_spans(axes, lane.spans, (row - 0.3, row + 0.3), ink, lane.hatch)
    axes.set_yticks(range(len(lanes)), [lane.name for lane in reversed(lanes)])
    axes.set_ylim(-0.6, len(lanes) - 0.4)
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)


def _hatch_spans(axes: Axes, spans: Sequence[Span], rows: tuple[float, float], ink: str, hatch: str) -> None:
    if spans:
        bars = [(start, stop - start) for start, stop in spans]
        low, high = rows
        axes.broken_barh(bars, (low, high - low), facecolor="none", edgecolor=ink, hatch=hatch, linewidth=1)

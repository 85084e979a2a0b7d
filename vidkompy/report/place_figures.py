"""Plots of where FG lies, and of how late it sounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import Polygon
from matplotlib.patheffects import Normal, withStroke
from matplotlib.ticker import MaxNLocator

from vidkompy.model import F64, Track
from vidkompy.records import Record
from vidkompy.report.axes_style import THIN_PX, label_axes, time_axis
from vidkompy.report.crops import Place
from vidkompy.report.decimation import visible_points
from vidkompy.report.map_events import MapEvents
from vidkompy.report.time_figures import Canvas

STANDS_PX, STANDS_PERCENT, STANDS_DEGREES = 0.05, 0.05, 0.02  # a curve that moves less is not drawn
LEAST_RANGE = 0.5  # units that an axis spans, so that noise of measuring does not fill it
EARLY_MS, LATE_MS = 45, 125  # sound before, and after its picture, that viewers begin to notice: ITU-R BT.1359-1
OUTLINES = 3  # places of a track that are drawn: at its start, its middle and its end
OUTLINE_DASHES = ((0, ()), (0, (6, 3)), (0, (1.5, 2)))


class Curve(Record, eq=False):
    """One quantity of a track. values: f64 [n_fg]"""

    name: str
    unit: str
    values: F64
    stands: float

    @property
    def range(self) -> float:
        return float(np.ptp(self.values))


def curves_of(track: Track) -> list[Curve]:
    """x, y, size and angle, as far as they move."""
    x, y, width, height, degrees = track.at.T
    size = np.sqrt(width * height)
    curves = [
        Curve("x", "canvas px", x, STANDS_PX),
        Curve("y", "canvas px", y, STANDS_PX),
        Curve("size", "% of its mean", size / size.mean() * 100, STANDS_PERCENT),
        Curve("angle", "degrees clockwise", degrees, STANDS_DEGREES),
    ]
    return [curve for curve in curves if curve.range > curve.stands]


def draw_track(canvas: Canvas, events: MapEvents, curves: Sequence[Curve]) -> None:
    every = canvas.figure.subplots(len(curves), 1, sharex=True, squeeze=False)[:, 0]
    for axes, curve in zip(every, curves, strict=True):
        kept = visible_points(events.fg_seconds, curve.values, canvas.columns)
        axes.plot(events.fg_seconds[kept], curve.values[kept], color=canvas.inks["line"])
        middle = (curve.values.max() + curve.values.min()) / 2
        reach = max(curve.range, LEAST_RANGE) * 0.6
        axes.set_ylim(middle - reach, middle + reach)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        label_axes(axes, f"{curve.name}, {curve.unit}")
    time_axis(every[-1], "x", 0.0, events.fg_end, canvas.is_narrow)
    every[-1].set_xlabel("FG time", loc="right")


def draw_placement(canvas: Canvas, size: tuple[int, int], sar: float, places: Sequence[Place]) -> None:
    """FG's outline on the canvas, behind which a picture may be laid. size: of the canvas, px; sar: shape of its px."""
    axes = canvas.figure.subplots()
    halo = [withStroke(linewidth=4.5, foreground="#ffffff"), Normal()]
    for place, dashes in zip(places, OUTLINE_DASHES, strict=False):
        outline = Polygon(corners(place), fill=False, edgecolor="#0a0a0a", linewidth=2, linestyle=dashes)
        outline.set_path_effects(halo)
        axes.add_patch(outline)
    left, top, right, bottom = reach_of(size, places)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_aspect(1 / sar, anchor="W")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_xlabel("canvas px", loc="right")
    for side in ("top", "right"):
        axes.spines[side].set_visible(True)


def reach_of(size: tuple[int, int], places: Sequence[Place]) -> tuple[float, float, float, float]:
    """The canvas, and as much beyond it as FG reaches."""
    found = np.concatenate([[(0, 0), size], *(corners(place) for place in places)])
    (left, top), (right, bottom) = found.min(axis=0), found.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def corners(place: Place) -> F64:
    """f64 [4, 2]: corners of FG on the canvas."""
    cosine, sine = np.cos(np.radians(place.degrees)), np.sin(np.radians(place.degrees))
    half = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (place.width / 2, place.height / 2)
    turned = half @ np.array([[cosine, sine], [-sine, cosine]])
    found: F64 = turned + np.array([place.x + place.width / 2, place.y + place.height / 2])
    return found


def draw_sound(canvas: Canvas, late_ms: float) -> None:
    """Lateness of FG's sound on a line, with the range that viewers do not notice."""
    axes = canvas.figure.subplots()
    reach = max(abs(late_ms) * 1.25, LATE_MS * 1.4)
    axes.broken_barh(
        [(-EARLY_MS, EARLY_MS + LATE_MS)],
        (-0.25, 0.5),
        facecolor="none",
        edgecolor=canvas.inks["muted"],
        hatch="\\\\\\\\",
        linewidth=THIN_PX,
    )
    axes.axvline(0, color=canvas.inks["muted"], linewidth=THIN_PX)
    axes.plot([late_ms], [0], marker="D", markersize=10, color=canvas.inks["line"])
    axes.annotate(f"{late_ms:+.0f} ms", (late_ms, 0), (0, 14), textcoords="offset points", ha="center")
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-0.6, 1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_xlabel("ms after FG's picture", loc="right")

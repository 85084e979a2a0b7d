"""Which plots a sidecar has, and what each of them finds, in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from vidkompy.model import I64, UNMATCHED, Sidecar
from vidkompy.records import Record
from vidkompy.report.crops import place_of
from vidkompy.report.findings import (
    confidence_finding,
    deviation_finding,
    map_finding,
    placement_finding,
    sound_finding,
    track_finding,
)
from vidkompy.report.map_events import MapEvents, seconds_of
from vidkompy.report.pictures import CanvasPicture
from vidkompy.report.place_figures import OUTLINES, curves_of, draw_placement, draw_sound, draw_track, reach_of
from vidkompy.report.time_figures import NARROW, WIDE, Canvas, draw_confidence, draw_deviation, draw_map

TALL, MIDDLE, LOW, LEAST = 340, 200, 200, 110  # px: heights of plots
HIGHEST = 480  # px: of a placement, whose canvas may be upright
PANEL = 105  # px: height of one quantity of a track
AXES_PX = 52  # px of a placement's width and height that its axes take


class Plot(Record, eq=False):
    """One plot. name: a word for identifiers; height, narrow_height: px at WIDE and at NARROW.

    backdrop   laid behind the axes, where they are a canvas
    seconds    of FG, from its first frame, that the x axis spans; None where it is no time
    """

    name: str
    title: str
    finding: str
    draw: Callable[[Canvas], None]
    height: int
    narrow_height: int
    backdrop: CanvasPicture | None = None
    canvas_size: tuple[int, int] = (0, 0)
    seconds: float | None = None


def plots_of(sidecar: Sidecar, events: MapEvents, backdrop: CanvasPicture) -> list[Plot]:
    """In the order in which they are read."""
    plots = [_placement(sidecar, backdrop), _map(sidecar, events)]
    if (~events.unmatched).sum() > 1:
        rate = float(sidecar.bg.frame_rate)
        finding = deviation_finding(events, rate)
        plots.append(
            _over_time(
                events,
                "deviation",
                "Distance from one constant rate",
                finding,
                lambda c: draw_deviation(c, events, rate),
            )
        )
    if (levels := events.confidence) is not None:
        finding = confidence_finding(events, levels)
        plots.append(
            _over_time(events, "confidence", "Confidence", finding, lambda c: draw_confidence(c, events, levels))
        )
    if sidecar.track is not None and (curves := curves_of(sidecar.track)):
        finding = track_finding(curves)
        height = PANEL * len(curves) + PANEL // 4
        plots.append(
            _over_time(
                events, "track", "Where the place moves", finding, lambda c: draw_track(c, events, curves), height
            )
        )
    if (late_ms := sidecar.quality.sound_late_ms) is not None:
        draw = partial(draw_sound, late_ms=late_ms)
        plots.append(Plot("sound", "Sound against picture", sound_finding(late_ms), draw, LEAST, LEAST))
    return plots


def _over_time(
    events: MapEvents, name: str, title: str, finding: str, draw: Callable[[Canvas], None], height: int = MIDDLE
) -> Plot:
    return Plot(name, title, finding, draw, height, height, seconds=events.fg_end)


def _map(sidecar: Sidecar, events: MapEvents) -> Plot:
    frames = [(run.fg + k, j) for run in sidecar.pins for k, j in enumerate(run.indices()) if j != UNMATCHED]
    pins = np.array(frames, np.int64).reshape(-1, 2)
    at = np.column_stack([seconds_of(sidecar.fg)[pins[:, 0]], seconds_of(sidecar.bg)[pins[:, 1]]])
    finding = map_finding(events, sidecar)
    return _over_time(events, "map", "FG time against BG time", finding, lambda c: draw_map(c, events, at), TALL)


def _placement(sidecar: Sidecar, backdrop: CanvasPicture) -> Plot:
    bg = sidecar.bg
    size = bg.width, bg.height
    places = [place_of(sidecar, i) for i in outlined_frames(sidecar).tolist()]
    sar = float(bg.sar)
    left, top, right, bottom = reach_of(size, places)
    shape = (bottom - top) / ((right - left) * sar)
    height, narrow_height = (round(min((px - AXES_PX) * shape, HIGHEST)) + AXES_PX for px in (WIDE, NARROW))
    return Plot(
        "placement",
        "Where FG lies on BG",
        placement_finding(sidecar, backdrop),
        lambda c: draw_placement(c, size, sar, places),
        height,
        narrow_height,
        backdrop,
        size,
    )


def outlined_frames(sidecar: Sidecar) -> I64:
    """FG frames whose place is drawn on the canvas: one where it stands."""
    if sidecar.track is None:
        return np.array([0])
    return np.linspace(0, sidecar.fg.frames - 1, OUTLINES).round().astype(np.int64)

"""What each plot shows, in words: its caption, and its text for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidkompy.counts import count_text
from vidkompy.model import F64, I64, Mask, Sidecar
from vidkompy.report.clock_text import clock_text, list_text, probability_text
from vidkompy.report.map_events import MapEvents, ranges_of
from vidkompy.report.pictures import CanvasPicture
from vidkompy.report.place_figures import EARLY_MS, LATE_MS, Curve
from vidkompy.report.time_figures import deviation

HARDLY = 0.05  # BG frames that are not worth a word
NAMED = 3  # events that are named by their time


def map_finding(events: MapEvents, sidecar: Sidecar) -> str:
    matched = ~events.unmatched
    if not matched.any():
        return "No FG frame matches a BG frame."
    bg = events.bg_seconds[matched]
    first = (
        f"{matched.sum():,} of {len(matched):,} FG frames, {clock_text(0)} to {clock_text(events.fg_seconds[-1])}, "
        f"show BG from {clock_text(bg.min())} to {clock_text(bg.max())}."
    )
    pinned = [run.fg + k for run in sidecar.pins for k in range(run.count)]
    counts = [
        _events_text(events.fg_seconds[events.cuts], "cut"),
        _events_text(events.fg_seconds[events.holds], "held frame"),
        _events_text(events.fg_seconds[events.drops], "place where BG frames drop", "places where BG frames drop"),
        _events_text(_starts(events, events.unmatched), "unmatched range"),
        _events_text(_starts(events, events.unsure), "unsure range"),
        _events_text(events.fg_seconds[pinned], "pin"),
    ]
    found = [text for text in counts if text]
    return f"{first} {list_text(found) if found else _steadiness(events, sidecar.frame_map.bg)}."


def _steadiness(events: MapEvents, bg: I64) -> str:
    """What a map without events is: of one run or several, each of which may hold or pass over BG frames steadily."""
    count = len(events.runs)
    steps = np.diff(bg)
    if count == 1 and (steps == 1).all():
        return "One unbroken run, BG frame by BG frame, nothing unsure"
    rates = list_text(sorted({f"{float(run.rate):.4g}" for run in events.runs})[:NAMED])
    more = " and others" if len({run.rate for run in events.runs}) > NAMED else ""
    held, passed = int((steps == 0).sum()), int(np.maximum(steps - 1, 0).sum())
    effects = [
        *([f"{count_text(held, 'FG frame repeats', 'FG frames repeat')} the BG frame before"] if held else []),
        *([f"{count_text(passed, 'BG frame is', 'BG frames are')} passed over"] if passed else []),
    ]
    runs = count_text(count, "run", "runs")
    return f"{runs} of {rates}{more} BG frames per FG frame: {list_text(effects) or 'none is held'}; nothing unsure"


def _events_text(at: F64, one: str, many: str = "") -> str:
    if not len(at):
        return ""
    where = f"first at {clock_text(at[0])}"
    if len(at) <= NAMED:
        where = f"at {list_text([clock_text(seconds) for seconds in at])}"
    return f"{count_text(len(at), one, many)} ({where})"


def _starts(events: MapEvents, flags: Mask) -> F64:
    found: F64 = events.fg_seconds[[span.first for span in ranges_of(flags)]]
    return found


def deviation_finding(events: MapEvents, bg_rate: float) -> str:
    frames = deviation(events, bg_rate)
    matched = np.flatnonzero(~np.isnan(frames))
    off = np.abs(frames[matched])
    rate = f"{events.trend.rate:.5g} s of BG pass in each second of FG"
    if off.max() < HARDLY:
        return f"{rate}, and no frame is off."
    farthest = matched[np.argmax(off)]
    return (
        f"{rate}. {_share_text(off <= 1)} lie within one BG frame of that; "
        f"the farthest is {abs(frames[farthest]):.1f} frames {'later' if frames[farthest] > 0 else 'earlier'}, "
        f"at {clock_text(events.fg_seconds[farthest])}."
    )


def _share_text(flags: Mask) -> str:
    """Rounded down."""
    return "All frames" if flags.all() else f"{np.floor(flags.mean() * 1000) / 10:.3g} % of the frames"


def confidence_finding(events: MapEvents, levels: F64) -> str:
    least = int(np.nanargmin(levels))
    if np.nanmax(levels) == levels[least]:
        return f"All frames are as sure: {probability_text(float(levels[least]))}."
    unsure = int(events.unsure.sum())
    below = f"{count_text(unsure, 'frame is', 'frames are')}" if unsure else "No frame is"
    mean = probability_text(float(np.nanmean(levels)))
    return (
        f"{below} below one half, the dashed line{', and hatched' if unsure else ''}. The mean is {mean}; "
        f"the least sure frame, {least:,} at {clock_text(events.fg_seconds[least])}, "
        f"has {probability_text(float(levels[least]))}."
    )


def track_finding(curves: Sequence[Curve]) -> str:
    moves = [f"{curve.name} by {curve.range:.3g} {curve.unit.removesuffix(' clockwise')}" for curve in curves]
    standing = [name for name in ("x", "y", "size", "angle") if name not in {curve.name for curve in curves}]
    rest = (
        f" {list_text(standing).capitalize()} {'stands' if len(standing) == 1 else 'stand'} still." if standing else ""
    )
    return f"FG's place moves: {list_text(moves)}.{rest}"


def placement_finding(sidecar: Sidecar, picture: CanvasPicture) -> str:
    where, bg, fg = sidecar.placement, sidecar.bg, sidecar.fg
    scale = where.width / fg.width * 100
    text = (
        f"FG sits at {px_text(where.x)}, {px_text(where.y)} of the {bg.width} x {bg.height} canvas, "
        f"{px_text(where.width)} x {px_text(where.height)} px"
        f"{', its own size' if where.drawn_size == (fg.width, fg.height) else f', scaled to {px_text(scale)} %'}."
    )
    if sidecar.track is not None:
        text += " Its place moves: solid outline at its start, dashed in its middle, dotted at its end."
    return f"{text} Shown on BG frame {picture.bg:,}."


def px_text(value: float) -> str:
    """
    >>> px_text(12.0), px_text(-0.16667)
    ('12', '-0.17')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def sound_finding(late_ms: float) -> str:
    if abs(late_ms) < 1:
        return "FG's sound and picture are in step, by BG's sound."
    direction = "late" if late_ms > 0 else "early"
    is_noticed = not -EARLY_MS <= late_ms <= LATE_MS
    return (
        f"FG's sound comes {abs(late_ms):.0f} ms {direction} against its picture, by BG's sound: "
        f"{'viewers notice that' if is_noticed else 'few viewers notice that'} (hatched, by ITU-R BT.1359)."
    )

"""FCPXML 1.8, which Final Cut Pro and DaVinci Resolve open: FG on the storyline, BG's runs connected below it.

At timeline frame k of a clip BG's frame floor(value(k) * BG's rate) is shown: `timeMap` says seconds of the media, goes
straight between its two points, and samples by "floor", its default; without one the clip plays from `start` on. All
times are exact rationals. Points of a time map lie half a step into what is to be seen, so that no rounding in a reader
leads to its neighbour. A clip at another rate than the timeline has a `conform-rate` that leaves its speed alone.
Position is in percent of the canvas's height from its centre, y upwards; scale is of FG's own pixels, which
`adjust-conform` "none" keeps. Source: Apple, "FCPXML Reference" (timeMap, timept, conform-rate, adjust-transform).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement

from vidkompy.exchange.editor_losses import editing_losses
from vidkompy.exchange.format_contract import ExportRequest, ExportResult
from vidkompy.exchange.frame_sampling import entry_point
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Media, Timeline, build_timeline, forward_runs
from vidkompy.exchange.xml_text import document
from vidkompy.media.file_urls import file_url
from vidkompy.model import Run, Sidecar

RATES = {  # that conform-rate has a word for
    Fraction(n * 1000, 1001): name for n, name in ((24, "23.98"), (30, "29.97"), (48, "47.95"), (60, "59.94"))
} | {Fraction(n): str(n) for n in (24, 25, 30, 48, 50, 60, 90, 100, 120)}
PRIMARIES = {"bt709": "1-1-1 (Rec. 709)", "bt2020": "9-1-9 (Rec. 2020)", "smpte170m": "6-1-6 (Rec. 601 (NTSC))"}


def export(asked: ExportRequest) -> ExportResult:
    """Raises UsageError where XML cannot hold a name."""
    film, sidecar = build_timeline(asked.sidecar, asked.is_exact), asked.sidecar
    root = Element("fcpxml", {"version": "1.8"})
    resources = SubElement(root, "resources")
    resources.append(_format("r1", film.fg, sidecar.bg.width, sidecar.bg.height, sidecar.bg.colour.primaries))
    for name, media in (("fg", film.fg), ("bg", film.bg)):
        clip = media.clip
        resources.append(_format(f"{name}-format", media, clip.width, clip.height, clip.colour.primaries))
        resources.append(_asset(name, media))
    length = {"duration": _time(film.fg.length / film.fg.rate), "tcStart": _start(film.fg), "tcFormat": _kind(film.fg)}
    project = SubElement(SubElement(root, "event", {"name": asked.name}), "project", {"name": asked.name})
    sound = {"audioLayout": "stereo", "audioRate": "48k"}
    sequence = SubElement(project, "sequence", {"format": "r1", **length, **sound})
    SubElement(sequence, "spine").append(_foreground(film, sidecar))
    text = document(root, '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>')
    return ExportResult((text,), tuple(_losses(film, sidecar)))


def _format(name: str, rate_of: Media, width: int, height: int, primaries: str) -> Element:
    said = {"id": name, "frameDuration": _time(1 / rate_of.rate), "width": str(width), "height": str(height)}
    return Element("format", said | ({"colorSpace": PRIMARIES[primaries]} if primaries in PRIMARIES else {}))


def _asset(name: str, media: Media) -> Element:
    said = {"id": name, "name": media.clip.path.name, "src": file_url(media.clip.path), "start": _start(media)}
    said |= {"duration": _time(media.length / media.rate), "hasVideo": "1", "format": f"{name}-format"}
    return Element("asset", said | ({"hasAudio": "1", "audioSources": "1"} if media.clip.audio else {}))


def _foreground(film: Timeline, sidecar: Sidecar) -> Element:
    """FG as it is, with all that hangs on it: its place, BG's clips, markers."""
    fg, bg, where = film.fg, sidecar.bg, sidecar.placement
    said = {"ref": "fg", "name": fg.clip.path.name, "offset": _start(fg), "start": _start(fg), "format": "fg-format"}
    clip = Element("asset-clip", said | {"duration": _time(fg.length / fg.rate), "tcFormat": _kind(fg)})
    SubElement(clip, "adjust-conform", {"type": "none"})
    x = 100 * (where.x + where.width / 2 - bg.width / 2) / bg.height
    y = 100 * (bg.height / 2 - where.y - where.height / 2) / bg.height
    scale = f"{where.width / fg.clip.width:.9g} {where.height / fg.clip.height:.9g}"
    SubElement(clip, "adjust-transform", {"position": f"{x:.9g} {y:.9g}", "scale": scale})
    for run in forward_runs(film.runs):
        if run.bg is not None:
            clip.append(_piece(run, film))
    for name, ranges in (("unmatched", film.unmatched), ("unsure", film.unsure)):
        for a, b in ranges:
            at = {"start": _time((fg.start + a) / fg.rate), "duration": _time((b - a) / fg.rate)}
            SubElement(clip, "marker", at | {"value": name})
    return clip


def _piece(run: Run, film: Timeline) -> Element:
    fg, bg, speed = film.fg, film.bg, film.speed(run)
    first, length = Fraction(bg.start + (run.bg or 0)) / bg.rate, run.count / fg.rate
    said = {"ref": "bg", "lane": "-1", "name": bg.clip.path.name, "offset": _time((fg.start + run.fg) / fg.rate)}
    said |= {"start": _time(first), "duration": _time(length), "format": "bg-format", "tcFormat": _kind(bg)}
    clip = Element("asset-clip", said | {"srcEnable": "video"})
    if bg.rate != fg.rate and bg.rate in RATES:
        SubElement(clip, "conform-rate", {"scaleEnabled": "0", "srcFrameRate": RATES[bg.rate]})
    if speed != 1 or run.phase or bg.rate != fg.rate:
        value = (bg.start + entry_point(run, is_kept=False)) / bg.rate
        points = SubElement(clip, "timeMap", {"frameSampling": "floor"})
        for time, seen in ((first, value), (first + length, value + speed * length)):
            SubElement(points, "timept", {"time": _time(time), "value": _time(seen), "interp": "linear"})
    return clip


def _start(media: Media) -> str:
    return _time(media.start / media.rate)


def _kind(media: Media) -> str:
    return "DF" if media.is_drop else "NDF"


def _time(seconds: Fraction) -> str:
    return f"{seconds.numerator}s" if seconds.denominator == 1 else f"{seconds.numerator}/{seconds.denominator}s"


def _losses(film: Timeline, sidecar: Sidecar) -> Iterator[Loss]:
    yield from editing_losses(film, sidecar)
    if film.fg.rate not in RATES:
        yield Loss("rate", f"Final Cut has no timelines of FG's {float(film.fg.rate):.6g} frames per second")
    if film.bg.rate != film.fg.rate and film.bg.rate not in RATES:
        yield Loss(
            "rate", f"FCPXML has no word for BG's {float(film.bg.rate):.6g} frames per second: no conform-rate is given"
        )
    if sidecar.bg.sar != 1 or sidecar.fg.sar != 1:
        yield Loss("placement", "pixels that are not square are taken for square ones")

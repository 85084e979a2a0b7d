"""MLT XML, which Shotcut, Kdenlive and melt open: BG retimed by one time map, FG placed above it.

At timeline frame k the link `timeremap` with image_mode "nearest" shows BG's frame floor(map(k) * BG's rate) (measured
with melt 7.12). The map says seconds; between its keys it is straight. Each run has a key at its first and at its last
frame, half a step into what is to be seen, so that no rounding leads to its neighbour: frames are exact, whatever the
rates of both clips. Source: https://www.mltframework.org/docs/mltxml, and MLT's link_timeremap.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from vidkompy.exchange.editor_losses import editing_losses
from vidkompy.exchange.format_contract import ExportRequest, ExportResult
from vidkompy.exchange.frame_sampling import entry
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Media, Timeline, timeline
from vidkompy.exchange.xml_text import document
from vidkompy.media.file_urls import relative_path
from vidkompy.model import Clip, Sidecar

DIGITS = 12  # of a second: less than the thousandth part of what would show another frame, in hours of film


def export(asked: ExportRequest) -> ExportResult:
    """Raises UsageError where XML cannot hold a name."""
    film = timeline(asked.sidecar, asked.is_exact)
    last = str(film.fg.length - 1)
    root = Element("mlt", {"LC_NUMERIC": "C", "version": "7.0.0", "producer": "timeline", "title": asked.name})
    root.append(_profile(film.fg, asked.sidecar))
    below = SubElement(root, "chain", {"id": "bg", "in": "0", "out": last})
    _properties(below, mlt_service="avformat", resource=_resource(asked.sidecar.bg, asked))
    _properties(below, length=str(film.fg.length))
    link = SubElement(below, "link")
    keys = ";".join(_keys(film))
    _properties(link, mlt_service="timeremap", map=keys, time_map=keys, image_mode="nearest", pitch="0")
    above = SubElement(root, "producer", {"id": "fg", "in": "0", "out": last})
    _properties(above, mlt_service="avformat", resource=_resource(asked.sidecar.fg, asked))
    _properties(above, length=str(film.fg.length))
    black = SubElement(root, "producer", {"id": "black", "in": "0", "out": last})
    _properties(black, mlt_service="color", resource="black", length=str(film.fg.length))
    _playlist(root, "background", "bg", film)
    SubElement(SubElement(root, "playlist", {"id": "foreground"}), "entry", {"producer": "fg", "in": "0", "out": last})
    tractor = SubElement(root, "tractor", {"id": "timeline", "in": "0", "out": last})
    SubElement(tractor, "track", {"producer": "background", "hide": "audio"})
    SubElement(tractor, "track", {"producer": "foreground"})
    where = asked.sidecar.placement
    rect = f"{where.x:g} {where.y:g} {where.width:g} {where.height:g} 1"
    placed = {"a_track": "0", "b_track": "1", "rect": rect, "distort": "1", "fill": "1"}
    _properties(SubElement(tractor, "transition"), mlt_service="affine", **placed)
    text = document(root, '<?xml version="1.0" encoding="UTF-8"?>')
    return ExportResult((text,), tuple(_losses(film, asked.sidecar)))


def _resource(clip: Clip, asked: ExportRequest) -> str:
    """A path that cannot be taken for an address, as one could that has a colon in its first part."""
    path = relative_path(clip.path, asked.folder)
    return path if Path(path).is_absolute() else f"./{path}"


def _profile(fg: Media, sidecar: Sidecar) -> Element:
    """BG's canvas at FG's rate."""
    bg = sidecar.bg
    sar = bg.sar or Fraction(1)
    display = Fraction(bg.width, bg.height) * sar
    return Element(
        "profile",
        {
            "description": "vidkompy",
            "width": str(bg.width),
            "height": str(bg.height),
            "progressive": "1",
            "sample_aspect_num": str(sar.numerator),
            "sample_aspect_den": str(sar.denominator),
            "display_aspect_num": str(display.numerator),
            "display_aspect_den": str(display.denominator),
            "frame_rate_num": str(fg.rate.numerator),
            "frame_rate_den": str(fg.rate.denominator),
            "colorspace": {"bt2020nc": "2020", "smpte170m": "601", "bt470bg": "601"}.get(bg.colour.space, "709"),
        },
    )


def _keys(film: Timeline) -> Iterator[str]:
    """timeline frame=seconds of BG."""
    for run in film.runs:
        if run.bg is None:
            continue
        for k in sorted({0, run.count - 1}):
            place = entry(run, is_kept=False) + run.rate * k
            yield f"{run.fg + k}={float(place / film.bg.rate):.{DIGITS}f}"


def _playlist(root: Element, name: str, producer: str, film: Timeline) -> None:
    """The producer, and black where no BG frame belongs: over a blank FG would fill the canvas (measured)."""
    playlist = SubElement(root, "playlist", {"id": name})
    at = 0
    for first, stop in (*film.unmatched, (film.fg.length, film.fg.length)):
        if first > at:
            SubElement(playlist, "entry", {"producer": producer, "in": str(at), "out": str(first - 1)})
        if stop > first:
            SubElement(playlist, "entry", {"producer": "black", "in": "0", "out": str(stop - first - 1)})
        at = stop


def _properties(parent: Element, **values: str) -> None:
    for name, value in values.items():
        SubElement(parent, "property", {"name": name}).text = value


def _losses(film: Timeline, sidecar: Sidecar) -> Iterator[Loss]:
    yield from editing_losses(film, sidecar)
    if sidecar.fg.timecode or sidecar.bg.timecode:
        yield Loss("timecode", "timecode is left out: MLT counts from 0")
    if count := sum(b - a for a, b in film.unsure):
        yield Loss("unsure", f"{count} unsure frames are not marked", count, 0, film.unsure[0][0])
    yield Loss("pixels", "MLT lays FG over BG in 8-bit RGB: samples can be a level off")

"""MLT XML, which Shotcut opens and melt plays: BG on V1, retimed by one time map, FG placed above it on V2.

The format holds producers (media), playlists, tracks and filters at one frame rate, with paths from the file's own
folder. It has no timecode and no markers, and MLT composes in 8-bit RGB. What Kdenlive edits is `kdenlive`.

Shotcut takes a tractor with the property `shotcut` for its timeline. The first track has to be black, below all, with a
playlist named "background", which it stretches; it shows the others by `shotcut:video`. Source: projects that Shotcut
22.12 saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from vidkompy.exchange.editor_losses import editor_losses, marker_losses
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.keyframes import placed_frames
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.mlt_clock import build_mlt_timeline, mlt_losses
from vidkompy.exchange.mlt_xml import (
    HEAD,
    add_properties,
    add_time_map,
    media_properties,
    pixel_losses,
    profile,
    range_of,
    root_element,
)
from vidkompy.exchange.timeline import Timeline
from vidkompy.exchange.xml_text import document
from vidkompy.model import Sidecar

OPTIONS: frozenset[ExportOption] = frozenset()


def export(request: ExportRequest) -> ExportResult:
    """Raises UsageError where XML or MLT cannot hold a name, MediaError where a clip cannot be read."""
    timeline, sidecar = build_mlt_timeline(request.sidecar), request.sidecar
    root = root_element(request, "timeline")
    root.append(profile(timeline.fg, sidecar.bg))
    root.append(_retimed_bg(timeline, media_properties(sidecar.bg, request)))
    root.append(_producer("fg", timeline, **media_properties(sidecar.fg, request)))
    root.append(_producer("black", timeline, mlt_service="color", resource="black"))
    root.append(_black_background(timeline))
    root.append(_bg_playlist(timeline))
    upper = SubElement(root, "playlist", {"id": "upper"})
    add_properties(upper, **_track_properties("FG"))
    SubElement(upper, "entry", {"producer": "fg", **range_of(timeline.fg.length)})
    root.append(_tractor(timeline, sidecar))
    return ExportResult((document(root, HEAD),), tuple(_losses(timeline, sidecar)))


def _retimed_bg(timeline: Timeline, media: dict[str, str]) -> Element:
    chain = Element("chain", {"id": "bg", **range_of(timeline.fg.length)})
    add_properties(chain, **media, length=str(timeline.fg.length))
    add_time_map(chain, timeline.runs, timeline)
    return chain


def _producer(name: str, timeline: Timeline, **properties: str) -> Element:
    producer = Element("producer", {"id": name, **range_of(timeline.fg.length)})
    add_properties(producer, **properties, length=str(timeline.fg.length))
    return producer


def _black_background(timeline: Timeline) -> Element:
    playlist = Element("playlist", {"id": "background"})
    SubElement(playlist, "entry", {"producer": "black", **range_of(timeline.fg.length)})
    return playlist


def _track_properties(name: str) -> dict[str, str]:
    return {"shotcut:video": "1", "shotcut:name": name}


def _bg_playlist(timeline: Timeline) -> Element:
    """BG, and black where no BG frame belongs: over a blank FG would fill the canvas (measured)."""
    playlist = Element("playlist", {"id": "lower"})
    add_properties(playlist, **_track_properties("BG"))
    end, length = 0, timeline.fg.length
    for first, stop in (*timeline.unmatched, (length, length)):
        if first > end:
            SubElement(playlist, "entry", {"producer": "bg", "in": str(end), "out": str(first - 1)})
        if stop > first:
            SubElement(playlist, "entry", {"producer": "black", "in": "0", "out": str(stop - first - 1)})
        end = stop
    return playlist


def _tractor(timeline: Timeline, sidecar: Sidecar) -> Element:
    """All tracks, FG drawn over BG where it belongs, with keyframes where it moves."""
    tractor = Element("tractor", {"id": "timeline", **range_of(timeline.fg.length)})
    add_properties(tractor, shotcut="1", **{"shotcut:projectAudioChannels": "2"})
    for producer, hide in (("background", {}), ("lower", {"hide": "audio"}), ("upper", {})):
        SubElement(tractor, "track", {"producer": producer, **hide})
    for b_track in ("1", "2"):
        sound = {"mlt_service": "mix", "a_track": "0", "b_track": b_track, "always_active": "1", "sum": "1"}
        add_properties(SubElement(tractor, "transition"), **sound)
    places = list(enumerate(placed_frames(sidecar, timeline).tolist()))
    rect = ";".join(f"{k}={x:.6g} {y:.6g} {width:.6g} {height:.6g} 1" for k, (x, y, width, height, _) in places)
    overlay = {"mlt_service": "affine", "a_track": "1", "b_track": "2", "rect": rect, "distort": "1", "fill": "1"}
    turns = {"rotate_x": ";".join(f"{k}={degrees:.6g}" for k, (*_, degrees) in places), "keyed": "1"}
    add_properties(SubElement(tractor, "transition"), **overlay, **turns)
    return tractor


def _losses(timeline: Timeline, sidecar: Sidecar) -> Iterator[Loss]:
    yield from editor_losses(timeline, sidecar, names_streams=True, has_keyframes=True)
    yield from mlt_losses(sidecar, timeline)
    if sidecar.fg.timecode or sidecar.bg.timecode:
        yield Loss("timecode", "timecode is left out: MLT counts from 0")
    yield from marker_losses(timeline)
    yield from pixel_losses(sidecar)

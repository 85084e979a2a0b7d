"""MLT XML, which melt plays and other programs of MLT open: BG retimed by one time map, FG placed above it.

The format holds producers (media), playlists, tracks and filters at one frame rate, with paths from the file's own
folder. It has no timecode and no markers, and MLT composes in 8-bit RGB. What Kdenlive edits is `kdenlive`.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from vidkompy.exchange.editor_losses import editor_losses, marker_losses
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.mlt_xml import (
    HEAD,
    add_properties,
    add_time_map,
    media_properties,
    profile,
    range_of,
    root_element,
)
from vidkompy.exchange.timeline import Timeline, build_timeline
from vidkompy.exchange.xml_text import document
from vidkompy.model import Placement, Sidecar

OPTIONS: frozenset[ExportOption] = frozenset()


def export(request: ExportRequest) -> ExportResult:
    """Raises UsageError where XML cannot hold a name, MediaError where a clip of several streams cannot be read."""
    timeline, sidecar = build_timeline(request.sidecar), request.sidecar
    root = root_element(request, "timeline")
    root.append(profile(timeline.fg, sidecar.bg))
    root.append(_retimed_bg(timeline, media_properties(sidecar.bg, request)))
    root.append(_producer("fg", timeline, **media_properties(sidecar.fg, request)))
    root.append(_producer("black", timeline, mlt_service="color", resource="black"))
    root.append(_bg_playlist(timeline))
    foreground = SubElement(root, "playlist", {"id": "foreground"})
    SubElement(foreground, "entry", {"producer": "fg", **range_of(timeline.fg.length)})
    root.append(_tractor(timeline, sidecar.placement))
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


def _bg_playlist(timeline: Timeline) -> Element:
    """BG, and black where no BG frame belongs: over a blank FG would fill the canvas (measured)."""
    playlist = Element("playlist", {"id": "background"})
    end, length = 0, timeline.fg.length
    for first, stop in (*timeline.unmatched, (length, length)):
        if first > end:
            SubElement(playlist, "entry", {"producer": "bg", "in": str(end), "out": str(first - 1)})
        if stop > first:
            SubElement(playlist, "entry", {"producer": "black", "in": "0", "out": str(stop - first - 1)})
        end = stop
    return playlist


def _tractor(timeline: Timeline, placement: Placement) -> Element:
    """Both tracks, FG drawn over BG where it belongs."""
    tractor = Element("tractor", {"id": "timeline", **range_of(timeline.fg.length)})
    SubElement(tractor, "track", {"producer": "background", "hide": "audio"})
    SubElement(tractor, "track", {"producer": "foreground"})
    rect = f"{placement.x:g} {placement.y:g} {placement.width:g} {placement.height:g} 1"  # the last one is the opacity
    overlay = {"mlt_service": "affine", "a_track": "0", "b_track": "1", "rect": rect, "distort": "1", "fill": "1"}
    add_properties(SubElement(tractor, "transition"), **overlay)
    return tractor


def _losses(timeline: Timeline, sidecar: Sidecar) -> Iterator[Loss]:
    yield from editor_losses(timeline, sidecar, names_streams=True)
    if sidecar.fg.timecode or sidecar.bg.timecode:
        yield Loss("timecode", "timecode is left out: MLT counts from 0")
    yield from marker_losses(timeline)
    yield Loss("pixels", "MLT lays FG over BG in 8-bit RGB: samples can be a level off")

"""MLT XML, which Shotcut, Kdenlive and melt open: BG retimed by one time map, FG placed above it.

The format holds producers (media), playlists, tracks and filters at one frame rate, with paths from the file's own
folder. It has no timecode and no markers, and MLT composes in 8-bit RGB.

At timeline frame k the link `timeremap` with image_mode "nearest" shows BG's frame floor(map(k) * BG's rate) (measured
with melt 7.12). The map says seconds; between its keys it is straight. Each run has a key at its first and at its last
frame, half a step into what is to be seen, so that no rounding leads to its neighbour: frames are exact, whatever the
rates of both clips. Source: https://www.mltframework.org/docs/mltxml, and MLT's link_timeremap,
https://www.mltframework.org/plugins/LinkTimeremap/
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from vidkompy.exchange.editor_losses import editor_losses, marker_losses
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.frame_sampling import entry_point
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Media, Timeline, build_timeline
from vidkompy.exchange.xml_text import document
from vidkompy.media.file_urls import relative_path
from vidkompy.media.probe import number_in_file
from vidkompy.model import Clip, Placement, Sidecar

OPTIONS: frozenset[ExportOption] = frozenset()

KEY_DIGITS = 12  # of a second: less than the thousandth part of what would show another frame, in hours of film
COLOUR_SPACES = {"bt2020nc": "2020", "smpte170m": "601", "bt470bg": "601"}  # by ffmpeg's name of the matrix
DEFAULT_COLOUR_SPACE = "709"


def export(request: ExportRequest) -> ExportResult:
    """Raises UsageError where XML cannot hold a name, MediaError where a clip of several streams cannot be read."""
    timeline, sidecar = build_timeline(request.sidecar), request.sidecar
    root = Element("mlt", {"LC_NUMERIC": "C", "version": "7.0.0", "producer": "timeline", "title": request.name})
    root.append(_profile(timeline.fg, sidecar))
    root.append(_retimed_bg(timeline, _media_properties(sidecar.bg, request)))
    root.append(_producer("fg", timeline, **_media_properties(sidecar.fg, request)))
    root.append(_producer("black", timeline, mlt_service="color", resource="black"))
    root.append(_bg_playlist(timeline))
    foreground = SubElement(root, "playlist", {"id": "foreground"})
    SubElement(foreground, "entry", {"producer": "fg", **_full_range(timeline)})
    root.append(_tractor(timeline, sidecar.placement))
    text = document(root, '<?xml version="1.0" encoding="UTF-8"?>')
    return ExportResult((text,), tuple(_losses(timeline, sidecar)))


def _full_range(timeline: Timeline) -> dict[str, str]:
    """First and last frame, as `in` and `out`."""
    return {"in": "0", "out": str(timeline.fg.length - 1)}


def _media_properties(clip: Clip, request: ExportRequest) -> dict[str, str]:
    """A path that cannot be taken for an address, as one could that has a colon in its first part."""
    path = relative_path(clip.path, request.folder)
    resource = path if Path(path).is_absolute() else f"./{path}"
    stream = {"video_index": str(number_in_file(clip))} if clip.stream else {}
    return {"mlt_service": "avformat", "resource": resource, **stream}


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
            "colorspace": COLOUR_SPACES.get(bg.colour.space, DEFAULT_COLOUR_SPACE),
        },
    )


def _retimed_bg(timeline: Timeline, media: dict[str, str]) -> Element:
    chain = Element("chain", {"id": "bg", **_full_range(timeline)})
    _add_properties(chain, **media)
    _add_properties(chain, length=str(timeline.fg.length))
    keys = ";".join(_keys(timeline))
    remap = {"mlt_service": "timeremap", "map": keys, "time_map": keys, "image_mode": "nearest", "pitch": "0"}
    _add_properties(SubElement(chain, "link"), **remap)
    return chain


def _keys(timeline: Timeline) -> Iterator[str]:
    """timeline frame=seconds of BG."""
    for run in timeline.runs:
        if run.bg is None:
            continue
        for k in sorted({0, run.count - 1}):
            position = entry_point(run, is_step_exact=False) + run.rate * k
            yield f"{run.fg + k}={float(position / timeline.bg.rate):.{KEY_DIGITS}f}"


def _producer(name: str, timeline: Timeline, **properties: str) -> Element:
    producer = Element("producer", {"id": name, **_full_range(timeline)})
    _add_properties(producer, **properties, length=str(timeline.fg.length))
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
    tractor = Element("tractor", {"id": "timeline", **_full_range(timeline)})
    SubElement(tractor, "track", {"producer": "background", "hide": "audio"})
    SubElement(tractor, "track", {"producer": "foreground"})
    rect = f"{placement.x:g} {placement.y:g} {placement.width:g} {placement.height:g} 1"  # the last one is the opacity
    overlay = {"mlt_service": "affine", "a_track": "0", "b_track": "1", "rect": rect, "distort": "1", "fill": "1"}
    _add_properties(SubElement(tractor, "transition"), **overlay)
    return tractor


def _add_properties(parent: Element, **values: str) -> None:
    for name, value in values.items():
        SubElement(parent, "property", {"name": name}).text = value


def _losses(timeline: Timeline, sidecar: Sidecar) -> Iterator[Loss]:
    yield from editor_losses(timeline, sidecar, names_streams=True)
    if sidecar.fg.timecode or sidecar.bg.timecode:
        yield Loss("timecode", "timecode is left out: MLT counts from 0")
    yield from marker_losses(timeline)
    yield Loss("pixels", "MLT lays FG over BG in 8-bit RGB: samples can be a level off")

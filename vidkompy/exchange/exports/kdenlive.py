"""A project of Kdenlive: FG and BG in its bin, BG's runs on V1, FG placed on V2, FG's sound on A1.

The format is MLT XML of a certain shape, here that of version 1.04, which Kdenlive 20.08 to 22.12 write and newer ones
read. All media is in the playlist `main_bin`, whose `kdenlive:docproperties` describe the project. A track is a tractor
of two playlists, of which the second is for clips that overlap. Clips name their medium in the bin by `kdenlive:id`.
What the program adds by itself, such as the transitions that compose tracks, is marked by `internal_added`.

Kdenlive takes each clip that is a chain for one with a time map. So a run of speed 1 is a piece of the producer, which
can be trimmed and moved, and another run a chain with the run's time map. FG's place is the effect Transform, the
filter `qtblend`, which draws unscaled pictures at whole pixels.
Source: https://invent.kde.org/multimedia/kdenlive, dev-docs/fileformat.md; and projects that Kdenlive 22.12 saved.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from math import ceil
from xml.etree.ElementTree import Element, SubElement

from vidkompy.exchange.editor_losses import editor_losses
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
from vidkompy.model import Run, Sidecar

OPTIONS: frozenset[ExportOption] = frozenset()

DOCUMENT_VERSION, PROGRAM_VERSION = "1.04", "22.12.3"
FG_ID, BG_ID = "2", "3"  # in the bin; 1 is its own folder
INTERNAL = "237"  # mark of what the program itself adds
MARKER_TYPES = {"unmatched": 8, "unsure": 5}  # categories that a new project has: red, yellow


def export(request: ExportRequest) -> ExportResult:
    """Raises UsageError where XML or MLT cannot hold a name, MediaError where a clip cannot be read."""
    timeline, sidecar = build_mlt_timeline(request.sidecar), request.sidecar
    length, has_sound = timeline.fg.length, bool(sidecar.fg.audio)
    root = root_element(request, "main_bin")
    root.append(profile(timeline.fg, sidecar.bg))
    bg_length = ceil(timeline.bg.length * timeline.fg.rate / timeline.bg.rate)
    for name, length_in_bin in (("fg", length), ("bg", bg_length)):
        producer = SubElement(root, "producer", {"id": name, **range_of(length_in_bin)})
        add_properties(producer, **_clip_properties(name, request), length=str(length_in_bin))
    root.append(_bin(timeline, {"fg": length, "bg": bg_length}, has_sound))
    black = SubElement(root, "producer", {"id": "black_track", **range_of(length)})
    add_properties(black, mlt_service="color", resource="black", length=str(length), eof="continue")
    bg_entries = [_bg_entry(run, root, timeline, request) for run in timeline.runs]
    fg_entry = _entry("fg", FG_ID, range_of(length))
    tracks = [*_track(1, "BG", "video", bg_entries), *_track(2, "FG", "video", [_placed(fg_entry, timeline, sidecar)])]
    if has_sound:
        tracks = [*_track(0, "FG", "audio", [_entry("fg", FG_ID, range_of(length))]), *tracks]
    root.extend(tracks)
    root.append(_timeline(timeline, has_sound))
    return ExportResult((document(root, HEAD),), tuple(_losses(timeline, sidecar)))


def _clip_properties(name: str, request: ExportRequest) -> dict[str, str]:
    """What every clip of one medium of the bin has."""
    clip, number = {"fg": (request.sidecar.fg, FG_ID), "bg": (request.sidecar.bg, BG_ID)}[name]
    labels = {"kdenlive:id": number, "kdenlive:clipname": clip.path.name, "kdenlive:clip_type": "0"}
    return media_properties(clip, request) | labels


def _bin(timeline: Timeline, lengths: dict[str, int], has_sound: bool) -> Element:
    """All media, and what the project is."""
    playlist = Element("playlist", {"id": "main_bin"})
    document_properties = {
        "version": DOCUMENT_VERSION,
        "kdenliveversion": PROGRAM_VERSION,
        "profile": "vidkompy",
        "activeTrack": "0",
        "guides": json.dumps(list(_guides(timeline))),
        "groups": json.dumps([_sound_group()] if has_sound else []),
    }
    add_properties(playlist, **{f"kdenlive:docproperties.{name}": text for name, text in document_properties.items()})
    add_properties(playlist, xml_retain="1")
    for name, length in lengths.items():
        SubElement(playlist, "entry", {"producer": name, **range_of(length)})
    return playlist


def _guides(timeline: Timeline) -> Iterator[dict[str, str | int]]:
    for name, ranges in (("unmatched", timeline.unmatched), ("unsure", timeline.unsure)):
        for first, stop in ranges:
            comment = name if stop - first == 1 else f"{name}, {stop - first} frames"
            yield {"pos": first, "comment": comment, "type": MARKER_TYPES[name]}


def _sound_group() -> dict[str, object]:
    """FG's picture and its sound move together. A clip is named by its track, counted from below, and its frame."""
    leaves = [{"data": f"{track}:0", "leaf": "clip", "type": "Leaf"} for track in (0, 2)]
    return {"children": leaves, "type": "AVSplit"}


def _bg_entry(run: Run, root: Element, timeline: Timeline, request: ExportRequest) -> Element:
    """The clip of a run; a blank where none belongs. A time map becomes a chain of its own, which `root` gets."""
    if run.bg is None:
        return Element("blank", {"length": str(run.count)})
    if run.rate == 1 and not run.phase and timeline.bg.rate == timeline.fg.rate:
        return _entry("bg", BG_ID, {"in": str(run.bg), "out": str(run.bg + run.count - 1)})
    name = f"bg-{run.fg}"
    chain = SubElement(root, "chain", {"id": name, **range_of(run.count)})
    add_properties(chain, **_clip_properties("bg", request), length=str(run.count))
    add_time_map(chain, [Run(0, run.bg, run.count, run.rate, run.phase)], timeline)
    return _entry(name, BG_ID, range_of(run.count))


def _entry(producer: str, bin_id: str, extent: dict[str, str]) -> Element:
    entry = Element("entry", {"producer": producer, **extent})
    add_properties(entry, **{"kdenlive:id": bin_id})
    return entry


def _placed(entry: Element, timeline: Timeline, sidecar: Sidecar) -> Element:
    """The clip with the effect Transform."""
    places = list(enumerate(placed_frames(sidecar, timeline).tolist()))
    rect = ";".join(f"{k}={x:.6g} {y:.6g} {width:.6g} {height:.6g} 1" for k, (x, y, width, height, _) in places)
    rotation = ";".join(f"{k}={degrees:.6g}" for k, (*_, degrees) in places)
    transform = {"mlt_service": "qtblend", "kdenlive_id": "qtblend", "rect": rect, "rotation": rotation}
    options = {"rotate_center": "1", "distort": "1", "compositing": "0"}
    add_properties(SubElement(entry, "filter"), **transform, **options)
    return entry


def _track(number: int, name: str, kind: str, entries: Iterable[Element]) -> Iterator[Element]:
    """kind: audio or video."""
    is_audio = {"kdenlive:audio_track": "1"} if kind == "audio" else {}
    names = [f"playlist-{number}", f"playlist-{number}-overlaps"]
    for k, playlist_name in enumerate(names):
        playlist = Element("playlist", {"id": playlist_name})
        add_properties(playlist, **is_audio)
        if k == 0:
            playlist.extend(entries)
        yield playlist
    tractor = Element("tractor", {"id": f"track-{number}"})
    add_properties(tractor, **is_audio, **{"kdenlive:track_name": name, "kdenlive:timeline_active": "1"})
    for playlist_name in names:
        SubElement(tractor, "track", {"producer": playlist_name, "hide": "video" if is_audio else "audio"})
    yield tractor


def _timeline(timeline: Timeline, has_sound: bool) -> Element:
    """All tracks from below, composed over black."""
    tractor = Element("tractor", {"id": "timeline", **range_of(timeline.fg.length)})
    names = [*(["track-0"] if has_sound else []), "track-1", "track-2"]
    for name in ("black_track", *names):
        SubElement(tractor, "track", {"producer": name})
    marks = {"a_track": "0", "always_active": "1", "internal_added": INTERNAL}
    for b_track, name in enumerate(names, 1):
        if name == "track-0":
            service = {"mlt_service": "mix", "kdenlive_id": "mix", "sum": "1"}
        else:
            service = {"mlt_service": "qtblend", "kdenlive_id": "qtblend", "compositing": "0", "distort": "0"}
        add_properties(SubElement(tractor, "transition"), **service, b_track=str(b_track), **marks)
    return tractor


def _losses(timeline: Timeline, sidecar: Sidecar) -> Iterator[Loss]:
    yield from editor_losses(timeline, sidecar, names_streams=True, has_keyframes=True)
    yield from mlt_losses(sidecar, timeline)
    if sidecar.fg.timecode or sidecar.bg.timecode:
        yield Loss("timecode", "timecode is left out: Kdenlive counts from 0")
    yield from pixel_losses(sidecar)

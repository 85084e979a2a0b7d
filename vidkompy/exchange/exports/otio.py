"""OpenTimelineIO (.otio), JSON for timelines: BG cut into a clip for each run, FG above it, and FG's sound.

DaVinci Resolve, Premiere, Kdenlive and scripts read it. It holds clips, gaps, markers, constant speeds and metadata of
one's own, in times that are pairs of floats. It has no place or size of a picture, and no speed that changes in a clip.

A clip's `source_range` starts at a time of its media, which counts on from the media's timecode, and lasts as long as
the clip does on the timeline; a LinearTimeWarp changes "the speed of the media displayed within that item", not its
duration, and a FreezeFrame will "hold the first frame of the clip" (docstrings of opentimelineio.schema 0.18). So n
frames into a clip a reader shows the BG frame that is on at start + time_scalar * n / rate, which is
floor(start.value + time_scalar * n * BG's rate / FG's rate). Starts can lie between frames. What a clip that plays
backwards starts with is not said there, so such runs are written frame by frame.

Clips are Clip.1, which versions of the library before 0.15 can read and later ones turn into Clip.2. Media are absolute
file URLs, which programs ask for; where they lie from the timeline is in its metadata, with all else that the sidecar
says. Source: https://opentimelineio.readthedocs.io/en/stable/tutorials/otio-file-format-specification.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from vidkompy.exchange.editor_losses import editor_losses, placement_text
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.frame_sampling import entry_point, sampled_frames
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Media, Timeline, build_timeline, forward_runs
from vidkompy.media.file_urls import file_url
from vidkompy.model import I64, UNMATCHED, Json, Run, Sidecar
from vidkompy.sidecar.document import document_of

OPTIONS: frozenset[ExportOption] = frozenset({"is_exact"})

METADATA_KEY = "vidkompy"  # the name under which metadata is kept


def export(request: ExportRequest) -> ExportResult:
    timeline, sidecar = build_timeline(request.sidecar, request.is_exact), request.sidecar
    fg_rate = timeline.fg.rate
    items = [_track_item(run, timeline) for run in forward_runs(timeline.runs)]
    sidecar_document = document_of(sidecar, request.folder)
    fg = _clip_document(timeline.fg, Fraction(timeline.fg.start), timeline.fg.length, fg_rate)
    fg_picture = {**fg, "metadata": {METADATA_KEY: {"placement": sidecar_document["placement"]}}}
    tracks = [_track("BG", "Video", [item.document for item in items]), _track("FG", "Video", [fg_picture])]
    if sidecar.fg.audio:
        tracks.append(_track("FG sound", "Audio", [fg]))
    markers = list(_markers(timeline))
    document = {
        "OTIO_SCHEMA": "Timeline.1",
        "name": request.name,
        "global_start_time": _rational_time(Fraction(timeline.fg.start), fg_rate),
        "metadata": {METADATA_KEY: sidecar_document},
        "tracks": {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "markers": markers, "children": tracks},
    }
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    read = np.concatenate([item.read for item in items])
    return ExportResult((text,), tuple(_losses(sidecar, timeline, read)))


class TrackItem(NamedTuple):
    """A clip of BG, or a gap. read: i64 [n], BG's frame numbers that a reader sees in it."""

    document: Json
    read: I64


def _track_item(run: Run, timeline: Timeline) -> TrackItem:
    fg, bg = timeline.fg, timeline.bg
    if run.bg is None:
        return TrackItem(_gap(run.count, fg.rate), np.full(run.count, UNMATCHED, np.int64))
    speed = timeline.speed(run) if run.count > 1 else Fraction(1)
    is_step_exact = run.count == 1 or speed == 0 or (fg.rate == bg.rate and run.rate.denominator == 1)
    start = bg.start + entry_point(run, is_step_exact)
    clip = _clip_document(bg, start, run.count, fg.rate)
    if speed == 0:
        clip["effects"] = [{"OTIO_SCHEMA": "FreezeFrame.1", "effect_name": "FreezeFrame", "time_scalar": 0.0}]
    elif speed != 1:
        warp = {"OTIO_SCHEMA": "LinearTimeWarp.1", "effect_name": "LinearTimeWarp", "time_scalar": float(speed)}
        clip["effects"] = [warp]
    written_start, written_speed = Fraction(float(start)), Fraction(float(speed))
    step = written_speed * bg.rate / fg.rate
    return TrackItem(clip, sampled_frames(written_start - bg.start, step, run.count))


def _clip_document(media: Media, start: Fraction, count: int, rate: Fraction) -> Json:
    """count: frames of the timeline, which are counted at `rate`."""
    available = _range(
        _rational_time(Fraction(media.start), media.rate), _rational_time(Fraction(media.length), media.rate)
    )
    return {
        "OTIO_SCHEMA": "Clip.1",
        "name": media.clip.path.name,
        "source_range": _range(_rational_time(start, media.rate), _rational_time(Fraction(count), rate)),
        "media_reference": {
            "OTIO_SCHEMA": "ExternalReference.1",
            "name": media.clip.path.name,
            "target_url": file_url(media.clip.path),
            "available_range": available,
        },
    }


def _gap(count: int, rate: Fraction) -> Json:
    whole = _range(_rational_time(Fraction(0), rate), _rational_time(Fraction(count), rate))
    return {"OTIO_SCHEMA": "Gap.1", "name": "unmatched", "source_range": whole}


def _track(name: str, kind: str, items: list[Json]) -> Json:
    return {"OTIO_SCHEMA": "Track.1", "name": name, "kind": kind, "children": items}


def _markers(timeline: Timeline) -> Iterator[Json]:
    rate = timeline.fg.rate
    for name, colour, ranges in (("unmatched", "RED", timeline.unmatched), ("unsure", "YELLOW", timeline.unsure)):
        for first, stop in ranges:
            marked = _range(_rational_time(Fraction(first), rate), _rational_time(Fraction(stop - first), rate))
            yield {"OTIO_SCHEMA": "Marker.2", "name": name, "color": colour, "marked_range": marked}


def _range(start: Json, duration: Json) -> Json:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": start, "duration": duration}


def _rational_time(value: Fraction, rate: Fraction) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "value": float(value), "rate": float(rate)}


def _losses(sidecar: Sidecar, timeline: Timeline, read: I64) -> Iterator[Loss]:
    yield from editor_losses(timeline, sidecar)
    yield from timeline.map_losses(read)
    place = placement_text(sidecar.placement)
    yield Loss(
        "placement", f"where FG lies ({place}) stands in metadata only: other programs show it over the whole frame"
    )

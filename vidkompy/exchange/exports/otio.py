"""OpenTimelineIO: BG cut into a clip for each run of constant speed, FG above it, and FG's sound.

A clip's `source_range` starts at a time of its media, which counts on from the media's timecode, and lasts as long as
the clip does on the timeline; a LinearTimeWarp changes "the speed of the media displayed within that item", not its
duration, and a FreezeFrame will "hold the first frame of the clip" (docstrings of opentimelineio.schema 0.18). So n
frames into a clip a reader shows the BG frame that is on at start + time_scalar * n / rate, which is
floor(start.value + time_scalar * n * BG's rate / FG's rate). Starts can lie between frames. What a clip that plays
backwards starts with is not said there, so such runs are written frame by frame.

Clips are Clip.1, which versions of the library before 0.15 can read and later ones turn into Clip.2. Media are absolute
file URLs, which programs ask for; where they lie from the timeline is in its metadata, with all else that the sidecar
says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from vidkompy.exchange.editor_losses import editing_losses
from vidkompy.exchange.format_contract import ExportRequest, ExportResult
from vidkompy.exchange.frame_sampling import entry_point, sampled_frames
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Media, Timeline, build_timeline, forward_runs
from vidkompy.media.file_urls import file_url
from vidkompy.model import I64, UNMATCHED, Run, Sidecar
from vidkompy.sidecar.document import Json, document_of

OURS = "vidkompy"  # the name under which metadata is kept


def export(asked: ExportRequest) -> ExportResult:
    view = build_timeline(asked.sidecar, asked.is_exact)
    items, shown = _background(view)
    fg = _clip(view.fg, Fraction(view.fg.start), view.fg.length, view.fg.rate)
    said = document_of(asked.sidecar, asked.folder)
    placed = {**fg, "metadata": {OURS: {"placement": said["placement"]}}}
    tracks = [_track("BG", "Video", items), _track("FG", "Video", [placed])]
    if asked.sidecar.fg.audio:
        tracks.append(_track("FG sound", "Audio", [fg]))
    document = {
        "OTIO_SCHEMA": "Timeline.1",
        "name": asked.name,
        "global_start_time": _time(Fraction(view.fg.start), view.fg.rate),
        "metadata": {OURS: said},
        "tracks": {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "markers": list(_markers(view)), "children": tracks},
    }
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return ExportResult((text,), tuple(_losses(asked.sidecar, view, shown)))


def _background(view: Timeline) -> tuple[list[Json], I64]:
    """Gaps and clips, and i64 [fg.length]: the BG places that a reader sees in them."""
    items, shown = [], []
    for run in forward_runs(view.runs):
        if run.bg is None:
            items.append(_gap(run.count, view.fg.rate))
            shown.append(np.full(run.count, UNMATCHED, np.int64))
            continue
        item, start, scalar = _piece(run, view)
        items.append(item)
        step = Fraction(scalar) * view.bg.rate / view.fg.rate
        shown.append(sampled_frames(Fraction(start) - view.bg.start, step, run.count))
    return items, np.concatenate(shown)


def _piece(run: Run, view: Timeline) -> tuple[Json, float, float]:
    """A clip of BG, with where it starts and its time scalar as they are written."""
    speed = view.speed(run) if run.count > 1 else Fraction(1)
    is_kept = run.count == 1 or speed == 0 or (view.fg.rate == view.bg.rate and run.rate.denominator == 1)
    start = view.bg.start + entry_point(run, is_kept)
    item = _clip(view.bg, start, run.count, view.fg.rate)
    if speed == 0:
        item["effects"] = [{"OTIO_SCHEMA": "FreezeFrame.1", "effect_name": "FreezeFrame", "time_scalar": 0.0}]
    elif speed != 1:
        warp = {"OTIO_SCHEMA": "LinearTimeWarp.1", "effect_name": "LinearTimeWarp", "time_scalar": float(speed)}
        item["effects"] = [warp]
    return item, float(start), float(speed)


def _clip(media: Media, start: Fraction, count: int, rate: Fraction) -> Json:
    """count: frames of the timeline, which are counted at `rate`."""
    return {
        "OTIO_SCHEMA": "Clip.1",
        "name": media.clip.path.name,
        "source_range": _range(_time(start, media.rate), _time(Fraction(count), rate)),
        "media_reference": {
            "OTIO_SCHEMA": "ExternalReference.1",
            "name": media.clip.path.name,
            "target_url": file_url(media.clip.path),
            "available_range": _range(
                _time(Fraction(media.start), media.rate), _time(Fraction(media.length), media.rate)
            ),
        },
    }


def _gap(count: int, rate: Fraction) -> Json:
    whole = _range(_time(Fraction(0), rate), _time(Fraction(count), rate))
    return {"OTIO_SCHEMA": "Gap.1", "name": "unmatched", "source_range": whole}


def _track(name: str, kind: str, items: list[Json]) -> Json:
    return {"OTIO_SCHEMA": "Track.1", "name": name, "kind": kind, "children": items}


def _markers(view: Timeline) -> Iterator[Json]:
    for name, colour, ranges in (("unmatched", "RED", view.unmatched), ("unsure", "YELLOW", view.unsure)):
        for a, b in ranges:
            where = _range(_time(Fraction(a), view.fg.rate), _time(Fraction(b - a), view.fg.rate))
            yield {"OTIO_SCHEMA": "Marker.2", "name": name, "color": colour, "marked_range": where}


def _range(start: Json, duration: Json) -> Json:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": start, "duration": duration}


def _time(value: Fraction, rate: Fraction) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "value": float(value), "rate": float(rate)}


def _losses(sidecar: Sidecar, view: Timeline, shown: I64) -> Iterator[Loss]:
    yield from editing_losses(view, sidecar)
    yield from view.approximations(shown)
    where = sidecar.placement
    at = f"{where.width:g}x{where.height:g} at {where.x:g},{where.y:g}"
    yield Loss(
        "placement", f"where FG lies ({at}) stands in metadata only: other programs show it over the whole frame"
    )

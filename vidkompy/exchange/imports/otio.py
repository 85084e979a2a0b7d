"""An OpenTimelineIO timeline that export wrote, as an editor left it.

Each FG frame is looked up where it lies on the timeline; the BG frame below it is the one that the clip there shows by
the rule in `exports.otio`. What is still as it was exported is the frame that the exported sidecar says: two frames can
share a frame number. Clips are known by the ends of their paths, for editors write URLs anew and folders move. Read are
clips, gaps, constant speeds and frozen frames; transitions, nested timelines and speeds that change within a clip are
refused, with the place. Source: https://opentimelineio.readthedocs.io/en/stable/tutorials/otio-file-format-specification.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from math import floor
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from vidkompy.errors import MalformedError, MapError, excerpt
from vidkompy.exchange.exports.otio import METADATA_KEY
from vidkompy.exchange.format_contract import ImportRequest, ImportResult
from vidkompy.exchange.frame_sampling import sampled_frames
from vidkompy.exchange.timeline import Media, Timeline, build_timeline
from vidkompy.limits import MAX_GRID_SLOTS
from vidkompy.media.file_urls import path_of_url
from vidkompy.media.frame_rates import nearest_standard_rate
from vidkompy.model import I64, UNMATCHED, Json, Sidecar
from vidkompy.records import Record
from vidkompy.sidecar.document import parse_document, parse_json
from vidkompy.sidecar.json_positions import line_of

TAKES_SIDECAR = True

FLOAT_ERROR = Fraction(1, 10**6)  # of a frame: less than any step of a run, more than floats of a day's frames are off
MAX_ITEM_FRAMES = 10**7  # frames: days
MAX_EXACT_FLOAT = 2**53  # up to there, and no further, floats count one by one
SLOWEST, FASTEST = 10**-6, 10**6  # speeds
SPEED_EFFECTS = ("LinearTimeWarp", "FreezeFrame")
NON_SPEED_EFFECT = "Effect"  # of colours or the like


class Item(Record):
    """An object of the document.

    name        for messages, such as "track 1, clip 2"
    json_path   such as $.tracks.children[0]
    """

    document: Json
    name: str
    json_path: str


class TimelineClip(Record, eq=False):
    """Part of a clip on the timeline.

    start    its first frame on the timeline
    numbers  i64 [n]   frame numbers of `media` that it shows from there on
    """

    media: Media
    start: int
    numbers: I64
    item: Item

    @property
    def stop(self) -> int:
        return self.start + len(self.numbers)


def read(request: ImportRequest) -> ImportResult:
    """Raises MapError."""
    document = _document(request)
    exported = _exported_sidecar(request, document)
    timeline = build_timeline(exported)
    clips = list(_timeline_clips(request, document, timeline))
    bg_numbers = np.full(max((clip.stop for clip in clips), default=0), UNMATCHED, np.int64)
    for clip in clips:  # upper ones hide lower ones
        if clip.media is timeline.bg:
            bg_numbers[clip.start : clip.stop] = clip.numbers
    fg_frames = _fg_positions(request, clips, timeline)
    return ImportResult(exported, _bg_indices(exported, timeline, bg_numbers[fg_frames]))


def _document(request: ImportRequest) -> Json:
    try:
        document = parse_json(request.text.encode())
    except json.JSONDecodeError as e:
        problem = f"not JSON: {e.msg}; wanted what export --to otio wrote"
        raise MapError(f"'{request.path}' line {e.lineno}: {problem}") from e
    if (schema := _schema(document)) != "Timeline":
        raise _error(request, f"is {schema or 'no object'}, wanted a Timeline", "$")
    timeline: Json = document
    return timeline


def _exported_sidecar(request: ImportRequest, document: Json) -> Sidecar:
    if request.sidecar is not None:
        return request.sidecar
    stored = _object(document, "metadata").get(METADATA_KEY)
    if stored is None:
        problem = "the sidecar in it is gone; name the one it was exported from with --sidecar"
        raise _error(request, problem, "$.metadata")
    try:
        return parse_document(stored, request.path)
    except MalformedError as e:
        inner = e.json_path.removeprefix("$")
        raise _error(request, e.problem, f"$.metadata.{METADATA_KEY}{inner}") from e


def _fg_positions(request: ImportRequest, clips: list[TimelineClip], timeline: Timeline) -> I64:
    """i64 [fg.length]: frame of the edited timeline at which each frame number of FG is seen."""
    positions = np.full(timeline.fg.length, UNMATCHED, np.int64)
    for clip in clips:
        if clip.media is not timeline.fg:
            continue
        if len(repeated := clip.numbers[positions[clip.numbers] != UNMATCHED]):
            problem = f"{clip.item.name} shows FG from {repeated[0]} on, which was there before: take one off"
            raise _error(request, problem, clip.item.json_path)
        positions[clip.numbers] = np.arange(clip.start, clip.stop)
    if len(missing := np.flatnonzero(positions == UNMATCHED)):
        problem = f"{len(missing)} of {len(positions)} frames of FG are not there, first {missing[0]}"
        raise _error(request, f"{problem}; FG is kept whole: lay all of it on the timeline", "$.tracks")
    return positions


def _bg_indices(exported: Sidecar, timeline: Timeline, bg_numbers: I64) -> I64:
    """i64 [n_fg]: BG's frame indices.

    bg_numbers   i64 [fg.length]   BG's frame number below each frame number of FG
    """
    indices = np.searchsorted(timeline.bg.numbers, bg_numbers, side="right") - 1
    indices = np.where(bg_numbers == UNMATCHED, UNMATCHED, indices)
    is_unchanged = bg_numbers == timeline.bg_numbers
    fg_numbers = timeline.fg.numbers
    return np.where(is_unchanged[fg_numbers], exported.frame_map.bg, indices[fg_numbers])


def _timeline_clips(request: ImportRequest, document: Json, timeline: Timeline) -> Iterator[TimelineClip]:
    """Clips of all tracks, in the order in which they lie over each other."""
    stack = _object(document, "tracks")
    if stack.get("source_range") is not None:
        raise _error(request, "the timeline is trimmed as a whole; trim its clips", "$.tracks.source_range")
    frame_count = 0  # of all clips
    for n, track in enumerate(_array(stack, "children")):
        item = Item(track, f"track {n + 1}", f"$.tracks.children[{n}]")
        if not _is_read(request, item):
            continue
        for inner, start, stop in _laid_out(request, item, timeline.fg.rate):
            is_shown = _schema(inner.document) == "Clip" and inner.document.get("enabled", True)
            frame_count += round(stop) - round(start) if is_shown else 0
            if frame_count > MAX_GRID_SLOTS or stop > MAX_GRID_SLOTS:
                problem = f"{inner.name} makes the timeline too long, wanted {MAX_GRID_SLOTS} frames at most"
                raise _error(request, problem, inner.json_path)
            if is_shown:
                yield _timeline_clip(request, inner, timeline, round(start), round(stop))


def _is_read(request: ImportRequest, track: Item) -> bool:
    """Whether it is a video track that is on. Raises MapError for what is no plain track."""
    document, json_path = track.document, track.json_path
    if (schema := _schema(document)) != "Track":
        raise _error(request, f"{track.name} is {schema or 'no object'}; take it apart into tracks", json_path)
    if document.get("kind", "Video") != "Video" or not document.get("enabled", True):
        return False
    if document.get("source_range") is not None:
        raise _error(request, f"{track.name} is trimmed as a whole; trim its clips", f"{json_path}.source_range")
    if _time_scalar(request, track) != 1:
        problem = f"{track.name} has another speed as a whole; give it to its clips"
        raise _error(request, problem, f"{json_path}.effects")
    return True


def _laid_out(request: ImportRequest, track: Item, rate: Fraction) -> Iterator[tuple[Item, Fraction, Fraction]]:
    """Clips and gaps of a track, with the frames of the timeline at which each starts and stops."""
    start = Fraction(0)
    for n, document in enumerate(_array(track.document, "children")):
        item = Item(document, f"{track.name}, clip {n + 1}", f"{track.json_path}.children[{n}]")
        stop = start + _length(request, item, rate)
        yield item, start, stop
        start = stop


def _length(request: ImportRequest, item: Item, rate: Fraction) -> Fraction:
    """Frames that a clip or a gap takes on the timeline."""
    schema = _schema(item.document)
    if schema == "Transition":
        problem = f"{item.name} is a transition: a frame shows one BG frame or none; make it a cut"
        raise _error(request, problem, item.json_path)
    if schema not in ("Clip", "Gap"):
        raise _error(request, f"{item.name} is {schema}; take it apart into clips", item.json_path)
    length = _frames(request, _source_range(request, item)["duration"], rate, item)
    if not 0 <= length <= MAX_ITEM_FRAMES:
        problem = f"{item.name} lasts {float(length):g} frames, wanted 0 to {MAX_ITEM_FRAMES}"
        raise _error(request, problem, item.json_path)
    return length


def _source_range(request: ImportRequest, item: Item) -> Json:
    source_range = _object(item.document, "source_range") or _object(_media_reference(item.document), "available_range")
    if "start_time" not in source_range or "duration" not in source_range:
        problem = f"{item.name} has no source_range: say which part of its media it shows"
        raise _error(request, problem, item.json_path)
    return source_range


def _frames(request: ImportRequest, time: Json, rate: Fraction, item: Item) -> Fraction:
    """A RationalTime in frames, at `rate`."""
    members = [time.get(name) if isinstance(time, dict) else None for name in ("value", "rate")]
    value, per_second = (Fraction(number) if isinstance(number, int | float) else None for number in members)
    if value is None or not per_second or nearest_standard_rate(per_second) <= 0:
        raise _error(request, f"{item.name} has {excerpt(time)} for a time", item.json_path)
    frames = value * rate / nearest_standard_rate(per_second)
    if abs(frames) > MAX_EXACT_FLOAT:
        problem = f"{item.name} has {excerpt(time)} for a time, wanted {MAX_EXACT_FLOAT} frames at most"
        raise _error(request, problem, item.json_path)
    return frames


def _timeline_clip(request: ImportRequest, item: Item, timeline: Timeline, start: int, stop: int) -> TimelineClip:
    media = _media_of_item(request, item, timeline)
    scalar = _time_scalar(request, item)
    if media is timeline.fg and scalar != 1:
        problem = f"{item.name} plays FG at another speed; FG is kept whole: take its effect off"
        raise _error(request, problem, item.json_path)
    in_point = _frames(request, _source_range(request, item)["start_time"], media.rate, item) - media.start
    in_point += FLOAT_ERROR
    step = scalar * media.rate / timeline.fg.rate
    last_frame = max(stop - start - 1, 0)
    lowest, highest = sorted(floor(in_point + step * k) for k in (0, last_frame))
    if lowest < 0 or highest >= media.length:
        role = "BG" if media is timeline.bg else "FG"
        frame_range = f"{lowest}..{highest} of {role}, which has 0..{media.length - 1}"
        raise _error(request, f"{item.name} shows frames {frame_range}; trim it", item.json_path)
    return TimelineClip(media, start, sampled_frames(in_point, step, stop - start), item)


def _media_of_item(request: ImportRequest, item: Item, timeline: Timeline) -> Media:
    """The one of both clips that its media are."""
    fg, bg = timeline.fg, timeline.bg
    reference = _media_reference(item.document)
    url = reference.get("target_url")
    problem = f"{item.name} is {_schema(reference) or 'without media'}"
    if isinstance(url, str):
        path = path_of_url(url)
        problem = f"{item.name} is '{path}'"
        fg_likeness, bg_likeness = (_shared_names(path, str(media.clip.path.absolute())) for media in (fg, bg))
        if (
            fg_likeness and fg_likeness == bg_likeness
        ):  # one file is both, or both have one name: export marks FG's clip
            return fg if METADATA_KEY in _object(item.document, "metadata") else bg
        if fg_likeness or bg_likeness:
            return fg if fg_likeness > bg_likeness else bg
    wanted = f"FG '{fg.clip.path.name}' or BG '{bg.clip.path.name}'"
    raise _error(request, f"{problem}, wanted {wanted}: take it off, or link it again", item.json_path)


def _shared_names(a: str, b: str) -> int:
    """Names at the end that two paths share.

    >>> _shared_names("C:\\\\films\\\\day 1\\\\bg.mp4", "/home/films/day 1/bg.mp4")
    3
    """
    names_a, names_b = (PurePosixPath(path.replace("\\", "/")).parts[::-1] for path in (a, b))
    shared = 0
    for name_a, name_b in zip(names_a, names_b, strict=False):
        if name_a != name_b:
            break
        shared += 1
    return shared


def _media_reference(clip: Json) -> Json:
    """The media of a clip: of Clip.2, which has several, the active one; of Clip.1 its only one."""
    if "media_references" in clip:
        return _object(_object(clip, "media_references"), clip.get("active_media_reference_key", "DEFAULT_MEDIA"))
    return _object(clip, "media_reference")


def _time_scalar(request: ImportRequest, item: Item) -> Fraction:
    """Seconds of media per second: the product of all time effects."""
    scalar = Fraction(1)
    for n, effect in enumerate(_array(item.document, "effects")):
        json_path = f"{item.json_path}.effects[{n}]"
        schema = _schema(effect)
        if schema == NON_SPEED_EFFECT or (schema and not effect.get("enabled", True)):
            continue
        value = effect.get("time_scalar", 0 if schema == "FreezeFrame" else None) if schema else None
        if schema not in SPEED_EFFECTS or isinstance(value, bool) or not isinstance(value, int | float):
            wanted = " or ".join(SPEED_EFFECTS)
            problem = f"{item.name} has the effect {schema or excerpt(effect)}, no constant speed; wanted {wanted}"
            raise _error(request, f"{problem}: cut the clip where its speed changes", json_path)
        scalar = Fraction(float(scalar * Fraction(value)))  # digits of many effects would add up
        if scalar and not SLOWEST <= abs(scalar) <= FASTEST:
            problem = f"{item.name} has the speed {float(scalar):g}, wanted {SLOWEST:g} to {FASTEST:g}"
            raise _error(request, problem, json_path)
    return scalar


def _object(parent: Json, name: object) -> Json:
    """A member that should be an object; without members if it is none."""
    value = parent.get(name) if isinstance(name, str) else None
    return value if isinstance(value, dict) else {}


def _array(parent: Json, name: str) -> list[Any]:
    value = parent.get(name)
    return value if isinstance(value, list) else []


def _schema(value: Any) -> str:
    """The schema of an object without its version; "" where it has none.

    >>> _schema({"OTIO_SCHEMA": "Clip.2"}), _schema(None)
    ('Clip', '')
    """
    schema = value.get("OTIO_SCHEMA", "") if isinstance(value, dict) else ""
    return str(schema).rpartition(".")[0]


def _error(request: ImportRequest, problem: str, json_path: str) -> MapError:
    """json_path: as in $.tracks.children[0]"""
    return MapError(f"'{request.path}' line {line_of(request.text, json_path)}: {problem} @ {json_path}")

"""An OpenTimelineIO timeline that export wrote, as an editor left it.

Each FG frame is looked up where it lies on the timeline; the BG frame below it is the one that the clip there shows by
the rule in `exports.otio`. What is still as it was exported is the frame that the exported sidecar says: two frames can
share a place. Clips are told by the ends of their paths, for editors write URLs anew and folders move.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from vidkompy.errors import MalformedError, MapError, excerpt
from vidkompy.exchange.exports.otio import OURS
from vidkompy.exchange.format_contract import ImportRequest, ImportResult
from vidkompy.exchange.frame_sampling import stepped
from vidkompy.exchange.timeline import Media, Timeline, timeline
from vidkompy.limits import MOST_GRID_SLOTS
from vidkompy.media.file_urls import path_of_url
from vidkompy.media.frame_rates import nearest_standard_rate
from vidkompy.model import I64, UNMATCHED, Sidecar
from vidkompy.sidecar.document import Json, parse_document, parse_json
from vidkompy.sidecar.json_positions import line_of

SLACK = Fraction(1, 10**6)  # of a frame: less than any step of a run, more than floats of a day's frames are off
LONGEST = 10**7  # frames of a clip: days
WHOLE = 2**53  # frames: up to there, and no further, floats count one by one
SLOWEST, FASTEST = 10**-6, 10**6  # speeds
WARPS = ("LinearTimeWarp", "FreezeFrame")


@dataclass(frozen=True, eq=False)
class Piece:
    """Part of a clip on the timeline: `count` frames from `at` show the media's places `shown`."""

    media: Media
    at: int
    shown: I64
    said: str
    place: str


def read(given: ImportRequest) -> ImportResult:
    """Raises MapError."""
    try:
        document = parse_json(given.text.encode())
    except json.JSONDecodeError as e:
        raise MapError(f"'{given.path}' line {e.lineno}: not JSON: {e.msg}; wanted what export --to otio wrote") from e
    if _kind(document) != "Timeline":
        raise _fault(given, f"is {_kind(document) or 'no object'}, wanted a Timeline", "$")
    before = _before(given, document)
    view = timeline(before)
    pieces = list(_pieces(given, document, view))
    background = np.full(max((p.at + len(p.shown) for p in pieces), default=0), UNMATCHED, np.int64)
    for p in pieces:
        if p.media is view.bg:
            background[p.at : p.at + len(p.shown)] = p.shown
    at = _foreground(given, pieces, view)
    return ImportResult(before, _map(before, view, background[at]))


def _foreground(given: ImportRequest, pieces: list[Piece], view: Timeline) -> I64:
    """i64 [fg.length]: frame of the timeline at which each place of FG is seen."""
    at = np.full(view.fg.length, UNMATCHED, np.int64)
    for p in pieces:
        if p.media is not view.fg:
            continue
        if len(again := p.shown[at[p.shown] != UNMATCHED]):
            raise _fault(given, f"{p.said} shows FG from {again[0]} on, which was there before: take one off", p.place)
        at[p.shown] = np.arange(p.at, p.at + len(p.shown))
    if len(missing := np.flatnonzero(at == UNMATCHED)):
        what = f"{len(missing)} of {len(at)} frames of FG are not there, first {missing[0]}"
        raise _fault(given, f"{what}; FG is kept whole: lay all of it on the timeline", "$.tracks")
    return at


def _map(before: Sidecar, view: Timeline, shown: I64) -> I64:
    """shown: i64 [fg.length], BG place below each place of FG. Returns i64 [n_fg]: BG frames."""
    frames = np.searchsorted(view.bg.places, shown, side="right") - 1
    found = np.where(shown == UNMATCHED, UNMATCHED, frames)
    is_same = (shown == view.shown)[view.fg.places]
    return np.where(is_same, before.frame_map.bg, found[view.fg.places])


def _before(given: ImportRequest, document: Json) -> Sidecar:
    if given.base is not None:
        return given.base
    place = f"$.metadata.{OURS}"
    said = _inner(document, "metadata").get(OURS)
    if said is None:
        what = "the sidecar in it is gone; name the one it was exported from with --sidecar"
        raise _fault(given, what, "$.metadata")
    try:
        return parse_document(said, given.path)
    except MalformedError as e:
        raise _fault(given, e.what, place + e.place[1:]) from e


def _pieces(given: ImportRequest, document: Json, view: Timeline) -> Iterator[Piece]:
    """In the order in which they lie over each other."""
    stack = _inner(document, "tracks")
    if stack.get("source_range") is not None:
        raise _fault(given, "the timeline is trimmed as a whole; trim its clips", "$.tracks.source_range")
    count = 0  # frames of all clips
    for n, track in enumerate(_list(stack, "children")):
        place = f"$.tracks.children[{n}]"
        if _kind(track) != "Track":
            raise _fault(given, f"track {n + 1} is {_kind(track) or 'no object'}; take it apart into tracks", place)
        if track.get("kind", "Video") != "Video" or not track.get("enabled", True):
            continue
        if track.get("source_range") is not None:
            raise _fault(given, f"track {n + 1} is trimmed as a whole; trim its clips", f"{place}.source_range")
        if _scalar(given, track, f"track {n + 1}", place) != 1:
            raise _fault(given, f"track {n + 1} has another speed as a whole; give it to its clips", f"{place}.effects")
        at = Fraction(0)
        for m, item in enumerate(_list(track, "children")):
            said, inner = f"track {n + 1}, clip {m + 1}", f"{place}.children[{m}]"
            end = at + _length(given, item, said, inner, view.fg.rate)
            is_shown = _kind(item) == "Clip" and item.get("enabled", True)
            count += round(end) - round(at) if is_shown else 0
            if count > MOST_GRID_SLOTS or end > MOST_GRID_SLOTS:
                raise _fault(
                    given, f"{said} makes the timeline too long, wanted {MOST_GRID_SLOTS} frames at most", inner
                )
            if is_shown:
                yield _piece(given, item, view, round(at), round(end), said, inner)
            at = end


def _length(given: ImportRequest, item: Json, said: str, place: str, rate: Fraction) -> Fraction:
    """Frames that it takes on the timeline."""
    if _kind(item) not in ("Clip", "Gap"):
        what = {"Transition": "a transition: a frame shows one BG frame or none; make it a cut"}
        raise _fault(given, f"{said} is {what.get(_kind(item), f'{_kind(item)}; take it apart into clips')}", place)
    length = _frames(given, _span(given, item, said, place)["duration"], rate, said, place)
    if not 0 <= length <= LONGEST:
        raise _fault(given, f"{said} lasts {float(length):g} frames, wanted 0 to {LONGEST}", place)
    return length


def _span(given: ImportRequest, item: Json, said: str, place: str) -> Json:
    span = _inner(item, "source_range") or _inner(_reference(item), "available_range")
    if "start_time" not in span or "duration" not in span:
        raise _fault(given, f"{said} has no source_range: say which part of its media it shows", place)
    return span


def _frames(given: ImportRequest, time: Json, rate: Fraction, said: str, place: str) -> Fraction:
    """Of a RationalTime, at `rate`."""
    numbers = [time.get(name) if isinstance(time, dict) else None for name in ("value", "rate")]
    value, per_second = (Fraction(n) if isinstance(n, int | float) else None for n in numbers)
    if value is None or not per_second or nearest_standard_rate(per_second) <= 0:
        raise _fault(given, f"{said} has {excerpt(time)} for a time", place)
    frames = value * rate / nearest_standard_rate(per_second)
    if abs(frames) > WHOLE:
        raise _fault(given, f"{said} has {excerpt(time)} for a time, wanted {WHOLE} frames at most", place)
    return frames


def _piece(given: ImportRequest, clip: Json, view: Timeline, at: int, end: int, said: str, place: str) -> Piece:
    media = _media(given, clip, view, said, place)
    scalar = _scalar(given, clip, said, place)
    if media is view.fg and scalar != 1:
        raise _fault(given, f"{said} plays FG at another speed; FG is kept whole: take its effect off", place)
    start = _frames(given, _span(given, clip, said, place)["start_time"], media.rate, said, place) - media.start
    step = scalar * media.rate / view.fg.rate
    first, last = sorted(floor(start + SLACK + step * k) for k in (0, max(end - at - 1, 0)))
    if first < 0 or last >= media.length:
        role = "BG" if media is view.bg else "FG"
        reach = f"{first}..{last} of {role}, which has 0..{media.length - 1}"
        raise _fault(given, f"{said} shows frames {reach}; trim it", place)
    shown = stepped(start + SLACK, step, end - at)
    return Piece(media, at, shown, said, place)


def _media(given: ImportRequest, clip: Json, view: Timeline, said: str, place: str) -> Media:
    reference = _reference(clip)
    url = reference.get("target_url")
    what = f"{said} is {_kind(reference) or 'without media'}"
    if isinstance(url, str):
        what = f"{said} is '{path_of_url(url)}'"
        fg, bg = (_tail(path_of_url(url), str(media.clip.path.absolute())) for media in (view.fg, view.bg))
        if fg and fg == bg:  # one file is both, or both have one name: export marks FG's clip
            return view.fg if OURS in _inner(clip, "metadata") else view.bg
        if fg or bg:
            return view.fg if fg > bg else view.bg
    names = f"FG '{view.fg.clip.path.name}' or BG '{view.bg.clip.path.name}'"
    raise _fault(given, f"{what}, wanted {names}: take it off, or link it again", place)


def _tail(a: str, b: str) -> int:
    """Names at the end that two paths share."""
    ends = [PurePosixPath(path.replace("\\", "/")).parts[::-1] for path in (a, b)]
    shared = 0
    for one, other in zip(*ends, strict=False):
        if one != other:
            break
        shared += 1
    return shared


def _reference(clip: Json) -> Json:
    if "media_references" in clip:
        return _inner(_inner(clip, "media_references"), clip.get("active_media_reference_key", "DEFAULT_MEDIA"))
    return _inner(clip, "media_reference")


def _scalar(given: ImportRequest, item: Json, said: str, place: str) -> Fraction:
    """Seconds of media per second: the product of all time effects."""
    scalar = Fraction(1)
    for n, effect in enumerate(_list(item, "effects")):
        kind = _kind(effect)
        if kind == "Effect" or (kind and not effect.get("enabled", True)):
            continue  # of colours or the like
        value = effect.get("time_scalar", 0 if kind == "FreezeFrame" else None) if kind else None
        if kind not in WARPS or isinstance(value, bool) or not isinstance(value, int | float):
            what = f"{said} has the effect {kind or excerpt(effect)}, no constant speed; wanted {' or '.join(WARPS)}"
            raise _fault(given, f"{what}: cut the clip where its speed changes", f"{place}.effects[{n}]")
        scalar = Fraction(float(scalar * Fraction(value)))  # digits of many effects would add up
        if scalar and not SLOWEST <= abs(scalar) <= FASTEST:
            what = f"{said} has the speed {float(scalar):g}, wanted {SLOWEST:g} to {FASTEST:g}"
            raise _fault(given, what, f"{place}.effects[{n}]")
    return scalar


def _inner(thing: Json, name: object) -> Json:
    """A member that should be an object; without members if it is none."""
    found = thing.get(name) if isinstance(name, str) else None
    return found if isinstance(found, dict) else {}


def _list(thing: Json, name: str) -> list[Any]:
    found = thing.get(name)
    return found if isinstance(found, list) else []


def _kind(thing: Any) -> str:
    """Schema without its version."""
    said = thing.get("OTIO_SCHEMA", "") if isinstance(thing, dict) else ""
    return str(said).rpartition(".")[0]


def _fault(given: ImportRequest, what: str, place: str) -> MapError:
    return MapError(f"'{given.path}' line {line_of(given.text, place)}: {what} @ {place}")

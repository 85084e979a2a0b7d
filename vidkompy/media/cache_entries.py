"""Cache entries as JSON and bytes, and back: clips, proxies, sound, and records of what was measured.

Whoever can write an entry can give it a right checksum, so nothing in it is trusted: each value is checked for its type
and its bounds before it is used. Functions raise InvalidEntry where one is not what this program writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from vidkompy.limits import MAX_FRAME_SIDE, MAX_FRAMES, MAX_RATIONAL, MAX_TICKS
from vidkompy.media.faults import fault_json
from vidkompy.model import FAULTS, I64, U8, AudioLags, Box, Clip, Colour, Fault, Json, Placement

Pairs = list[tuple[int, int]]
Shape = tuple[int, int, int]
ChromaShape = tuple[int, int, int, int]  # frames, 2, height, width

TIMESTAMP_BYTES = 8
MAX_TEXT_LENGTH = 200  # characters of a name or a label
MAX_PROGRAM = 2**16 - 1  # number of a program of MPEG-TS
MAX_LIST_ITEMS = 4096  # of a list in a record, or of tracks: what is kept has at most some dozens
MIN_VISIBLE_SHARE = 0.25  # share of FG's area on the canvas: placements that are found have half of it there

_NAME = re.compile(r"[A-Za-z0-9_.+-]{1,64}")  # of codecs, formats and colours, in ffmpeg's words
_RATIONAL = re.compile(r"(\d{1,10})(?:/(\d{1,10}))?")


class InvalidEntry(ValueError):  # noqa: N818 - a miss, as far as a user is concerned
    """The first argument names the check that failed."""


# ---- clips


def clip_facts(clip: Clip) -> Json:
    """All fields but the path, the signature and the timestamps, whose number stands in `frames`."""
    facts = asdict(clip) | {name: str(getattr(clip, name)) for name in ("time_base", "frame_rate", "sar")}
    facts["damage"] = [fault_json(fault) for fault in clip.damage]
    del facts["path"], facts["pts"], facts["signature"]  # proxies tell it
    return facts | {"frames": clip.frames}


def timestamp_bytes(pts: I64) -> U8:
    """Timestamps as bytes."""
    return np.frombuffer(pts.astype("<i8").tobytes(), np.uint8)


def clip_body_size(facts: Json) -> int:
    """Bytes of the body."""
    return TIMESTAMP_BYTES * _bounded_int(facts.get("frames"), 1, MAX_FRAMES)


def clip_from_entry(facts: Json, body: U8, path: Path, sha256: str) -> Clip:
    known = {name: facts[name] for name in facts if name != "frames"}
    if known.keys() != _CLIP_FIELDS.keys() or known["sha256"] != sha256:
        raise InvalidEntry("fields")
    return Clip(
        path=path, pts=_timestamps_from_bytes(body), **{name: read(known[name]) for name, read in _CLIP_FIELDS.items()}
    )


def _bounded_int(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise InvalidEntry("number")
    return value


def _number(value: object, least: float = -1e9, most: float = 1e9) -> float:
    if type(value) not in (int, float) or not least <= value <= most:  # type: ignore[operator]
        raise InvalidEntry("number")
    return value  # type: ignore[return-value]


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT_LENGTH or not value.isprintable():
        raise InvalidEntry("text")
    return value


def _name(value: object) -> str:
    if not _NAME.fullmatch(_text(value)):
        raise InvalidEntry("name")
    return _text(value)


def _name_or_none(value: object) -> str:
    return "" if value == "" else _name(value)


def _rational(value: object) -> Fraction:
    match = _RATIONAL.fullmatch(_text(value))
    numbers = (0,) if match is None else (int(match[1]), int(match[2] or 1))
    if not all(0 < n <= MAX_RATIONAL for n in numbers):
        raise InvalidEntry("rational")
    return Fraction(*numbers)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_LIST_ITEMS:
        raise InvalidEntry("list")
    return value


def _object(value: object, names: Mapping[str, object]) -> Json:
    if not isinstance(value, dict) or value.keys() != names.keys():
        raise InvalidEntry("object")
    return value


def _colour(value: object) -> Colour:
    names = {field.name: field for field in fields(Colour)}
    return Colour(**{name: _name(tag) for name, tag in _object(value, names).items()})


def _fault(value: object) -> Fault:
    fault = _object(value, {"seconds": 0, "what": 0})
    if fault["what"] not in FAULTS:
        raise InvalidEntry("fault")
    return Fault(_number(fault["seconds"]), fault["what"])


def _rotation(value: object) -> int:
    degrees = _bounded_int(value, 0, 270)
    if degrees % 90:
        raise InvalidEntry("rotation")
    return degrees


def _timestamps_from_bytes(body: U8) -> I64:
    """i64 [n]: strictly increasing."""
    pts = np.frombuffer(body.tobytes(), "<i8").astype(np.int64)
    if not len(pts) or pts.min() < -MAX_TICKS or pts.max() > MAX_TICKS or (np.diff(pts) <= 0).any():
        raise InvalidEntry("timestamps")
    return pts


_CLIP_FIELDS: dict[str, Callable[[object], Any]] = {  # every field of Clip but path, pts and signature
    "size": lambda value: _bounded_int(value, 0, 2**63 - 1),
    "sha256": _text,
    "width": lambda value: _bounded_int(value, 1, MAX_FRAME_SIDE),
    "height": lambda value: _bounded_int(value, 1, MAX_FRAME_SIDE),
    "time_base": _rational,
    "start_pts": lambda value: _bounded_int(value, -MAX_TICKS, MAX_TICKS),
    "frame_rate": _rational,
    "pix_fmt": _name,
    "colour": _colour,
    "sar": _rational,
    "rotation": _rotation,
    "audio": lambda value: tuple(_name(item) for item in _list(value)),
    "timecode": _text,
    "field_order": _name_or_none,
    "side_data": lambda value: tuple(_text(item) for item in _list(value)),
    "decoder": _name_or_none,
    "damage": lambda value: tuple(_fault(item) for item in _list(value)),
    "stream": lambda value: _bounded_int(value, 0, MAX_LIST_ITEMS),
    "program": lambda value: _bounded_int(value, 0, MAX_PROGRAM),
}

# ---- segments of proxies


def small_segment(votes: Sequence[float], frames: int) -> Json:
    """votes: of the field order, see `lost_fields`."""
    return {"frames": frames, "votes": [float(vote) for vote in votes]}


def small_body_size(value: Json, shape: Shape, chroma_shape: ChromaShape) -> int:
    """Bytes of the body: timestamps, small copies, copies of chroma. shape: n, height, width that they have to have."""
    n, height, width = _known_shape(value, ("frames", "votes"), shape)
    return n * (TIMESTAMP_BYTES + height * width) + prod(chroma_shape)


def small_from_entry(value: Json, body: U8, shape: Shape, chroma_shape: ChromaShape) -> tuple[I64, U8, list[float], U8]:
    """Timestamps i64 [n], small copies u8 [shape], votes of the field order, and copies of chroma u8 [chroma_shape]."""
    timestamps, small, chroma = np.split(body, np.cumsum([TIMESTAMP_BYTES * shape[0], prod(shape)]))
    votes = [float(_number(vote, -1, 1)) for vote in _list(value["votes"])]
    return _timestamps_from_bytes(timestamps), small.reshape(shape), votes, chroma.reshape(chroma_shape)


def large_segment(frames: int) -> Json:
    return {"frames": frames}


def large_body_size(value: Json, shape: Shape) -> int:
    """Bytes of the body. shape: n, height, width of the large copies."""
    n, height, width = _known_shape(value, ("frames",), shape)
    return n * height * width


def _known_shape(value: Json, names: Sequence[str], shape: Shape) -> Shape:
    if _bounded_int(_object(value, dict.fromkeys(names))["frames"], 0, MAX_FRAMES) != shape[0]:
        raise InvalidEntry("frames")
    return shape


# ---- sound


def sound_body_size(value: Json, samples: int) -> int:
    """Bytes of the body, two a sample. samples: those that there have to be."""
    if _object(value, {"samples": 0})["samples"] != samples:
        raise InvalidEntry("samples")
    return 2 * samples


# ---- records


def placement_from_record(record: Json, fg: Clip, bg: Clip, bg_frames: int) -> tuple[Box, Placement, Pairs, bool]:
    """FG's content box, its placement, pairs (i, j) of frames that match there, and whether the search ended early.

    bg_frames: number of those of BG that were searched.
    """
    named = _object(record, dict.fromkeys(("box", "placement", "pairs", "ended_early")))
    most = (fg.width, fg.height, fg.width, fg.height)
    left, top, right, bottom = (_number(v, 0, m) for v, m in zip(_four(named["box"]), most, strict=True))
    if right - left < 1 or bottom - top < 1:
        raise InvalidEntry("box")
    indices = map(_two, _list(named["pairs"]))
    pairs = [(_bounded_int(i, 0, fg.frames - 1), _bounded_int(j, 0, bg_frames - 1)) for i, j in indices]
    if not pairs:
        raise InvalidEntry("pairs")
    if not isinstance(named["ended_early"], bool):
        raise InvalidEntry("ended_early")
    return (left, top, right, bottom), _placement(named["placement"], bg), pairs, named["ended_early"]


def _four(value: object) -> list[Any]:
    return _exactly(value, 4)


def _two(value: object) -> list[Any]:
    return _exactly(value, 2)


def _exactly(value: object, count: int) -> list[Any]:
    if len(_list(value)) != count:
        raise InvalidEntry("list")
    return _list(value)


def _placement(value: object, bg: Clip) -> Placement:
    names = {field.name: field for field in fields(Placement)}
    record = _object(value, names)
    x, y = (_number(record[name], -MAX_FRAME_SIDE, MAX_FRAME_SIDE) for name in ("x", "y"))
    width, height = (_number(record[name], 1, MAX_FRAME_SIDE) for name in ("width", "height"))
    scores = {
        name: None if record[name] is None else _number(record[name], -1, 1)
        for name in ("score", "runner_up", "confidence")
    }
    visible_width = min(x + width, bg.width) - max(x, 0)
    visible_height = min(y + height, bg.height) - max(y, 0)
    if min(visible_width, visible_height) <= 0 or visible_width * visible_height < MIN_VISIBLE_SHARE * width * height:
        raise InvalidEntry("placement")
    return Placement(x, y, width, height, **scores)


def audio_lags_record(lags: AudioLags | None) -> Json:
    """The lags for the cache; without windows where nothing was measured."""
    return {name: [] if lags is None else getattr(lags, name).tolist() for name in _LAG_FIELDS}


def audio_lags_from_record(record: Json) -> tuple[AudioLags | None]:
    """(None,) where nothing was measured: a record of that is no miss, which is None."""
    named = _object(record, _LAG_FIELDS)
    at, lag, strength = ([_number(v) for v in _list(named[name])] for name in _LAG_FIELDS)
    if not len(at) == len(lag) == len(strength):
        raise InvalidEntry("windows")
    return (
        AudioLags(np.array(at, np.float64), np.array(lag, np.float64), np.array(strength, np.float32)) if at else None,
    )


_LAG_FIELDS = dict.fromkeys(("at", "lag", "strength"))


FullSizeFields = tuple[
    tuple[tuple[float, float], ...], tuple[float, ...], tuple[int, ...], tuple[float, ...], tuple[float, ...]
]


def rim_depths_of(record: Json) -> tuple[int, int, int, int]:
    """px at left, top, right, bottom."""
    depths = tuple(_bounded_int(v, 0, MAX_FRAME_SIDE) for v in _list(_object(record, {"depths": None})["depths"]))
    if len(depths) != 4:
        raise InvalidEntry("sides")
    return depths


def full_size_fields(record: Json) -> FullSizeFields:
    """Fields of a FullSizeCheck, of as many frames each."""
    named = _object(record, dict.fromkeys(("shift", "place_gain", "step", "time_gain", "step_px")))
    shift = tuple((_number(x), _number(y)) for x, y in map(_two, _list(named["shift"])))
    step = tuple(_bounded_int(v, -MAX_LIST_ITEMS, MAX_LIST_ITEMS) for v in _list(named["step"]))
    place_gain, time_gain, step_px = (
        tuple(_number(v, 0) for v in _list(named[name])) for name in ("place_gain", "time_gain", "step_px")
    )
    if len({len(values) for values in (shift, step, place_gain, time_gain, step_px)}) != 1:
        raise InvalidEntry("frames")
    return shift, place_gain, step, time_gain, step_px

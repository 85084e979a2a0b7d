"""What cache entries hold, in JSON and bytes, and back. Whoever can write one can seal it: nothing in it is trusted.

Each value is checked for its kind and its bounds before it is used. Raises InvalidEntry where one is not what this
program writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from vidkompy.limits import MOST_FRAME_SIDE, MOST_FRAMES, MOST_RATIONAL, MOST_TICKS
from vidkompy.media.proxies import Proxies
from vidkompy.model import FAULTS, I64, U8, AudioLags, Box, Clip, Colour, Fault, Placement

Json = dict[str, Any]
Pairs = list[tuple[int, int]]

MOST_TEXT_LENGTH = 200  # characters of a name or a label
MOST_LIST_ITEMS = 4096  # of a list in a record, or of tracks: what is kept has at most some dozens
LEAST_VISIBLE_SHARE = 0.25  # share of FG's area on the canvas: placements that are found have half of it there

_NAME = re.compile(r"[A-Za-z0-9_.+-]{1,64}")  # of codecs, formats and colours, in ffmpeg's words
_RATIONAL = re.compile(r"(\d{1,10})(?:/(\d{1,10}))?")


class InvalidEntry(ValueError):  # noqa: N818 - an entry that is not there, as far as a user is concerned
    pass


# ---- clips


def clip_facts(clip: Clip) -> Json:
    """Of all fields but the path and the timestamps, whose number stands in `frames`."""
    facts = asdict(clip) | {name: str(getattr(clip, name)) for name in ("time_base", "frame_rate", "sar")}
    del facts["path"], facts["pts"]
    return facts | {"frames": clip.frames}


def timestamp_bytes(pts: I64) -> U8:
    """Timestamps as bytes."""
    return np.frombuffer(pts.astype("<i8").tobytes(), np.uint8)


def clip_body_size(facts: Json) -> int:
    """Bytes of the body."""
    return 8 * _whole(facts.get("frames"), 1, MOST_FRAMES)


def clip_from_entry(facts: Json, body: U8, path: Path, sha256: str) -> Clip:
    known = {name: facts[name] for name in facts if name != "frames"}
    if known.keys() != _CLIP_FIELDS.keys() or known["sha256"] != sha256:
        raise InvalidEntry("fields")
    return Clip(path=path, pts=_timestamps(body), **{name: read(known[name]) for name, read in _CLIP_FIELDS.items()})


def _whole(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise InvalidEntry("number")
    return value


def _number(value: object, least: float = -1e9, most: float = 1e9) -> float:
    if type(value) not in (int, float) or not least <= value <= most:  # type: ignore[operator]
        raise InvalidEntry("number")
    return value  # type: ignore[return-value]


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT_LENGTH or not value.isprintable():
        raise InvalidEntry("text")
    return value


def _name(value: object) -> str:
    if not _NAME.fullmatch(_text(value)):
        raise InvalidEntry("name")
    return _text(value)


def _name_or_none(value: object) -> str:
    return "" if value == "" else _name(value)


def _rational(value: object) -> Fraction:
    found = _RATIONAL.fullmatch(_text(value))
    numbers = (0,) if found is None else (int(found[1]), int(found[2] or 1))
    if not all(0 < n <= MOST_RATIONAL for n in numbers):
        raise InvalidEntry("rational")
    return Fraction(*numbers)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST_LIST_ITEMS:
        raise InvalidEntry("list")
    return value


def _object(value: object, names: Mapping[str, object]) -> Json:
    if not isinstance(value, dict) or value.keys() != names.keys():
        raise InvalidEntry("object")
    return value


def _colour(value: object) -> Colour:
    names = {field.name: field for field in fields(Colour)}
    return Colour(**{name: _name(said) for name, said in _object(value, names).items()})


def _fault(value: object) -> Fault:
    fault = _object(value, {"seconds": 0, "what": 0})
    if fault["what"] not in FAULTS:
        raise InvalidEntry("fault")
    return Fault(_number(fault["seconds"]), fault["what"])


def _turn(value: object) -> int:
    turned = _whole(value, 0, 270)
    if turned % 90:
        raise InvalidEntry("rotation")
    return turned


def _timestamps(body: U8) -> I64:
    """i64 [n]: strictly increasing."""
    pts = np.frombuffer(body.tobytes(), "<i8").astype(np.int64)
    if not len(pts) or pts.min() < -MOST_TICKS or pts.max() > MOST_TICKS or (np.diff(pts) <= 0).any():
        raise InvalidEntry("timestamps")
    return pts


_CLIP_FIELDS: dict[str, Callable[[object], Any]] = {  # every field of Clip but path and pts
    "size": lambda value: _whole(value, 0, 2**63 - 1),
    "sha256": _text,
    "width": lambda value: _whole(value, 1, MOST_FRAME_SIDE),
    "height": lambda value: _whole(value, 1, MOST_FRAME_SIDE),
    "time_base": _rational,
    "start_pts": lambda value: _whole(value, -MOST_TICKS, MOST_TICKS),
    "frame_rate": _rational,
    "pix_fmt": _name,
    "colour": _colour,
    "sar": _rational,
    "rotation": _turn,
    "audio": lambda value: tuple(_name(item) for item in _list(value)),
    "timecode": _text,
    "field_order": _name_or_none,
    "side_data": lambda value: tuple(_text(item) for item in _list(value)),
    "decoder": _name_or_none,
    "damage": lambda value: tuple(_fault(item) for item in _list(value)),
}

# ---- proxies


def proxy_factors(proxies: Proxies) -> Json:
    small, large = proxies.small_factor, proxies.large_factor
    return {"frames": proxies.clip.frames, "small_factor": small, "large_factor": large}


def proxies_body_size(value: Json, clip: Clip, frames: int) -> int:
    """Bytes of the body: timestamps, then small copies. clip, frames: what it has to be of."""
    n, height, width = _shape(value, clip)
    if n != frames:
        raise InvalidEntry("frames")
    return n * (8 + height * width)


def proxies_from_entry(value: Json, body: U8, clip: Clip) -> Proxies:
    """Of `clip`, with the timestamps that were decoded."""
    n, height, width = _shape(value, clip)
    decoded = replace(clip, pts=_timestamps(body[: 8 * n]))
    small = body[8 * n :].reshape(n, height, width)
    return Proxies(decoded, small, value["small_factor"], {}, value["large_factor"])


def _shape(value: Json, clip: Clip) -> tuple[int, int, int]:
    """Of the small copies: what their factor makes of the clip's frames."""
    named = _object(value, dict.fromkeys(("frames", "small_factor", "large_factor")))
    n = _whole(named["frames"], 1, MOST_FRAMES)
    small, large = (_whole(named[name], 1, MOST_FRAME_SIDE) for name in ("small_factor", "large_factor"))
    height, width = clip.height // small, clip.width // small
    if small & (small - 1) or large & (large - 1) or small < large or not height or not width:
        raise InvalidEntry("factors")
    return n, height, width


# ---- records


def placement_from_record(record: Json, fg: Clip, bg: Clip, bg_frames: int) -> tuple[Box, Placement, Pairs]:
    """FG's content, where it lies, and pairs of frames that match there; bg_frames: those of BG that were searched."""
    named = _object(record, dict.fromkeys(("box", "placement", "pairs")))
    box = [_number(v, 0, side) for v, side in zip(_four(named["box"]), (fg.width, fg.height) * 2, strict=True)]
    if box[2] - box[0] < 1 or box[3] - box[1] < 1:
        raise InvalidEntry("box")
    pairs = [(_whole(i, 0, fg.frames - 1), _whole(j, 0, bg_frames - 1)) for i, j in map(_two, _list(named["pairs"]))]
    if not pairs:
        raise InvalidEntry("pairs")
    x0, y0, x1, y1 = box
    return (x0, y0, x1, y1), _placement(named["placement"], bg), pairs


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
    given = _object(value, names)
    x, y = (_number(given[name], -MOST_FRAME_SIDE, MOST_FRAME_SIDE) for name in ("x", "y"))
    width, height = (_number(given[name], 1, MOST_FRAME_SIDE) for name in ("width", "height"))
    likeness = {k: None if given[k] is None else _number(given[k], -1, 1) for k in ("score", "runner_up", "confidence")}
    across, down = min(x + width, bg.width) - max(x, 0), min(y + height, bg.height) - max(y, 0)
    if min(across, down) <= 0 or across * down < LEAST_VISIBLE_SHARE * width * height:
        raise InvalidEntry("placement")
    return Placement(x, y, width, height, **likeness)


def audio_lags_record(heard: AudioLags | None) -> Json:
    """Without windows where nothing is heard."""
    return {name: [] if heard is None else getattr(heard, name).tolist() for name in _LAG_FIELDS}


def audio_lags_from_record(record: Json) -> tuple[AudioLags | None]:
    """(None,) where nothing was heard."""
    named = _object(record, _LAG_FIELDS)
    at, lag, strength = ([_number(v) for v in _list(named[name])] for name in _LAG_FIELDS)
    if not len(at) == len(lag) == len(strength):
        raise InvalidEntry("windows")
    return (
        AudioLags(np.array(at, np.float64), np.array(lag, np.float64), np.array(strength, np.float32)) if at else None,
    )


_LAG_FIELDS = dict.fromkeys(("at", "lag", "strength"))

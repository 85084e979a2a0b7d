"""The document that export writes as json, as scripts leave it.

The rows of `frames` are the map. A row's `low` and `high` say which BG frames looked alike when it was written: as long
as `bg` is one of them its confidence holds, and if not, the row was changed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np

from vidkompy.errors import MalformedError, MapError, excerpt
from vidkompy.exchange.exports.json import SAID_BY_ROWS, SCHEMA
from vidkompy.exchange.format_contract import ImportRequest, ImportResult
from vidkompy.exchange.map_rows import Row, bg_of
from vidkompy.model import UNMATCHED, FrameMap, Sidecar
from vidkompy.sidecar.document import SCHEMA as SIDECAR
from vidkompy.sidecar.document import Json, parse_document, parse_json
from vidkompy.sidecar.json_positions import line_of


def read(given: ImportRequest) -> ImportResult:
    """Raises MapError."""
    try:
        document = parse_json(given.text.encode())
    except json.JSONDecodeError as e:
        raise MapError(f"'{given.path}' line {e.lineno}: not JSON: {e.msg}; wanted what export --to json wrote") from e
    found = document.get("schema") if isinstance(document, dict) else None
    if found != SCHEMA:
        raise _fault(given, f"schema is {excerpt(found)}, wanted '{SCHEMA}'", "$.schema")
    if (said := document.get("frames")) is None or not isinstance(said, list):
        raise _fault(given, "no rows; wanted one for each FG frame", "$.frames")
    rows = [_row(given, n, row) for n, row in enumerate(said)]
    clips = _without_rows(given, document)
    bg = bg_of(rows, clips, lambda n, field, what: _fault(given, f"{field} {what}", f"$.frames[{n}].{field}"))
    return ImportResult(replace(clips, frame_map=_written(given, said, rows, clips)), bg)


def _row(given: ImportRequest, n: int, said: object) -> Row:
    place = f"$.frames[{n}]"
    if not isinstance(said, dict):
        raise _fault(given, f"is {excerpt(said)}, wanted a row such as {{'fg': {n}, 'bg': 0}}", place)
    for name in ("fg", "bg"):
        if name not in said:
            raise _fault(given, f"{name} is missing", place)
    fg, bg, *stamps = (_whole(given, said.get(name), f"{place}.{name}") for name in ("fg", "bg", "fg_pts", "bg_pts"))
    if fg is None:
        raise _fault(given, "fg is null, wanted a whole number", f"{place}.fg")
    return Row(fg, UNMATCHED if bg is None else bg, *stamps)


def _without_rows(given: ImportRequest, document: Json) -> Sidecar:
    """All that is not in rows, with an empty map."""
    for name in SAID_BY_ROWS:
        if name in document:
            raise _fault(given, f"{name} has no place here: the rows of frames say it", f"$.{name}")
    try:
        frames = document["clips"]["fg"]["frames"]
    except (KeyError, TypeError):
        frames = 1  # what is wrong there is told below
    others = {name: value for name, value in document.items() if name != "frames"}
    try:
        empty = [{"fg": 0, "bg": None, "count": frames}]
        return parse_document({**others, "schema": SIDECAR, "runs": empty}, given.path)
    except MalformedError as e:
        raise _fault(given, e.what, e.place) from e


def _written(given: ImportRequest, said: list[Json], rows: list[Row], clips: Sidecar) -> FrameMap:
    """The map as it was when the rows were written, as far as they tell."""
    bg = np.array([row.bg for row in rows], np.int64)
    low, high = bg.copy(), np.where(bg == UNMATCHED, UNMATCHED, bg + 1)
    levels = np.full(len(bg), np.nan, np.float32)
    for n, row in enumerate(said):
        place = f"$.frames[{n}]"
        levels[n] = _level(given, row.get("confidence"), f"{place}.confidence")
        if "low" not in row and "high" not in row:
            continue
        a, b = (_whole(given, row.get(name), f"{place}.{name}") for name in ("low", "high"))
        if a is None or b is None:
            low[n] = high[n] = UNMATCHED
        elif not 0 <= a < b <= clips.bg.frames:
            raise _fault(given, f"{a} up to {b} are no BG frames; BG has 0..{clips.bg.frames - 1}", f"{place}.low")
        else:
            low[n], high[n] = a, b
    fits = (low <= bg) & (bg < high)
    confidence = None if np.isnan(levels).all() else levels
    return FrameMap(np.where(fits, bg, low), None, None, low, high, confidence)


def _level(given: ImportRequest, value: Any, place: str) -> float:
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise _fault(given, f"is {excerpt(value)}, wanted a probability, 0 to 1, or null", place)
    return float(value)


def _whole(given: ImportRequest, value: Any, place: str) -> int | None:
    """Takes 1.0 for 1, as JSON does."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise _fault(given, f"is {excerpt(value)}, wanted a whole number", place)
    return int(value)


def _fault(given: ImportRequest, what: str, place: str) -> MapError:
    return MapError(f"'{given.path}' line {line_of(given.text, place)}: {what} @ {place}")

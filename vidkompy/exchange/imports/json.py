"""The document that export writes as json, as scripts leave it.

The rows of `frames` are the map; all else is as in a sidecar, so the clips are known. A row's `low` and `high` say
which BG frames looked alike when it was written: as long as `bg` is one of them its confidence holds, and if not, the
row was changed. Source: map.schema.json.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np

from vidkompy.errors import MalformedError, MapError, excerpt
from vidkompy.exchange.exports.json import MAP_SCHEMA, ROW_MEMBERS
from vidkompy.exchange.format_contract import ImportRequest, ImportResult
from vidkompy.exchange.map_rows import MapRow, bg_indices
from vidkompy.model import UNMATCHED, FrameMap, Json, Sidecar
from vidkompy.sidecar.document import SIDECAR_SCHEMA, parse_document, parse_json
from vidkompy.sidecar.json_positions import line_of

TAKES_SIDECAR = False


def read(request: ImportRequest) -> ImportResult:
    """Raises MapError."""
    try:
        document = parse_json(request.text.encode())
    except json.JSONDecodeError as e:
        problem = f"not JSON: {e.msg}; wanted what export --to json wrote"
        raise MapError(f"'{request.path}' line {e.lineno}: {problem}") from e
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != MAP_SCHEMA:
        raise _error(request, f"schema is {excerpt(schema)}, wanted '{MAP_SCHEMA}'", "$.schema")
    frames = document.get("frames")
    if not isinstance(frames, list):
        raise _error(request, "no rows; wanted one for each FG frame", "$.frames")
    rows = [_row(request, n, frame) for n, frame in enumerate(frames)]
    clips = _without_rows(request, document)

    def row_error(n: int, field: str, problem: str) -> MapError:
        return _error(request, f"{field} {problem}", f"$.frames[{n}].{field}")

    bg = bg_indices(rows, clips, row_error)
    return ImportResult(replace(clips, frame_map=_exported_map(request, frames, rows, clips)), bg)


def _row(request: ImportRequest, n: int, frame: object) -> MapRow:
    json_path = f"$.frames[{n}]"
    if not isinstance(frame, dict):
        raise _error(request, f"is {excerpt(frame)}, wanted a row such as {{'fg': {n}, 'bg': 0}}", json_path)
    for name in ("fg", "bg"):
        if name not in frame:
            raise _error(request, f"{name} is missing", json_path)
    fg, bg, fg_pts, bg_pts = (
        _int_or_none(request, frame.get(name), f"{json_path}.{name}") for name in ("fg", "bg", "fg_pts", "bg_pts")
    )
    if fg is None:
        raise _error(request, "fg is null, wanted a whole number", f"{json_path}.fg")
    return MapRow(fg, UNMATCHED if bg is None else bg, fg_pts, bg_pts)


def _without_rows(request: ImportRequest, document: Json) -> Sidecar:
    """All that is not in rows, with an empty map."""
    for name in ROW_MEMBERS:
        if name in document:
            raise _error(request, f"{name} has no place here: the rows of frames say it", f"$.{name}")
    try:
        frame_count = document["clips"]["fg"]["frames"]
    except (KeyError, TypeError):
        frame_count = 1  # parse_document says what is wrong there
    others = {name: value for name, value in document.items() if name != "frames"}
    unmatched = [{"fg": 0, "bg": None, "count": frame_count}]
    try:
        return parse_document({**others, "schema": SIDECAR_SCHEMA, "runs": unmatched}, request.path)
    except MalformedError as e:
        raise _error(request, e.problem, e.json_path) from e


def _exported_map(request: ImportRequest, frames: list[Json], rows: list[MapRow], clips: Sidecar) -> FrameMap:
    """The map as it was when the rows were written, as far as they tell."""
    bg = np.array([row.bg for row in rows], np.int64)
    low, high = bg.copy(), np.where(bg == UNMATCHED, UNMATCHED, bg + 1)
    confidence = np.full(len(bg), np.nan, np.float32)
    for n, frame in enumerate(frames):
        json_path = f"$.frames[{n}]"
        confidence[n] = _probability(request, frame.get("confidence"), f"{json_path}.confidence")
        if "low" in frame or "high" in frame:
            low[n], high[n] = _alike(request, frame, json_path, clips.bg.frames)
    is_unchanged = (low <= bg) & (bg < high)
    was_measured = not np.isnan(confidence).all()
    return FrameMap(np.where(is_unchanged, bg, low), None, None, low, high, confidence if was_measured else None)


def _alike(request: ImportRequest, frame: Json, json_path: str, bg_frames: int) -> tuple[int, int]:
    """BG frames from the first on up to the second looked alike; UNMATCHED both where the row had no BG frame."""
    low, high = (_int_or_none(request, frame.get(name), f"{json_path}.{name}") for name in ("low", "high"))
    if low is None or high is None:
        return UNMATCHED, UNMATCHED
    if not 0 <= low < high <= bg_frames:
        raise _error(request, f"{low} up to {high} are no BG frames; BG has 0..{bg_frames - 1}", f"{json_path}.low")
    return low, high


def _probability(request: ImportRequest, value: Any, json_path: str) -> float:
    """NaN for null."""
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise _error(request, f"is {excerpt(value)}, wanted a probability, 0 to 1, or null", json_path)
    return float(value)


def _int_or_none(request: ImportRequest, value: Any, json_path: str) -> int | None:
    """Takes 1.0 for 1, as JSON does."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise _error(request, f"is {excerpt(value)}, wanted a whole number", json_path)
    return int(value)


def _error(request: ImportRequest, problem: str, json_path: str) -> MapError:
    """json_path: as in $.frames[3].bg"""
    return MapError(f"'{request.path}' line {line_of(request.text, json_path)}: {problem} @ {json_path}")

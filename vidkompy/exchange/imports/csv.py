"""The table that export writes as csv, as spreadsheets and scripts leave it.

Columns are found by the names in the first line, in any order; only fg_index and bg_index have to be there. Cells are
separated by what separates those names: comma, semicolon or tab. A bg_index of -1, or none, is no BG frame. The table
does not say which clips it is about: it needs the sidecar that it was exported from. Source: RFC 4180 for quotes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from vidkompy.counts import count_text
from vidkompy.errors import MapError, UsageError, excerpt
from vidkompy.exchange.format_contract import ImportRequest, ImportResult
from vidkompy.exchange.map_rows import MapRow, bg_indices, with_edits_settled
from vidkompy.model import UNMATCHED, Track
from vidkompy.sidecar.track_record import FIELDS as TRACK_COLUMNS

TAKES_SIDECAR = True

FIELDS_OF_COLUMNS = {"fg_index": "fg", "bg_index": "bg", "fg_pts": "fg_pts", "bg_pts": "bg_pts"}
COLUMNS_OF_FIELDS = {field: column for column, field in FIELDS_OF_COLUMNS.items()}
REQUIRED_COLUMNS = ("fg_index", "bg_index")
SEPARATORS = ",;\t"
NO_FRAME = ("", str(UNMATCHED))  # cells
MAX_PLACE_PX = 1e6  # as the schema of sidecars has it
_WHOLE = re.compile(r"(?<=\d)\.0+\Z")  # as programs write a whole number in a column with gaps: pandas
MAX_LISTED_COLUMNS = 12  # in a message: it stays on a few lines


def read(request: ImportRequest) -> ImportResult:
    """Raises MapError, UsageError."""
    path, sidecar = request.path, request.sidecar
    if sidecar is None:
        raise UsageError(
            f"'{path}' says when, not which clips and where; name the sidecar it was exported from with --sidecar"
        )
    lines = list(_lines(request))
    if not lines:
        raise MapError(f"'{path}' is empty; wanted a table that begins with {','.join(FIELDS_OF_COLUMNS)}")
    (head_number, head), *body = lines
    columns = _columns(head, head_number, path)
    row_numbers = [number for number, _ in body] or [head_number]
    rows = [_row(cells, number, columns, path) for number, cells in body]

    def row_error(n: int, field: str, problem: str) -> MapError:
        return _error(path, row_numbers[n], f"{COLUMNS_OF_FIELDS[field]} {problem}")

    rows, settled = with_edits_settled(rows, sidecar)
    bg = bg_indices(rows, sidecar, row_error)
    if all(column in columns for column in TRACK_COLUMNS):
        sidecar = replace(sidecar, track=_track(body, columns, path))
    known = (*FIELDS_OF_COLUMNS, *(TRACK_COLUMNS if sidecar.track is not None else ()))
    ignored = [column for column in columns if column not in known]
    notes = [f"columns that are not read: {_listed(ignored)}"] if ignored else []
    if settled:
        unedited = count_text(settled, "bg_pts still says", "bg_pts still say")
        notes.append(f"bg_index decides: {unedited} what was exported")
    return ImportResult(sidecar, bg, tuple(notes))


def _track(body: list[tuple[int, list[str]]], columns: list[str], path: Path) -> Track:
    """The track that the columns x, y, width, height and angle say."""
    at = [columns.index(column) for column in TRACK_COLUMNS]
    places = []
    for number, cells in body:
        place = [_parse_number(cells[k], columns[k], number, path) for k in at]
        if min(place[2:4]) <= 0:
            raise _error(path, number, f"FG is {place[2]:g}x{place[3]:g} px, wanted a size above 0")
        places.append(place)
    return Track(np.array(places))


def _lines(request: ImportRequest) -> Iterator[tuple[int, list[str]]]:
    """Number of each line that is not blank, and its cells without the space around them."""
    text = request.text.lstrip("\r\n")
    skipped = request.text.count("\n", 0, len(request.text) - len(text))
    head = text.partition("\n")[0]
    table = csv.reader(io.StringIO(text, newline=""), delimiter=max(SEPARATORS, key=head.count), strict=True)
    try:
        for cells in table:
            if any(cell.strip() for cell in cells):
                yield table.line_num + skipped, [cell.strip() for cell in cells]
    except csv.Error as e:
        raise _error(request.path, table.line_num + skipped, f"{e}; wanted cells with closed quotes") from e


def _columns(head: list[str], number: int, path: Path) -> list[str]:
    columns = [cell.lower() for cell in head]
    for name in REQUIRED_COLUMNS:
        if name not in columns:
            wanted = ",".join(FIELDS_OF_COLUMNS)
            raise _error(path, number, f"no column {name} in {_listed(head)}; wanted {wanted}")
    for name in FIELDS_OF_COLUMNS:
        if (count := columns.count(name)) > 1:
            raise _error(path, number, f"column {name} is there {count} times; wanted one")
    return columns


def _listed(columns: list[str]) -> str:
    return ", ".join(map(excerpt, columns[:MAX_LISTED_COLUMNS]))


def _row(cells: list[str], number: int, columns: list[str], path: Path) -> MapRow:
    if len(cells) != len(columns):
        raise _error(path, number, f"{count_text(len(cells), 'cell')}, wanted {len(columns)}: {', '.join(columns)}")
    row = dict(zip(columns, cells, strict=True))

    def int_in(column: str) -> int:
        return _parse_int(row[column], column, number, path)

    bg = UNMATCHED if _WHOLE.sub("", row["bg_index"]) in NO_FRAME else int_in("bg_index")
    fg_pts, bg_pts = (int_in(column) if row.get(column) else None for column in ("fg_pts", "bg_pts"))
    return MapRow(int_in("fg_index"), bg, fg_pts, bg_pts)


def _parse_int(cell: str, column: str, number: int, path: Path) -> int:
    try:
        return int(_WHOLE.sub("", cell))
    except ValueError as e:
        raise _error(path, number, f"{column} is {excerpt(cell)}; wanted a whole number") from e


def _parse_number(cell: str, column: str, number: int, path: Path) -> float:
    try:
        value = float(cell)
    except ValueError as e:
        raise _error(path, number, f"{column} is {excerpt(cell)}; wanted a number of px or degrees") from e
    if not abs(value) <= MAX_PLACE_PX:
        raise _error(path, number, f"{column} is {excerpt(cell)}, wanted {MAX_PLACE_PX:.0f} at most")
    return value


def _error(path: Path, line: int, problem: str) -> MapError:
    return MapError(f"'{path}' line {line}: {problem}")

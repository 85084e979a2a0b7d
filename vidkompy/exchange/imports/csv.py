"""The table that export writes as csv, as spreadsheets and scripts leave it.

Columns are told by the names in the first line, in any order; only fg_index and bg_index have to be there. Cells are
separated by what separates those names: comma, semicolon or tab. A bg_index of -1, or none, is no BG frame.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from vidkompy.errors import MapError, UsageError, excerpt
from vidkompy.exchange.format_contract import ImportRequest, ImportResult
from vidkompy.exchange.map_rows import Row, bg_of
from vidkompy.model import UNMATCHED

COLUMNS = {"fg_index": "fg", "bg_index": "bg", "fg_pts": "fg_pts", "bg_pts": "bg_pts"}  # and what a row calls them
NEEDED = ("fg_index", "bg_index")
MOST_NAMED = 12  # columns in a message
NONE = ("", str(UNMATCHED))  # what stands for no BG frame


def read(given: ImportRequest) -> ImportResult:
    """Raises MapError, UsageError."""
    if given.base is None:
        raise UsageError(
            f"'{given.path}' says when, not which clips and where; name the sidecar it was exported from with --sidecar"
        )
    lines = list(_cells(given))
    if not lines:
        raise MapError(f"'{given.path}' is empty; wanted a table that begins with {','.join(COLUMNS)}")
    names = _names(lines[0], given.path)
    numbers = [at for at, _ in lines[1:]] or [lines[0][0]]
    rows = [_row(at, cells, names, given.path) for at, cells in lines[1:]]
    columns = {field: name for name, field in COLUMNS.items()}

    def fault(n: int, field: str, what: str) -> MapError:
        return _fault(given.path, numbers[n], f"{columns[field]} {what}")

    others = [name for name in names if name not in COLUMNS]
    notes = (f"columns that are not read: {', '.join(map(excerpt, others[:MOST_NAMED]))}",) if others else ()
    return ImportResult(given.base, bg_of(rows, given.base, fault), notes)


def _cells(given: ImportRequest) -> Iterator[tuple[int, list[str]]]:
    """Number of each line that is not blank, and its cells without the space around them."""
    text = given.text.lstrip("\r\n")
    skipped = given.text.count("\n", 0, len(given.text) - len(text))
    head = text.partition("\n")[0]
    table = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        for cells in table:
            if any(cell.strip() for cell in cells):
                yield table.line_num + skipped, [cell.strip() for cell in cells]
    except csv.Error as e:
        raise _fault(given.path, table.line_num + skipped, f"{e}; wanted cells with closed quotes") from e


def _names(head: tuple[int, list[str]], path: Path) -> list[str]:
    at, cells = head
    names = [cell.lower() for cell in cells]
    for name in NEEDED:
        if name not in names:
            raise _fault(
                path,
                at,
                f"no column {name} in {', '.join(map(excerpt, cells[:MOST_NAMED]))}; wanted {','.join(COLUMNS)}",
            )
    for name in COLUMNS:
        if names.count(name) > 1:
            raise _fault(path, at, f"column {name} is there {names.count(name)} times; wanted one")
    return names


def _row(at: int, cells: list[str], names: list[str], path: Path) -> Row:
    if len(cells) != len(names):
        raise _fault(path, at, f"{len(cells)} cells, wanted {len(names)}: {', '.join(names)}")
    said = dict(zip(names, cells, strict=True))
    bg = UNMATCHED if said["bg_index"] in NONE else _whole(said["bg_index"], "bg_index", at, path)
    stamps = [_whole(said[name], name, at, path) if said.get(name) else None for name in ("fg_pts", "bg_pts")]
    return Row(_whole(said["fg_index"], "fg_index", at, path), bg, *stamps)


def _whole(cell: str, name: str, at: int, path: Path) -> int:
    try:
        return int(cell)
    except ValueError as e:
        raise _fault(path, at, f"{name} is {excerpt(cell)}; wanted a whole number") from e


def _fault(path: Path, line: int, what: str) -> MapError:
    return MapError(f"'{path}' line {line}: {what}")

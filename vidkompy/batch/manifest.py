"""A manifest: pairs of clips as lines of CSV or JSON, or rows of Parquet, with options of each."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vidkompy.errors import UsageError, excerpt
from vidkompy.media.input_checks import check_regular_file
from vidkompy.model import Json
from vidkompy.records import Record

MAX_MANIFEST_BYTES = 1 << 30  # millions of pairs
WANTED = "wanted a manifest with columns bg and fg: .csv, .jsonl or .parquet"


class ManifestRow(Record):
    """place: where it stands, for messages. values: by column, without empty ones."""

    place: str
    values: Json


def read_manifest(path: Path) -> list[ManifestRow]:
    """All rows. Raises UsageError."""
    suffix = path.suffix.lower()
    readers = {".csv": _csv_rows, ".jsonl": _json_rows, ".ndjson": _json_rows, ".parquet": _parquet_rows}
    if suffix not in readers:
        raise UsageError(f"'{path}' ends in '{path.suffix}'; {WANTED}")
    try:
        check_regular_file(path)
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise UsageError(f"'{path}' has {path.stat().st_size} bytes; {WANTED} of {MAX_MANIFEST_BYTES} at most")
        rows = [ManifestRow(place, _without_empty(values)) for place, values in readers[suffix](path)]
    except OSError as e:
        raise UsageError(f"cannot read manifest '{path}': {(e.strerror or str(e)).lower()}") from e
    except (UnicodeDecodeError, csv.Error) as e:
        raise UsageError(f"'{path}' is no {suffix[1:]}: {e}; {WANTED}") from e
    if not rows:
        raise UsageError(f"'{path}' has no pairs; {WANTED}, and a line for each pair")
    return rows


def _without_empty(values: Json) -> Json:
    """Tables have no other way to say that an option is not given; pandas writes NaN for it."""
    return {name: value for name, value in values.items() if value not in (None, "") and value == value}


def _csv_rows(path: Path) -> Iterator[tuple[str, Json]]:
    """Lines are counted as an editor does, from 1; the first one names the columns."""
    reader = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True)
    names = [name.strip() for name in next(reader, [])]
    if len(set(names)) < len(names):
        raise UsageError(f"'{path}' names a column twice: {', '.join(names)}")
    for cells in reader:
        place = f"'{path}' line {reader.line_num}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names):
            raise UsageError(f"{place} has {len(cells)} values, and the first line names {len(names)} columns")
        yield place, dict(zip(names, (cell.strip() for cell in cells), strict=False))


def _json_rows(path: Path) -> Iterator[tuple[str, Json]]:
    for n, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), start=1):
        place = f"'{path}' line {n}"
        if not line.strip():
            continue
        try:
            values: Any = json.loads(line)
        except (ValueError, RecursionError) as e:
            raise UsageError(f"{place} is not JSON: {e}") from e
        if not isinstance(values, dict):
            raise UsageError(
                f'{place} is {excerpt(values)}; wanted an object, such as {{"bg": "a.mp4", "fg": "b.mp4"}}'
            )
        yield place, values


def _parquet_rows(path: Path) -> Iterator[tuple[str, Json]]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UsageError("manifests in Parquet need pyarrow: pip install 'vidkompy[batch]'") from None
    try:
        rows = parquet.read_table(path).to_pylist()
    except (pyarrow.ArrowException, ValueError) as e:
        raise UsageError(f"'{path}' is no Parquet: {excerpt(str(e))}; {WANTED}") from e
    for n, values in enumerate(rows, start=1):
        yield f"'{path}' row {n}", values

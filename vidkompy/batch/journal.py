"""results.jsonl: a line for each pair that was worked on, in the order in which they ended.

Each line is on the disk before the next pair counts as ended. Of several lines for a name the last one holds. A line
that a crash cut off is no line; it goes when the next one is written.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import FileIO
from pathlib import Path

from vidkompy.batch.pair_task import PairResult, result_from_record
from vidkompy.errors import OutputError
from vidkompy.media.atomic_outputs import sync
from vidkompy.media.file_locks import take_lock

JOURNAL_NAME = "results.jsonl"
JOURNAL_PATTERN = "results*.jsonl"

_PART_OF = re.compile(r"results-\d+-of-(?P<count>\d+)\.jsonl")


def read_journal(path: Path) -> dict[str, PairResult]:
    """The last result of each pair by name; none where there is no such file. Raises OutputError."""
    results: dict[str, PairResult] = {}
    try:
        with path.open("rb") as file:
            for line in file:
                if (result := _result(line)) is not None:
                    results.pop(result.name, None)
                    results[result.name] = result
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as e:
        raise OutputError(f"cannot read '{path}': {(e.strerror or str(e)).lower()}") from e
    return results


def _result(line: bytes) -> PairResult | None:
    try:
        record = json.loads(line)
        return result_from_record(record) if isinstance(record, dict) else None
    except ValueError:
        return None


def journal_line(result: PairResult) -> str:
    return json.dumps(result.record()) + "\n"


class Journal:
    """An open results.jsonl, to which lines are added."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self._path, self._file = path, file

    def add(self, *results: PairResult) -> None:
        """Raises OutputError."""
        rest = "".join(map(journal_line, results)).encode()
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
            sync(self._file)
        except OSError as e:
            raise OutputError(
                f"cannot write into '{self._path}': {(e.strerror or str(e)).lower()}; make room, and run the same "
                "command again: it goes on"
            ) from e


@contextmanager
def open_journal(path: Path) -> Iterator[Journal]:
    """Raises OutputError, also where another batch works in the same folder with the same file."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(FileIO(path, "a+"))  # without a buffer, which would keep what found no room
            _hold(file.fileno(), path)
            _end_last_line(file)
        except OSError as e:
            raise OutputError(f"cannot write '{path}': {(e.strerror or str(e)).lower()}") from e
        yield Journal(path, file)


def check_alone(path: Path) -> None:
    """Raises OutputError where a batch that may have pairs of this one's writes another journal beside this one.

    Parts of one manifest have no pairs in common; a part and the whole, or parts of other sizes, may.
    """
    for other in sorted(path.parent.glob(JOURNAL_PATTERN)):
        if other != path and not _have_no_pairs_in_common(path.name, other.name):
            try:
                with other.open("rb") as file:
                    _hold(file.fileno(), other)
            except OSError as e:
                raise OutputError(f"cannot read '{other}': {(e.strerror or str(e)).lower()}") from e


def _have_no_pairs_in_common(name: str, other: str) -> bool:
    parts = _PART_OF.fullmatch(name), _PART_OF.fullmatch(other)
    return parts[0] is not None and parts[1] is not None and parts[0]["count"] == parts[1]["count"]


def _end_last_line(file: FileIO) -> None:
    """A last line without an end gets one if it is whole, else it goes. Raises OSError."""
    if not (file.seekable() and file.seek(0, os.SEEK_END)):
        return
    file.seek(-1, os.SEEK_END)
    if file.read(1) == b"\n":
        return
    file.seek(0)
    lines, _, last = file.readall().rpartition(b"\n")
    if _result(last) is not None:
        file.write(b"\n")
    else:
        file.truncate(len(lines) + 1 if lines else 0)


def _hold(handle: int, path: Path) -> None:
    """Raises OutputError."""
    try:
        take_lock(handle)
    except BlockingIOError:
        raise OutputError(f"another batch writes '{path}'; wait for it, end it, or name another folder") from None

"""Rows of a manifest -> tasks: names, paths and options, checked before any work begins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from glob import glob
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from vidkompy.batch.clip_states import state_with_hash
from vidkompy.batch.manifest import ManifestRow
from vidkompy.batch.pair_task import OLD_NAME, PART_NAME, ClipState, PairTask
from vidkompy.batch.remote_clips import is_remote
from vidkompy.errors import UsageError, excerpt
from vidkompy.media.file_urls import path_of_url
from vidkompy.records import Record

Kind = Literal["flag", "value", "list"]

MAX_NAME_BYTES = 180  # file systems take 255, of which endings and the mark of what is not complete need some
LIST_SEPARATOR = ";"  # of values of a repeatable option in one cell

_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\ud800-\udfff]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_OWN = re.compile(r"(?i)results.*\.jsonl|index\.html")
_YES, _NO = {"true", "1", "yes"}, {"false", "0", "no"}


class OptionTable(Record):
    """Options of a command by column, and what an option takes. files: columns that name files."""

    command: str
    kinds: Mapping[str, Kind]
    files: frozenset[str] = frozenset()


class BatchDefaults(Record):
    """What all pairs have, unless their rows say otherwise.

    folder     that relative paths begin in
    analysis, drawing   options by column
    is_drawn, has_report   composites and reports are wanted
    behind     words of `render` behind its options: -- and output options of ffmpeg
    """

    folder: Path
    analysis: Mapping[str, Any]
    drawing: Mapping[str, Any]
    is_drawn: bool = False
    has_report: bool = False
    timeout: float | None = None
    memory: int | None = None
    behind: tuple[str, ...] = ()


def pair_tasks(
    rows: Sequence[ManifestRow], tables: tuple[OptionTable, OptionTable], defaults: BatchDefaults
) -> list[PairTask]:
    """A task for each row. tables: options of analyze, and of render. Raises UsageError, which names the row."""
    named: dict[str, str] = {}
    tasks = []
    for number, row in enumerate(rows, start=1):
        try:
            task = replace(_task(row, tables, defaults), number=number)
        except UsageError as e:
            raise UsageError(f"{row.place}: {e}") from e
        key = task.name.casefold()  # as file systems on macOS and Windows compare
        if key in named:
            raise UsageError(f"{row.place}: '{task.name}' is the name of {named[key]}, too; give each pair its name")
        named[key] = row.place
        tasks.append(task)
    return tasks


def check_options(tasks: Iterable[PairTask], check: Callable[[str, tuple[str, ...]], object]) -> None:
    """Raises UsageError, which names the row.

    check   raises UsageError for a command with options that it does not take
    """
    for task in tasks:
        try:
            check("analyze", task.analysis)
            if task.drawing is not None:
                check("render", task.drawing)
        except UsageError as e:
            raise UsageError(f"{task.place}: {e}") from e


def _task(row: ManifestRow, tables: tuple[OptionTable, OptionTable], defaults: BatchDefaults) -> PairTask:
    values = {name.replace("-", "_"): value for name, value in row.values.items()}
    if len(values) < len(row.values):
        raise UsageError("a column is there twice, with _ and with -; leave one out")
    paths = [_text(values.pop(name, None), name) for name in ("bg", "fg")]
    fg = _located(paths[1], defaults.folder)
    bgs = _paths(paths[0], defaults.folder, fg)
    name = _name(_text(values.pop("name", _stem(fg)), "name"))
    unknown = sorted(values.keys() - {*tables[0].kinds, *tables[1].kinds})
    if unknown:
        known = ", ".join(sorted({"bg", "fg", "name", *tables[0].kinds, *tables[1].kinds}))
        raise UsageError(f"'{unknown[0]}' is no column; wanted some of {known}")
    asked = [
        {**given, **_of_table(values, table, defaults.folder)}
        for table, given in zip(tables, (defaults.analysis, defaults.drawing), strict=True)
    ]
    if len(bgs) == 1 and _is_one_file(bgs[0], fg) and not {"bg_stream", "fg_stream"} & asked[0].keys():
        raise UsageError(f"bg and fg are one file, '{fg}'; correct one of them, or leave the row out")
    analysis, drawing = (_options(chosen, table) for chosen, table in zip(asked, tables, strict=True))
    if drawing and not defaults.is_drawn:
        drawn = next(n for n in values if n in tables[1].kinds and n not in tables[0].kinds)
        raise UsageError(f"'{drawn}' is an option of render; nothing is drawn without --render")
    return PairTask(
        name,
        row.place,
        fg,
        bgs,
        analysis,
        (*drawing, *defaults.behind) if defaults.is_drawn else None,
        defaults.has_report,
        defaults.timeout,
        defaults.memory,
        files=tuple(_file_state(name, asked[0][name]) for name in sorted(tables[0].files & asked[0].keys())),
    )


def _file_state(name: str, path: str) -> ClipState:
    """Raises UsageError where it cannot be read: what a pair comes to follows from it."""
    state = ClipState(path) if is_remote(path) else state_with_hash(path)
    if not state.sha256:
        raise UsageError(f"{name} '{path}' cannot be read here; wanted the path of a file")
    return state


def _text(value: object, column: str) -> str:
    if not isinstance(value, str) or not value:
        raise UsageError(f"{column} is {'missing' if value is None else excerpt(value)}; wanted a text")
    return value


def _name(name: str) -> str:
    """Raises UsageError for one that is no name of a folder on some system."""
    problem = (
        "has characters that file names cannot have"
        if _UNSAFE.search(name)
        else "begins or ends with a dot or a space"
        if name != name.strip(". ")
        else "is a device's on Windows"
        if _RESERVED.fullmatch(name)
        else "is a file's of the batch itself, or looks like what it has not finished or put aside"
        if _OWN.fullmatch(name) or PART_NAME.search(name) or OLD_NAME.search(name)
        else "is too long"
        if len(name.encode()) > MAX_NAME_BYTES
        else ""
    )
    if problem:
        raise UsageError(f"name {excerpt(name)} {problem}; give the pair another in a column 'name'")
    return name


def _stem(clip: str) -> str:
    return PurePosixPath(clip).stem if is_remote(clip) else Path(clip).stem


def _located(clip: str, folder: Path) -> str:
    if clip.lower().startswith("file:"):
        return path_of_url(clip)
    return clip if is_remote(clip) else str(folder / clip)


def _paths(pattern: str, folder: Path, fg: str) -> tuple[str, ...]:
    """The file, or those that a pattern stands for, but FG's; a file of that very name is meant as it is."""
    if pattern.lower().startswith("file:"):
        pattern = path_of_url(pattern)
    located = _located(pattern, folder)
    if is_remote(located) or not re.search(r"[*?\[]", pattern) or Path(located).exists():
        return (located,)
    paths = glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - pathlib's takes no absolute pattern
    files = (path for path in (str(folder / p) for p in paths) if Path(path).is_file())
    found = tuple(sorted(path for path in files if not _is_one_file(path, fg)))
    if not found:
        raise UsageError(f"no file is called {excerpt(pattern)} in '{folder}'")
    return found


def _is_one_file(one: str, other: str) -> bool:
    """Also by another path."""
    if one == other:
        return True
    try:
        return Path(one).samefile(other)
    except (OSError, ValueError):  # one is not there, or a URL, or has a NUL in it
        return False


def _of_table(values: Mapping[str, Any], table: OptionTable, folder: Path) -> dict[str, Any]:
    return {
        name: _located(str(value), folder) if name in table.files else value
        for name, value in values.items()
        if name in table.kinds
    }


def _options(values: Mapping[str, Any], table: OptionTable) -> tuple[str, ...]:
    return tuple(word for name, value in sorted(values.items()) for word in _words(name, value, table.kinds[name]))


def _words(name: str, value: Any, kind: Kind) -> Iterable[str]:
    option = "--" + name.replace("_", "-")  # and its value in one word: it may begin with a hyphen
    if kind == "flag":
        text = str(value).strip().lower()
        if text not in _YES | _NO:
            raise UsageError(f"{name} is {excerpt(value)}; wanted true or false")
        return [option] if text in _YES else []
    if kind == "list":
        items = value if isinstance(value, list | tuple) else str(value).split(LIST_SEPARATOR)
        return [f"{option}={text}" for item in items if (text := str(item).strip())]
    return [f"{option}={_number_text(value)}"]


def _number_text(value: Any) -> str:
    """pandas writes whole numbers as 30.0 where a column has gaps."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

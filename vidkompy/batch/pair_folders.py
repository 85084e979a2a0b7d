"""The folder of a pair: it gets its name when all of it is there, and nothing that was changed in it is lost."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

from vidkompy.batch.pair_task import (
    DONE,
    FAILED,
    OLD_MARK,
    PART_MARK,
    PART_NAME,
    SIDECAR,
    Outcome,
    PairResult,
    PairTask,
    result_from_record,
)
from vidkompy.errors import OutputError, UsageError
from vidkompy.media.atomic_outputs import sync

RESULT_SUFFIX = ".result.json"  # of a pair's own copy of its line, which tells that it ended where the line is lost
MAX_NAMES = 5  # in a message


def kept_result(folder: Path, name: str) -> PairResult | None:
    """A pair's own copy of its result."""
    return _copied_result(folder / name / (name + RESULT_SUFFIX))


def _copied_result(path: Path) -> PairResult | None:
    try:
        return result_from_record(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return None


def check_replaceable(tasks: Sequence[PairTask], folder: Path) -> None:
    """Raises UsageError where a pair's folder holds what this program did not write there."""
    changed = [task.name for task in tasks if not _is_replaceable(folder, task.name)]
    if changed:
        more = f" and {len(changed) - MAX_NAMES} more" if len(changed) > MAX_NAMES else ""
        names = ", ".join(f"'{folder / name}'" for name in changed[:MAX_NAMES])
        raise UsageError(
            f"{names}{more} would be made again, but hold sidecars that were changed since, or other files; "
            "name another folder with --out, or put them aside with --overwrite"
        )


def _is_replaceable(folder: Path, name: str) -> bool:
    own = folder / name
    if not os.path.lexists(own):
        return True
    result = kept_result(folder, name)
    if result is None or {f"{name}/{path.name}" for path in own.iterdir()} - {*result.files}:
        return False
    return not has_changed_sidecar(folder, result)


def has_changed_sidecar(folder: Path, result: PairResult) -> bool:
    """Whether a pair's sidecar is another one than was written; one that is gone is not."""
    sidecar = folder / result.name / (result.name + SIDECAR)
    return sidecar.exists() and hashlib.sha256(sidecar.read_bytes()).hexdigest() != result.sidecar_sha256


def put_away_parts(tasks: Sequence[PairTask], folder: Path) -> None:
    """What a batch that was killed left of these pairs: a folder that is complete gets its name, others go.

    Of several the newest counts: what it was to replace had to make room first. Raises OutputError.
    """
    names = {task.name for task in tasks}
    parts = [(path, name) for path in folder.iterdir() if (name := PART_NAME.sub("", path.name)) != path.name]
    whole = {path: result for path, name in parts if (result := _whole_result(path, name)) is not None}
    for path, name in sorted(parts, key=lambda part: whole[part[0]].ended if part[0] in whole else "", reverse=True):
        if name not in names:
            continue
        if path in whole and not os.path.lexists(folder / name):
            try:
                path.rename(folder / name)
            except OSError as e:
                raise _output_error(folder / name, e) from e
        else:
            shutil.rmtree(path, ignore_errors=True)


def _whole_result(part: Path, name: str) -> PairResult | None:
    """The result in a folder without a name yet; None where any of its files is missing."""
    result = _copied_result(part / (name + RESULT_SUFFIX))
    is_whole = result is not None and all((part / Path(file).name).is_file() for file in result.files)
    return result if is_whole else None


def take_over(outcome: Outcome, folder: Path, is_overwriting: bool) -> PairResult:
    """Gives a pair's folder its name, which makes all its files appear at once.

    Where there is no answer, an earlier one loses that name. What was changed in a folder keeps it, or gets another
    one where `is_overwriting`. The result that this returns says so. Raises OutputError.
    """
    result, own = outcome.result, folder / outcome.result.name
    is_changed = not _is_replaceable(folder, result.name)
    try:
        if is_changed and not is_overwriting:
            return _without_place(outcome, own)
        if result.status == DONE:
            return _stored(outcome, folder, _old_path(own) if is_changed else None)
        if not os.path.lexists(own):
            return result
        old = _old_path(own)
        own.rename(old)
        return replace(result, message=f"{result.message}; what was found before lies in '{old.name}'")
    except OSError as e:
        raise _output_error(own, e) from e


def _without_place(outcome: Outcome, own: Path) -> PairResult:
    result = outcome.result
    if outcome.folder is not None:
        shutil.rmtree(outcome.folder, ignore_errors=True)
    problem = f"'{own}' was changed while the batch worked, and is kept as it is"
    if result.status == DONE:
        return replace(result, status=FAILED, exit_code=UsageError.exit_code, message=problem, files=())
    return replace(result, message=f"{result.message}; {problem}")


def _stored(outcome: Outcome, folder: Path, old: Path | None) -> PairResult:
    """old: name for what has the place; None: that goes. Raises OSError."""
    result, part = outcome.result, outcome.folder
    try:
        if part is None:
            part = _part_path(folder / result.name)
            part.mkdir()
            for name, content in outcome.contents.items():
                (part / Path(name).name).write_bytes(content)
        copy = part / (result.name + RESULT_SUFFIX)
        message = "" if old is None else f"what was changed since it was made lies in '{old.name}'"
        files = tuple(sorted({*result.files, f"{result.name}/{copy.name}"}))
        result = replace(result, files=files, message=message)
        with copy.open("wb") as file:
            file.write(json.dumps(result.record(), indent=2).encode() + b"\n")
            sync(file)
        _rename(part, folder / result.name, old)
    except OSError:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
        raise
    return result


def _part_path(own: Path) -> Path:
    return own.with_name(f"{own.name}{PART_MARK}{secrets.token_hex(8)}")


def _old_path(own: Path) -> Path:
    """A name that nothing has."""
    paths = (own.with_name(f"{own.name}{OLD_MARK}{n}") for n in count(1))
    return next(path for path in paths if not os.path.lexists(path))


def _output_error(path: Path, e: OSError) -> OutputError:
    problem = (e.strerror or str(e)).lower()
    return OutputError(f"cannot write '{path}': {problem}; make room, and run the same command again: it goes on")


def _rename(part: Path, target: Path, old: Path | None) -> None:
    """Raises OSError. old: name for what was there; None: that goes when the new one is there."""
    earlier = old or _part_path(target)
    is_replacing = os.path.lexists(target)
    if is_replacing:
        target.rename(earlier)
    try:
        part.rename(target)
    except OSError:
        if is_replacing:
            with suppress(OSError):
                earlier.rename(target)
        raise
    if is_replacing and old is None:
        shutil.rmtree(earlier, ignore_errors=True)

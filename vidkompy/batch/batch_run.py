"""A batch: pairs that are not finished yet go to an executor, and what comes of them to the folder and the journal."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import sleep

from vidkompy.batch.clip_states import are_unchanged
from vidkompy.batch.executors import PairExecutor
from vidkompy.batch.journal import Journal
from vidkompy.batch.pair_order import PairOrder
from vidkompy.batch.pair_task import (
    DONE,
    FAILED,
    PART_MARK,
    PART_NAME,
    SIDECAR,
    Outcome,
    PairResult,
    PairTask,
    result_from_record,
)
from vidkompy.batch.remote_clips import is_remote, remote_revisions
from vidkompy.errors import OutputError, UsageError
from vidkompy.media.atomic_outputs import sync

RESULT_SUFFIX = ".result.json"  # of a pair's own copy of its line, which tells that it ended where the line is lost
POLL_SECONDS = 1.0  # between looks at what an executor can take: a cluster grows
MAX_NAMES = 5  # in a message

ResultCallback = Callable[[PairResult], None]


def remaining_tasks(
    tasks: Sequence[PairTask], results: Mapping[str, PairResult], folder: Path, is_retried: bool
) -> tuple[list[PairTask], list[PairResult]]:
    """Pairs to work on, and results that the journal lacks, of pairs that ended as the batch was killed.

    is_retried   those that failed are worked on again
    Raises MediaError where a clip's URL cannot be asked for.
    """
    known = remote_revisions(clip for task in tasks if task.name in results for clip in task.clips if is_remote(clip))
    remaining: list[PairTask] = []
    recovered: list[PairResult] = []
    for task in tasks:
        before = results.get(task.name)
        if before is not None and _holds(before, task, folder, is_retried, known):
            continue
        kept = kept_result(folder, task.name)
        if kept is not None and kept != before and _holds(kept, task, folder, is_retried, known):
            recovered.append(kept)
        else:
            remaining.append(task)
    return remaining, recovered


def _holds(result: PairResult, task: PairTask, folder: Path, is_retried: bool, known: Mapping[str, str]) -> bool:
    if result.key != task.key or (is_retried and result.status != DONE):
        return False
    if result.status == DONE and not all((folder / name).is_file() for name in result.files):
        return False
    return are_unchanged(result.clips, task.clips, known)


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
            "name another folder with --out, or replace them with --overwrite"
        )


def _is_replaceable(folder: Path, name: str) -> bool:
    own = folder / name
    if not os.path.lexists(own):
        return True
    result = kept_result(folder, name)
    if result is None or {f"{name}/{path.name}" for path in own.iterdir()} - {*result.files}:
        return False
    sidecar = own / (name + SIDECAR)
    return not sidecar.exists() or hashlib.sha256(sidecar.read_bytes()).hexdigest() == result.sidecar_sha256


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


def run_tasks(
    tasks: Sequence[PairTask],
    executor: PairExecutor,
    folder: Path,
    journal: Journal,
    on_result: ResultCallback,
    is_overwriting: bool = False,
) -> None:
    """Works on all of these; whatever ends this ends the executor. Raises OutputError.

    is_overwriting   what was changed in a pair's folder while the batch worked is replaced
    """
    order = PairOrder(tasks)
    running: dict[Future[Outcome], PairTask] = {}
    try:
        while len(order) or running:
            while len(running) < executor.capacity() and (task := order.next(executor.near_bgs())) is not None:
                running[executor.submit(task)] = task
            if not running:
                sleep(POLL_SECONDS)
            for future in wait(running, POLL_SECONDS, FIRST_COMPLETED).done:
                result = _take_over(_outcome(future, folder), folder, is_overwriting)
                journal.add(result)
                order.ended(running.pop(future))
                on_result(result)
    finally:
        executor.stop()
        _keep_finished(running, folder, journal, is_overwriting)


def _keep_finished(futures: Iterable[Future[Outcome]], folder: Path, journal: Journal, is_overwriting: bool) -> None:
    """Pairs that were finished just as the batch was ended."""
    for future in futures:
        if not future.done() or future.cancelled() or future.exception() is not None:
            continue
        outcome = future.result()
        if outcome.result.status != DONE:
            continue
        is_taken_over = outcome.folder is not None and not outcome.folder.is_dir()
        with suppress(OutputError):
            result = (
                kept_result(folder, outcome.result.name)
                if is_taken_over
                else _take_over(outcome, folder, is_overwriting)
            )
            if result is not None:
                journal.add(result)


def _outcome(future: Future[Outcome], folder: Path) -> Outcome:
    try:
        return future.result()
    except OSError as e:
        raise OutputError(f"cannot write into '{folder}': {(e.strerror or str(e)).lower()}; make room there") from e


def _take_over(outcome: Outcome, folder: Path, is_overwriting: bool) -> PairResult:
    """Gives a pair's folder its name, which makes all its files appear at once. Raises OutputError."""
    result = outcome.result
    if result.status != DONE:
        return result
    part = outcome.folder
    if not (is_overwriting or _is_replaceable(folder, result.name)):
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
        problem = f"'{folder / result.name}' was changed while the batch worked, and is kept as it is"
        return replace(result, status=FAILED, exit_code=UsageError.exit_code, message=problem, files=())
    try:
        if part is None:
            part = folder / f"{result.name}{PART_MARK}{secrets.token_hex(8)}"
            part.mkdir()
            for name, content in outcome.contents.items():
                (part / Path(name).name).write_bytes(content)
        copy = part / (result.name + RESULT_SUFFIX)
        result = _with_file(result, f"{result.name}/{copy.name}")
        with copy.open("wb") as file:
            file.write(json.dumps(result.record(), indent=2).encode() + b"\n")
            sync(file)
        _rename(part, folder / result.name)
    except OSError as e:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
        raise _output_error(folder / result.name, e) from e
    return result


def _output_error(path: Path, e: OSError) -> OutputError:
    problem = (e.strerror or str(e)).lower()
    return OutputError(f"cannot write '{path}': {problem}; make room, and run the same command again: it goes on")


def _with_file(result: PairResult, name: str) -> PairResult:
    return replace(result, files=tuple(sorted({*result.files, name})))


def _rename(part: Path, target: Path) -> None:
    """Raises OSError. What was there goes when the new one is there."""
    old = None
    if os.path.lexists(target):
        old = target.with_name(f"{target.name}{PART_MARK}{secrets.token_hex(8)}")
        target.rename(old)
    try:
        part.rename(target)
    except OSError:
        if old is not None:
            with suppress(OSError):
                old.rename(target)
        raise
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)

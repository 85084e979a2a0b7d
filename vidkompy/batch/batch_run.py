"""A batch: pairs that are not finished yet go to an executor, and what comes of them to the folder and the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from pathlib import Path
from time import sleep

from vidkompy.batch.clip_states import are_unchanged
from vidkompy.batch.executors import PairExecutor
from vidkompy.batch.journal import Journal
from vidkompy.batch.pair_folders import has_changed_sidecar, kept_result, take_over
from vidkompy.batch.pair_order import PairOrder
from vidkompy.batch.pair_task import DONE, Outcome, PairResult, PairTask
from vidkompy.batch.remote_clips import is_remote, remote_revisions
from vidkompy.errors import OutputError

POLL_SECONDS = 1.0  # between looks at what an executor can take: a cluster grows

ResultCallback = Callable[[PairResult], None]


def remaining_tasks(
    tasks: Sequence[PairTask],
    results: Mapping[str, PairResult],
    folder: Path,
    is_retried: bool,
    is_overwriting: bool = False,
) -> tuple[list[PairTask], list[PairResult]]:
    """Pairs to work on, and results that the journal lacks, of pairs that ended as the batch was killed.

    is_retried       those that failed are worked on again
    is_overwriting   so are those whose sidecars were changed since
    Raises MediaError where a clip's URL cannot be asked for.
    """

    def holds(result: PairResult | None, task: PairTask) -> bool:
        if result is None or result.key != task.key or (is_retried and result.status != DONE):
            return False
        if result.status == DONE and not all((folder / name).is_file() for name in result.files):
            return False
        if result.status == DONE and is_overwriting and has_changed_sidecar(folder, result):
            return False
        return are_unchanged(result.clips, task.clips, known)

    known = remote_revisions(clip for task in tasks if task.name in results for clip in task.clips if is_remote(clip))
    remaining: list[PairTask] = []
    recovered: list[PairResult] = []
    for task in tasks:
        before = results.get(task.name)
        if holds(before, task):
            continue
        kept = kept_result(folder, task.name)
        if kept is not None and kept != before and holds(kept, task):
            recovered.append(kept)
        else:
            remaining.append(task)
    return remaining, recovered


def run_tasks(
    tasks: Sequence[PairTask],
    executor: PairExecutor,
    folder: Path,
    journal: Journal,
    on_result: ResultCallback,
    is_overwriting: bool = False,
) -> None:
    """Works on all of these; whatever ends this ends the executor. Raises OutputError.

    is_overwriting   what was changed in a pair's folder makes room, too
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
                result = take_over(_outcome(future, folder), folder, is_overwriting)
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
                else take_over(outcome, folder, is_overwriting)
            )
            if result is not None:
                journal.add(result)


def _outcome(future: Future[Outcome], folder: Path) -> Outcome:
    try:
        return future.result()
    except OSError as e:
        raise OutputError(f"cannot write into '{folder}': {(e.strerror or str(e)).lower()}; make room there") from e

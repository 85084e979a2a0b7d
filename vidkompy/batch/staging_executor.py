"""Pairs whose clips go through a stage before another executor gets them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from vidkompy.batch.executors import PairExecutor
from vidkompy.batch.pair_runner import unfinished
from vidkompy.batch.pair_task import FAILED, Outcome, PairTask
from vidkompy.batch.stage import MAX_UPLOADS, Stage
from vidkompy.counts import count_text
from vidkompy.errors import MediaError


class StagingExecutor:
    """Takes both over. note: is told what the user should know."""

    def __init__(self, executor: PairExecutor, stage: Stage, note: Callable[[str], None]) -> None:
        self._executor, self._stage, self._note = executor, stage, note
        self._threads = ThreadPoolExecutor(MAX_UPLOADS, "stage")

    def submit(self, task: PairTask) -> Future[Outcome]:
        asked: Future[Outcome] = Future()
        self._threads.submit(self._submit_staged, task).add_done_callback(partial(_follow, asked))
        return asked

    def capacity(self) -> int:
        """Some more than are worked on: their clips are on the way meanwhile."""
        return self._executor.capacity() + MAX_UPLOADS

    def near_bgs(self) -> Sequence[tuple[str, ...]] | None:
        return self._executor.near_bgs()

    def stop(self) -> None:
        self._stage.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._executor.stop()
        if stored := self._stage.stored_bytes:
            size = f"{count_text(len(stored), 'clip')}, {sum(stored) / 2**20:.1f} MiB,"
            self._note(f"put {size} into '{self._stage.url}', where they stay for other batches")

    def _submit_staged(self, task: PairTask) -> Future[Outcome]:
        """Raises OutputError, CancelledError."""
        try:
            return self._executor.submit(self._stage.with_staged_clips(task))
        except MediaError as e:
            failed: Future[Outcome] = Future()
            failed.set_result(unfinished(task, FAILED, str(e)))
            return failed


def _follow(asked: Future[Outcome], submitted: Future[Future[Outcome]]) -> None:
    """What comes of a pair, which may not have been given out, becomes what was asked for."""
    if submitted.cancelled():
        asked.cancel()
    elif (error := submitted.exception()) is not None:
        asked.set_exception(error)
    else:
        submitted.result().add_done_callback(partial(_copy, asked))


def _copy(asked: Future[Outcome], given: Future[Outcome]) -> None:
    if given.cancelled():
        asked.cancel()
    elif (error := given.exception()) is not None:
        asked.set_exception(error)
    else:
        asked.set_result(given.result())

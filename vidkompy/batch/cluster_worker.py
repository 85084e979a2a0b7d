"""The far side of a batch on a cluster: runs pairs on the machine of a Dask worker, and sends their files home.

A pair runs in a process of its own, as it does at home: one that ends its process takes no Dask worker with it. What a
batch keeps here goes when the batch ends, or when it asks for nothing any more: then its own process was killed.
"""

from __future__ import annotations

import asyncio
import atexit
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from threading import Lock, Timer

from vidkompy.batch.clip_copies import ClipCopies
from vidkompy.batch.pair_runner import unfinished
from vidkompy.batch.pair_task import FAILED, Outcome, PairTask
from vidkompy.batch.scratch_folder import scratch_folder
from vidkompy.batch.staged_pairs import run_staged_pair
from vidkompy.batch.worker_pool import WorkerPool
from vidkompy.batch.worker_process import WORKER

IDLE_SECONDS = 60.0  # after which a batch is taken for dead; if it lives it starts its processes anew
MAX_CONTENT_BYTES = 2 << 30  # of a pair's files: they go home through the memory of both sides


class _Site:
    """What a batch has on this machine: a scratch folder, and worker processes."""

    def __init__(self, command: Sequence[str]) -> None:
        self._stack = ExitStack()
        self.folder = self._stack.enter_context(scratch_folder())
        self.workers = WorkerPool(command)
        self.copies = ClipCopies()
        self._stack.callback(self.copies.clear)
        self._stack.callback(self.workers.close)
        self.busy = 0
        self.timer: Timer | None = None

    def close(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.copies.stop()
        self._stack.close()


_sites: dict[str, _Site | None] = {}  # by batch; None: it has ended
_lock = Lock()


def run_pair_here(batch: str, task: PairTask, lost: int, command: Sequence[str] | None = None) -> Outcome:
    """The outcome, with the contents of the files.

    batch     its identity
    lost      attempts that ended with their Dask worker
    command   starts a worker process; None: this program's
    Raises OSError or OutputError where nothing can be written here.
    """
    with _entered(batch, command or WORKER) as site, site.workers.lent() as worker:
        return _with_contents(run_staged_pair(task, site.folder, worker, site.copies, lost), task)


async def end_batch_here(batch: str) -> None:
    """Ends what it works on here, and removes all that it has here."""
    await asyncio.to_thread(_end, batch, None)


def _with_contents(outcome: Outcome, task: PairTask) -> Outcome:
    """Raises OSError."""
    if outcome.folder is None:
        return outcome
    try:
        paths = sorted(outcome.folder.iterdir())
        size = sum(path.stat().st_size for path in paths)
        if size > MAX_CONTENT_BYTES:
            problem = f"its files have {size >> 20} MiB, and {MAX_CONTENT_BYTES >> 20} at most go home"
            advice = "leave --render out, and render its sidecar by itself"
            return unfinished(task, FAILED, f"{problem}; {advice}", outcome.result.attempts)
        return replace(outcome, folder=None, contents={path.name: path.read_bytes() for path in paths})
    finally:
        shutil.rmtree(outcome.folder, ignore_errors=True)


@contextmanager
def _entered(batch: str, command: Sequence[str]) -> Iterator[_Site]:
    """Raises OSError, and RuntimeError where the batch has ended."""
    with _lock:
        if batch not in _sites:
            _sites[batch] = _Site(command)
        site = _sites[batch]
        if site is None:
            raise RuntimeError(f"batch {batch} has ended")
        if site.timer is not None:
            site.timer.cancel()
        site.busy += 1
    try:
        yield site
    finally:
        with _lock:
            site.busy -= 1
            if not site.busy and _sites.get(batch) is site:
                site.timer = _started_timer(lambda: _end(batch, site))


def _started_timer(action: Callable[[], None]) -> Timer:
    timer = Timer(IDLE_SECONDS, action)
    timer.daemon = True
    timer.start()
    return timer


def _end(batch: str, idle: _Site | None) -> None:
    """idle: the batch may go on, and is ended only if nothing works in this site; None: it has ended."""
    with _lock:
        site = _sites.get(batch)
        if idle is None:
            _sites[batch] = None
        elif site is not idle or idle.busy:
            return
        else:
            del _sites[batch]
    if site is not None:
        site.close()


@atexit.register
def _end_all() -> None:
    for batch in list(_sites):
        _end(batch, None)

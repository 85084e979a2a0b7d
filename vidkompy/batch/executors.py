"""Who works on pairs: threads of this process, each of which minds a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from vidkompy.batch.clip_copies import ClipCopies
from vidkompy.batch.pair_task import Outcome, PairTask
from vidkompy.batch.sidecar_paths import with_clip_paths
from vidkompy.batch.staged_pairs import has_remote_clips, run_staged_pair
from vidkompy.batch.worker_pool import WorkerPool
from vidkompy.batch.worker_process import WORKER


class PairExecutor(Protocol):
    """What takes pairs, and hands out outcomes as they come."""

    def submit(self, task: PairTask) -> Future[Outcome]: ...

    def capacity(self) -> int:
        """Pairs that it can work on now."""

    def near_bgs(self) -> Sequence[tuple[str, ...]] | None:
        """BGs, as tasks name them, that were measured on machines with room for a pair; None: there is one machine."""

    def stop(self) -> None:
        """Ends what it works on, and drops what waits; nothing of it is left behind."""


class LocalExecutor:
    """So many pairs at a time on this machine. folder: holds the pairs' folders."""

    def __init__(self, jobs: int, folder: Path, command: Sequence[str] = WORKER) -> None:
        self._jobs, self._folder = jobs, folder
        self._threads = ThreadPoolExecutor(jobs, "pair")
        self._workers = WorkerPool(command)
        self._copies = ClipCopies()

    def submit(self, task: PairTask) -> Future[Outcome]:
        return self._threads.submit(self._run, task)

    def capacity(self) -> int:
        return self._jobs

    def near_bgs(self) -> None:
        return None

    def stop(self) -> None:
        self._copies.stop()
        self._workers.close()
        self._threads.shutdown(cancel_futures=True)
        self._copies.clear()

    def _run(self, task: PairTask) -> Outcome:
        with self._workers.lent() as worker:
            outcome = run_staged_pair(task, self._folder, worker, self._copies)
        return with_clip_paths(outcome, self._folder / task.name) if has_remote_clips(task) else outcome

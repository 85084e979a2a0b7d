"""Who works on pairs: threads of this process, each of which minds a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock, local
from typing import Protocol

from vidkompy.batch.pair_runner import run_pair
from vidkompy.batch.pair_task import Outcome, PairTask
from vidkompy.batch.worker_process import WORKER, WorkerProcess


class PairExecutor(Protocol):
    """What takes pairs, and hands out outcomes as they come."""

    def submit(self, task: PairTask) -> Future[Outcome]: ...

    def capacity(self) -> int:
        """Pairs that it can work on, or hold ready, now."""

    def stop(self) -> None:
        """Ends what it works on, and drops what waits; nothing of it is left behind."""


class LocalExecutor:
    """So many pairs at a time on this machine. folder: holds the pairs' folders."""

    def __init__(self, jobs: int, folder: Path, command: Sequence[str] = WORKER) -> None:
        self._jobs, self._folder, self._command = jobs, folder, command
        self._threads = ThreadPoolExecutor(jobs, "pair")
        self._own = local()
        self._workers: list[WorkerProcess] = []
        self._lock = Lock()
        self._is_stopped = False

    def submit(self, task: PairTask) -> Future[Outcome]:
        return self._threads.submit(self._run, task)

    def capacity(self) -> int:
        return self._jobs

    def stop(self) -> None:
        with self._lock:
            self._is_stopped = True
            workers = list(self._workers)
        closing = ThreadPoolExecutor(max(1, len(workers)))  # each has some seconds to put its files away
        list(closing.map(WorkerProcess.close, workers))
        closing.shutdown()
        self._threads.shutdown(cancel_futures=True)

    def _run(self, task: PairTask) -> Outcome:
        return run_pair(task, self._folder, self._worker())

    def _worker(self) -> WorkerProcess:
        if not hasattr(self._own, "worker"):
            self._own.worker = WorkerProcess(self._command)
            with self._lock:
                self._workers.append(self._own.worker)
                if self._is_stopped:
                    self._own.worker.close()
        worker: WorkerProcess = self._own.worker
        return worker

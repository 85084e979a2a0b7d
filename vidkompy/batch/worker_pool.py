"""Worker processes that are kept from pair to pair, lent to one thread at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock

from vidkompy.batch.worker_process import WORKER, WorkerProcess


class WorkerPool:
    """As many as are lent at a time. Closed from any thread."""

    def __init__(self, command: Sequence[str] = WORKER) -> None:
        self._command = command
        self._all: list[WorkerProcess] = []
        self._idle: list[WorkerProcess] = []
        self._lock = Lock()
        self._is_closed = False

    @contextmanager
    def lent(self) -> Iterator[WorkerProcess]:
        worker = self._taken()
        try:
            yield worker
        finally:
            with self._lock:
                self._idle.append(worker)

    def close(self) -> None:
        """Ends all of them, with what they do; none starts again."""
        with self._lock:
            self._is_closed = True
            workers = list(self._all)
        closing = ThreadPoolExecutor(max(1, len(workers)))  # each has some seconds to put its files away
        list(closing.map(WorkerProcess.close, workers))
        closing.shutdown()

    def _taken(self) -> WorkerProcess:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            worker = WorkerProcess(self._command)
            self._all.append(worker)
            if self._is_closed:
                worker.close()
            return worker

"""Pairs on a Dask cluster: each goes to a worker that is free, and its outcome comes home by its future.

Which worker takes a pair is chosen here, not by the scheduler: one on a machine that measured the pair's BG before, if
it has room. No worker holds more pairs than it has threads, so a lost worker takes no more with it than it worked on.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import RLock
from time import monotonic
from typing import TYPE_CHECKING

from vidkompy.batch.cluster_worker import end_batch_here, run_pair_here
from vidkompy.batch.pair_runner import MAX_ATTEMPTS, unfinished
from vidkompy.batch.pair_task import CRASHED, Outcome, PairTask
from vidkompy.batch.sidecar_paths import with_clip_paths
from vidkompy.errors import ClusterError, UsageError

if TYPE_CHECKING:
    from distributed import Client

LOCAL = "local"
LOOPBACK = "127.0.0.1:0"
POLL_SECONDS = 1.0  # between looks at the workers
CONNECTION_SECONDS = 10.0  # that a scheduler has to answer in
MAX_NEAR_BGS = 8  # of a machine that are remembered: its cache is bounded, too

_AGAIN = "run the same command again: it goes on"


@dataclass
class _Placed:
    """A pair that a worker works on, or, where there is none, that waits for another one."""

    task: PairTask
    asked: Future[Outcome]
    worker: str = ""
    answer: Future[Outcome] | None = None
    lost: int = 0


class DaskExecutor:
    """A batch's connection to a cluster. note: is told what the user should know."""

    def __init__(
        self,
        client: Client,
        folder: Path,
        note: Callable[[str], None],
        command: Sequence[str] | None = None,
        fault: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        """Takes the client over.

        folder    gets the pairs' folders
        command   starts a worker process; None: this program's
        fault     says on a worker what keeps it from doing the work, or ""
        Raises ClusterError where workers lack this program, or have faults.
        """
        self._client, self._folder, self._note, self._command = client, folder, note, command
        self._fault = fault
        self._address = client.scheduler.address
        self._batch = secrets.token_hex(8)
        self._threads: dict[str, int] = {}  # of workers that can do the work
        self._unfit: dict[str, str] = {}  # of others, what is wrong with them
        self._placed: list[_Placed] = []
        self._near: dict[str, dict[tuple[str, ...], None]] = {}  # BGs by machine
        self._lock = RLock()  # outcomes come in a thread of the client's
        self._is_stopped = False
        try:
            self._update()
            if self._unfit:
                raise ClusterError(f"{next(iter(self._unfit.values()))}; mend that, or end the worker, and {_AGAIN}")
        except ClusterError:
            self.stop()
            raise
        if not self._threads:
            note(f"'{self._address}' has no workers yet; waiting for some")

    def submit(self, task: PairTask) -> Future[Outcome]:
        pair = _Placed(task, Future())
        with self._lock:
            self._placed.append(pair)
            self._place_waiting()
        return pair.asked

    def capacity(self) -> int:
        """Raises ClusterError where the scheduler is lost, and where no worker is left that can work."""
        if monotonic() - self._looked >= POLL_SECONDS:
            self._update()
        with self._lock:
            if self._unfit and not self._threads:
                fault = next(reversed(self._unfit.values()))
                raise ClusterError(f"no worker of '{self._address}' can work: {fault}; mend it, and {_AGAIN}")
            return sum(self._threads.values())

    def near_bgs(self) -> Sequence[tuple[str, ...]]:
        with self._lock:
            machines = dict.fromkeys(_machine(worker) for worker in self._free())
            return [bgs for machine in machines for bgs in self._near.get(machine, ())]

    def stop(self) -> None:
        with self._lock:
            self._is_stopped = True
            placed, self._placed = self._placed, []
        with suppress(OSError):  # a scheduler that is lost takes its workers with it
            if self._client.status == "running":
                for answer in (pair.answer for pair in placed if pair.answer is not None):
                    answer.cancel()
                self._client.run(end_batch_here, self._batch, workers=list(self._threads), on_error="ignore")
        with suppress(OSError):
            self._client.close()
        if self._client.cluster is not None:
            self._client.cluster.close()

    def _update(self) -> None:
        """Looks at the workers. Raises ClusterError."""
        wanted = version("vidkompy")
        try:
            if self._client.status != "running":
                raise OSError("it closed the connection")
            threads = self._client.nthreads()
            new = [worker for worker in threads if worker not in self._threads and worker not in self._unfit]
            found = self._client.run(version, "vidkompy", workers=new, on_error="return") if new else {}
            same = [worker for worker, answer in found.items() if answer == wanted and self._fault is not None]
            faults = self._client.run(self._fault, workers=same, on_error="return") if same else {}
        except OSError as e:
            raise self._lost_scheduler(e) from e
        with self._lock:
            self._looked = monotonic()
            self._unfit = {worker: fault for worker, fault in self._unfit.items() if worker in threads}
            for worker, answer in found.items():
                if answer != wanted and worker in threads:
                    has = f"vidkompy {answer}" if isinstance(answer, str) else "no vidkompy"
                    self._exclude(worker, f"worker '{worker}' has {has}, wanted {wanted}, as here")
                elif worker in threads and (fault := faults.get(worker)):
                    self._exclude(worker, f"worker '{worker}' cannot work: {fault}")
            fit = [worker for worker in threads if worker not in self._unfit and worker in {*self._threads, *found}]
            self._threads = {worker: threads[worker] for worker in fit}
            gone = [pair for pair in self._placed if pair.worker and pair.worker not in threads]
            dropped = [pair.answer for pair in gone if pair.answer is not None]
            for pair in gone:
                self._lose(pair)
            self._place_waiting()
        for answer in dropped:
            answer.cancel()  # waits for the client's thread, which may wait for the lock

    def _exclude(self, worker: str, fault: str) -> None:
        self._unfit[worker] = fault
        self._threads.pop(worker, None)
        self._note(f"{fault}; it gets no pairs")

    def _lost_scheduler(self, reason: object) -> ClusterError:
        return ClusterError(f"the scheduler '{self._address}' is lost: {reason}; when it is back, {_AGAIN}")

    def _free(self) -> dict[str, int]:
        """Workers with room, and for how many pairs."""
        busy = Counter(pair.worker for pair in self._placed)
        return {worker: n - busy[worker] for worker, n in self._threads.items() if n > busy[worker]}

    def _place_waiting(self) -> None:
        for pair in self._placed:
            if not pair.worker and (free := self._free()):
                self._place(pair, free)

    def _place(self, pair: _Placed, free: dict[str, int]) -> None:
        near = [w for w in free if pair.task.bgs in self._near.get(_machine(w), ())]
        pair.worker = max(near or free, key=lambda worker: free[worker])
        executor = self._client.get_executor(workers=[pair.worker], allow_other_workers=False, pure=False, retries=0)
        pair.answer = executor.submit(run_pair_here, self._batch, pair.task, pair.lost, self._command)
        pair.answer.add_done_callback(lambda answer: self._end(pair, answer))

    def _end(self, pair: _Placed, answer: Future[Outcome]) -> None:
        """Of an answer to its pair, unless that was given to another worker meanwhile."""
        from distributed import KilledWorker

        with self._lock:
            if self._is_stopped or pair.answer is not answer:
                return
            if answer.cancelled():
                self._placed.remove(pair)
                pair.asked.set_exception(self._lost_scheduler("it dropped what it was asked for"))
                return
            error = answer.exception()
            if error is None:
                self._remember(pair)
                self._placed.remove(pair)
                pair.asked.set_result(with_clip_paths(answer.result(), self._folder / pair.task.name))
                self._place_waiting()
            elif isinstance(error, KilledWorker):
                self._give_up(pair)
            else:
                self._exclude(pair.worker, f"worker '{pair.worker}' cannot work: {error}")
                self._lose(pair)
                self._place_waiting()

    def _remember(self, pair: _Placed) -> None:
        """What the machine has measured."""
        near = self._near.setdefault(_machine(pair.worker), {})
        near.pop(pair.task.bgs, None)
        near[pair.task.bgs] = None
        if len(near) > MAX_NEAR_BGS:
            del near[next(iter(near))]

    def _lose(self, pair: _Placed) -> None:
        """Its worker went."""
        pair.answer = None
        pair.lost += 1
        if pair.lost == MAX_ATTEMPTS:
            self._give_up(pair)
        else:
            pair.worker = ""

    def _give_up(self, pair: _Placed) -> None:
        self._placed.remove(pair)
        problem = f"its worker was lost each time, '{pair.worker}' the last"
        pair.asked.set_result(unfinished(pair.task, CRASHED, problem, MAX_ATTEMPTS))


def check_dask() -> None:
    """Raises UsageError where Dask is not installed."""
    if find_spec("distributed") is None:
        raise UsageError("--dask needs dask: pip install 'vidkompy[batch]'")


def connect_client(address: str, jobs: int) -> Client:
    """A connection to a scheduler, or to a cluster within this process, of so many threads, for `LOCAL`.

    Raises UsageError, ClusterError.
    """
    from distributed import Client, LocalCluster

    _silence()
    if address == LOCAL:
        cluster = LocalCluster(
            n_workers=1,
            threads_per_worker=jobs,
            processes=False,
            memory_limit=0,
            dashboard_address=LOOPBACK,  # None: of all interfaces, at 8787 unless that is taken
            worker_dashboard_address=LOOPBACK,
        )
        return Client(cluster)
    try:
        return Client(address, timeout=CONNECTION_SECONDS)
    except ValueError as e:
        raise UsageError(f"--dask is '{address}': {e}; wanted local, or an address such as tcp://10.0.0.5:8786") from e
    except OSError as e:
        raise ClusterError(
            f"no scheduler answers at '{address}' within {CONNECTION_SECONDS:g} s; start one with 'dask scheduler', "
            "and name the address that it prints"
        ) from e


def _silence() -> None:
    """It logs what is lost; so do messages here."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _machine(worker: str) -> str:
    """tcp://10.0.0.5:40123 -> 10.0.0.5: processes on one machine share its cache."""
    return worker.partition("://")[2].rpartition(":")[0] or worker

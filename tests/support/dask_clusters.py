"""Dask clusters on this machine: a scheduler and workers as processes of their own, on ports of loopback."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from support.program_runs import environment
from support.stand_in_batches import worker_command
from support.waiting import wait_until

LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")


@dataclass
class Cluster:
    """address: of the scheduler. folder: temporary files of its processes lie in folders there."""

    folder: Path
    scheduler: "subprocess.Popen[bytes]"
    address: str = ""
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def add_worker(self, threads: int = 1, path: Path | None = None) -> "subprocess.Popen[bytes]":
        """One more, without a nanny: what ends, is gone. path: a folder that it looks for modules in first."""
        options = ("--nthreads", str(threads), "--no-nanny", *LOOPBACK)
        name = f"worker{len(self.workers)}"
        worker = _started("worker", self.address, *options, folder=self.folder, name=name, path=path)
        self.workers.append(worker)
        return worker

    def left_behind(self) -> list[Path]:
        """What batches have among the temporary files of the workers."""
        return sorted(self.folder.glob("*/vidkompy-batch-*"))


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A scheduler, and so many workers of one thread."""
    note = folder / "scheduler.json"
    options = ("--port", "0", "--scheduler-file", str(note), *LOOPBACK)
    made = Cluster(folder, _started("scheduler", *options, folder=folder, name="scheduler"))
    try:
        made.address = _address(note)
        for _ in range(workers):
            made.add_worker()
        yield made
    finally:
        for process in (*made.workers, made.scheduler):
            process.kill()
            process.wait()


def interrupt(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Ctrl-C to a program: exit code and what it printed."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def _started(role: str, *words: str, folder: Path, name: str, path: Path | None = None) -> "subprocess.Popen[bytes]":
    temporary = folder / name
    temporary.mkdir()
    paths = [*([] if path is None else [str(path)]), *sys.path]
    argv = [sys.executable, "-m", f"distributed.cli.dask_{role}", *words]
    with (folder / f"{name}.log").open("wb") as log:
        env = {**environment(), "TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(paths)}
        return subprocess.Popen(argv, cwd=temporary, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _address(note: Path) -> str:
    wait_until(lambda: note.exists() and note.read_text().endswith("}"))
    return str(json.loads(note.read_text())["address"])


_PROGRAM = """
import ast, sys
from functools import partial
from vidkompy.batch import dask_executor
dask_executor.DaskExecutor = partial(dask_executor.DaskExecutor, command=ast.literal_eval(sys.argv.pop(1)))
from vidkompy.__main__ import main
main()
"""


@contextmanager
def running_batch(folder: Path, address: str, seconds: float = 0, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """`vidkompy batch m.csv --out out --dask ADDRESS WORDS` in `folder`; workers are stand-ins.

    seconds   of each analysis
    """
    worker = repr(worker_command(folder / "starts", seconds))
    argv = [sys.executable, "-c", _PROGRAM, worker, "batch", "m.csv", "--out", "out", "--dask", address, *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(argv, cwd=folder, env=environment(), **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def workers_at_work(cluster_: Cluster) -> list["subprocess.Popen[bytes]"]:
    """Dask workers that have a worker process."""
    return [worker for worker in cluster_.workers if worker.poll() is None and _has_child(worker.pid)]


def stand_ins(folder: Path) -> list[int]:
    """Worker processes of batches there that live."""
    log = str(folder / "starts")
    return [p.pid for p in psutil.process_iter() if log in _words(p)]


def _has_child(process: int) -> bool:
    try:
        return bool(psutil.Process(process).children())
    except psutil.Error:
        return False


def _words(process: psutil.Process) -> Sequence[str]:
    try:
        words: list[str] = process.cmdline()  # of one that has ended: none
        return words
    except psutil.Error:
        return []

"""Dask clusters on this machine: a scheduler and workers as processes of their own, on ports of loopback."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support.program_runs import environment

LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")
MAX_START_SECONDS = 60  # of a scheduler on a machine that is busy


@dataclass
class Cluster:
    """address: of the scheduler. folder: temporary files of its processes lie in folders there."""

    folder: Path
    scheduler: "subprocess.Popen[bytes]"
    address: str = ""
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def add_worker(self, threads: int = 1, **variables: str) -> "subprocess.Popen[bytes]":
        """One more, without a nanny: what ends, is gone. variables: of its environment, besides ours."""
        options = ("--nthreads", str(threads), "--no-nanny", *LOOPBACK)
        name = f"worker{len(self.workers)}"
        worker = _started("worker", self.address, *options, folder=self.folder, name=name, **variables)
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


def _started(role: str, *words: str, folder: Path, name: str, **variables: str) -> "subprocess.Popen[bytes]":
    temporary = folder / name
    temporary.mkdir()
    argv = [sys.executable, "-m", f"distributed.cli.dask_{role}", *words]
    with (folder / f"{name}.log").open("wb") as log:
        env = {**environment(), "TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path), **variables}
        return subprocess.Popen(argv, cwd=temporary, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _address(note: Path) -> str:
    for _ in range(MAX_START_SECONDS * 20):
        try:
            return str(json.loads(note.read_text())["address"])
        except (OSError, ValueError):
            time.sleep(0.05)
    raise TimeoutError(f"no scheduler within {MAX_START_SECONDS} s: {note.with_suffix('.log').read_text()}")

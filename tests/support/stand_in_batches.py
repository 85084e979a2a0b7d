"""Batches whose workers are stand-ins: a second of work and a gigabyte of memory less for each start of one."""

import csv
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from support import stand_in_worker
from support.program_runs import Outcome, environment

_PROGRAM = """
import ast, sys
from vidkompy.batch import worker_process
worker_process.WORKER = ast.literal_eval(sys.argv.pop(1))
from vidkompy.__main__ import main
main()
"""


def worker_command(log: Path, seconds: float = 0) -> tuple[str, ...]:
    """Starts a stand-in. log: gets a line for each command that it begins; seconds: of an analysis."""
    return (sys.executable, "-S", stand_in_worker.__file__, str(log), str(seconds))


def batch_command(folder: Path, *words: str | Path, seconds: float = 0) -> list[str]:
    """The program, whose log of starts is `folder`/starts. words: of its command line, behind `batch`."""
    worker = worker_command(folder / "starts", seconds)
    return [sys.executable, "-c", _PROGRAM, repr(worker), "batch", *map(str, words)]


def run_batch(folder: Path, *words: str | Path, seconds: float = 0) -> Outcome:
    argv = batch_command(folder, *words, seconds=seconds)
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, env=environment(), timeout=300)
    return Outcome(done.returncode, done.stdout, done.stderr)


def write_manifest(folder: Path, names: Iterable[str], bg: str = "bg.mp4") -> Path:
    """m.csv with a pair of each name, FG called so, too."""
    path = folder / "m.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("bg", "fg", "name"))
        rows.writerows((bg, f"{name}.mp4", name) for name in names)
    return path


def starts(folder: Path) -> Counter[str]:
    """How often the analysis of each pair was begun."""
    return Counter(name for name, _ in started(folder))


def started(folder: Path) -> list[tuple[str, int]]:
    """Names of pairs whose analysis was begun, and the processes that did, in order."""
    log = folder / "starts"
    lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
    return [(name, int(process)) for command, name, process in lines if command == "analyze"]


def is_gone(process: int) -> bool:
    """Whether a process ends within some seconds; one that nobody has waited for has ended, too."""
    for _ in range(400):
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
            os.kill(process, 0)
        except OSError:
            return True
        time.sleep(0.02)
    return False


def children(process: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True)
    return [int(word) for word in listed.stdout.split()]

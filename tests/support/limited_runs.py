"""The program with little of the machine: CPU and memory that the kernel counts, not a clock that others slow down."""

import resource
import subprocess
import sys
from pathlib import Path

from support.program_runs import Outcome, environment

CPU = 20  # s: starting, with all that numba loads, takes 1 to 2
ADDRESSES = 6 << 30  # bytes: starting takes 2 to 3 GiB of them, most of which are never used


def with_little(*words: str | Path, folder: Path, cpu: int = CPU, addresses: int = ADDRESSES) -> Outcome:
    """`python -m vidkompy WORDS`; killed where it takes more."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        resource.setrlimit(resource.RLIMIT_AS, (addresses, addresses))

    done = subprocess.run(
        [sys.executable, "-m", "vidkompy", *map(str, words)],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=limit,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)

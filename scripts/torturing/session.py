"""Runs cases until the time is over, keeps what failed, and counts."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from torturing.cases import Case, Step, case, kind_of
from torturing.footage import Footage
from torturing.invariants import CPU_A_BYTE, CPU_A_RUN, Failure, Run, failures
from torturing.running import Cold, Ended, Job, Warm
from torturing.sandbox import Door, Sandbox

HUNG = 180.0  # s by the clock until a run that takes little CPU counts as hung


@dataclass
class Tally:
    """kinds: cases by kind. runs: of the program. faults: injected, by name. codes: how runs ended."""

    kinds: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    codes: Counter[int] = field(default_factory=Counter)
    found: list[tuple[Case, Failure]] = field(default_factory=list)


class Session:
    """Everything that outlives a case."""

    def __init__(
        self,
        footage: Footage,
        folder: Path,
        seed: int,
        only: tuple[str, ...],
        kept: Path,
        cpu_limit: float = CPU_A_RUN,
    ) -> None:
        """cpu_limit: s that a run may take beside what its inputs may."""
        self._footage, self._folder, self._seed, self._only, self._kept = footage, folder, seed, only, kept
        self._cpu_limit = cpu_limit
        self.tally = Tally()
        self._lock = threading.Lock()

    def run(self, seconds: float, jobs: int) -> None:
        """Cases one after the other, `jobs` at a time."""
        numbers, end = count(), time.monotonic() + seconds

        def work(_: int) -> None:
            warm = Warm()
            while time.monotonic() < end:
                with self._lock:
                    number = next(numbers)
                self.one(number, warm)
            warm.close()

        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(work, range(jobs)))

    def one(self, number: int, warm: Warm | Cold) -> list[Failure]:
        """A case, and again into the folder of those kept if it failed."""
        kind = kind_of(number, self._seed, self._only)
        box, door = Sandbox(Path(tempfile.mkdtemp(dir=self._folder)) / "box"), Door()
        made = case(kind, number, self._seed, self._footage, box, door.port)
        try:
            found = list(dict.fromkeys(self.failures_of(made, box, door, warm)))
        finally:
            if made.fault is not None and made.fault.undo is not None:
                made.fault.undo()
            shutil.rmtree(box.root.parent, ignore_errors=True)
        with self._lock:
            self.tally.kinds[kind] += 1
            if made.fault is not None:
                self.tally.faults[made.fault.name.split(" after ")[0]] += 1
            self.tally.found += [(made, failure) for failure in found]
        if found:
            self._keep(made, door.port, found)
        return found

    def failures_of(self, made: Case, box: Sandbox, door: Door, warm: Warm | Cold) -> Iterator[Failure]:
        for step in made.steps:
            run = self._run(made, step, box, door, Cold() if made.is_cold else warm)
            yield from failures(run, box)
            if run.is_killed:
                again = replace(step, words=(*_before_dashes(step.words, "--overwrite"),))
                whole = self._run(replace(made, fault=None), again, box, door, warm)
                whole = replace(whole, swept=frozenset(run.after.keys() - run.before.keys()))
                yield from failures(whole, box)
                yield from _remains(run, whole)
            if made.fault is not None and made.fault.spoil is not None:
                made.fault.spoil()
                again = replace(step, words=(*_before_dashes(step.words, "--overwrite"),))
                second = self._run(made, again, box, door, warm)
                yield from failures(second, box)
                if second.ended.code != run.ended.code or _hashes(second) != _hashes(run):
                    yield Failure("cache", f"another answer from a spoilt cache: {second.err.strip()[-200:]}")
            if run.ended.code != 0 and not made.goes_on:
                return

    def _run(self, made: Case, step: Step, box: Sandbox, door: Door, program: Warm | Cold) -> Run:
        fault = made.fault
        before, calls = box.state(), door.calls
        size = sum(path.stat().st_size for path in box.work.iterdir() if path.is_file())
        out, err = box.prints / "out", box.prints / "err"
        killed_after = round(self._cpu_limit + CPU_A_BYTE * size) + 5  # s of CPU
        limit = -1 if fault is None else fault.file_size
        job = Job(step.words, str(box.work), box.environment(made.is_cached), str(out), str(err), killed_after, limit)
        ended = _ended(job, program, made, box)
        with self._lock:
            self.tally.codes[ended.code] += 1
        named = step.named | (fault.pulled if fault else frozenset())
        return Run(
            words=step.words,
            ended=ended,
            out=out.read_bytes(),
            err=err.read_text(errors="surrogateescape"),
            before=before,
            after=box.state(),
            named=step.named,
            input_size=size,
            pulled=named - step.named,
            cpu_limit=self._cpu_limit,
            must_fail=step.must_fail and bool(fault is None or fault.must_fail),
            is_killed=bool(fault and fault.is_killed),
            keeps=_keeps(step.words, ended.code) or any(says_kept(path) for path in (err, box.prints / "err2")),
            calls=door.calls - calls,
        )

    def _keep(self, made: Case, port: int, found: list[Failure]) -> None:
        """The inputs, as they were before the first step."""
        root = self._kept / f"{made.number}-{made.kind}"
        shutil.rmtree(root, ignore_errors=True)
        box = Sandbox(root)
        again = case(made.kind, made.number, self._seed, self._footage, box, port)
        if again.fault is not None and again.fault.undo is not None:
            again.fault.undo()
        lines = [
            made.description,
            *(repr(list(step.words)) for step in made.steps),
            *(f"{f.kind}: {f.detail}" for f in found),
        ]
        (root / "case.txt").write_text("\n".join(lines) + "\n", errors="backslashreplace")


def _keeps(words: tuple[str, ...], code: int) -> bool:
    """Ended by SIGTERM the program says nothing, and keeps the parts that are finished all the same."""
    return "--chunks" in words and code == 143


def says_kept(path: Path) -> bool:
    return path.is_file() and re.search(rb" parts? (is|are) kept in '", path.read_bytes()) is not None


def _ended(job: Job, program: Warm | Cold, made: Case, box: Sandbox) -> Ended:
    """With its fault; another run of the same beside it, if that is the fault."""
    fault, other = made.fault, Cold()
    twice = fault is not None and fault.is_twice
    if twice:
        other.begin(replace(job, out=str(box.prints / "out2"), err=str(box.prints / "err2")))
    process = program.begin(job)
    watch = threading.Timer(HUNG, _kill, [process])
    watch.start()
    striker = None
    if fault is not None and fault.strike is not None:
        striker = threading.Thread(target=fault.strike, args=[process])
        striker.start()
    ended = program.wait()
    watch.cancel()
    if striker is not None:
        striker.join()
    if twice:
        second = other.wait()
        return ended if ended.code == 0 or second.code != 0 else replace(ended, code=0)
    return ended


def _kill(process: int) -> None:
    try:
        os.killpg(process, 9)
    except ProcessLookupError:
        return


def _before_dashes(words: tuple[str, ...], more: str) -> tuple[str, ...]:
    at = words.index("--") if "--" in words else len(words)
    return (*words[:at], more, *words[at:])


def _remains(killed: Run, whole: Run) -> Iterator[Failure]:
    """What a killed run left and the next one of the same did not take away."""
    left = [name for name in killed.after.keys() - killed.before.keys() if not name.startswith("tmp/")]
    for name in sorted(name for name in left if name in whole.after and name[len("work/") :] not in killed.named):
        yield Failure("left over", f"{name}, after the next run too")


def _hashes(run: Run) -> list[str]:
    return [run.after.get(f"work/{name}", ("", 0))[0] for name in sorted(run.named)]

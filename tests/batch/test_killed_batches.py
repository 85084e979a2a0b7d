"""Batches that are killed, or whose workers are: nothing final is partial, nothing finished runs twice, all finish."""

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.program_runs import environment
from support.stand_in_batches import batch_command, children, is_gone, run_batch, started, starts, write_manifest

from vidkompy.batch.journal import read_journal
from vidkompy.batch.pair_folders import kept_result

KILLS = 20
SECONDS = 0.02  # of each analysis


def finished(folder: Path) -> list[str]:
    """Names of pairs in `folder`/out that have a folder, all of which are whole."""
    out = folder / "out"
    names = [path.name for path in out.iterdir() if path.is_dir() and ".part-" not in path.name] if out.exists() else []
    for name in names:
        result = kept_result(out, name)
        assert result is not None, name
        assert {f"{name}/{path.name}" for path in (out / name).iterdir()} == {*result.files}, name
        assert "clips" in json.loads((out / name / f"{name}.vidkompy.json").read_bytes()), name
    return names


def check_whole(folder: Path, names: list[str]) -> None:
    """All pairs are done, and nothing else is there."""
    assert sorted(finished(folder)) == sorted(names)
    assert sorted(path.name for path in (folder / "out").iterdir()) == sorted([*names, "index.html", "results.jsonl"])
    results = read_journal(folder / "out" / "results.jsonl")
    assert {name: result.status for name, result in results.items()} == dict.fromkeys(names, "done")
    assert all(kept_result(folder / "out", name) == result for name, result in results.items())


@contextmanager
def running(folder: Path, *words: str, seconds: float = SECONDS) -> Iterator[subprocess.Popen[str]]:
    argv = batch_command(folder, "m.csv", "--out", "out", "--jobs", "2", *words, seconds=seconds)
    with subprocess.Popen(
        argv,
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_starts(folder: Path, count: int, process: subprocess.Popen[str]) -> None:
    """Until so many more have begun."""
    wanted = starts(folder).total() + count
    while starts(folder).total() < wanted and process.poll() is None:
        time.sleep(0.001)


@pytest.mark.slow
def test_a_batch_that_is_killed_at_any_moment_goes_on(tmp_path: Path) -> None:
    names = [f"pair-{n}" for n in range(400)]
    write_manifest(tmp_path, names)
    rng = random.Random(16)
    counts = Counter[str]()
    for k in range(KILLS):
        with running(tmp_path) as process:
            if k % 6 == 0:  # while it begins
                time.sleep(rng.uniform(0, 0.5))
            else:
                wait_for_starts(tmp_path, rng.randrange(1, 20), process)
                time.sleep(rng.uniform(0, SECONDS))
            process.kill()
            process.communicate()
        now = starts(tmp_path)
        assert all(now[name] == count for name, count in counts.items()), k
        counts = Counter({name: now[name] for name in finished(tmp_path)})
    assert 0 < len(counts) < len(names)
    last = run_batch(tmp_path, "m.csv", "--out", "out", "--jobs", "2")
    assert last.code == 0, last.err
    check_whole(tmp_path, names)
    assert all(starts(tmp_path)[name] == count for name, count in counts.items())
    assert max(starts(tmp_path).values()) <= 4  # one that is being worked on at each of three kills is rare


@pytest.mark.slow
def test_workers_that_are_killed_are_replaced(tmp_path: Path) -> None:
    names = [f"waits-{n}" if n % 6 == 0 else f"pair-{n}" for n in range(60)]
    write_manifest(tmp_path, names)
    killed = set[str]()
    with running(tmp_path, seconds=0) as process:
        while len(killed) < 10 and process.poll() is None:
            for name, worker in started(tmp_path):
                if name.startswith("waits") and name not in killed:
                    os.kill(worker, signal.SIGKILL)
                    killed.add(name)
            time.sleep(0.001)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out.splitlines()[0]) == (0, "done       60"), err
    check_whole(tmp_path, names)
    results = read_journal(tmp_path / "out" / "results.jsonl")
    attempts = {name: 1 + (name in killed) for name in names}
    assert starts(tmp_path) == {name: result.attempts for name, result in results.items()} == attempts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("poison", "words", "status", "attempts"),
    [
        ("hangs-x", ("--timeout", "1"), "timeout", 1),
        ("crashes-x", (), "crashed", 3),
        ("half-x", (), "crashed", 3),
        ("eats-x", ("--max-memory", "200M"), "memory", 1),
    ],
)
def test_one_poisoned_pair_among_fifty_harms_no_other(
    tmp_path: Path, poison: str, words: tuple[str, ...], status: str, attempts: int
) -> None:
    names = [f"pair-{n}" for n in range(49)]
    write_manifest(tmp_path, [*names[:20], poison, *names[20:]])
    done = run_batch(tmp_path, "m.csv", "--out", "out", "--jobs", "2", *words)
    assert (done.code, done.out.splitlines()[:2]) == (1, ["done       49", f"{status:<9}   1"])
    assert f"{poison}: {status}: it" in done.err
    assert sorted(finished(tmp_path)) == sorted(names)
    assert starts(tmp_path) == {**dict.fromkeys(names, 1), poison: attempts}
    assert not list((tmp_path / "out").glob("*.part-*"))
    again = run_batch(tmp_path, "m.csv", "--out", "out", "--retry", "failed", *words)
    assert again.err.startswith("49 of 50 pairs already finished")
    assert starts(tmp_path) == {**dict.fromkeys(names, 1), poison: 2 * attempts}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"])
def test_a_batch_that_is_asked_to_end_leaves_nothing_half(tmp_path: Path, number: int, code: int) -> None:
    names = [f"pair-{n}" for n in range(30)]
    write_manifest(tmp_path, [*names, "hangs-x"])
    with running(tmp_path, seconds=0.05) as process:
        wait_for_starts(tmp_path, 12, process)
        workers = children(process.pid)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    done = finished(tmp_path)
    assert (process.returncode, out) == (code, "")
    if number == signal.SIGINT:
        assert err.startswith("vidkompy: interrupted; ")
        assert err.endswith(" of 31 pairs finished; the same command goes on\n")
    assert 8 <= len(done) < len(names)
    assert read_journal(tmp_path / "out" / "results.jsonl").keys() == {*done}
    waiting = f"{len(done)}\N{NO-BREAK SPACE}done, {31 - len(done)}\N{NO-BREAK SPACE}waiting"
    assert waiting in (tmp_path / "out" / "index.html").read_text()
    assert not list((tmp_path / "out").glob("*.part-*"))
    assert workers
    assert all(map(is_gone, workers))
    before = starts(tmp_path)
    write_manifest(tmp_path, names)
    assert run_batch(tmp_path, "m.csv", "--out", "out").code == 0
    check_whole(tmp_path, names)
    assert all(starts(tmp_path)[name] == before[name] == 1 for name in done)


def test_workers_end_with_a_batch_that_is_killed(tmp_path: Path) -> None:
    write_manifest(tmp_path, ["hangs-1", "stubborn-2"])
    with running(tmp_path) as process:
        wait_for_starts(tmp_path, 2, process)
        workers = children(process.pid)
        process.kill()
    assert len(workers) == 2
    assert all(map(is_gone, workers))


def test_a_second_batch_in_the_same_folder_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    names = [f"pair-{n}" for n in range(40)]
    write_manifest(tmp_path, names)
    with running(tmp_path, seconds=0.05) as process:
        wait_for_starts(tmp_path, 3, process)
        process.send_signal(signal.SIGSTOP)  # it is at work until the second has ended
        second = run_batch(tmp_path, "m.csv", "--out", "out")
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=60)
    path = Path("out") / "results.jsonl"
    message = f"vidkompy: another batch writes '{path}'; wait for it, end it, or name another folder\n"
    assert (second.code, second.out, second.err) == (1, "", message)
    assert process.returncode == 0
    check_whole(tmp_path, names)
    assert starts(tmp_path) == dict.fromkeys(names, 1)

"""A child process whose commands may hang, crash or eat memory: each ends that command alone, by one true message."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from support.stand_in_batches import is_gone, worker_command

from vidkompy.batch import worker_process
from vidkompy.batch.worker_process import WorkerLost, WorkerProcess, resident_bytes
from vidkompy.errors import UsageError


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[WorkerProcess]:
    worker = WorkerProcess(worker_command(tmp_path / "starts"))
    yield worker
    worker.close()


def analyze(worker: WorkerProcess, fg: str, folder: Path, **limits: float) -> worker_process.Answer:
    words = ("analyze", str(folder / "bg.mp4"), str(folder / fg), "-o", str(folder / "out" / "x.vidkompy.json"))
    (folder / "out").mkdir(exist_ok=True)
    deadline = time.monotonic() + limits["seconds"] if "seconds" in limits else None
    try:
        return worker.run(words, deadline, int(limits["memory"]) if "memory" in limits else None)
    finally:
        if not worker.is_closed:
            assert worker.run(("report", "x", "-o", str(folder / "out" / "y"))).exit_code == 0  # it goes on


def test_answers_come_home(worker: WorkerProcess, tmp_path: Path) -> None:
    answer = analyze(worker, "fg.mp4", tmp_path)
    assert (answer.exit_code, answer.facts["confidence"], answer.message, answer.cpu_seconds) == (0, 0.9, "", 0.25)
    answer = analyze(worker, "refused.mp4", tmp_path)
    assert (answer.exit_code, answer.message) == (3, "they show different things")


@pytest.mark.parametrize(
    ("fg", "limits", "kind", "message"),
    [
        ("crashes.mp4", {}, "ended", "its process ended by signal 9"),
        ("exits.mp4", {}, "ended", "its process ended with exit code 7: all over"),
        ("rubbish.mp4", {}, "ended", "its process gave no answer but 'all is well'"),
        ("poor.mp4", {}, "ended", "its process gave no answer but '{\"exit_code\": 0}'"),
        ("hangs.mp4", {"seconds": 0.3}, "timeout", "it took longer than it may"),
        ("eats.mp4", {"memory": 200 << 20}, "memory", "it took "),
    ],
)
def test_a_command_that_is_lost_says_why_and_the_next_one_works(
    worker: WorkerProcess, tmp_path: Path, fg: str, limits: dict[str, float], kind: str, message: str
) -> None:
    with pytest.raises(WorkerLost) as lost:
        analyze(worker, fg, tmp_path, **limits)
    assert lost.value.kind == kind
    assert str(lost.value).startswith(message)
    assert str(lost.value) == message or kind == "memory"


def test_what_a_process_started_ends_with_it(worker: WorkerProcess, tmp_path: Path) -> None:
    with pytest.raises(WorkerLost):
        analyze(worker, "leaves.mp4", tmp_path)
    assert is_gone(int((tmp_path / "child").read_text()))


def test_one_that_heeds_no_request_to_end_is_killed(
    worker: WorkerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "TERMINATION_GRACE", 0.1)
    with pytest.raises(WorkerLost) as lost:
        analyze(worker, "stubborn.mp4", tmp_path, seconds=0.3)
    assert lost.value.kind == "timeout"


def test_one_that_eats_memory_gets_no_time_to_eat_more(
    worker: WorkerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "TERMINATION_GRACE", 1000)
    with pytest.raises(WorkerLost) as lost:
        analyze(worker, "eats.mp4", tmp_path, memory=200 << 20)
    assert lost.value.kind == "memory"


def test_closed_from_another_thread_it_starts_no_more(worker: WorkerProcess, tmp_path: Path) -> None:
    losses: list[WorkerLost] = []

    def work() -> None:
        with pytest.raises(WorkerLost) as lost:
            analyze(worker, "hangs.mp4", tmp_path)
        losses.append(lost.value)

    thread = Thread(target=work)
    thread.start()
    while not (tmp_path / "starts").exists():
        time.sleep(0.01)
    worker.close()
    thread.join(10)
    assert [loss.kind for loss in losses] == ["ended"]
    with pytest.raises(WorkerLost, match=r"^the batch ends$"):
        worker.run(("report", "x", "-o", "y"))


def test_memory_is_that_of_all_that_a_process_started(worker: WorkerProcess, tmp_path: Path) -> None:
    assert resident_bytes(os.getpid()) > 10 << 20
    analyze(worker, "fg.mp4", tmp_path)
    assert worker._process is not None
    own = worker._process.pid
    assert 5 << 20 < resident_bytes(own) < resident_bytes(os.getpid())
    worker.close()
    assert resident_bytes(own) == 0


def test_without_what_tells_memory_a_limit_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    worker_process.check_memory_limits()
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(UsageError, match=r"^--max-memory needs psutil: pip install 'vidkompy\[batch\]'$"):
        worker_process.check_memory_limits()

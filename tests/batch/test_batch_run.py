"""Pairs are worked on once, whatever ends a batch; what is final is whole. Workers are stand-ins."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.local_batches import parts, run, tasks_of
from support.stand_in_batches import starts, worker_command

from vidkompy.batch import batch_run, pair_runner
from vidkompy.batch.batch_run import run_tasks
from vidkompy.batch.executors import LocalExecutor
from vidkompy.batch.journal import open_journal, read_journal
from vidkompy.batch.pair_folders import kept_result
from vidkompy.batch.pair_task import ENDINGS, Outcome, PairResult, PairTask
from vidkompy.errors import OutputError

HEX = "0123456789abcdef"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_each_pair_gets_a_folder_and_a_line(folder: Path) -> None:
    tasks = tasks_of(folder, "a", "b", "c", drawing=("--smooth",), has_report=True)
    results = run(folder, tasks)
    assert results == read_journal(folder / "results.jsonl")
    for task in tasks:
        files = {f"{task.name}{end}" for end in (*ENDINGS, ".result.json")}
        assert {path.name for path in (folder / task.name).iterdir()} == files
        result = results[task.name]
        assert {*result.files} == {f"{task.name}/{name}" for name in files}
        assert (result.status, result.attempts, result.confidence, result.cpu_seconds) == ("done", 1, 0.9, 1.0)
        assert kept_result(folder, task.name) == result
    assert run(folder, tasks) == {}


@pytest.mark.parametrize(
    ("name", "options", "status", "code", "message", "attempts"),
    [
        ("refused-1", {}, "refused", 3, "they show different things", 1),
        ("fails-1", {}, "failed", 1, "'fg.mp4' is no video", 1),
        ("crashes-1", {}, "crashed", 1, "its process ended by signal 9", 3),
        ("half-1", {}, "crashed", 1, "its process ended by signal 9", 3),
        ("rubbish-1", {}, "crashed", 1, "its process gave no answer but 'all is well'", 3),
        ("halfdone-1", {}, "failed", 1, "its sidecar cannot be read back: Unterminated string", 1),
        ("nothing-1", {}, "failed", 1, "its sidecar cannot be read back: [Errno 2] No such file", 1),
        ("hangs-1", {"timeout": 0.3}, "timeout", 1, "it took longer than it may", 1),
        ("eats-1", {"memory": 200 << 20}, "memory", 1, "it took ", 1),
        ("once-1", {}, "done", 0, "", 2),
    ],
)
def test_one_bad_pair_is_recorded_and_the_others_are_done(
    folder: Path, name: str, options: dict[str, Any], status: str, code: int, message: str, attempts: int
) -> None:
    tasks = [*tasks_of(folder, "a"), *tasks_of(folder, name, **options), *tasks_of(folder, "b")]
    results = run(folder, tasks, jobs=1)
    assert {n: r.status for n, r in results.items() if n != name} == {"a": "done", "b": "done"}
    bad = results[name]
    assert (bad.status, bad.exit_code, bad.attempts) == (status, code, attempts)
    assert bad.message.startswith(message)
    assert starts(folder.parent) == {"a": 1, "b": 1, name: attempts}
    assert (folder / name).exists() == (status == "done")
    assert run(folder, tasks) == {}  # what failed stays so
    again = run(folder, tasks, is_retried=True)
    assert {n: r.status for n, r in again.items()} == ({} if status == "done" else {name: status})


def test_of_several_bgs_the_surest_is_kept_and_the_rest_listed(folder: Path) -> None:
    (task,) = tasks_of(folder, "a", bgs=("0.3.mp4", "none.mp4", "0.8.mp4", "0.5.mp4"))
    result = run(folder, [task])["a"]
    assert (Path(result.bg).name, result.confidence) == ("0.8.mp4", 0.8)
    assert [(Path(other["bg"]).name, other["confidence"], other["message"]) for other in result.others] == [
        ("0.3.mp4", 0.3, ""),
        ("none.mp4", None, "they show different things"),
        ("0.5.mp4", 0.5, ""),
    ]
    assert {path.name for path in (folder / "a").iterdir()} == {"a.vidkompy.json", "a.thumbnail.webp", "a.result.json"}


def test_on_none_of_several_bgs_it_is_refused(folder: Path) -> None:
    (task,) = tasks_of(folder, "refused-1", bgs=("1.mp4", "2.mp4"))
    result = run(folder, [task])["refused-1"]
    assert (result.status, result.exit_code) == ("refused", 3)
    assert result.message == "it lies on none of 2 BGs; they show different things"
    assert [Path(other["bg"]).name for other in result.others] == ["1.mp4", "2.mp4"]


def test_a_bg_that_ends_its_process_leaves_the_others_to_be_tried(folder: Path) -> None:
    (task,) = tasks_of(folder, "a", bgs=("crashes.mp4", "0.3.mp4", "0.8.mp4"))
    result = run(folder, [task])["a"]
    assert (result.status, Path(result.bg).name, result.confidence, result.attempts) == ("done", "0.8.mp4", 0.8, 1)
    assert [(Path(other["bg"]).name, other["confidence"]) for other in result.others] == [
        ("crashes.mp4", None),
        ("0.3.mp4", 0.3),
    ]
    assert result.others[0]["message"] == "its process ended by signal 9"
    assert starts(folder.parent)["a"] == pair_runner.MAX_ATTEMPTS + 2
    assert {path.name for path in (folder / "a").iterdir()} == {
        "a.vidkompy.json",
        "a.thumbnail.webp",
        "a.result.json",
    }


@pytest.mark.parametrize(
    ("bgs", "status", "code", "message"),
    [
        (("unreadable.mp4", "none.mp4"), "refused", 3, "they show different things"),
        (("unreadable.mp4", "crashes.mp4"), "crashed", 1, "its process ended by signal 9"),
        (("unreadable.mp4", "unreadable.mp4"), "failed", 1, "'HOME/unreadable.mp4' is no video"),
    ],
)
def test_why_no_bg_has_an_answer_is_said(
    folder: Path, bgs: Sequence[str], status: str, code: int, message: str
) -> None:
    (task,) = tasks_of(folder, "a", bgs=bgs)
    result = run(folder, [task])["a"]
    assert (result.status, result.exit_code, result.attempts) == (status, code, 1)
    assert result.message == f"it lies on none of 2 BGs; {message.replace('HOME', str(folder.parent))}"


def test_an_fg_that_ends_the_process_on_each_bg_is_not_tried_on_all(folder: Path) -> None:
    (task,) = tasks_of(folder, "crashes-1", bgs=[f"{n}.mp4" for n in range(9)])
    result = run(folder, [task])["crashes-1"]
    assert (result.status, len(result.others)) == ("crashed", pair_runner.MAX_LOST_BGS)
    assert starts(folder.parent)["crashes-1"] == pair_runner.MAX_LOST_BGS * pair_runner.MAX_ATTEMPTS


def test_a_full_disk_is_no_fault_of_one_of_several_bgs(folder: Path) -> None:
    tasks = tasks_of(folder, "full-1", bgs=("1.mp4", "2.mp4"))
    with pytest.raises(OutputError, match="no space left on device; make room, and run the same command again"):
        run(folder, tasks)


def test_a_lost_line_comes_back_from_the_folder(folder: Path) -> None:
    tasks = tasks_of(folder, "a", "b")
    results = run(folder, tasks)
    (folder / "results.jsonl").unlink()
    assert run(folder, tasks) == {}
    assert read_journal(folder / "results.jsonl") == results
    assert starts(folder.parent) == {"a": 1, "b": 1}


def change_options(tasks: list[PairTask]) -> list[PairTask]:
    return [replace(task, analysis=("--no-scale",)) for task in tasks]


def lose_a_file(tasks: list[PairTask]) -> list[PairTask]:
    (Path(tasks[0].fg).parent / "out" / "a" / "a.vidkompy.json").unlink()
    return tasks


def change_fg(tasks: list[PairTask]) -> list[PairTask]:
    Path(tasks[0].fg).write_text("another")
    return tasks


def change_bg(tasks: list[PairTask]) -> list[PairTask]:
    Path(tasks[0].bgs[0]).write_text("another")
    return tasks


@pytest.mark.parametrize("change", [change_options, lose_a_file, change_fg, change_bg])
def test_what_is_not_as_it_was_is_worked_on_again(
    folder: Path, change: Callable[[list[PairTask]], list[PairTask]]
) -> None:
    tasks = tasks_of(folder, "a")
    for clip in tasks[0].clips:
        Path(clip).write_text("one")
    run(folder, tasks)
    again = run(folder, changed := change(tasks))
    assert [result.status for result in again.values()] == ["done"]
    assert starts(folder.parent) == {"a": 2}
    assert kept_result(folder, "a") == again["a"]
    assert run(folder, changed) == {}


def test_a_touched_clip_is_the_same_clip(folder: Path) -> None:
    tasks = tasks_of(folder, "a")
    for clip in tasks[0].clips:
        Path(clip).write_text("one")
    run(folder, tasks)
    for clip in tasks[0].clips:
        Path(clip).unlink()
        Path(clip).write_text("one")
    assert run(folder, tasks) == {}


def test_what_was_finished_as_a_batch_is_ended_is_kept(folder: Path) -> None:
    tasks = tasks_of(folder, "a", "b", "hangs-1", "c")

    def end(_: PairResult) -> None:
        raise KeyboardInterrupt

    path = folder / "results.jsonl"
    executor = LocalExecutor(2, folder, worker_command(folder.parent / "starts"))
    with open_journal(path) as journal, pytest.raises(KeyboardInterrupt):
        run_tasks(tasks, executor, folder, journal, end)
    done = read_journal(path)
    assert done
    assert {result.status for result in done.values()} == {"done"}
    assert not parts(folder)
    assert {path.name for path in folder.iterdir() if path.is_dir()} == done.keys()


class Scripted:
    """An executor whose outcomes are given. capacities: each for one look."""

    def __init__(self, outcomes: Iterable[Outcome | Exception], capacities: Iterable[int] = ()) -> None:
        self._outcomes, self._capacities = iter(outcomes), iter(capacities)
        self.stops = 0

    def submit(self, _: PairTask) -> Future[Outcome]:
        future: Future[Outcome] = Future()
        outcome = next(self._outcomes)
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
        return future

    def capacity(self) -> int:
        return next(self._capacities, 1)

    def near_bgs(self) -> None:
        return None

    def stop(self) -> None:
        self.stops += 1


def outcome(name: str, **contents: bytes) -> Outcome:
    files = {f"{name}.{end}": content for end, content in contents.items()}
    return Outcome(PairResult(name, "done", "key", files=tuple(f"{name}/{n}" for n in files)), None, files)


def run_scripted(folder: Path, executor: Scripted, *names: str) -> list[str]:
    done: list[str] = []
    with open_journal(folder / "results.jsonl") as journal:
        run_tasks(tasks_of(folder, *names), executor, folder, journal, lambda result: done.append(result.name))
    return done


def test_files_that_come_along_are_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_run, "POLL_SECONDS", 0.01)
    executor = Scripted([outcome("a", x=b"1", y=b"2"), outcome("b", x=b"3")], capacities=[0, 0, 1, 1])
    assert run_scripted(folder, executor, "a", "b") == ["a", "b"]
    assert ((folder / "a" / "a.y").read_bytes(), (folder / "b" / "b.x").read_bytes()) == (b"2", b"3")
    assert executor.stops == 1
    assert not parts(folder)


def test_a_folder_that_cannot_be_written_ends_the_batch(folder: Path) -> None:
    executor = Scripted([OSError(28, "No space left on device")])
    with pytest.raises(OutputError) as end:
        run_scripted(folder, executor, "a", "b")
    assert str(end.value) == f"cannot write into '{folder}': no space left on device; make room there"
    assert executor.stops == 1


def test_a_pair_that_cannot_be_stored_ends_the_batch_and_leaves_nothing(folder: Path) -> None:
    executor = Scripted([outcome("a", **{"x" * 300: b"1"})])
    with pytest.raises(OutputError) as end:
        run_scripted(folder, executor, "a", "b")
    remedy = "make room, and run the same command again: it goes on"
    assert str(end.value) == f"cannot write '{folder / 'a'}': file name too long; {remedy}"
    assert [path.name for path in folder.iterdir()] == ["results.jsonl"]
    assert executor.stops == 1


def test_a_full_disk_is_not_the_pairs_fault(folder: Path) -> None:
    """It ends the batch; nothing is recorded of the pair, so that it is worked on when there is room."""
    with pytest.raises(OutputError) as end:
        run(folder, tasks_of(folder, "a", "full-1", "b"), jobs=1)
    remedy = "make room, and run the same command again: it goes on"
    assert str(end.value) == f"cannot write 'x': no space left on device; {remedy}"
    assert [*read_journal(folder / "results.jsonl")] == ["a"]
    assert not parts(folder)
    assert "no space left on device" in pair_runner.NO_ROOM

"""A pair's folder is whole or not there, and nothing that was changed in it is lost. Workers are stand-ins."""

import json
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from support.local_batches import parts, run, tasks_of
from support.stand_in_batches import starts, worker_command

from vidkompy.batch.batch_run import run_tasks
from vidkompy.batch.executors import LocalExecutor
from vidkompy.batch.journal import open_journal, read_journal
from vidkompy.batch.pair_folders import check_replaceable, kept_result, put_away_parts
from vidkompy.batch.pair_task import Outcome, PairResult, PairTask
from vidkompy.errors import UsageError

HEX = "0123456789abcdef"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def change_options(tasks: list[PairTask]) -> list[PairTask]:
    return [replace(task, analysis=("--no-scale",)) for task in tasks]


def test_an_edited_sidecar_stays_and_is_not_replaced(folder: Path) -> None:
    tasks = tasks_of(folder, "a", "b")
    run(folder, tasks)
    (folder / "a" / "a.vidkompy.json").write_text("{}")
    assert run(folder, tasks) == {}
    with pytest.raises(UsageError) as refusal:
        run(folder, change_options(tasks))
    assert str(refusal.value) == (
        f"'{folder / 'a'}' would be made again, but hold sidecars that were changed since, or other files; "
        "name another folder with --out, or put them aside with --overwrite"
    )
    assert (folder / "a" / "a.vidkompy.json").read_text() == "{}"
    assert starts(folder.parent) == {"a": 1, "b": 1}


def test_folders_of_others_are_not_replaced_and_six_are_not_listed(folder: Path) -> None:
    names = [f"p{k}" for k in range(7)]
    for name in names:
        (folder / name).mkdir()
    with pytest.raises(UsageError, match=r"p4' and 2 more would be made again"):
        check_replaceable(tasks_of(folder, *names), folder)


class EditingExecutor(LocalExecutor):
    """Edits a pair's sidecar as the pair is worked on again."""

    folder: Path

    def submit(self, task: PairTask) -> Future[Outcome]:
        (self.folder / task.name / f"{task.name}.vidkompy.json").write_text("corrected")
        return super().submit(task)


@pytest.mark.parametrize("is_overwriting", [False, True])
def test_what_was_changed_meanwhile_is_kept_unless_asked_otherwise(folder: Path, is_overwriting: bool) -> None:
    run(folder, tasks_of(folder, "a"))
    again = tasks_of(folder, "a", analysis=("--no-scale",))
    executor = EditingExecutor(1, folder, worker_command(folder.parent / "starts"))
    executor.folder = folder
    results: list[PairResult] = []
    with open_journal(folder / "results.jsonl") as journal:
        run_tasks(again, executor, folder, journal, results.append, is_overwriting)
    kept = (folder / "a" / "a.vidkompy.json").read_text() == "corrected"
    assert (results[0].status, kept) == (("done", False) if is_overwriting else ("failed", True))
    assert not parts(folder)
    expected = (
        "what was changed since it was made lies in 'a.old-1'" if is_overwriting else f"'{folder / 'a'}' was changed"
    )
    assert results[0].message.startswith(expected)
    assert not is_overwriting or (folder / "a.old-1" / "a.vidkompy.json").read_text() == "corrected"


def test_what_was_changed_meanwhile_keeps_its_name_where_there_is_no_answer(folder: Path) -> None:
    run(folder, tasks_of(folder, "a"))
    again = [replace(task, fg=str(folder.parent / "refused-1.mp4")) for task in tasks_of(folder, "a")]
    executor = EditingExecutor(1, folder, worker_command(folder.parent / "starts"))
    executor.folder = folder
    results: list[PairResult] = []
    with open_journal(folder / "results.jsonl") as journal:
        run_tasks(again, executor, folder, journal, results.append)
    assert (results[0].status, (folder / "a" / "a.vidkompy.json").read_text()) == ("refused", "corrected")
    assert results[0].message == (
        f"they show different things; '{folder / 'a'}' was changed while the batch worked, and is kept as it is"
    )


@pytest.mark.parametrize("name", ["refused-1", "fails-1", "crashes-1"])
def test_an_answer_that_holds_no_more_is_put_aside_where_there_is_no_other(folder: Path, name: str) -> None:
    tasks = tasks_of(folder, "a", drawing=(), has_report=True)
    before = run(folder, tasks)["a"]
    files = {path.name: path.read_bytes() for path in (folder / "a").iterdir()}
    (folder / "a.old-1").mkdir()  # somebody's
    again = [replace(task, fg=str(folder.parent / f"{name}.mp4")) for task in tasks]
    result = run(folder, again)["a"]
    assert result.message.endswith("; what was found before lies in 'a.old-2'")
    assert not (folder / "a").exists()
    assert {path.name: path.read_bytes() for path in (folder / "a.old-2").iterdir()} == files
    assert run(folder, again) == {}
    result = run(folder, tasks)["a"]
    assert (result.status, result.message, {*result.files}) == ("done", "", {*before.files})


def test_a_changed_sidecar_of_a_finished_pair_is_made_again_where_that_is_said_and_is_kept(folder: Path) -> None:
    tasks = tasks_of(folder, "a", "b")
    run(folder, tasks)
    (folder / "a" / "a.vidkompy.json").write_text("corrected")
    (folder / "b" / "notes.txt").write_text("of the user")
    assert run(folder, tasks) == {}
    result = run(folder, tasks, is_overwriting=True)["a"]
    assert result.message == "what was changed since it was made lies in 'a.old-1'"
    assert kept_result(folder, "a") == result
    assert (folder / "a.old-1" / "a.vidkompy.json").read_text() == "corrected"
    assert (folder / "b" / "notes.txt").exists()
    assert run(folder, tasks, is_overwriting=True) == {}
    assert starts(folder.parent) == {"a": 2, "b": 1}


# ---- what a batch that was killed leaves


def copied(source: Path, target: Path) -> Path:
    target.mkdir()
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


def test_a_whole_folder_without_its_name_gets_it(folder: Path) -> None:
    tasks = tasks_of(folder, "a")
    run(folder, tasks)
    (folder / "a").rename(folder / f"a.part-{HEX}")
    (folder / "results.jsonl").unlink()
    assert run(folder, tasks) == {}
    assert kept_result(folder, "a") == read_journal(folder / "results.jsonl")["a"]


@pytest.mark.parametrize("damage", ["no result", "half a result", "a file less"])
def test_a_folder_that_is_not_whole_goes(folder: Path, damage: str) -> None:
    tasks = tasks_of(folder, "a")
    run(folder, tasks)
    part = (folder / "a").rename(folder / f"a.part-{HEX}")
    copy = part / "a.result.json"
    if damage == "half a result":
        copy.write_bytes(copy.read_bytes()[:100])
    else:
        (copy if damage == "no result" else part / "a.vidkompy.json").unlink()
    assert [result.status for result in run(folder, tasks).values()] == ["done"]
    assert starts(folder.parent) == {"a": 2}


def test_of_two_whole_folders_the_newer_one_counts(folder: Path) -> None:
    """Killed between two renames: the earlier had made room, and the later had no name yet."""
    tasks = tasks_of(folder, "a")
    run(folder, tasks)
    newer, older = (folder / "a" / "a.result.json"), copied(folder / "a", folder / f"a.part-{HEX}") / "a.result.json"
    record = json.loads(newer.read_bytes())
    older.write_text(json.dumps(record | {"ended": "2001-01-01T00:00:00+00:00"}))
    (folder / "a").rename(folder / f"a.part-{HEX[::-1]}")
    put_away_parts(tasks, folder)
    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["a"]
    assert json.loads((folder / "a" / "a.result.json").read_bytes()) == record


def test_parts_of_other_pairs_are_left_alone(folder: Path) -> None:
    """Another shard works on them."""
    others = [folder / f"b.part-{HEX}", folder / "a.part-", folder / f"a.part-{HEX}.old"]
    for other in others:
        other.mkdir()
    put_away_parts(tasks_of(folder, "a"), folder)
    assert all(other.exists() for other in others)


# ---- what ends a batch

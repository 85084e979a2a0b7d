"""Pairs with clips by URL: what comes of them speaks of the URLs, and is kept as long as what they hold is the same.

The same of clips that are staged, by their paths.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from support.stand_in_batches import starts, worker_command

from vidkompy.batch.batch_run import remaining_tasks, run_tasks
from vidkompy.batch.clip_copies import ClipCopies
from vidkompy.batch.clip_states import state_with_hash
from vidkompy.batch.executors import LocalExecutor
from vidkompy.batch.journal import open_journal, read_journal
from vidkompy.batch.pair_task import PairResult, PairTask
from vidkompy.batch.remote_clips import remote_hash, remote_revision
from vidkompy.batch.stage import Stage
from vidkompy.batch.staged_pairs import run_staged_pair
from vidkompy.batch.worker_process import WorkerProcess

BASE = "memory://staged"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Of the batch. Nothing is left among temporary files."""
    for name in ("tmp", "out"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    yield tmp_path / "out"
    assert list((tmp_path / "tmp").iterdir()) == []


def put(name: str, content: bytes = b"clip") -> str:
    url = f"{BASE}/{name}"
    fsspec.filesystem("memory").pipe(url, content)
    return url


def run(folder: Path, *tasks: PairTask) -> dict[str, PairResult]:
    """Results that are new."""
    path, new = folder / "results.jsonl", list[PairResult]()
    with open_journal(path) as journal:
        remaining, _ = remaining_tasks(tasks, read_journal(path), folder, is_retried=False)
        run_tasks(
            remaining, LocalExecutor(2, folder, worker_command(folder.parent / "starts")), folder, journal, new.append
        )
    return {result.name: result for result in new}


def test_a_sidecar_names_urls_and_paths_as_the_manifest_does(folder: Path) -> None:
    fg, bg = put("fg.mp4", b"fg"), str(folder.parent / "bg.mp4")
    Path(bg).write_bytes(b"bg")
    result = run(folder, PairTask("a", "", fg, (bg,)))["a"]
    clips = json.loads((folder / "a" / "a.vidkompy.json").read_text())["clips"]
    assert (clips["fg"]["path"], clips["bg"]["path"]) == (fg, "../../bg.mp4")
    assert (result.status, result.bg) == ("done", bg)
    assert [state.clip for state in result.clips] == [fg, bg]
    assert (result.clips[0].revision, result.clips[0].sha256) == (remote_revision(fg), remote_hash(fg))


def test_it_is_worked_on_again_when_a_url_holds_something_else(folder: Path) -> None:
    task = PairTask("a", "", put("fg.mp4", b"one"), (put("bg.mp4"),))
    assert [*run(folder, task)] == ["a"]
    assert run(folder, task) == {}
    put("fg.mp4", b"one")  # at another time, which another checksum tells, but not another content
    assert run(folder, task) == {}
    put("fg.mp4", b"two")
    assert [*run(folder, task)] == ["a"]
    assert starts(folder.parent)["a"] == 2


def test_of_several_bgs_the_others_are_named_by_url(folder: Path) -> None:
    bgs = tuple(put(name) for name in ("0.5.mp4", "0.8.mp4", "none.mp4"))
    result = run(folder, PairTask("a", "", put("fg.mp4"), bgs))["a"]
    assert result.bg == bgs[1]
    assert [other["bg"] for other in result.others] == [bgs[0], bgs[2]]


def test_a_url_without_a_file_fails_alone(folder: Path) -> None:
    bg = put("bg.mp4")
    results = run(folder, PairTask("a", "", f"{BASE}/gone.mp4", (bg,)), PairTask("b", "", put("fg.mp4"), (bg,)))
    assert (results["a"].status, results["b"].status) == ("failed", "done")
    assert results["a"].message == f"cannot read '{BASE}/gone.mp4': there is no such file"


def elsewhere(folder: Path, task: PairTask) -> PairResult:
    """The pair's result on a machine that lacks its clips."""
    stage = Stage(f"{BASE}-here")
    staged = stage.with_staged_clips(task)
    for clip in (*task.clips, *(file.clip for file in task.files)):
        Path(clip).unlink()
    worker, copies = WorkerProcess(worker_command(folder.parent / "starts")), ClipCopies()
    try:
        return run_staged_pair(staged, folder, worker, copies).result
    finally:
        worker.close()
        copies.clear()


def local_clip(folder: Path, name: str, content: bytes) -> str:
    path = folder.parent / name
    path.write_bytes(content)
    return str(path)


def test_staged_clips_are_worked_on_where_their_paths_lead_nowhere(folder: Path) -> None:
    bgs = tuple(local_clip(folder, name, name.encode()) for name in ("0.5.mp4", "0.8.mp4"))
    fg, mask = local_clip(folder, "fg.mp4", b"fg"), local_clip(folder, "m.png", b"mask")
    task = PairTask("a", "", fg, bgs, (f"--mask={mask}",), files=(state_with_hash(mask),))
    states = tuple(map(state_with_hash, task.clips))
    result = elsewhere(folder, task)
    assert (result.status, result.bg, result.key) == ("done", bgs[1], task.key)
    assert result.clips == states
    assert [other["bg"] for other in result.others] == [bgs[0]]
    clips = json.loads(next(folder.glob("a.part-*/a.vidkompy.json")).read_text())["clips"]
    assert {role: clip["sha256"] for role, clip in clips.items()} == {
        "fg": hashlib.sha256(b"fg").hexdigest(),
        "bg": hashlib.sha256(b"0.8.mp4").hexdigest(),
    }


def test_what_is_staged_is_not_taken_for_what_it_is_not(folder: Path) -> None:
    fg, bg = local_clip(folder, "fg.mp4", b"fg"), local_clip(folder, "bg.mp4", b"bg")
    states = tuple(map(state_with_hash, (fg, bg)))
    url = f"{BASE}-here/{states[1].sha256}"
    fsspec.filesystem("memory").pipe(url, b"gb")
    result = elsewhere(folder, PairTask("a", "", fg, (bg,)))
    assert (result.status, result.clips) == ("failed", states)
    assert result.message == f"'{url}' is not what was put there; remove it, and run the batch again"


def test_two_clips_of_one_name_and_content_are_two(folder: Path) -> None:
    for name in ("one", "two"):
        (folder.parent / name).mkdir()
    fg, bg = local_clip(folder, "one/x.mp4", b"x"), local_clip(folder, "two/x.mp4", b"x")
    result = elsewhere(folder, PairTask("a", "", fg, (bg,)))
    assert (result.status, result.bg, [state.clip for state in result.clips]) == ("done", bg, [fg, bg])

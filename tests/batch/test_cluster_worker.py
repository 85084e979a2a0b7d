"""What a batch has on a worker's machine: it goes when the batch ends, or asks for nothing any more."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.dask_clusters import stand_ins
from support.program_runs import environment
from support.stand_in_batches import starts, worker_command
from support.waiting import wait_until

from vidkompy.batch import cluster_worker
from vidkompy.batch.cluster_worker import end_batch_here, run_pair_here
from vidkompy.batch.pair_task import Outcome, PairTask
from vidkompy.batch.scratch_folder import PREFIX, scratch_folder


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """For temporary files. Nothing of a batch is left in it."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setattr(cluster_worker, "_sites", {})
    yield tmp_path / "tmp"
    cluster_worker._end_all()
    assert list((tmp_path / "tmp").iterdir()) == []


def run(home: Path, name: str, batch: str = "b1", lost: int = 0) -> Outcome:
    task = PairTask(name, "", str(home / f"{name}.mp4"), (str(home / "bg.mp4"),))
    return run_pair_here(batch, task, lost, worker_command(home / "starts"))


def test_files_come_along_and_none_stays(folder: Path) -> None:
    outcome = run(folder.parent, "a")
    assert (outcome.result.status, outcome.folder) == ("done", None)
    assert [*outcome.contents] == ["a.thumbnail.webp", "a.vidkompy.json"]
    assert outcome.result.files == ("a/a.thumbnail.webp", "a/a.vidkompy.json")
    (site,) = folder.iterdir()
    assert [path.name for path in site.iterdir()] == [".lock"]


def test_attempts_that_were_lost_elsewhere_count(folder: Path) -> None:
    result = run(folder.parent, "crashes-1", lost=2).result
    assert (result.status, result.attempts) == ("crashed", 3)
    assert starts(folder.parent)["crashes-1"] == 1


def test_files_that_are_too_large_stay_where_they_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_worker, "MAX_CONTENT_BYTES", 20)
    result = run(folder.parent, "a").result
    assert (result.status, result.files) == ("failed", ())
    advice = "leave --render out, and render its sidecar by itself"
    assert result.message == f"its files have 0 MiB, and 0 at most go home; {advice}"


def test_the_end_of_a_batch_ends_what_it_works_on(folder: Path) -> None:
    home = folder.parent
    with ThreadPoolExecutor(2) as threads:
        other = threads.submit(run, home, "a", "b2")
        hanging = threads.submit(run, home, "hangs-1")
        wait_until(lambda: starts(home)["hangs-1"] and other.done())
        asyncio.run(end_batch_here("b1"))
        assert hanging.result().result.status == "crashed"  # which nobody waits for any more
    assert len(stand_ins(home)) == len([*folder.iterdir()]) == 1  # of the other batch
    with pytest.raises(RuntimeError, match="batch b1 has ended"):
        run(home, "b")


def test_a_batch_that_asks_for_nothing_any_more_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_worker, "IDLE_SECONDS", 0.05)
    run(folder.parent, "a")
    wait_until(lambda: not [*folder.iterdir()] and not stand_ins(folder.parent))
    assert run(folder.parent, "b").result.status == "done"  # it lives


KILLED = """
import os, signal
from vidkompy.batch.scratch_folder import scratch_folder
with scratch_folder() as folder:
    (folder / "x").mkdir()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_removed(folder: Path) -> None:
    env = environment() | {"TMPDIR": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", KILLED], env=env).returncode == -9
    (abandoned,) = folder.iterdir()
    others = folder / f"{PREFIX}without-lock"
    others.mkdir()
    link = folder / f"{PREFIX}link"
    link.symlink_to(others)
    with scratch_folder() as first, scratch_folder() as second:
        assert {*folder.iterdir()} == {first, second, others, link}
        assert not abandoned.exists()
    link.unlink()
    others.rmdir()

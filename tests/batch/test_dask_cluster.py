"""Batches on a real scheduler with workers of its own, on loopback. Worker processes of pairs are stand-ins."""

import hashlib
import json
from functools import partial
from pathlib import Path

import fsspec
import pytest
from support.dask_clusters import (
    cluster,
    interrupt,
    running_batch,
    stand_ins,
    workers_at_work,
)
from support.program_runs import as_process
from support.s3_servers import s3_bucket
from support.stand_in_batches import starts, write_manifest
from support.truth_cases import Case
from support.waiting import wait_until

from vidkompy.batch.journal import read_journal
from vidkompy.batch.pair_task import PairResult

pytestmark = pytest.mark.slow


def results(folder: Path) -> dict[str, PairResult]:
    return read_journal(folder / "out" / "results.jsonl")


def is_begun(folder: Path, name: str, times: int) -> bool:
    return starts(folder)[name] == times


def test_a_worker_is_killed_and_one_is_added_and_all_pairs_are_done(tmp_path: Path) -> None:
    names = [f"p{n}" for n in range(24)]
    write_manifest(tmp_path, names)
    quiet = ("--progress", "none")
    with cluster(tmp_path, workers=2) as made, running_batch(tmp_path, made.address, 0.5, *quiet) as batch:
        wait_until(lambda: len(workers_at_work(made)) == 2 and results(tmp_path))
        made.workers[0].kill()
        added = made.add_worker()
        wait_until(lambda: added in workers_at_work(made))
        out, err = batch.communicate()
        assert (batch.returncode, err) == (0, "")
        wait_until(lambda: not stand_ins(tmp_path))
        assert {path.parent.name for path in made.left_behind()} <= {"worker0"}  # which nobody could ask to clean
    assert "done       24" in out
    assert {*results(tmp_path)} == {*names}
    attempts = {name: result.attempts for name, result in results(tmp_path).items()}
    assert sorted(attempts.values()) == [1] * 23 + [2]
    assert all(count <= attempts[name] for name, count in starts(tmp_path).items())


def test_a_pair_that_loses_each_worker_is_marked(tmp_path: Path) -> None:
    write_manifest(tmp_path, ["hangs-1"])
    with cluster(tmp_path, workers=3) as made, running_batch(tmp_path, made.address) as batch:
        for n in range(1, 4):
            wait_until(partial(is_begun, tmp_path, "hangs-1", n))
            (busy,) = workers_at_work(made)
            busy.kill()
            busy.wait()
        out, err = batch.communicate()
    assert batch.returncode == 1
    assert "crashed     1" in out
    assert err.startswith("hangs-1: crashed: its worker was lost each time, 'tcp://127.0.0.1:")
    assert results(tmp_path)["hangs-1"].attempts == 3


def test_a_batch_ends_with_its_scheduler_and_goes_on_with_another(tmp_path: Path) -> None:
    names = [f"p{n}" for n in range(8)]
    write_manifest(tmp_path, names)
    (tmp_path / "first").mkdir()
    with cluster(tmp_path / "first") as made, running_batch(tmp_path, made.address, seconds=0.5) as batch:
        wait_until(lambda: len(results(tmp_path)) >= 2)
        made.scheduler.kill()
        _, err = batch.communicate()
        assert batch.returncode == 1
        assert err.count("\n") == 1
        assert f"the scheduler '{made.address}' is lost: " in err
        assert err.endswith("when it is back, run the same command again: it goes on\n")
        wait_until(lambda: not stand_ins(tmp_path))
    finished = {*results(tmp_path)}
    assert 2 <= len(finished) < 8
    assert not list((tmp_path / "out").glob("*.part-*"))
    with cluster(tmp_path, workers=1) as made, running_batch(tmp_path, made.address) as batch:
        _, err = batch.communicate()
    assert (batch.returncode, err) == (0, f"{len(finished)} of 8 pairs already finished\n")
    assert {*results(tmp_path)} == {*names}
    assert {starts(tmp_path)[name] for name in finished} == {1}


def test_ctrl_c_leaves_nothing_on_the_workers(tmp_path: Path) -> None:
    write_manifest(tmp_path, ["a", "hangs-1", "stubborn-1", "b"])
    with cluster(tmp_path) as made, running_batch(tmp_path, made.address) as batch:
        wait_until(lambda: {"hangs-1", "stubborn-1"} <= {*starts(tmp_path)} and "a" in results(tmp_path))
        assert len(made.left_behind()) == 2
        code, out, err = interrupt(batch)
        assert (code, out) == (130, "")
        assert err == "vidkompy: interrupted; 1 of 4 pairs finished; the same command goes on\n"
        assert not stand_ins(tmp_path)
        assert made.left_behind() == []
        assert all(worker.poll() is None for worker in made.workers)
    assert [*results(tmp_path)] == ["a"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a", "index.html", "results.jsonl"}


def test_a_batch_waits_for_workers_and_says_so(tmp_path: Path) -> None:
    """What becomes of pairs is the same as on one machine."""
    write_manifest(tmp_path, ["a", "refused-1", "crashes-1", "once-1", "hangs-1"])
    with cluster(tmp_path, workers=0) as made, running_batch(tmp_path, made.address, 0, "--timeout", "2") as batch:
        assert batch.stderr is not None
        assert batch.stderr.readline() == f"'{made.address}' has no workers yet; waiting for some\n"
        made.add_worker(threads=3)
        batch.communicate()
    assert batch.returncode == 1
    found = {name: (result.status, result.attempts) for name, result in results(tmp_path).items()}
    assert found == {
        "a": ("done", 1),
        "refused-1": ("refused", 1),
        "crashes-1": ("crashed", 3),
        "once-1": ("done", 2),
        "hangs-1": ("timeout", 1),
    }


def test_clips_by_url_come_to_the_workers(tmp_path: Path) -> None:
    """Two workers on one machine; nothing of the clips is left there."""
    with s3_bucket("reels") as base:
        for name in ("bg", "a", "b", "c"):
            fsspec.filesystem("s3").pipe(f"{base}/{name}.mp4", name.encode())
        lines = ["bg,fg", *(f"{base}/bg.mp4,{base}/{name}.mp4" for name in ("a", "b", "c", "none"))]
        (tmp_path / "m.csv").write_text("\n".join(lines))
        with cluster(tmp_path) as made:
            failed = f"none: failed: cannot read '{base}/none.mp4': there is no such file\n"
            for expected in (failed, "4 of 4 pairs already finished, 1 without success: --retry failed"):
                with running_batch(tmp_path, made.address) as batch:
                    out, err = batch.communicate()
                assert (batch.returncode, out.splitlines()[:2]) == (1, ["done        3", "failed      1"])
                assert err.startswith(expected)
            assert not list(tmp_path.glob("worker*/vidkompy-*"))
    found = results(tmp_path)
    assert [state.clip for state in found["a"].clips] == [f"{base}/a.mp4", f"{base}/bg.mp4"]
    assert found["a"].clips[1].sha256 == hashlib.sha256(b"bg").hexdigest()
    clips = json.loads((tmp_path / "out" / "b" / "b.vidkompy.json").read_text())["clips"]
    assert {role: clip["path"] for role, clip in clips.items()} == {"bg": f"{base}/bg.mp4", "fg": f"{base}/b.mp4"}


@pytest.mark.parametrize("protocol", ["file", "s3"])
def test_clips_of_this_machine_come_to_the_workers_once(tmp_path: Path, protocol: str) -> None:
    """Two workers on one machine; what is staged stays, and nothing of the clips is left on the machine."""
    names = ("a", "b", "c", "none")
    lines = ["bg,fg", *(f"bg.mp4,{name}.mp4" for name in names)]
    (tmp_path / "m.csv").write_text("\n".join(lines))
    for name in ("bg", "a", "b", "c"):
        (tmp_path / f"{name}.mp4").write_bytes(name.encode())
    with s3_bucket(f"through-{protocol}") as bucket, cluster(tmp_path) as made:
        stage = f"{bucket}/of a" if protocol == "s3" else f"file://{tmp_path}/stage"
        with running_batch(tmp_path, made.address, 0, "--stage", stage) as batch:
            out, err = batch.communicate()
        assert (batch.returncode, out.splitlines()[0]) == (0, "done        4"), err
        assert err == f"put 4 clips, 0.0 MiB, into '{stage}', where they stay for other batches\n"
        (tmp_path / "c.mp4").write_bytes(b"other")
        with running_batch(tmp_path, made.address, 0, "--stage", stage) as batch:
            _, err = batch.communicate()
        assert (batch.returncode, err.splitlines()[0]) == (0, "3 of 4 pairs already finished")
        assert "1 clip, " in err
        system, path = fsspec.url_to_fs(stage)
        system.invalidate_cache()
        held = {found.rpartition("/")[2]: system.cat_file(found) for found in system.find(path)}
        assert held == {hashlib.sha256(content).hexdigest(): content for content in (b"bg", b"a", b"b", b"c", b"other")}
        assert not list(tmp_path.glob("worker*/vidkompy-*"))
    result = results(tmp_path)["a"]
    assert [state.clip for state in result.clips] == [str(tmp_path / "a.mp4"), str(tmp_path / "bg.mp4")]
    clips = json.loads((tmp_path / "out" / "b" / "b.vidkompy.json").read_text())["clips"]
    assert {role: clip["path"] for role, clip in clips.items()} == {"bg": "../../bg.mp4", "fg": "../../b.mp4"}


def test_another_version_is_refused_before_work(tmp_path: Path) -> None:
    write_manifest(tmp_path, ["a"])
    older = tmp_path / "older" / "vidkompy-0.0.7.dist-info"
    older.mkdir(parents=True)
    (older / "METADATA").write_text("Metadata-Version: 2.1\nName: vidkompy\nVersion: 0.0.7\n")
    with cluster(tmp_path, workers=0) as made:
        made.add_worker(path=older.parent)
        wait_until(lambda: "Registered to" in (tmp_path / "worker0.log").read_text())
        with running_batch(tmp_path, made.address) as batch:
            _, err = batch.communicate()
    assert batch.returncode == 1
    assert "has vidkompy 0.0.7, wanted " in err
    assert not starts(tmp_path)


def test_a_worker_on_which_each_pair_would_fail_is_refused_before_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_manifest(tmp_path, ["a"])
    with cluster(tmp_path, workers=0) as made:
        monkeypatch.setenv("VIDKOMPY_CACHE_LIMIT", "abc")
        made.add_worker()
        monkeypatch.delenv("VIDKOMPY_CACHE_LIMIT")
        wait_until(lambda: "Registered to" in (tmp_path / "worker0.log").read_text())
        with running_batch(tmp_path, made.address) as batch:
            _, err = batch.communicate()
    assert batch.returncode == 1
    assert "cannot work: VIDKOMPY_CACHE_LIMIT is 'abc'; wanted a size, such as 500M or 8G; mend that, or end " in err
    assert not starts(tmp_path)


def test_a_cluster_writes_what_this_machine_writes(pair: Case, tmp_path: Path) -> None:
    """With real worker processes."""
    (tmp_path / "m.csv").write_text("bg,fg,name\nbg.mp4,fg.mp4,one\n")
    words = ("batch", "m.csv", "--render", "--out")
    with cluster(tmp_path, workers=1) as made:
        there = as_process(*words, "there", "--dask", made.address, folder=tmp_path)
    here = as_process(*words, "here", "--dask", "local", "--jobs", "1", folder=tmp_path)
    plain = as_process(*words, "plain", folder=tmp_path)
    assert (there.code, here.code, plain.code) == (0, 0, 0), (there, here, plain)
    files = [files_in(tmp_path / name / "one") for name in ("there", "here", "plain")]
    told = [json.loads(found.pop("one.result.json")) for found in files]
    assert files[0] == files[1] == files[2]
    assert {*files[0]} == {"one.vidkompy.json", "one.timecodes.txt", "one.composite.mp4", "one.thumbnail.webp"}
    assert len({one["sidecar_sha256"] for one in told}) == 1
    clips = json.loads(files[0]["one.vidkompy.json"])["clips"]
    assert [clips[role]["path"] for role in ("fg", "bg")] == [f"../../{path.name}" for path in (pair.fg, pair.bg)]


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}

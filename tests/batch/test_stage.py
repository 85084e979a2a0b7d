"""Clips of this machine lie in a stage under their hash, whole, and are brought there once."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import fsspec
import pytest
from support.s3_servers import s3_bucket

from vidkompy.batch import stage as stages
from vidkompy.batch.clip_states import revision, state_with_hash
from vidkompy.batch.pair_task import PairTask
from vidkompy.batch.stage import Stage
from vidkompy.errors import MediaError, OutputError


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with s3_bucket("stages") as url:
        yield url


@pytest.fixture(params=["file", "memory", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a folder that is not there yet."""
    name = tmp_path.name
    if request.param == "s3":
        return f"{request.getfixturevalue('bucket')}/{name}"
    return f"memory://{name}" if request.param == "memory" else f"file://{tmp_path}/stage"


def contents(url: str) -> dict[str, bytes]:
    """Of a folder, by name."""
    system, path = fsspec.url_to_fs(url)
    system.invalidate_cache()
    return {found.rpartition("/")[2]: system.cat_file(found) for found in system.find(path)}


def clip(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_each_content_is_there_once_and_stays(url: str, tmp_path: Path) -> None:
    fg, bg = clip(tmp_path / "fg #1?.mp4", b"fg" * 1_000_000), clip(tmp_path / "b\udcff.mp4", b"bg")
    same, mask = clip(tmp_path / "same.mp4", b"bg"), state_with_hash(clip(tmp_path / "m.png", b"mask"))
    gone, remote = str(tmp_path / "gone.mp4"), "s3://films/bg.mp4"
    task = PairTask("a", "", fg, (bg, same, gone, remote), (f"--mask={mask.clip}",), files=(mask,))
    stage = Stage(url + "/")
    staged = stage.with_staged_clips(task)
    assert staged.key == task.key
    assert [one.state for one in staged.staged] == [state_with_hash(path) for path in (fg, bg, same, mask.clip)]
    assert [one.url for one in staged.staged] == [f"{url}/{one.state.sha256}" for one in staged.staged]
    whole = {sha256(content): content for content in (b"fg" * 1_000_000, b"bg", b"mask")}
    assert contents(url) == whole
    assert sorted(stage.stored_bytes) == [2, 4, 2_000_000]
    again = Stage(url)
    assert again.with_staged_clips(task) == staged
    assert (again.stored_bytes, contents(url)) == ([], whole)


def test_what_lies_there_in_part_is_replaced(url: str, tmp_path: Path) -> None:
    fg = clip(tmp_path / "fg.mp4", b"whole")
    stage = Stage(url)
    with fsspec.open(f"{url}/{sha256(b'whole')}", "wb") as file:
        file.write(b"who")
    stage.with_staged_clips(PairTask("a", "", fg, ("gone.mp4",)))
    assert contents(url) == {sha256(b"whole"): b"whole"}


def test_a_clip_that_is_written_meanwhile_fails_its_pair(url: str, tmp_path: Path) -> None:
    fg = clip(tmp_path / "fg.mp4", b"one")
    stage = Stage(url)
    now = revision(fg)
    clip(tmp_path / "fg.mp4", b"another")
    with pytest.raises(MediaError, match=r"fg\.mp4' changed while it was staged; run the batch again when"):
        stage._put(fg, now)


def test_a_clip_that_cannot_be_read_fails_its_pair(url: str, tmp_path: Path) -> None:
    (tmp_path / "fg.mp4").mkdir()
    with pytest.raises(MediaError, match=r"cannot read '.*fg\.mp4': is a directory"):
        Stage(url).with_staged_clips(PairTask("a", "", str(tmp_path / "fg.mp4"), ("bg.mp4",)))


def test_the_end_leaves_nothing_in_part(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "BLOCK_BYTES", 2)
    stage = Stage(url)
    fg = clip(tmp_path / "fg.mp4", b"0123456789")
    now = revision(fg)
    blocks = stage._blocks

    def ended_in_the_midst(path: str, *look: object) -> Iterator[bytes]:
        for n, block in enumerate(blocks(path, *look)):  # type: ignore[arg-type]
            if not look and n == 2:
                stage.stop()
            yield block

    monkeypatch.setattr(stage, "_blocks", ended_in_the_midst)
    with pytest.raises(CancelledError):
        stage._put(fg, now)
    assert contents(url) == {}


def test_a_stage_that_cannot_be_ends_the_batch(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot make folder 'file:///.*/none/stage': "):
        Stage(f"file://{tmp_path}/none/stage")
    stage = Stage(f"file://{tmp_path}/stage")
    (tmp_path / "stage").rmdir()
    (tmp_path / "stage").write_text("a file")
    with pytest.raises(
        OutputError, match=r"^(the stage cannot be used: cannot read|cannot write) 'file:///.*/stage/.*': "
    ):
        stage.with_staged_clips(PairTask("a", "", clip(tmp_path / "fg.mp4", b"x"), ("bg.mp4",)))


def test_a_place_that_nothing_writes_is_named() -> None:
    with pytest.raises(OutputError, match=r"cannot make folder 'carrier-pigeon://x': Protocol not known"):
        Stage("carrier-pigeon://x")

"""Copies of remote clips are whole or not there, made once on a machine, and bounded."""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import fsspec
import pytest
from support.waiting import wait_until

from vidkompy.batch import clip_copies, remote_clips
from vidkompy.batch.clip_copies import ClipCopies
from vidkompy.batch.remote_clips import fetch
from vidkompy.errors import MediaError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """For temporary files. Clearing leaves nothing in it."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    yield tmp_path / "tmp"
    ClipCopies().clear()
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """URLs, each time that one is copied."""
    urls: list[str] = []

    def counted(url: str, path: Path, has_ended: Callable[[], bool]) -> str:
        urls.append(url)
        return fetch(url, path, has_ended)

    monkeypatch.setattr(clip_copies, "fetch", counted)
    return urls


def clip(name: str, content: bytes) -> str:
    url = f"memory://copies/{name}"
    fsspec.filesystem("memory").pipe(url, content)
    return url


def copied(folder: Path) -> set[str]:
    """Names of copies that are whole."""
    return {path.name for path in folder.glob("*/*/*") if path.parent.suffix == ""}


def test_a_copy_is_made_once_for_each_content(fetched: list[str]) -> None:
    url = clip("a.mp4", b"one")
    with ClipCopies().held(url) as (path, revision):
        assert (path.name, path.read_bytes()) == ("a.mp4", b"one")
        with ClipCopies().held(url) as again:
            assert again == (path, revision)
    clip("a.mp4", b"another")
    with ClipCopies().held(url) as (other, changed):
        assert other.read_bytes() == b"another"
        assert (other, changed) != (path, revision)
    assert fetched == [url, url]


def test_many_at_once_wait_for_one_copy(fetched: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    url, go, counted = clip("a.mp4", b"one"), Event(), clip_copies.fetch  # type: ignore[attr-defined]
    monkeypatch.setattr(clip_copies, "fetch", lambda *words: go.wait() and counted(*words))

    def read(_n: int) -> bytes:
        with ClipCopies().held(url) as (path, _):
            return path.read_bytes()

    with ThreadPoolExecutor(6) as threads:
        contents = threads.map(read, range(6))
        go.set()
        assert [*contents] == [b"one"] * 6
    assert fetched == [url]


def test_who_found_no_copy_waits_for_nobody_who_uses_it() -> None:
    url = clip("a.mp4", b"one")

    def read() -> bytes:
        with ClipCopies().held(url) as (path, _):
            return path.read_bytes()

    with ThreadPoolExecutor(1) as threads, ClipCopies().held(url) as (path, _):
        path.unlink()  # as if it was not there a moment ago
        other = threads.submit(read)
        whole = path.with_suffix(".whole")
        whole.write_bytes(b"one")
        whole.replace(path)  # at once: the other may read as soon as it is there
        wait_until(other.done)
        assert other.result() == b"one"


def test_copies_that_are_not_used_make_room_the_oldest_first(folder: Path) -> None:
    a, b, c, d = (clip(f"{name}.mp4", bytes(10)) for name in "abcd")
    copies = ClipCopies(limit=30)
    for url in (a, b, c):
        with copies.held(url):
            pass
    with copies.held(a), copies.held(d):
        assert copied(folder) == {"a.mp4", "c.mp4", "d.mp4"}
    with ExitStack() as stack:
        for url in (a, b, c, d):  # what is in use is not taken away
            stack.enter_context(copies.held(url))
        assert copied(folder) == {"a.mp4", "b.mp4", "c.mp4", "d.mp4"}
        copies.clear()
        assert copied(folder) == {"a.mp4", "b.mp4", "c.mp4", "d.mp4"}


def test_what_fails_or_changes_on_its_way_is_no_copy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = clip("a.mp4", b"one")

    def fail(_url: str, path: Path, _has_ended: object) -> str:
        path.write_bytes(b"o")
        raise MediaError("the line is cut")

    with monkeypatch.context() as patch:
        patch.setattr(clip_copies, "fetch", fail)
        with pytest.raises(MediaError, match="the line is cut"), ClipCopies().held(url):
            pass
        patch.setattr(clip_copies, "fetch", lambda _url, path, _: (path.write_bytes(b"one"), clip("a.mp4", b"other")))
        with pytest.raises(MediaError, match=r"'memory://copies/a.mp4' changed while it was copied"):
            ClipCopies().held(url).__enter__()
    assert copied(folder) == set()
    with ClipCopies().held(url) as (path, _):
        assert path.read_bytes() == b"other"


def test_what_a_killed_process_left_is_made_again() -> None:
    url = clip("a.mp4", b"one")
    with ClipCopies().held(url) as (path, _):
        pass
    path.unlink()
    path.parent.rename(path.parent.with_suffix(".part"))
    with ClipCopies().held(url) as (again, _):
        assert (again, again.read_bytes()) == (path, b"one")


def test_a_folder_of_another_user_is_not_trusted(folder: Path, tmp_path: Path) -> None:
    (mine,) = [*folder.iterdir()] or [ClipCopies()._folder]
    mine.symlink_to(tmp_path)
    with pytest.raises(PermissionError, match="is not this user's folder"), ClipCopies().held(clip("a.mp4", b"one")):
        pass
    mine.unlink()


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(MediaError) as end, ClipCopies().held("memory://copies/none.mp4"):
        pass
    assert str(end.value) == "cannot read 'memory://copies/none.mp4': there is no such file"


def test_the_end_of_a_batch_ends_a_copy_that_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_clips, "BLOCK_BYTES", 2)
    url, copies = clip("a.mp4", b"0123456789"), ClipCopies()
    looks: list[bool] = []

    def looked() -> bool:
        looks.append(True)
        if len(looks) == 2:
            copies.stop()
        return len(looks) >= 2

    monkeypatch.setattr(clip_copies, "fetch", lambda url, path, _: fetch(url, path, looked))
    with pytest.raises(MediaError, match="the batch ends"), copies.held(url):
        pass
    assert len(looks) == 2
    with pytest.raises(MediaError, match="the batch ends"), copies.held(url):
        pass

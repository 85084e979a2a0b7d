"""Clips by URL: in memory, and on a server that speaks S3."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from support.s3_servers import s3_bucket

from vidkompy.batch import remote_clips
from vidkompy.batch.remote_clips import (
    check_remote_clips,
    fetch,
    remote_hash,
    remote_revision,
    remote_revisions,
    remote_size,
)
from vidkompy.errors import MediaError, UsageError


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with s3_bucket("films") as url:
        yield url


@pytest.fixture(params=["memory", "s3"])
def base(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("bucket")) if request.param == "s3" else "memory://films"


def put(url: str, content: bytes) -> None:
    with fsspec.open(url, "wb") as file:
        file.write(content)


def test_a_clip_is_told_from_others_and_copied(base: str, tmp_path: Path) -> None:
    url = f"{base}/reels/a b.mp4"
    assert remote_revision(url) == ""
    put(url, b"one")
    first = remote_revision(url)
    assert first == remote_revision(url) != ""
    assert remote_size(url) == 3
    assert remote_hash(url) == hashlib.sha256(b"one").hexdigest()
    assert fetch(url, tmp_path / "copy.mp4", bool) == hashlib.sha256(b"one").hexdigest()
    assert (tmp_path / "copy.mp4").read_bytes() == b"one"
    put(url, b"two")
    assert remote_revision(url) not in (first, "")
    assert remote_revisions([url, f"{base}/none.mp4", url]) == {url: remote_revision(url), f"{base}/none.mp4": ""}


def test_what_is_not_there_is_named(base: str, tmp_path: Path) -> None:
    for ask in (lambda url: fetch(url, tmp_path / "x", bool), remote_size, remote_hash):
        with pytest.raises(MediaError) as end:
            ask(f"{base}/none.mp4")
        assert str(end.value) == f"cannot read '{base}/none.mp4': there is no such file"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("carrier-pigeon://x", "Protocol not known: carrier-pigeon"),
        ("gs://films/a.mp4", "Please install gcsfs"),
    ],
)
def test_a_place_that_nothing_reads_is_named(url: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(MediaError) as end:
        remote_revision(url)
    assert str(end.value).startswith(f"cannot read '{url}': {reason}")


def test_a_full_disk_here_is_no_fault_of_the_clip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(_url: str, _path: Path, _has_ended: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(remote_clips, "_fetch", full)
    with pytest.raises(OSError, match="No space left"):
        fetch("memory://films/a.mp4", tmp_path / "a.mp4", bool)


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(UsageError, match=r"clips by URL need fsspec: pip install 'vidkompy\[batch\]'"):
        check_remote_clips()

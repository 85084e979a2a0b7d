"""Whether a clip is what it was: by size and time without reading it, else by its content."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from vidkompy.batch import clip_states as module
from vidkompy.batch.clip_states import are_unchanged, clip_states, revision, with_hashes
from vidkompy.batch.pair_task import ClipState


def stated(path: Path, content: bytes = b"film") -> ClipState:
    path.write_bytes(content)
    return ClipState(str(path), revision(str(path)), hashlib.sha256(content).hexdigest())


def touch(path: Path) -> None:
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))


def test_a_clip_that_was_not_touched_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = stated(tmp_path / "a.mp4")
    monkeypatch.setattr(module, "_content_hash", None)
    assert are_unchanged([state], [state.clip])


def test_a_touched_clip_is_compared_by_content_and_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp4"
    state = stated(path)
    touch(path)
    reads: list[str] = []
    digest = hashlib.file_digest

    def counted(file: Any, name: str) -> Any:
        reads.append(name)
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    assert are_unchanged([state] * 3, [state.clip] * 3)
    assert reads == ["sha256"]
    path.write_bytes(b"flim")  # as long
    touch(path)
    assert not are_unchanged([state], [state.clip])


def test_a_moved_clip_of_the_same_content_is_the_same_clip(tmp_path: Path) -> None:
    state = stated(tmp_path / "a.mp4")
    (tmp_path / "a.mp4").rename(tmp_path / "b.mp4")
    assert are_unchanged([state], [str(tmp_path / "b.mp4")])
    assert not are_unchanged([state], [state.clip])  # which is gone


def test_what_nothing_was_read_of_changes_with_its_time(tmp_path: Path) -> None:
    """As after a refusal."""
    path = tmp_path / "a.mp4"
    path.write_bytes(b"film")
    (state,) = clip_states([str(path)])
    assert state.sha256 == ""
    assert are_unchanged([state], [state.clip])
    touch(path)
    assert not are_unchanged([state], [state.clip])


@pytest.mark.parametrize("clip", ["/none/such.mp4", "memory://none/a.mp4", "a\0.mp4", "/" + "x" * 300])
def test_what_is_not_there_has_no_revision_and_does_not_change(clip: str) -> None:
    assert revision(clip) == ""
    assert are_unchanged(clip_states([clip]), [clip])
    assert not are_unchanged([ClipState(clip, "4:1", "ab")], [clip])


def test_more_or_other_clips_are_a_change(tmp_path: Path) -> None:
    a, b = stated(tmp_path / "a", b"a"), stated(tmp_path / "b", b"b")
    assert are_unchanged([a, b], [a.clip, b.clip])
    for others in ([a.clip], [b.clip, a.clip], [a.clip, b.clip, b.clip]):
        assert not are_unchanged([a, b], others)


def test_hashes_come_from_the_sidecar(tmp_path: Path) -> None:
    sidecar = tmp_path / "x.vidkompy.json"
    sidecar.write_text(json.dumps({"clips": {"fg": {"sha256": "f0"}, "bg": {"sha256": "b0"}}}))
    states = [ClipState("f"), ClipState("other"), ClipState("b")]
    assert [state.sha256 for state in with_hashes(states, sidecar, "f", "b")] == ["f0", "", "b0"]

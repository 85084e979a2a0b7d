"""Whether a clip is still what it was: told by its size and time of change, or by its content where these differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from vidkompy.batch.pair_task import ClipState
from vidkompy.batch.remote_clips import is_remote, remote_hash, remote_revision
from vidkompy.errors import MediaError

MAX_HASHES = 100_000  # that are remembered: of clips that many pairs share


def clip_states(clips: Sequence[str]) -> tuple[ClipState, ...]:
    """As they are now. One that cannot be asked for counts as one that is not there."""
    return tuple(ClipState(clip, _revision_if_known(clip)) for clip in clips)


def _revision_if_known(clip: str) -> str:
    try:
        return revision(clip)
    except MediaError:
        return ""


def revision(clip: str) -> str:
    """Of a file; "" where there is none. Raises MediaError where a URL cannot be asked for."""
    if is_remote(clip):
        return remote_revision(clip)
    try:
        state = Path(clip).stat()
    except (OSError, ValueError):  # a name with a NUL
        return ""
    return f"{state.st_size}:{state.st_mtime_ns}"


def state_with_hash(clip: str) -> ClipState:
    """As it is now, read to its end; without a hash where that is not possible."""
    now = revision(clip)
    return ClipState(clip, now, _content_hash(clip, now) if now else "")


def are_unchanged(before: Sequence[ClipState], clips: Sequence[str], known: Mapping[str, str] | None = None) -> bool:
    """Whether these hold what those held. Reads files that were moved or touched.

    known   revisions, of clips that were looked at
    Raises MediaError where a URL cannot be asked for.
    """
    known = known or {}
    return len(before) == len(clips) and all(
        _is_unchanged(state, clip, known[clip] if clip in known else revision(clip))
        for state, clip in zip(before, clips, strict=True)
    )


def _is_unchanged(before: ClipState, clip: str, now: str) -> bool:
    if (before.clip, before.revision) == (clip, now):
        return True
    return bool(before.sha256 and now) and _content_hash(clip, now) == before.sha256


@lru_cache(MAX_HASHES)
def _content_hash(clip: str, _revision: str) -> str:
    if is_remote(clip):
        return remote_hash(clip)
    try:
        with Path(clip).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def with_hashes(states: Sequence[ClipState], sidecar: Path, fg: str, bg: str) -> tuple[ClipState, ...]:
    """The states, with the hashes of the two clips that a sidecar is of."""
    clips = json.loads(sidecar.read_bytes())["clips"]
    known = {fg: clips["fg"]["sha256"], bg: clips["bg"]["sha256"]}
    return tuple(replace(state, sha256=known.get(state.clip, "")) for state in states)

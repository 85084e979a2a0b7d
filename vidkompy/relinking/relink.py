"""Sidecar and the file that a clip of it became -> the sidecar that names that file. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from vidkompy.errors import NoMatch, UsageError
from vidkompy.media.probe import content_hash
from vidkompy.model import Clip, Sidecar

Role = Literal["fg", "bg"]
Change = Literal["moved"]


@dataclass(frozen=True)
class Relinked:
    """One clip of a sidecar that is another file now.

    change     what became of it
    evidence   how that is known, in words
    """

    role: Role
    before: Clip
    after: Clip
    change: Change
    evidence: str


def relink(sidecar: Sidecar, files: Mapping[Role, Path]) -> tuple[Sidecar, list[Relinked]]:
    """The sidecar with these files in place of its clips, and what became of each.

    Raises UsageError without any file, MediaError where one cannot be read, NoMatch where it shows something else.
    """
    if not files:
        raise UsageError("nothing to relink is named; wanted --bg FILE or --fg FILE, the clip that moved or changed")
    found = []
    for role, path in files.items():
        relinked = _moved(role, getattr(sidecar, role), path)
        sidecar = replace(sidecar, fg=relinked.after) if role == "fg" else replace(sidecar, bg=relinked.after)
        found.append(relinked)
    return sidecar, found


def _moved(role: Role, before: Clip, path: Path) -> Relinked:
    """Raises MediaError, NoMatch."""
    if content_hash(path) != before.sha256:
        raise NoMatch(f"'{path}' is not '{before.path}' byte for byte; analyse it: vidkompy analyze BG FG")
    return Relinked(role, before, replace(before, path=path), "moved", "all bytes are the same (SHA-256)")

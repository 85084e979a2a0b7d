"""Where outputs go that are not named, and whether they may be written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def check_free(path: Path, inputs: Sequence[Path], overwrite: bool) -> None:
    """Raises UsageError where an output is an input, or exists and may not be replaced."""
    from vidkompy.media.atomic_outputs import check_output

    check_output(path, inputs, overwrite)


def path_beside(video: Path, suffix: str) -> Path:
    """fg.mp4 -> fg.vidkompy.json, and the like."""
    return video.parent / (video.stem + suffix)  # with_name minds an empty name, which is refused later on


def path_named_after(sidecar: Path, suffix: str) -> Path:
    """x.vidkompy.json -> x.timecodes.txt, and the like."""
    return sidecar.parent / (sidecar.name.removesuffix(".json").removesuffix(".vidkompy") + suffix)


def timecodes_of(sidecar: Path) -> Path:
    return path_named_after(sidecar, ".timecodes.txt")

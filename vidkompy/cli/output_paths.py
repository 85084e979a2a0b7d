"""Where outputs go that are not named, and whether they may be written."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from vidkompy.errors import UsageError
from vidkompy.media.video_names import is_video_name
from vidkompy.sidecar.file_names import path_named_after as path_named_after
from vidkompy.sidecar.file_names import timecodes_path as timecodes_of

__all__ = ["check_free", "check_sidecar_name", "path_beside", "path_named_after", "timecodes_of"]


def check_free(path: Path, inputs: Sequence[Path], overwrite: bool) -> None:
    """Raises UsageError where an output is an input, or exists and may not be replaced."""
    from vidkompy.media.atomic_outputs import check_output

    check_output(path, inputs, overwrite)


def check_sidecar_name(path: Path) -> None:
    """Raises UsageError where a sidecar would get the name of a video, by a slip for `compose`."""
    if is_video_name(path):
        raise UsageError(
            f"-o {shlex.quote(str(path))} names a video, and a sidecar is JSON: X.vidkompy.json; compose draws a video"
        )


def path_beside(video: Path, suffix: str) -> Path:
    """fg.mp4 -> fg.vidkompy.json, and the like."""
    return video.parent / (video.stem + suffix)  # with_name minds an empty name, which is refused later on

"""What words on the command line mean that tyro cannot know: --at, and the encoder's arguments behind --."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from vidkompy.errors import UsageError
from vidkompy.ffmpeg_cli import encoder_in
from vidkompy.model import Placement

FLAGS = frozenset(  # ffmpeg's options without a value
    ("-an", "-vn", "-sn", "-dn", "-shortest", "-bitexact", "-copyts", "-start_at_zero", "-copyinkf", "-xerror")
) | frozenset(("-stats", "-nostats", "-hide_banner", "-benchmark", "-ignore_unknown", "-autorotate", "-autoscale"))
HARMFUL = frozenset(("-i", "-y", "-n", "-filter_complex", "-filter_complex_script", "-/filter_complex", "-lavfi"))


def placement_at(said: str, fg: Path) -> Placement:
    """--at X,Y[,WxH]; without a size FG keeps its own. Raises UsageError."""
    found = re.fullmatch(r"(-?[\d.]+),(-?[\d.]+)(?:,([\d.]+)x([\d.]+))?", said)
    try:
        x, y, *size = (float(v) for v in (found.groups() if found else ()) if v is not None)
        width, height = size or (0.0, 0.0)
    except ValueError as e:
        raise UsageError(
            f"--at is '{said}'; wanted X,Y or X,Y,WxH in canvas px, such as 101,53 or 101,53,640x360"
        ) from e
    if not size:
        from vidkompy.probe import probe  # PyAV, which a render does without

        clip = probe(fg)
        width, height = float(clip.width), float(clip.height)
    if width <= 0 or height <= 0:
        raise UsageError(f"--at is '{said}'; wanted a width and height above 0")
    return Placement(x, y, width, height)


def check_arguments(target: Path, passed: Sequence[str]) -> None:
    """Raises UsageError where ffmpeg would write something else than `target`, or could not know how."""
    if stray := _stray(passed):
        raise UsageError(f"'{stray[0]}' behind -- is not an output option; wanted only those, such as -c:v ffv1")
    if encoder_in(passed) == "copy":
        raise UsageError("video cannot be copied behind --: it is drawn anew; name an encoder, such as -c:v ffv1")
    if not target.suffix and "-f" not in passed:
        raise UsageError(
            f"output '{target}' has no extension to tell its format by; wanted one, such as '{target}.mp4'"
        )


def _stray(passed: Sequence[str]) -> list[str]:
    """Words that ffmpeg would take for another output, and options that would do as much harm."""
    stray = []
    takes_value = False
    for word in passed:
        if re.match(r"-/?[A-Za-z]", word):
            takes_value = word.partition(":")[0] not in FLAGS
            if word in HARMFUL:
                stray.append(word)
        elif takes_value:
            takes_value = False
        else:
            stray.append(word)
    return stray

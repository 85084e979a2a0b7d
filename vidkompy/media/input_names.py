"""Names that other programs take for something else than a file: a pipe, or a series of pictures.

Neither is taken here: a clip is hashed, demuxed and decoded, each from its start, by this program and by ffmpeg. The
answer is the command that makes one file of it. `tests/cli/test_input_names.py` runs those commands.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from vidkompy.errors import MediaError

STANDARD_INPUT = ("-", "pipe:", "pipe:0", "/dev/stdin")
ASSUMED_RATE = 25  # pictures a second, as ffmpeg assumes
FOUND_START_NUMBERS = range(5)  # first numbers of a series that ffmpeg finds by itself

_NUMBER = re.compile(r"%(?:0(\d))?d")


def misnamed_input_error(path: Path) -> MediaError | None:
    """What to type instead; None for a name that may be a file's."""
    name = str(path)
    if name in STANDARD_INPUT and not path.is_file():
        return MediaError(
            f"'{name}' is standard input, which can be read once only, and clips are read several times; "
            "save what comes there as a file and name that: cat > CLIP.mkv"
        )
    if path.exists() or not (_NUMBER.search(path.name) or "*" in path.name):
        return None
    return _series_error(path)


def _series_error(path: Path) -> MediaError:
    numbered = _NUMBER.search(path.name)
    numbers = _numbers_of(path) if numbered else []
    is_found = bool(numbers) or (not numbered and any(_files_like(path)))
    if not is_found:
        return MediaError(
            f"cannot read '{path}' as video: no files have such names; wanted a file that ffmpeg can decode"
        )
    start = f"-start_number {numbers[0]} " if numbers and numbers[0] not in FOUND_START_NUMBERS else ""
    pattern = "" if numbered else "-pattern_type glob "
    output = re.sub(r"[%*].*", "", path.name).rstrip("_-. ") or "pictures"
    command = f"ffmpeg -framerate {ASSUMED_RATE} {start}{pattern}-i {shlex.quote(str(path))} -c:v ffv1 {output}.mkv"
    return MediaError(
        f"'{path}' names a series of pictures, wanted a video as one file; make one, at the rate that they were "
        f"taken at: {command}"
    )


def _numbers_of(path: Path) -> list[int]:
    """Numbers of the files that the pattern stands for, ascending."""
    before, width, after = _NUMBER.split(path.name, maxsplit=1)
    digits = rf"(\d{{{width},}})" if width else r"(\d+)"
    named = re.compile(re.escape(before) + digits + re.escape(after))
    return sorted(int(match[1]) for name in _names_in(path.parent) if (match := named.fullmatch(name)))


def _files_like(path: Path) -> list[str]:
    pattern = re.compile(".*".join(re.escape(part) for part in path.name.split("*")))
    return [name for name in _names_in(path.parent) if pattern.fullmatch(name)]


def _names_in(folder: Path) -> list[str]:
    try:
        return [item.name for item in folder.iterdir()]
    except OSError:
        return []

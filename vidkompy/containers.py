"""Containers: which one an output is, and which files ffmpeg can enter midway, every frame from there on right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vidkompy.ffmpeg_cli import value_of

_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")  # what an MP4 or QuickTime file begins with
_EBML = b"\x1a\x45\xdf\xa3"  # Matroska and WebM
_NAMES = {".mkv": "matroska", ".mk3d": "matroska", ".m4v": "mp4"}  # others are called as they end


def can_be_entered(path: Path) -> bool:
    """By content, not by name. True for MP4, QuickTime, Matroska and WebM: tests/test_passages.py shows it.

    MPEG-TS is entered anywhere; others are not tested. False if the file cannot be read: whoever opens it will say so.
    """
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError:
        return False
    return head.startswith(_EBML) or head[4:8] in _BOXES


def container_of(output: Path, arguments: Sequence[str] = ()) -> str:
    """ffmpeg's name of the format that `output` is written in, where it matters here; arguments: output options."""
    suffix = output.suffix.lower()
    return value_of("-f", arguments) or _NAMES.get(suffix, suffix[1:])

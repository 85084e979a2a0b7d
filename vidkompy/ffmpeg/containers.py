"""Containers: which one an output is, and which files ffmpeg can enter midway, every frame from there on right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vidkompy.ffmpeg.binary import value_of

_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")  # what an MP4 or QuickTime file begins with
_EBML = b"\x1a\x45\xdf\xa3"  # Matroska and WebM
# tests/media/test_frame_metadata.py
KEEPS_TIMES = frozenset(("matroska", "mp4", "mov", "webm", "nut", "ts", "flv", "3gp"))
_NAMES = {".mkv": "matroska", ".mk3d": "matroska", ".m4v": "mp4", ".m2ts": "ts", ".mts": "ts"}


def can_be_entered(path: Path) -> bool:
    """By content, not by name. True for MP4, QuickTime, Matroska and WebM: tests/filtergraphs/test_bg_readers.py.

    MPEG-TS is entered anywhere; others are not tested. False if the file cannot be read: whoever opens it will say so.
    """
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError:
        return False
    return head.startswith(_EBML) or head[4:8] in _BOXES


def container_of(output: Path, arguments: Sequence[str] = ()) -> str:
    """The format that `output` is written in: ffmpeg's name where it matters here, else how the file's name ends.

    arguments: output options
    """
    suffix = output.suffix.lower()
    named = value_of("-f", arguments)
    return {"mpegts": "ts"}.get(named, named) or _NAMES.get(suffix, suffix[1:])

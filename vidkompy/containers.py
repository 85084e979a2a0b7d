"""Which files ffmpeg can enter midway so that every frame from there on is right."""

from __future__ import annotations

from pathlib import Path

_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")  # what an MP4 or QuickTime file begins with
_EBML = b"\x1a\x45\xdf\xa3"  # Matroska and WebM


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

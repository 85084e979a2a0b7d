"""Containers: which one an output is written in, which keep timestamps, and in which files ffmpeg seeks exactly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vidkompy.ffmpeg.arguments import value_of

_ISO_BOXES = (
    b"ftyp",
    b"moov",
    b"mdat",
    b"free",
    b"skip",
    b"wide",
    b"pnot",
)  # what an MP4 or QuickTime file begins with
_EBML_MAGIC = b"\x1a\x45\xdf\xa3"  # Matroska and WebM
# those that keep the times of frames, to the millisecond: tests/media/test_frame_metadata.py
TIMESTAMP_KEEPING = frozenset(("matroska", "mp4", "mov", "webm", "nut", "ts", "flv", "3gp"))
_BY_SUFFIX = {".mkv": "matroska", ".mk3d": "matroska", ".m4v": "mp4", ".m2ts": "ts", ".mts": "ts"}


def is_seekable(path: Path) -> bool:
    """Whether every frame from a seek point on is the right one. By content, not by name.

    True for MP4, QuickTime, Matroska and WebM: tests/filtergraphs/test_bg_readers.py. In MPEG-TS ffmpeg starts
    anywhere; others are not tested. False if the file cannot be read: whoever opens it will say so.
    """
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError:
        return False
    return head.startswith(_EBML_MAGIC) or head[4:8] in _ISO_BOXES


def container_of(output: Path, arguments: Sequence[str] = ()) -> str:
    """The format that `output` is written in: ffmpeg's name where it matters here, else how the file's name ends.

    arguments   output options
    """
    suffix = output.suffix.lower()
    muxer = value_of("-f", arguments)
    return {"mpegts": "ts"}.get(muxer, muxer) or _BY_SUFFIX.get(suffix, suffix[1:])

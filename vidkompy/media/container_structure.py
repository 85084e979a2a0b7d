"""Whether the pieces that a container is made of follow each other to the end of the file.

Demuxers seek the next piece where one is broken, and end where the file ends; they say little of either. So each
format has a module in `structure` that walks its pieces (boxes, elements, chunks, pages) by their headers alone.
Other formats pass.
"""

from __future__ import annotations

import mmap
import struct
from contextlib import closing
from pathlib import Path

from vidkompy.media.structure import (
    asf,
    avi,
    flv,
    gif,
    iso_media,
    ivf,
    matroska,
    mpeg_ts,
    mxf,
    nut,
    ogg,
    yuv4mpeg,
)
from vidkompy.media.structure.fault import StructureFault, Walk
from vidkompy.model import ENDS_EARLY

_HEAD_BYTES = 16  # that tell the format
_WALKS: dict[bytes, Walk] = {
    module.MAGIC: module.find_fault for module in (matroska, flv, ogg, mxf, asf, ivf, yuv4mpeg, gif, nut)
}


def find_structure_fault(path: Path) -> StructureFault | None:
    """The first fault of a file's structure; None where that is whole, or none of those known here. Raises OSError."""
    size = path.stat().st_size
    if size < _HEAD_BYTES:
        return None
    with path.open("rb") as file, closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as view:
        walk = _walk_of(view[:_HEAD_BYTES])
        try:
            return None if walk is None else walk(view, size)
        except (struct.error, IndexError):  # what describes a piece reaches past the end
            return StructureFault(ENDS_EARLY, size, "its last piece is cut where it begins")


def second_film_of(path: Path) -> int | None:
    """Byte where another MP4 begins behind the first one, None without. Raises OSError."""
    size = path.stat().st_size
    if size < _HEAD_BYTES:
        return None
    with path.open("rb") as file, closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as view:
        return iso_media.find_second_film(view, size) if view[4:8] in iso_media.FIRST_BOXES else None


def _walk_of(head: bytes) -> Walk | None:
    if head[4:8] in iso_media.FIRST_BOXES:
        return iso_media.find_fault
    if avi.is_avi(head):
        return avi.find_fault
    walk = next((walk for magic, walk in _WALKS.items() if head.startswith(magic)), None)
    return mpeg_ts.find_fault if walk is None and mpeg_ts.may_be_mpeg_ts(head) else walk

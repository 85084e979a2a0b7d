"""IVF: a header that states its own length, then frames, each behind its length and its timestamp.

Source: ivfdec.c of libavformat.
"""

from __future__ import annotations

import mmap

from vidkompy.media.structure.fault import StructureFault, truncation_fault

MAGIC = b"DKIF"

_HEADER_LENGTH = slice(6, 8)
_FRAME_HEADER_BYTES, _LENGTH_BYTES = 12, 4


def find_fault(view: mmap.mmap, size: int) -> StructureFault | None:
    at = int.from_bytes(view[_HEADER_LENGTH], "little")
    while at + _FRAME_HEADER_BYTES <= size:
        at += _FRAME_HEADER_BYTES + int.from_bytes(view[at : at + _LENGTH_BYTES], "little")
    return None if at == size else truncation_fault(size, at if at > size else at + _FRAME_HEADER_BYTES)

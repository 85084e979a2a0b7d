"""NUT: only its end is looked at. Source: nut.txt of NUT 20111106."""

from __future__ import annotations

import mmap

from vidkompy.media.structure.fault import StructureFault
from vidkompy.model import NO_END_MARK

MAGIC = b"nut/multimedia"

_INDEX_STARTCODE = b"NX\xdd\x67\x2f\x23\xe6\x4e"
_INDEX_LENGTH = slice(-12, -4)  # bytes from the end: before the checksum, how far the index lies before the end


def find_fault(view: mmap.mmap, size: int) -> StructureFault | None:
    length = int.from_bytes(view[size + _INDEX_LENGTH.start : size + _INDEX_LENGTH.stop], "big")
    begin = size - length
    has_index = 0 < begin < size and view[begin : begin + len(_INDEX_STARTCODE)] == _INDEX_STARTCODE
    return None if has_index else StructureFault(NO_END_MARK, size, "it has no index at its end")

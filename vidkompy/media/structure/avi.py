"""AVI: RIFF chunks, each a name, a length and its content. Source: Microsoft's RIFF and OpenDML 1.02.

A file is one RIFF chunk, or several where it is long. The packets are chunks in lists named `movi` and `rec `.
"""

from __future__ import annotations

import mmap
import struct

from vidkompy.media.structure.fault import StructureFault, broken_structure_fault, has_data, is_fourcc, truncation_fault

_SIZES_OF_OPEN_FILES = frozenset((0, 0xFFFFFFFF, 0x7FFFFFFF))  # that recorders write first and correct in the end
_SIZE_TOLERANCE = 8  # bytes: some writers count the RIFF header in
_HEADER_BYTES, _LIST_HEADER_BYTES = 8, 12


def is_avi(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"AVI "


def find_fault(view: mmap.mmap, size: int) -> StructureFault | None:
    at = 0
    while at + _LIST_HEADER_BYTES <= size and view[at : at + 4] == b"RIFF":
        (length,) = struct.unpack_from("<I", view, at + 4)
        stop = size if length in _SIZES_OF_OPEN_FILES else at + _HEADER_BYTES + length
        if stop > size + _SIZE_TOLERANCE:
            return truncation_fault(size, stop)
        fault = _walk_chunks(view, at + _LIST_HEADER_BYTES, min(stop, size), size)
        if fault is not None:
            return fault
        at = _padded(stop)
    return None


def _walk_chunks(view: mmap.mmap, at: int, stop: int, size: int) -> StructureFault | None:
    """Lists that hold the packets are gone into."""
    while at + _HEADER_BYTES <= stop:
        name, length = struct.unpack_from("<4sI", view, at)
        if not is_fourcc(name):
            return broken_structure_fault(at, "chunk") if has_data(view, at, stop) else None
        if name == b"LIST" and view[at + _HEADER_BYTES : at + _LIST_HEADER_BYTES] in (b"movi", b"rec "):
            at += _LIST_HEADER_BYTES
            continue
        at += _HEADER_BYTES + _padded(length)
    return truncation_fault(size, at) if at > stop + _SIZE_TOLERANCE else None


def _padded(length: int) -> int:
    """Chunks begin at even bytes."""
    return length + length % 2

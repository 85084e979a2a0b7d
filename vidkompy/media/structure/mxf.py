"""MXF: triplets of a key of 16 bytes, a length and a value. Source: SMPTE ST 336, ST 377-1."""

from __future__ import annotations

import mmap

from vidkompy.media.structure.fault import StructureFault, broken_structure_fault, has_data, truncation_fault

MAGIC = b"\x06\x0e\x2b\x34"  # with which each key begins

_KEY_BYTES = 16
_SHORTEST_HEADER_BYTES = 20  # key, and a length in 4 bytes
_LONG_FORM, _LENGTH_BYTES = 0x80, 0x7F  # bits of a length's first byte: whether, and in how many bytes, it follows
_FOOTER_OFFSET = slice(24, 32)  # of the header partition's value


def find_fault(view: mmap.mmap, size: int) -> StructureFault | None:
    at = 0
    while at + _SHORTEST_HEADER_BYTES <= size:
        if view[at : at + len(MAGIC)] != MAGIC:
            return broken_structure_fault(at, "key") if has_data(view, at, size) else None
        length_at = at + _KEY_BYTES
        begin, length = length_at + 1, view[length_at]
        if length & _LONG_FORM:
            begin += length & _LENGTH_BYTES
            length = int.from_bytes(view[length_at + 1 : begin], "big")
        if at == 0 and length >= _FOOTER_OFFSET.stop:
            footer = int.from_bytes(view[begin + _FOOTER_OFFSET.start : begin + _FOOTER_OFFSET.stop], "big")
            if footer >= size:
                return truncation_fault(size, footer)
        at = begin + length
    return truncation_fault(size, max(at, size + 1)) if at > size or has_data(view, at, size) else None

"""GIF: blocks that end with chains of sub-blocks, and a trailer behind the last. Source: GIF89a, appendix A."""

from __future__ import annotations

import mmap

from vidkompy.media.structure.fault import StructureFault, broken_structure_fault, has_data, truncation_fault
from vidkompy.model import NO_END_MARK

MAGIC = b"GIF8"

_SCREEN_FLAGS, _HEADER_BYTES = 10, 13
_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_IMAGE_FLAGS, _IMAGE_HEADER_BYTES = 9, 11  # with the code size that comes before the sub-blocks
_EXTENSION_HEADER_BYTES = 2
_HAS_COLOUR_TABLE, _COLOUR_BITS = 0x80, 0x07


def find_fault(view: mmap.mmap, size: int) -> StructureFault | None:
    at = _HEADER_BYTES + _colour_table_bytes(view[_SCREEN_FLAGS])
    while at < size:
        kind = view[at]
        if kind == _TRAILER:
            return None
        if kind == _IMAGE and at + _IMAGE_FLAGS + 1 < size:
            at += _IMAGE_HEADER_BYTES + _colour_table_bytes(view[at + _IMAGE_FLAGS])
        elif kind == _EXTENSION:
            at += _EXTENSION_HEADER_BYTES
        else:
            return broken_structure_fault(at, "block") if has_data(view, at, size) else None
        while at < size and view[at]:  # a sub-block is a length and so many bytes; one of length 0 ends the chain
            at += 1 + view[at]
        at += 1
    if at > size:
        return truncation_fault(size, at)
    return StructureFault(NO_END_MARK, size, "its trailer is missing")


def _colour_table_bytes(flags: int) -> int:
    """3 for each of 2 to 256 colours."""
    return 3 << (flags & _COLOUR_BITS) + 1 if flags & _HAS_COLOUR_TABLE else 0

"""FLV: tags, each followed by its size. Source: Adobe's Video File Format Specification 10.1, annex E."""

from __future__ import annotations

import mmap
import struct

from vidkompy.media.structure.fault import (
    MAX_STATED_SIZE,
    StructureFault,
    broken_structure_fault,
    has_data,
    truncation_fault,
)

MAGIC = b"FLV\x01"

_AUDIO, _VIDEO, _DATA_AMF3, _DATA_AMF0 = 8, 9, 15, 18
_TAG_TYPES = frozenset((_AUDIO, _VIDEO, _DATA_AMF3, _DATA_AMF0))
_TYPE_BITS = 0x1F
_TAG_HEADER_BYTES, _SIZE_BYTES = 11, 4
_FILE_SIZE = b"filesize\x00"  # name in the metadata, and the type of its value: a double
_METADATA_END = 4096  # bytes in which the metadata are looked for


def find_fault(view: mmap.mmap, size: int) -> StructureFault | None:
    stated = view.find(_FILE_SIZE, 0, _METADATA_END)
    if stated >= 0:
        (wanted,) = struct.unpack_from(">d", view, stated + len(_FILE_SIZE))
        if size < wanted < MAX_STATED_SIZE:
            return truncation_fault(size, int(wanted))
    at = int.from_bytes(view[5:9], "big") + _SIZE_BYTES
    while at + _TAG_HEADER_BYTES <= size:
        stream_id = view[at + 8 : at + 11]
        if view[at] & _TYPE_BITS not in _TAG_TYPES or stream_id != b"\0\0\0":
            return broken_structure_fault(at, "tag") if has_data(view, at, size) else None
        at += _TAG_HEADER_BYTES + int.from_bytes(view[at + 1 : at + 4], "big") + _SIZE_BYTES
    is_cut = at > size + _SIZE_BYTES  # the very last size may be left out
    return truncation_fault(size, at) if is_cut else None

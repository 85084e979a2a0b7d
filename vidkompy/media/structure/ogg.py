"""Ogg: pages, numbered for each of the streams that share the file. Source: RFC 3533."""

from __future__ import annotations

import mmap
import struct

from vidkompy.media.structure.fault import StructureFault, broken_structure_fault, truncation_fault
from vidkompy.model import LOST_FRAMES, NO_END_MARK

MAGIC = b"OggS"

_HEADER_BYTES = 27  # before the table of segments
_TYPE, _SERIAL_AND_NUMBER, _SEGMENT_COUNT = 5, 14, 26  # bytes into a page
_END_OF_STREAM = 4  # bit of the type


def find_fault(view: mmap.mmap, size: int) -> StructureFault | None:
    at, last_page, lost = 0, dict[int, int](), None
    open_streams = set[int]()
    while at + _HEADER_BYTES <= size:
        if view[at : at + len(MAGIC)] != MAGIC:
            return broken_structure_fault(at, "page")
        serial, number = struct.unpack_from("<II", view, at + _SERIAL_AND_NUMBER)
        if lost is None and serial in last_page and number > last_page[serial] + 1:
            detail = f"page {last_page[serial]} of a stream is followed by its page {number}"
            lost = StructureFault(LOST_FRAMES, at, detail)
        last_page[serial] = number
        is_last = view[at + _TYPE] & _END_OF_STREAM
        (open_streams.discard if is_last else open_streams.add)(serial)
        table = at + _HEADER_BYTES
        content = table + view[at + _SEGMENT_COUNT]
        at = content + sum(view[table:content])
    if at > size or (at < size and open_streams):
        return truncation_fault(size, max(at, size + 1))
    if lost is None and open_streams:
        return StructureFault(NO_END_MARK, size, "its last page does not end its streams")
    return lost

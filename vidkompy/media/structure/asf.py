"""ASF and WMV: packets of one size in a data object. Source: Advanced Systems Format 1.2, sections 3.2 and 5."""

from __future__ import annotations

import mmap
import struct

from vidkompy.media.structure.fault import MAX_STATED_SIZE, StructureFault, broken_structure_fault, truncation_fault

MAGIC = bytes.fromhex("3026B2758E66CF11A6D900AA0062CE6C")

_FILE_PROPERTIES = bytes.fromhex("A1DCAB8C47A9CF118EE400C00C205365")
_HEADER_END = 1 << 16  # bytes in which the file properties are looked for
_FILE_SIZE, _FLAGS_AND_PACKET_SIZE = 40, 88  # bytes into the file properties
_BROADCAST = 1  # flag: sizes were not known when the header was written
_OBJECT_LENGTH, _OBJECT_HEADER_BYTES = 16, 24  # bytes into an object
_DATA_HEADER_BYTES = 50  # of the data object
_PACKET_START = 0x82  # error correction present, of 2 bytes


def find_fault(view: mmap.mmap, size: int) -> StructureFault | None:
    properties = view.find(_FILE_PROPERTIES, 0, _HEADER_END)
    if properties < 0:
        return None
    (stated_size,) = struct.unpack_from("<Q", view, properties + _FILE_SIZE)
    flags, packet_size = struct.unpack_from("<II", view, properties + _FLAGS_AND_PACKET_SIZE)
    is_broadcast = bool(flags & _BROADCAST)
    if not is_broadcast and size < stated_size < MAX_STATED_SIZE:
        return truncation_fault(size, stated_size)
    (data,) = struct.unpack_from("<Q", view, _OBJECT_LENGTH)  # the data object follows the header object
    first, stop = data + _DATA_HEADER_BYTES, size
    if data + _OBJECT_HEADER_BYTES <= size and not is_broadcast:
        stop = min(size, data + struct.unpack_from("<Q", view, data + _OBJECT_LENGTH)[0])
    if packet_size and first < size and view[first] == _PACKET_START:
        starts = range(first, stop - packet_size + 1, packet_size)
        return next((broken_structure_fault(at, "packet") for at in starts if view[at] != _PACKET_START), None)
    return None

"""MP4 and QuickTime: boxes, each a length, a name and its content. Source: ISO/IEC 14496-12 section 4.2.

Fragmented files hold a `moof` box for each fragment, which counts them.
"""

from __future__ import annotations

import mmap
import struct

from vidkompy.media.structure.fault import StructureFault, broken_structure_fault, has_data, is_fourcc, truncation_fault
from vidkompy.model import LOST_FRAMES

FIRST_BOXES = frozenset((b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"))

_HEADER_BYTES, _LONG_HEADER_BYTES = 8, 16
_LENGTH_IN_64_BITS, _TO_END_OF_FILE = 1, 0  # what a length stands for instead
_COPYRIGHT_SIGN = frozenset((0xA9,))  # with which QuickTime's own names begin
_FIRST_CHILD_NAME, _SEQUENCE_NUMBER = 12, 20  # bytes into a moof: where its mfhd has its name and its number


def find_fault(view: mmap.mmap, size: int) -> StructureFault | None:
    """What stands behind the last box is no fault unless the file is fragmented: cameras leave their own data there."""
    at, last_fragment, is_fragmented, lost = 0, 0, False, None
    while at + _HEADER_BYTES <= size:
        length, name = struct.unpack_from(">I4s", view, at)
        if length == _LENGTH_IN_64_BITS and at + _LONG_HEADER_BYTES <= size:
            (length,) = struct.unpack_from(">Q", view, at + _HEADER_BYTES)
        if length == _TO_END_OF_FILE and name == b"mdat":
            return lost
        if length < _HEADER_BYTES or not is_fourcc(name, _COPYRIGHT_SIGN):
            return broken_structure_fault(at, "box") if is_fragmented and has_data(view, at, size) else lost
        if name == b"moof":
            is_fragmented = True
            fragment = _fragment_number(view, at)
            if last_fragment and fragment > last_fragment + 1 and lost is None:
                detail = f"fragment {last_fragment} is followed by fragment {fragment}"
                lost = StructureFault(LOST_FRAMES, at, detail)
            last_fragment = fragment
        at += length
    return truncation_fault(size, at) if at > size else lost


def find_second_film(view: mmap.mmap, size: int) -> int | None:
    """Byte where another whole film begins behind this one. None in fragmented files: their pieces may begin so."""
    at, has_index, second = 0, False, None
    while at + _HEADER_BYTES <= size:
        length, name = struct.unpack_from(">I4s", view, at)
        if length == _LENGTH_IN_64_BITS and at + _LONG_HEADER_BYTES <= size:
            (length,) = struct.unpack_from(">Q", view, at + _HEADER_BYTES)
        if length < _HEADER_BYTES or not is_fourcc(name, _COPYRIGHT_SIGN) or name == b"moof":
            return None
        if name == b"ftyp" and has_index and second is None:
            second = at
        if name == b"moov" and second is not None:
            return second
        has_index |= name == b"moov"
        at += length
    return None


def _fragment_number(view: mmap.mmap, moof: int) -> int:
    """0 where the fragment has none."""
    if view[moof + _FIRST_CHILD_NAME : moof + _FIRST_CHILD_NAME + 4] != b"mfhd":
        return 0
    number: int = struct.unpack_from(">I", view, moof + _SEQUENCE_NUMBER)[0]
    return number

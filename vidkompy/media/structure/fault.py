"""What a walk along a container's pieces reports: where the first piece is missing, cut or broken."""

from __future__ import annotations

import mmap
from collections.abc import Callable

from vidkompy.model import BROKEN_STRUCTURE, ENDS_EARLY
from vidkompy.records import Record

MAX_STATED_SIZE = 2**62  # bytes of a file that a header may state; more is damage of the header itself
_PRINTABLE = range(0x20, 0x7F)


class StructureFault(Record):
    """The first fault of a container.

    kind    as in model.Fault
    offset  byte where it is
    detail  in words
    """

    kind: str
    offset: int
    detail: str


Walk = Callable[[mmap.mmap, int], StructureFault | None]  # of a file's bytes, and their number


def truncation_fault(size: int, wanted: int) -> StructureFault:
    """The file has `size` bytes, its last piece, whatever that is called in its format, needs `wanted`."""
    return StructureFault(ENDS_EARLY, size, f"its last part reaches to byte {wanted}, the file has {size}")


def broken_structure_fault(offset: int, piece: str) -> StructureFault:
    """What stands at a byte is no such piece."""
    return StructureFault(BROKEN_STRUCTURE, offset, f"no {piece} begins at byte {offset}, where one must")


def has_data(view: mmap.mmap, offset: int, end: int) -> bool:
    """Whether anything but padding follows: the last pieces may be followed by zeros."""
    return view[offset:end].count(0) < end - offset


def is_fourcc(name: bytes, further: frozenset[int] = frozenset()) -> bool:
    """Whether a name consists of printable ASCII characters, or of `further` bytes."""
    return all(byte in _PRINTABLE or byte in further for byte in name)

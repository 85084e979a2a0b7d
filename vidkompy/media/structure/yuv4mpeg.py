"""YUV4MPEG2: a line of text for the film, then pictures of one size, each behind a line that begins with FRAME."""

from __future__ import annotations

import mmap

from vidkompy.media.structure.fault import StructureFault, broken_structure_fault, truncation_fault

MAGIC = b"YUV4MPEG2 "

_FRAME = b"FRAME"
_SHORTEST_LINE_BYTES = len(_FRAME) + 1  # with its end


def find_fault(view: mmap.mmap, size: int) -> StructureFault | None:
    at = view.find(b"\n") + 1
    first_picture = view.find(b"\n", at) + 1
    length = view.find(_FRAME, first_picture) - first_picture  # the other pictures are as long
    if length <= 0:
        return None
    while at + _SHORTEST_LINE_BYTES <= size:
        if view[at : at + len(_FRAME)] != _FRAME:
            return broken_structure_fault(at, "frame")
        at = view.find(b"\n", at) + 1 + length
    return None if at == size else truncation_fault(size, at if at > size else at + _SHORTEST_LINE_BYTES)

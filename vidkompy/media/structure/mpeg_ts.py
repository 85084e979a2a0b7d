"""MPEG-TS: packets of one size, each of which begins with a sync byte. Source: ISO/IEC 13818-1."""

from __future__ import annotations

import mmap

from vidkompy.media.structure.fault import StructureFault, truncation_fault
from vidkompy.model import BROKEN_STRUCTURE

_SYNC = 0x47
# First sync byte and bytes from one to the next: plain, with a time before each packet, with parity behind it.
_LAYOUTS = ((0, 188), (4, 192), (0, 204))
_PROBED_PACKETS = 5  # whose sync bytes tell the layout


def may_be_mpeg_ts(head: bytes) -> bool:
    return _SYNC in (head[0], head[4])


def find_fault(view: mmap.mmap, size: int) -> StructureFault | None:
    for first, packet_size in _LAYOUTS:
        probed = range(first, min(size, _PROBED_PACKETS * packet_size), packet_size)
        if all(view[at] == _SYNC for at in probed):
            return _find_in_packets(view, size, first, packet_size)
    return None


def _find_in_packets(view: mmap.mmap, size: int, first: int, packet_size: int) -> StructureFault | None:
    starts = view[first::packet_size]
    unsynced = len(starts) - starts.count(_SYNC)
    if unsynced:
        at = first + packet_size * next(k for k, byte in enumerate(starts) if byte != _SYNC)
        detail = f"{unsynced} of {len(starts)} packets lack their mark, first at byte {at}"
        return StructureFault(BROKEN_STRUCTURE, at, detail)
    cut = size % packet_size
    return truncation_fault(size, size - cut + packet_size, "last packet") if cut else None

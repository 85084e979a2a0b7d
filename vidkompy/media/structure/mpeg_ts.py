"""MPEG-TS: packets of one size, each of which begins with a sync byte. Source: ISO/IEC 13818-1."""

from __future__ import annotations

import mmap
from typing import NamedTuple

from vidkompy.media.structure.fault import StructureFault, truncation_fault
from vidkompy.model import BROKEN_STRUCTURE

_SYNC = 0x47


class Layout(NamedTuple):
    """first: byte of the first sync byte. packet_size: bytes from one to the next."""

    first: int
    packet_size: int


# Plain, with a time before each packet, with parity behind it.
_LAYOUTS = (Layout(0, 188), Layout(4, 192), Layout(0, 204))
_PROBED_PACKETS = 5  # whose sync bytes tell the layout


def may_be_mpeg_ts(head: bytes) -> bool:
    return _SYNC in (head[0], head[4])


def layout_of(view: mmap.mmap, size: int) -> Layout | None:
    """None where no sync bytes stand in a row."""
    for layout in _LAYOUTS:
        probed = range(layout.first, min(size, _PROBED_PACKETS * layout.packet_size), layout.packet_size)
        if all(view[at] == _SYNC for at in probed):
            return layout
    return None


def find_fault(view: mmap.mmap, size: int) -> StructureFault | None:
    layout = layout_of(view, size)
    return None if layout is None else _find_in_packets(view, size, layout)


def _find_in_packets(view: mmap.mmap, size: int, layout: Layout) -> StructureFault | None:
    first, packet_size = layout
    starts = view[first::packet_size]
    unsynced = len(starts) - starts.count(_SYNC)
    if unsynced:
        at = first + packet_size * next(k for k, byte in enumerate(starts) if byte != _SYNC)
        detail = f"{unsynced} of {len(starts)} packets lack their mark, first at byte {at}"
        return StructureFault(BROKEN_STRUCTURE, at, detail)
    cut = size % packet_size
    return truncation_fault(size, size - cut + packet_size) if cut else None

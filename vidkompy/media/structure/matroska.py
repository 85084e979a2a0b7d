"""Matroska and WebM: EBML elements, each an ID, a size and its content. Source: RFC 8794 section 6, RFC 9559.

A file is an EBML header and one segment; the segment holds elements of the top level, and its clusters hold blocks.
"""

from __future__ import annotations

import mmap
from typing import NamedTuple

from vidkompy.media.structure.fault import StructureFault, broken_structure_fault, truncation_fault

MAGIC = b"\x1a\x45\xdf\xa3"

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_SEEK_HEAD, _INFO, _TRACKS, _CUES = 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1C53BB6B
_ATTACHMENTS, _CHAPTERS, _TAGS = 0x1941A469, 0x1043A770, 0x1254C367
_TOP_LEVEL = frozenset((_SEEK_HEAD, _INFO, _TRACKS, _CLUSTER, _CUES, _ATTACHMENTS, _CHAPTERS, _TAGS))
_VOID, _CRC_32 = 0xEC, 0xBF
_GLOBAL = frozenset((_VOID, _CRC_32))
_TIMESTAMP, _SIMPLE_BLOCK, _BLOCK_GROUP = 0xE7, 0xA3, 0xA0
_POSITION, _PREV_SIZE, _ENCRYPTED_BLOCK, _SILENT_TRACKS = 0xA7, 0xAB, 0xAF, 0x5854
_IN_CLUSTER = _GLOBAL | frozenset(
    (_TIMESTAMP, _SIMPLE_BLOCK, _BLOCK_GROUP, _POSITION, _PREV_SIZE, _ENCRYPTED_BLOCK, _SILENT_TRACKS)
)
_MOST_ID_BYTES, _MOST_SIZE_BYTES = 4, 8
_HEADER_BYTES = _MOST_ID_BYTES + _MOST_SIZE_BYTES  # of an element, at most


class _Element(NamedTuple):
    """id: 0 where there is no element. begin: of its content. length: bytes; None: unknown, as in live recordings."""

    id: int
    begin: int
    length: int | None


def find_fault(view: mmap.mmap, size: int) -> StructureFault | None:
    header = _element(view, 0)
    segment = _element(view, header.begin + (header.length or 0))
    if segment.id != _SEGMENT:
        return None
    at = segment.begin
    stop = size if segment.length is None else at + segment.length
    if stop > size:
        return truncation_fault(size, stop)
    while at < stop:
        element = _element(view, at)
        if element.id not in _TOP_LEVEL | _GLOBAL:
            return _no_element(size, at, "element")
        if element.id == _CLUSTER:
            fault, at = _walk_cluster(view, element, stop, size)
            if fault is not None:
                return fault
        elif element.length is None:
            return None
        else:
            at = element.begin + element.length
    return truncation_fault(size, at) if at > size else None


def _walk_cluster(
    view: mmap.mmap, cluster: _Element, segment_stop: int, size: int
) -> tuple[StructureFault | None, int]:
    """The first fault of a cluster, and where it ended.

    One of unknown length ends where another element of the segment begins.
    """
    at = cluster.begin
    stop = segment_stop if cluster.length is None else at + cluster.length
    while at < min(stop, size):
        element = _element(view, at)
        if cluster.length is None and element.id in _TOP_LEVEL:
            break
        if element.id not in _IN_CLUSTER or element.length is None:
            return _no_element(size, at, "block"), at
        at = element.begin + element.length
    if at > size:
        return truncation_fault(size, at), at
    return (None, at) if cluster.length is None or at == stop else (broken_structure_fault(at, "cluster"), at)


def _no_element(size: int, at: int, piece: str) -> StructureFault:
    """A header that the end of the file cuts, or something else in its place."""
    if size - at < _HEADER_BYTES:
        return truncation_fault(size, at + _HEADER_BYTES)
    return broken_structure_fault(at, piece)


def _element(view: mmap.mmap, at: int) -> _Element:
    """The header at a byte. The position of a number's first set bit says how many bytes the number has."""
    head = view[at : at + _HEADER_BYTES]
    id_bytes = _number_bytes(head[0]) if head else _MOST_ID_BYTES + 1
    if id_bytes > _MOST_ID_BYTES or len(head) < id_bytes + 1:
        return _Element(0, at, 0)
    size_bytes = _number_bytes(head[id_bytes])
    if size_bytes > _MOST_SIZE_BYTES or len(head) < id_bytes + size_bytes:
        return _Element(0, at, 0)
    unknown = (1 << 7 * size_bytes) - 1  # all bits of the value set; also the mask that drops the marker bit
    length = int.from_bytes(head[id_bytes : id_bytes + size_bytes], "big") & unknown
    id_ = int.from_bytes(head[:id_bytes], "big")  # with its marker bit, as IDs are written
    return _Element(id_, at + id_bytes + size_bytes, None if length == unknown else length)


def _number_bytes(first: int) -> int:
    """Bytes of a variable-length number whose first byte this is: 1 to 8; 9 where no bit is set.

    >>> [_number_bytes(first) for first in (0x80, 0x42, 0x1A, 0x01, 0x00)]
    [1, 2, 4, 8, 9]
    """
    return 9 - first.bit_length()

"""Whether the pieces that a container is made of follow each other to the end of the file.

Demuxers seek the next piece where one is broken, and end where the file ends; they say little of either. Walked are
Matroska, MP4 and QuickTime, AVI, FLV, Ogg, MXF, ASF, MPEG-TS, IVF, YUV4MPEG and GIF, of NUT
the end; others pass.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from vidkompy.model import BROKEN_STRUCTURE, ENDS_EARLY, LOST_FRAMES, NO_END_MARK


@dataclass(frozen=True)
class StructureFault:
    """what: as in model.Fault. at: byte where it is; detail: in words."""

    what: str
    at: int
    detail: str


Walk = Callable[[mmap.mmap, int], StructureFault | None]


def find_structure_fault(path: Path) -> StructureFault | None:
    """None: the structure is whole, or is none of those known here. Raises OSError."""
    size = path.stat().st_size
    if size < 16:
        return None
    with path.open("rb") as file, closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as view:
        walk = _walk_of(view[:16])
        try:
            return None if walk is None else walk(view, size)
        except (struct.error, IndexError):  # what describes a piece reaches past the end
            return StructureFault(ENDS_EARLY, size, "its last piece is cut where it begins")


def _walk_of(head: bytes) -> Walk | None:
    if head[4:8] in _FIRST_BOXES:
        return _boxes
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return _avi
    found = next((walk for magic, walk in _WALKS.items() if head.startswith(magic)), None)
    return _transport if found is None and _SYNC in (head[0], head[4]) else found


def _ends(size: int, wanted: int, piece: str) -> StructureFault:
    return StructureFault(ENDS_EARLY, size, f"its {piece} reaches to byte {wanted}, the file has {size}")


def _is_filled(view: mmap.mmap, at: int, size: int) -> bool:
    """Whether anything but padding follows: the last pieces may be followed by zeros."""
    return view[at:size].count(0) < size - at


def _broken(at: int, piece: str) -> StructureFault:
    return StructureFault(BROKEN_STRUCTURE, at, f"no {piece} begins at byte {at}, where one must")


# ---- Matroska and WebM. Source: RFC 8794 section 6, RFC 9559.

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_TOP = frozenset((0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367))
_ANYWHERE = frozenset((0xEC, 0xBF))  # Void, CRC-32
_IN_CLUSTER = frozenset((0xE7, 0xA3, 0xA0, 0xA7, 0xAB, 0xAF, 0x5854)) | _ANYWHERE


def _element(view: mmap.mmap, at: int) -> tuple[int, int, int | None]:
    """ID, where its content begins, and its size; None where that is unknown, as in live recordings.

    The ID is 0 where there is none.
    """
    head = view[at : at + 12]
    width = 9 - head[0].bit_length() if head else 9
    if width > 4 or len(head) < width + 1:
        return 0, at, 0
    length = 9 - head[width].bit_length()
    if length > 8 or len(head) < width + length:
        return 0, at, 0
    size = int.from_bytes(head[width : width + length], "big") & ((1 << 7 * length) - 1)
    known = None if size == (1 << 7 * length) - 1 else size
    return int.from_bytes(head[:width], "big"), at + width + length, known


def _matroska(view: mmap.mmap, size: int) -> StructureFault | None:
    _, begin, length = _element(view, 0)
    name, at, length = _element(view, begin + (length or 0))
    if name != _SEGMENT:
        return None
    stop = size if length is None else at + length
    if stop > size:
        return _ends(size, stop, "segment")
    while at < stop:
        name, begin, length = _element(view, at)
        if name not in _TOP | _ANYWHERE:
            return _ends(size, at + 12, "last element") if size - at < 12 else _broken(at, "element")
        if name == _CLUSTER:
            found, at = _cluster(view, begin, stop if length is None else begin + length, length is None, size)
            if found is not None:
                return found
        elif length is None:
            return None
        else:
            at = begin + length
    return _ends(size, at, "last element") if at > size else None


def _cluster(view: mmap.mmap, at: int, stop: int, is_open: bool, size: int) -> tuple[StructureFault | None, int]:
    """is_open: it ends where another element of the segment begins. Also says where it ended."""
    while at < min(stop, size):
        name, begin, length = _element(view, at)
        if is_open and name in _TOP:
            break
        if name not in _IN_CLUSTER or length is None:
            return (_ends(size, at + 12, "last block") if size - at < 12 else _broken(at, "block")), at
        at = begin + length
    if at > size:
        return _ends(size, at, "last block"), at
    return (None, at) if is_open or at == stop else (_broken(at, "cluster"), at)


# ---- MP4 and QuickTime. Source: ISO/IEC 14496-12 section 4.2.

_FIRST_BOXES = frozenset((b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"))


def _boxes(view: mmap.mmap, size: int) -> StructureFault | None:
    """What stands behind the last box is no fault unless the file is fragmented: cameras leave their own data there."""
    at, numbers, is_fragmented, lost = 0, 0, False, None
    while at + 8 <= size:
        length, name = struct.unpack_from(">I4s", view, at)
        if length == 1 and at + 16 <= size:
            (length,) = struct.unpack_from(">Q", view, at + 8)
        if length == 0 and name == b"mdat":
            return lost
        if length < 8 or not all(0x20 <= c < 0x7F or c == 0xA9 for c in name):
            return _broken(at, "box") if is_fragmented and _is_filled(view, at, size) else lost
        if name == b"moof":
            is_fragmented = True
            number = struct.unpack_from(">I", view, at + 20)[0] if view[at + 12 : at + 16] == b"mfhd" else 0
            if numbers and number > numbers + 1 and lost is None:
                lost = StructureFault(LOST_FRAMES, at, f"fragment {numbers} is followed by fragment {number}")
            numbers = number
        at += length
    return _ends(size, at, "last box") if at > size else lost


# ---- AVI. Source: Microsoft's RIFF and OpenDML 1.02.

_OPEN = frozenset((0, 0xFFFFFFFF, 0x7FFFFFFF))  # sizes that recorders write first and correct in the end
_SLACK = 8  # bytes: some writers count the RIFF header in


def _avi(view: mmap.mmap, size: int) -> StructureFault | None:
    at = 0
    while at + 12 <= size and view[at : at + 4] == b"RIFF":
        (length,) = struct.unpack_from("<I", view, at + 4)
        stop = size if length in _OPEN else at + 8 + length
        if stop > size + _SLACK:
            return _ends(size, stop, "RIFF chunk")
        found = _chunks(view, at + 12, min(stop, size), size)
        if found is not None:
            return found
        at = stop + stop % 2
    return None


def _chunks(view: mmap.mmap, at: int, stop: int, size: int) -> StructureFault | None:
    """Lists that hold the packets are gone into."""
    while at + 8 <= stop:
        name, length = struct.unpack_from("<4sI", view, at)
        if not all(0x20 <= c < 0x7F for c in name):
            return _broken(at, "chunk") if _is_filled(view, at, stop) else None
        if name == b"LIST" and view[at + 8 : at + 12] in (b"movi", b"rec "):
            at += 12
            continue
        at += 8 + length + length % 2
    return _ends(size, at, "last chunk") if at > stop + _SLACK else None


# ---- FLV. Source: Adobe's Video File Format Specification 10.1, annex E.

_TAGS = frozenset((8, 9, 15, 18))
_FILE_SIZE = b"filesize\x00"


def _flv(view: mmap.mmap, size: int) -> StructureFault | None:
    promised = view.find(_FILE_SIZE, 0, 4096)
    if promised >= 0:
        (wanted,) = struct.unpack_from(">d", view, promised + len(_FILE_SIZE))
        if size < wanted < 2**62:
            return _ends(size, int(wanted), "header")
    at = int.from_bytes(view[5:9], "big") + 4
    while at + 11 <= size:
        if view[at] & 0x1F not in _TAGS or view[at + 8 : at + 11] != b"\0\0\0":
            return _broken(at, "tag") if _is_filled(view, at, size) else None
        at += 15 + int.from_bytes(view[at + 1 : at + 4], "big")
    return _ends(size, at, "last tag") if at > size + 4 else None  # the very last size may be left out


# ---- Ogg. Source: RFC 3533.


def _ogg(view: mmap.mmap, size: int) -> StructureFault | None:
    at, pages, lost = 0, dict[int, int](), None
    open_streams = set[int]()
    while at + 27 <= size:
        if view[at : at + 4] != b"OggS":
            return _broken(at, "page")
        kind, serial, number, segments = view[at + 5], *struct.unpack_from("<II", view, at + 14), view[at + 26]
        if lost is None and serial in pages and number > pages[serial] + 1:
            lost = StructureFault(LOST_FRAMES, at, f"page {pages[serial]} of a stream is followed by its page {number}")
        pages[serial] = number
        (open_streams.discard if kind & 4 else open_streams.add)(serial)
        at += 27 + segments + sum(view[at + 27 : at + 27 + segments])
    if at > size or (at < size and open_streams):
        return _ends(size, max(at, size + 1), "last page")
    return lost or (
        StructureFault(NO_END_MARK, size, "its last page does not end its streams") if open_streams else None
    )


# ---- Others.


def _klv(view: mmap.mmap, size: int) -> StructureFault | None:
    """MXF. Source: SMPTE ST 336, ST 377-1."""
    at = 0
    while at + 20 <= size:
        if view[at : at + 4] != b"\x06\x0e\x2b\x34":
            return _broken(at, "key") if _is_filled(view, at, size) else None
        first = view[at + 16]
        width = first & 0x7F if first & 0x80 else 0
        begin = at + 17 + width
        length = int.from_bytes(view[at + 17 : begin], "big") if first & 0x80 else first
        if at == 0 and length >= 32 and (footer := int.from_bytes(view[begin + 24 : begin + 32], "big")) >= size:
            return _ends(size, footer, "header")
        at = begin + length
    return _ends(size, max(at, size + 1), "last triplet") if at > size or _is_filled(view, at, size) else None


def _nut(view: mmap.mmap, size: int) -> StructureFault | None:
    """How far the index lies before the end stands before its checksum. Source: nut.txt of NUT 20111106."""
    begins = size - int.from_bytes(view[size - 12 : size - 4], "big")
    has_index = 0 < begins < size and view[begins : begins + 8] == b"NX\xdd\x67\x2f\x23\xe6\x4e"
    return None if has_index else StructureFault(NO_END_MARK, size, "it has no index at its end")


def _asf(view: mmap.mmap, size: int) -> StructureFault | None:
    """Source: Advanced Systems Format 1.2, sections 3.2 and 5."""
    at = view.find(_FILE_PROPERTIES, 0, 1 << 16)
    if at < 0:
        return None
    (wanted,) = struct.unpack_from("<Q", view, at + 40)
    flags, packet = struct.unpack_from("<II", view, at + 88)
    if not flags & 1 and size < wanted < 2**62:
        return _ends(size, wanted, "header")
    (length,) = struct.unpack_from("<Q", view, 16)
    first, stop = length + 50, size
    if length + 24 <= size and not flags & 1:
        stop = min(size, length + struct.unpack_from("<Q", view, length + 16)[0])
    if packet and first < size and view[first] == _PACKET:
        odd = (at for at in range(first, stop - packet + 1, packet) if view[at] != _PACKET)
        return next((_broken(at, "packet") for at in odd), None)
    return None


_FILE_PROPERTIES = bytes.fromhex("A1DCAB8C47A9CF118EE400C00C205365")
_PACKET = 0x82  # error correction present, of 2 bytes


_SYNC = 0x47


def _transport(view: mmap.mmap, size: int) -> StructureFault | None:
    """MPEG-TS, plain or with a time before (192) or parity behind each packet (204). Source: ISO/IEC 13818-1."""
    for first, packet in ((0, 188), (4, 192), (0, 204)):
        if all(view[at] == _SYNC for at in range(first, min(size, 5 * packet), packet)):
            starts = view[first::packet]
            if odd := len(starts) - starts.count(_SYNC):
                at = first + packet * next(k for k, byte in enumerate(starts) if byte != _SYNC)
                return StructureFault(
                    BROKEN_STRUCTURE, at, f"{odd} of {len(starts)} packets lack their mark, first at byte {at}"
                )
            return _ends(size, size - size % packet + packet, "last packet") if size % packet else None
    return None


def _ivf(view: mmap.mmap, size: int) -> StructureFault | None:
    at = int.from_bytes(view[6:8], "little")
    while at + 12 <= size:
        at += 12 + int.from_bytes(view[at : at + 4], "little")
    return None if at == size else _ends(size, at if at > size else at + 12, "last frame")


def _yuv4mpeg(view: mmap.mmap, size: int) -> StructureFault | None:
    at = view.find(b"\n") + 1
    begin = view.find(b"\n", at) + 1
    length = view.find(b"FRAME", begin) - begin  # of the first picture; the others are as long
    if length <= 0:
        return None
    while at + 6 <= size:
        if view[at : at + 5] != b"FRAME":
            return _broken(at, "frame")
        at = view.find(b"\n", at) + 1 + length
    return None if at == size else _ends(size, at if at > size else at + 6, "last frame")


def _gif(view: mmap.mmap, size: int) -> StructureFault | None:
    """Source: GIF89a, appendix A."""
    at = 13 + _colours(view[10])
    while at < size:
        match view[at]:
            case 0x3B:
                return None
            case 0x2C if at + 10 < size:
                at += 11 + _colours(view[at + 9])
            case 0x21:
                at += 2
            case _:
                return _broken(at, "block") if _is_filled(view, at, size) else None
        while at < size and view[at]:
            at += 1 + view[at]
        at += 1
    return _ends(size, at, "last block") if at > size else StructureFault(NO_END_MARK, size, "its trailer is missing")


def _colours(flags: int) -> int:
    """Bytes of a table of colours."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


_WALKS: dict[bytes, Walk] = {
    b"\x1a\x45\xdf\xa3": _matroska,
    b"FLV\x01": _flv,
    b"OggS": _ogg,
    b"\x06\x0e\x2b\x34": _klv,
    bytes.fromhex("3026B2758E66CF11A6D900AA0062CE6C"): _asf,
    b"DKIF": _ivf,
    b"YUV4MPEG2 ": _yuv4mpeg,
    b"GIF8": _gif,
    b"nut/multimedia": _nut,
}

"""Programs of MPEG-TS: a recording of a whole channel holds several services, each with streams of its own.

The table of programs (PAT) lies in packets of PID 0 and names the PID of each program's own table (PMT), which lists
the PIDs of its streams. Source: ISO/IEC 13818-1 section 2.4.4. What viewers know a service by, its name, stands in the
table of services (SDT) of PID 17, at ETSI EN 300 468 sections 5.2.3 and 6.2.33; its texts are coded as in annex A.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from vidkompy.media.structure.mpeg_ts import layout_of

MAX_READ_BYTES = 8 << 20  # in which the tables are looked for: broadcasts repeat them every 0.1 s

_PACKET_BYTES = 188
_PID_BITS, _LENGTH_BITS = 0x1FFF, 0x0FFF
_STARTS_SECTION, _HAS_ADAPTATION, _HAS_PAYLOAD = 0x40, 0x20, 0x10
_PAT_PID, _PAT_TABLE, _PMT_TABLE = 0, 0, 2
_SDT_PID, _SDT_TABLE, _SDT_HEAD_BYTES, _SERVICE_HEAD_BYTES = 17, 0x42, 11, 5
_SERVICE_DESCRIPTOR = 0x48
_TEXT_CODES = {
    0x10: 3,
    0x11: 1,
    0x14: 1,
    0x15: 1,
}  # bytes that say how a text is coded, by the first; others below 32: 1
_UTF16, _UTF8, _NAMED_TABLE = 0x11, 0x15, 0x10
MAX_NAME = 40  # characters of a service's name that are kept
_PAT_HEAD_BYTES, _PMT_HEAD_BYTES, _CRC_BYTES = 8, 12, 4
_SECTION_HEAD_BYTES = 3


def programs_of(path: Path) -> dict[int, frozenset[int]]:
    """PIDs of the streams of each program, by its number; empty where no tables are found. Raises OSError."""
    if not path.stat().st_size:
        return {}
    with path.open("rb") as file, closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as view:
        return _read_tables(view, min(len(view), MAX_READ_BYTES))


def service_names_of(path: Path) -> dict[int, str]:
    """Names of services by the number of their program, without those that have none. Raises OSError."""
    if not path.stat().st_size:
        return {}
    names, begun = dict[int, str](), dict[int, bytes]()
    with path.open("rb") as file, closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as view:
        for pid, packet in _packets(view, min(len(view), MAX_READ_BYTES)):
            section = _section_after(packet, begun, pid) if pid == _SDT_PID else None
            if section is None or section[0] != _SDT_TABLE or len(section) < _SDT_HEAD_BYTES:
                continue
            names.update(_services_of_sdt(section))
            if section[6] == section[7]:  # the last section of the table
                break
    return names


def _packets(view: mmap.mmap, size: int) -> Iterator[tuple[int, bytes]]:
    """PID and bytes of each packet."""
    layout = layout_of(view, size)
    if layout is None:
        return
    for at in range(layout.first, size - _PACKET_BYTES + 1, layout.packet_size):
        packet = view[at : at + _PACKET_BYTES]
        yield int.from_bytes(packet[1:3], "big") & _PID_BITS, packet


def _read_tables(view: mmap.mmap, size: int) -> dict[int, frozenset[int]]:
    begun, table_pids, programs = dict[int, bytes](), dict[int, int](), dict[int, frozenset[int]]()
    for pid, packet in _packets(view, size):
        if pid != _PAT_PID and pid not in table_pids:
            continue
        section = _section_after(packet, begun, pid)
        if section is None:
            continue
        if pid == _PAT_PID and section[0] == _PAT_TABLE:
            table_pids.update({table: program for program, table in _programs_of_pat(section)})
        elif pid in table_pids and section[0] == _PMT_TABLE:
            programs[int.from_bytes(section[3:5], "big")] = frozenset(_streams_of_pmt(section))
        if table_pids and programs.keys() >= set(table_pids.values()):
            break
    return programs


def _section_after(packet: bytes, begun: dict[int, bytes], pid: int) -> bytes | None:
    """The section that a packet completes; None where there is none. begun: sections that have begun, by PID."""
    if not packet[3] & _HAS_PAYLOAD:
        return None
    payload = packet[4 + (1 + packet[4] if packet[3] & _HAS_ADAPTATION else 0) :]
    if packet[1] & _STARTS_SECTION:
        begun[pid] = payload[1 + payload[0] :] if payload else b""
    elif pid in begun:
        begun[pid] += payload
    section = begun.get(pid, b"")
    if len(section) < _SECTION_HEAD_BYTES:
        return None
    length = _SECTION_HEAD_BYTES + (int.from_bytes(section[1:3], "big") & _LENGTH_BITS)
    return begun.pop(pid)[:length] if len(section) >= length else None


def _programs_of_pat(section: bytes) -> Iterator[tuple[int, int]]:
    """(number, PID of its table) of each program; number 0 is the network's own."""
    for at in range(_PAT_HEAD_BYTES, len(section) - _CRC_BYTES - 3, 4):
        program = int.from_bytes(section[at : at + 2], "big")
        if program:
            yield program, int.from_bytes(section[at + 2 : at + 4], "big") & _PID_BITS


def _streams_of_pmt(section: bytes) -> Iterator[int]:
    at = _PMT_HEAD_BYTES + (int.from_bytes(section[10:12], "big") & _LENGTH_BITS)
    while at + 5 <= len(section) - _CRC_BYTES:
        yield int.from_bytes(section[at + 1 : at + 3], "big") & _PID_BITS
        at += 5 + (int.from_bytes(section[at + 3 : at + 5], "big") & _LENGTH_BITS)


def _services_of_sdt(section: bytes) -> Iterator[tuple[int, str]]:
    """(number of the program, name)."""
    at, end = _SDT_HEAD_BYTES, len(section) - _CRC_BYTES
    while at + _SERVICE_HEAD_BYTES <= end:
        number = int.from_bytes(section[at : at + 2], "big")
        first = at + _SERVICE_HEAD_BYTES
        at = first + (int.from_bytes(section[at + 3 : at + 5], "big") & _LENGTH_BITS)
        descriptors = section[first : min(at, end)]
        while len(descriptors) >= 2:
            body, tag = descriptors[2 : 2 + descriptors[1]], descriptors[0]
            descriptors = descriptors[2 + len(body) :] if body else descriptors[2:]
            if tag == _SERVICE_DESCRIPTOR and len(body) > 2 and (name := _service_name(body)):
                yield number, name


def _service_name(body: bytes) -> str:
    """Of a service descriptor: its type, its provider's name, its own; names begin with their length."""
    own = body[2 + body[1] :]
    text = own[1 : 1 + own[0]] if own else b""
    if not text:
        return ""
    decoded = _decoded(text)
    return " ".join("".join(c if c.isprintable() else " " for c in decoded).split())[:MAX_NAME]


def _decoded(text: bytes) -> str:
    """The characters of a text, those that cannot be read replaced. Latin is taken for what annex A calls table 00."""
    code = text[0]
    if code >= 32:
        return text.decode("latin-1")
    rest = text[_TEXT_CODES.get(code, 1) :]
    part = text[2] if code == _NAMED_TABLE and len(text) > 2 else code + 4  # of ISO/IEC 8859
    if code == _UTF16:
        return rest.decode("utf-16-be", "replace")
    if code == _UTF8:
        return rest.decode("utf-8", "replace")
    try:
        return rest.decode(f"iso8859-{part}", "replace")
    except LookupError:
        return rest.decode("latin-1")

"""Media changed where their structure is: boxes, elements, packets, units, chunks, tags; and bytes anywhere."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random

Part = tuple[int, int]  # bytes [a, b) of a file
Mutation = Callable[[bytes, Random], bytes]

CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf", b"mvex", b"udta")
NESTED = (0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0, 0xE1, 0x1F43B675, 0xA0, 0x1C53BB6B, 0xBB, 0xB7, 0x6D80)
EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1)


def mutated(data: bytes, suffix: str, rng: Random) -> bytes:
    """One to four changes of kinds that fit the file, or of any bytes."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        kinds = [*BY_SUFFIX.get(suffix, ()), *ANYWHERE]
        data = rng.choice(kinds)(data, rng)
    return data


# ---- bytes anywhere


def _flip(data: bytes, rng: Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 4, 40))):
        if out:
            out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def _cut(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _zero(data: bytes, rng: Random) -> bytes:
    a, b = _range(data, rng)
    return data[:a] + bytes(b - a) + data[b:]


def _drop(data: bytes, rng: Random) -> bytes:
    a, b = _range(data, rng)
    return data[:a] + data[b:]


def _repeat(data: bytes, rng: Random) -> bytes:
    a, b = _range(data, rng)
    return data[:b] + data[a:b] * rng.choice((1, 3, 20)) + data[b:]


def _append(data: bytes, rng: Random) -> bytes:
    return data + rng.choice((rng.randbytes(5000), data, bytes(5000), b"#EXTM3U\nsecret.mkv\n"))


def _extreme(data: bytes, rng: Random) -> bytes:
    """A 32-bit number near the head or the tail, where tables are."""
    if len(data) < 8:
        return data
    near = rng.randrange(min(2000, len(data) - 4))
    at = near if rng.random() < 0.5 else len(data) - 4 - near
    return _put(data, at, struct.pack(rng.choice(("<I", ">I")), rng.choice(EXTREMES)))


def _range(data: bytes, rng: Random) -> Part:
    a = rng.randrange(len(data) + 1)
    return a, min(len(data), a + rng.choice((1, 16, 200, 3000)))


def _put(data: bytes, at: int, value: bytes) -> bytes:
    return data[:at] + value + data[at + len(value) :]


# ---- MP4 and QuickTime


def _boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and name of every box, outer ones first."""
    at, end = start, len(data) if end is None else end
    while at + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, at)
        stop = min(end, at + max(size, 8)) if size else end
        yield at, stop, name
        if name in CONTAINERS:
            yield from _boxes(data, at + 8, stop)
        at = stop


def _box_part(data: bytes, rng: Random) -> bytes:
    return _moved(data, [(a, b) for a, b, _ in _boxes(data)], rng)


def _box_field(data: bytes, rng: Random) -> bytes:
    """A size, a name, or a number in a table: of time, sizes, offsets, edits."""
    boxes = list(_boxes(data))
    if not boxes:
        return data
    a, b, _ = rng.choice([box for box in boxes if box[2] not in (b"mdat", b"free")] or boxes)
    fields = [a, a + 4, *range(a + 8, min(b, a + 200) - 3, 4)]
    return _put(data, rng.choice(fields), struct.pack(">I", rng.choice((*EXTREMES, b - a + 8, 1 << 28))))


def _moved(data: bytes, parts: list[Part], rng: Random) -> bytes:
    """One part dropped, doubled, changed for another, or filled with noise."""
    parts = [(a, b) for a, b in parts if a < b]
    if not parts:
        return data
    (a, b), (c, d) = sorted((rng.choice(parts), rng.choice(parts)))
    match rng.randrange(4):
        case 0:
            return data[:a] + data[b:]
        case 1:
            return data[:b] + data[a:b] * rng.choice((1, 2, 50)) + data[b:]
        case 2 if b <= c:
            return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]
    return data[:a] + rng.randbytes(min(b - a, 4096)) + data[a + min(b - a, 4096) :]


# ---- Matroska and WebM


def _elements(data: bytes, start: int = 0, end: int | None = None, depth: int = 0) -> Iterator[tuple[int, int, int]]:
    """Start, start of the content, end."""
    at, end = start, len(data) if end is None else end
    while at < end and data[at]:
        wide = 9 - data[at].bit_length()
        ident = int.from_bytes(data[at : at + wide], "big")
        head = at + wide
        if head >= end or not data[head]:
            return
        long = 9 - data[head].bit_length()
        size = int.from_bytes(data[head : head + long], "big") & ((1 << 7 * long) - 1)
        stop = min(end, head + long + size)
        yield at, head + long, stop
        if ident in NESTED and depth < 8:
            yield from _elements(data, head + long, stop, depth + 1)
        at = stop


def _element_part(data: bytes, rng: Random) -> bytes:
    return _moved(data, [(a, b) for a, _, b in _elements(data)], rng)


def _element_field(data: bytes, rng: Random) -> bytes:
    """A size, or up to 8 bytes of content."""
    elements = list(_elements(data))
    if not elements:
        return data
    a, content, b = rng.choice(elements)
    if rng.random() < 0.3:
        return _put(data, content - 1, bytes([rng.randrange(256)]))
    size = max(1, min(8, b - content))
    return _put(data, content, rng.choice((bytes(size), b"\xff" * size, rng.randbytes(size)))) if a < b else data


# ---- MPEG-TS, NAL units, AVI, FLV


def _ts(data: bytes, rng: Random) -> bytes:
    packets = range(0, len(data) - 187, 188)
    if not packets:
        return data
    at = rng.choice(packets)
    match rng.randrange(5):
        case 0:  # its PID
            return _put(data, at + 1, bytes([data[at + 1] & 0xE0 | rng.randrange(32), rng.randrange(256)]))
        case 1:  # its counter
            return _put(data, at + 3, bytes([data[at + 3] ^ rng.randrange(1, 16)]))
        case 2:  # the mark of a transport error
            return _put(data, at + 1, bytes([data[at + 1] ^ 0x80]))
        case 3:  # times, tables
            return _put(data, at + rng.randrange(4, 40), rng.randbytes(5))
    return _moved(data, [(a, a + 188) for a in packets], rng)


def _marked(data: bytes, mark: bytes) -> list[Part]:
    """From each mark to the next."""
    starts, at = [], data.find(mark)
    while at >= 0:
        starts.append(at)
        at = data.find(mark, at + 1)
    return list(pairwise([*starts, len(data)]))


def _units(data: bytes, rng: Random) -> bytes:
    parts = _marked(data, b"\0\0\1")
    if parts and rng.random() < 0.3:
        a, b = rng.choice(parts)
        return _put(data, min(b - 1, a + 3 + rng.choice((0, 1, 2, 5))), bytes([rng.randrange(256)]))
    return _moved(data, parts, rng)


def _chunks(data: bytes, rng: Random) -> bytes:
    """AVI."""
    parts = [part for mark in (b"00dc", b"01wb", b"LIST", b"idx1", b"strh", b"strf") for part in _marked(data, mark)]
    if parts and rng.random() < 0.6:
        a, b = rng.choice(parts)
        return _put(data, a + rng.randrange(4, min(60, max(5, b - a)), 4), struct.pack("<I", rng.choice(EXTREMES)))
    return _moved(data, parts, rng)


def _tags(data: bytes, rng: Random) -> bytes:
    """FLV."""
    parts, at = [], 13
    while at + 11 < len(data):
        size = int.from_bytes(data[at + 1 : at + 4], "big") + 15
        parts.append((at, min(len(data), at + size)))
        at += size
    if parts and rng.random() < 0.5:
        return _put(data, rng.choice(parts)[0] + rng.randrange(16), bytes([rng.choice((0, 1, 9, 0x7F, 0xFF))]))
    return _moved(data, parts, rng)


ANYWHERE: tuple[Mutation, ...] = (_flip, _cut, _zero, _drop, _repeat, _append, _extreme)
_BOXED: tuple[Mutation, ...] = (_box_part, _box_field, _box_field, _box_field, _box_field)
_MATROSKA: tuple[Mutation, ...] = (_element_part, _element_part, _element_field, _element_field)
BY_SUFFIX: dict[str, tuple[Mutation, ...]] = {
    ".mp4": _BOXED,
    ".mov": _BOXED,
    ".mkv": _MATROSKA,
    ".webm": _MATROSKA,
    ".ts": (_ts,) * 5,
    ".264": (_units,) * 5,
    ".mpg": (_units,) * 3,
    ".avi": (_chunks,) * 5,
    ".flv": (_tags,) * 5,
}

"""Cache of measurements on disk, for the next analysis of the same files, whatever they are called by then.

An entry's key names what it was made from: the content hash of the clip, and the code that made it. It is one file with
a checksum, that appears whole or not at all, and that only its owner can read: it shows footage. The checksum tells
damage, not who wrote the file: values are checked as well (`cache_entries`). Nothing here raises: an entry that cannot
be read, or is not what it should be, is a miss; one that cannot be written is not kept.

File: preamble (magic, CRC-32 of what follows), length of the header, header (JSON of key and value), body (arrays).
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import stat
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

import av
import cv2
import numpy as np

from vidkompy.media.cache_entries import (
    InvalidEntry,
    clip_body_size,
    clip_facts,
    clip_from_entry,
    proxies_body_size,
    proxies_from_entry,
    proxy_factors,
    timestamp_bytes,
)
from vidkompy.media.cache_folder import ENTRY_SUFFIX, OPEN_REGULAR, user_cache_folder
from vidkompy.media.proxies import Proxies
from vidkompy.media.stream_choice import MAIN_STREAM, StreamSelector
from vidkompy.model import U8, Clip, FrameSpan, Json

ENTRY_FORMAT = 2  # of an entry's file
CACHE_LIMIT = 2 << 30  # bytes of all entries, at most: five clips of the largest proxies, or 200 of 10 s at 1080p

MAX_HEADER_BYTES = 1 << 20  # it holds some dozens of numbers and names

_PREAMBLE = struct.Struct("<16sI")  # name and number of the format; CRC-32 of all that follows
_HEADER_LENGTH = struct.Struct("<Q")
_FIXED_BYTES = _PREAMBLE.size + _HEADER_LENGTH.size

T = TypeVar("T")


@dataclass(frozen=True)
class Cache:
    """Entries in a folder, at most `limit` bytes of them; the least recently used go first.

    folder   made when the first entry is written; None: nothing is found and nothing is kept
    """

    folder: Path | None = None
    limit: int = CACHE_LIMIT

    def load_clip(
        self, path: Path, sha256: str, is_kept: bool = False, selector: StreamSelector = MAIN_STREAM
    ) -> Clip | None:
        """What `probe` of a file with this content would return, or `probe_damaged` where is_kept."""
        key = _clip_key(sha256, is_kept, selector)
        return self._load(key, clip_body_size, lambda facts, body: clip_from_entry(facts, body, path, sha256))

    def store_clip(self, clip: Clip, is_kept: bool = False, selector: StreamSelector = MAIN_STREAM) -> None:
        self._store(_clip_key(clip.sha256, is_kept, selector), clip_facts(clip), timestamp_bytes(clip.pts))

    def load_proxies(self, clip: Clip, span: FrameSpan | None = None) -> Proxies | None:
        """Proxies of all of `clip`, or of these frames of it, without large copies: none to place by."""
        frames = clip.frames if span is None else span.stop - span.first
        return self._load(
            _proxies_key(clip, span),
            lambda value: proxies_body_size(value, clip, frames),
            lambda value, body: proxies_from_entry(value, body, clip),
        )

    def store_proxies(self, proxies: Proxies, span: FrameSpan | None = None) -> None:
        """All but the large copies: they take 16 times the room, and a known placement needs none."""
        key = _proxies_key(proxies.clip, span)
        self._store(key, proxy_factors(proxies), timestamp_bytes(proxies.clip.pts), np.ascontiguousarray(proxies.small))

    def load_record(self, key: str, read: Callable[[Json], T]) -> T | None:
        """A measurement.

        key: names all that the measurement follows from, apart from this program's code. read: raises InvalidEntry.
        """
        return self._load(f"record {key}", lambda _: 0, lambda value, _: read(value))

    def store_record(self, key: str, value: Json) -> None:
        """value: what JSON can hold; it comes back with lists in place of tuples."""
        self._store(f"record {key}", value)

    def _load(self, key: str, size_of: Callable[[Json], int], read: Callable[[Json, U8], T]) -> T | None:
        if self.folder is None:
            return None
        path = _entry_path(self.folder, key)
        try:
            value = read(*_read_entry(path, key, size_of))
        except (OSError, ValueError, RecursionError):  # ValueError: no JSON, or an InvalidEntry
            return None
        with suppress(OSError):  # a folder to read only serves too
            os.utime(path)  # the least recently used entries are evicted first
        return value

    def _store(self, key: str, value: Json, *bodies: U8) -> None:
        header = json.dumps({"key": key, "value": value}).encode()
        size = _FIXED_BYTES + len(header) + sum(body.nbytes for body in bodies)
        if self.folder is None or len(header) > MAX_HEADER_BYTES or size > self.limit:
            return
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_entry(_entry_path(self.folder, key), header, bodies)
            _evict(self.folder, self.limit)


NO_CACHE = Cache()


def user_cache() -> Cache:
    """The cache in the folder that VIDKOMPY_CACHE names, else in the platform's folder for such things."""
    return Cache(user_cache_folder())


def _clip_key(sha256: str, is_kept: bool, selector: StreamSelector) -> str:
    return f"clip {sha256}{' as kept' if is_kept else ''}{'' if selector.is_free else f' {selector}'}"


def _proxies_key(clip: Clip, span: FrameSpan | None) -> str:
    part = "all" if span is None else f"{span.first}:{span.stop}"
    return f"proxies {clip.content_key} {part}{' as concealed' if clip.is_concealed else ''}"


def _entry_path(folder: Path, key: str) -> Path:
    return folder / (hashlib.sha256(f"{_code_fingerprint()} {key}".encode()).hexdigest() + ENTRY_SUFFIX)


@functools.cache
def _code_fingerprint() -> str:
    """Hash of all modules that an answer can follow from, and versions of what they decode and shrink with.

    Measured: 13 ms on a busy machine, for 150 files.
    """
    text = b"".join(source.read_bytes() for source in source_files())
    return f"{hashlib.sha256(text).hexdigest()} av {av.__version__} opencv {cv2.__version__}"


def source_files() -> list[Traversable]:
    """Every module of this package and of filtergraphs, in an order that does not depend on the machine."""
    named = [(name, source) for package in ("vidkompy", "filtergraphs") for name, source in _modules(files(package))]
    return [source for _, source in sorted(named, key=lambda pair: pair[0])]


def _modules(folder: Traversable) -> Iterator[tuple[str, Traversable]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from ((f"{folder.name}/{name}", source) for name, source in _modules(item))
        elif item.name.endswith(".py"):
            yield f"{folder.name}/{item.name}", item


def _magic() -> bytes:
    return f"vidkompycache {ENTRY_FORMAT:02}".encode()


def _read_entry(path: Path, key: str, size_of: Callable[[Json], int]) -> tuple[Json, U8]:
    """Value and body u8 [n] of an entry. Raises OSError, ValueError, RecursionError unless the file is that entry.

    size_of: bytes of the body that the value stands for; no more is read, however large the file.
    Read, not mapped: the checksum needs all of it, and a mapped file that a network drive loses ends the process.
    Measured with 360 MB: 190 ms, mapped 120 ms.
    """
    with os.fdopen(os.open(path, OPEN_REGULAR), "rb") as file:
        state = os.fstat(file.fileno())
        fixed = file.read(_FIXED_BYTES) if stat.S_ISREG(state.st_mode) else b""
        if len(fixed) < _FIXED_BYTES or not fixed.startswith(_magic()):
            raise InvalidEntry("magic")
        _, checksum = _PREAMBLE.unpack_from(fixed)
        (length,) = _HEADER_LENGTH.unpack_from(fixed, _PREAMBLE.size)
        header = file.read(min(length, MAX_HEADER_BYTES))
        document = json.loads(header)
        if not isinstance(document, dict) or document.get("key") != key or not isinstance(document.get("value"), dict):
            raise InvalidEntry("header")
        body_size = size_of(document["value"])
        if len(header) != length or len(fixed) + length + body_size != state.st_size:
            raise InvalidEntry("size")
        body = np.fromfile(file, np.uint8, body_size)
    if _checksum(fixed[_PREAMBLE.size :] + header, [body]) != checksum:
        raise InvalidEntry("checksum")
    return document["value"], body


def _checksum(before_body: bytes, bodies: Sequence[U8]) -> int:
    """CRC-32 of an entry from behind its preamble."""
    checksum = zlib.crc32(before_body)
    for body in bodies:
        checksum = zlib.crc32(body.data, checksum)
    return checksum


def _write_entry(path: Path, header: bytes, bodies: Sequence[U8]) -> None:
    """Write an entry through a staging file in the same folder, so that readers and other writers see all of it or
    none.
    """
    before_body = _HEADER_LENGTH.pack(len(header)) + header
    handle, staging = tempfile.mkstemp(ENTRY_SUFFIX, "part-", path.parent)  # a stale one is evicted like any entry
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_PREAMBLE.pack(_magic(), _checksum(before_body, bodies)) + before_body)
            for body in bodies:
                file.write(body.data)
        Path(staging).replace(path)
    finally:
        Path(staging).unlink(missing_ok=True)


def _evict(folder: Path, limit: int) -> None:
    """Remove the least recently used entries until `limit` bytes are left."""
    entries = []
    for path in folder.glob(f"*{ENTRY_SUFFIX}"):
        with suppress(OSError):  # another process was faster
            state = path.lstat()
            if not stat.S_ISDIR(state.st_mode):
                entries.append((state.st_mtime_ns, state.st_size, path))
    excess = sum(size for _, size, _ in entries) - limit
    for _, size, path in sorted(entries):
        if excess <= 0:
            return
        with suppress(OSError):
            path.unlink(missing_ok=True)
            excess -= size

"""Files of the cache: each appears whole or not at all, under a name that says what it holds and who wrote it.

An entry has a checksum, and only its owner can read it: it shows footage. The checksum tells damage, not who wrote the
file: values are checked as well (`cache_entries`).

Name: number of the format, code that made it, kind, and digest of its key; `part-` for what is being written, `lock-`
for locks (`cache_locks`), `ffmpeg-` for what binaries answered (`ffmpeg.kept_answers`).
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
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, NamedTuple

import av
import cv2
import numpy as np

from vidkompy.media.cache_entries import InvalidEntry
from vidkompy.media.cache_folder import ENTRY_SUFFIX, OPEN_REGULAR
from vidkompy.media.cache_locks import free_lock
from vidkompy.model import U8, Json

ENTRY_FORMAT = 3  # of an entry's file, and of the names of files

EntryKind = Literal["clip", "small", "large", "sound", "record"]  # what an entry holds: `cache_entries`

MAX_HEADER_BYTES = 1 << 20  # it holds some dozens of numbers and names
DIGEST_LENGTH = 40  # hexadecimal digits of a key's digest in a file's name
CODE_LENGTH = 12  # of the digest of the code

_PREAMBLE = struct.Struct("<16sI")  # name and number of the format; CRC-32 of all that follows
_HEADER_LENGTH = struct.Struct("<Q")
_FIXED_BYTES = _PREAMBLE.size + _HEADER_LENGTH.size


class CacheFile(NamedTuple):
    """A file of the cache.

    kind         of the entry; "ffmpeg", "lock" or "part", see above; "" for a file of another format
    is_current   this code can find it
    used         ns, when it was last used
    """

    path: Path
    kind: str
    is_current: bool
    used: int
    size: int


def entry_path(folder: Path, kind: EntryKind, key: str) -> Path:
    return folder / f"{_version()}{kind}-{_digest(key)}{ENTRY_SUFFIX}"


def lock_path(folder: Path, key: str) -> Path:
    return folder / f"lock-{_digest(key)}{ENTRY_SUFFIX}"


def cache_files(folder: Path) -> Iterator[CacheFile]:
    """All of this program's files in the folder, in no order; none where it cannot be listed."""
    with suppress(OSError), os.scandir(folder) as items:
        for item in items:
            if item.name.endswith(ENTRY_SUFFIX):
                with suppress(OSError):  # another process was faster
                    state = item.stat(follow_symlinks=False)
                    if not stat.S_ISDIR(state.st_mode):
                        kind, is_current = _kind_of(item.name)
                        yield CacheFile(Path(item.path), kind, is_current, state.st_mtime_ns, state.st_size)


def _kind_of(name: str) -> tuple[str, bool]:
    """What a file holds, and whether this code can find it."""
    for kind in ("ffmpeg", "lock", "part"):
        if name.startswith(f"{kind}-"):
            return kind, True
    parts = name.removesuffix(ENTRY_SUFFIX).split("-")
    if len(parts) != 4 or parts[0] != str(ENTRY_FORMAT):
        return "", False
    return parts[2], name.startswith(_version())


def _version() -> str:
    """What the names of this code's entries begin with."""
    return f"{ENTRY_FORMAT}-{hashlib.sha256(_code_fingerprint().encode()).hexdigest()[:CODE_LENGTH]}-"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:DIGEST_LENGTH]


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


def read_entry(path: Path, key: str, size_of: Callable[[Json], int]) -> tuple[Json, U8]:
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


def write_entry(path: Path, header: bytes, bodies: Sequence[U8]) -> int:
    """Write an entry through a staging file in the same folder, so that readers and other writers see all of it or
    none. Its bytes. Raises OSError.
    """
    before_body = _HEADER_LENGTH.pack(len(header)) + header
    handle, staging = tempfile.mkstemp(ENTRY_SUFFIX, "part-", path.parent)  # a stale one is evicted like any entry
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_PREAMBLE.pack(_magic(), _checksum(before_body, bodies)) + before_body)
            for body in bodies:
                file.write(body.data)
            size = file.tell()
        Path(staging).replace(path)
    finally:
        Path(staging).unlink(missing_ok=True)
    return size


def _checksum(before_body: bytes, bodies: Sequence[U8]) -> int:
    """CRC-32 of an entry from behind its preamble."""
    checksum = zlib.crc32(before_body)
    for body in bodies:
        checksum = zlib.crc32(body.data, checksum)
    return checksum


def entry_header(key: str, value: Json) -> bytes | None:
    """None where it would be longer than entries may have."""
    header = json.dumps({"key": key, "value": value}).encode()
    return header if len(header) <= MAX_HEADER_BYTES else None


def clear_cache(folder: Path) -> tuple[int, int]:
    """Remove all entries, and locks that nobody holds; number of files, and bytes, that are free now.

    A run that is at work goes on without: it decodes what it does not find, and keeps it.
    """
    files, size = 0, 0
    for file in list(cache_files(folder)):
        is_removed = free_lock(file.path) if file.kind == "lock" else _remove(file)
        files, size = files + is_removed, size + file.size * is_removed
    return files, size


def evict(folder: Path, limit: int) -> None:
    """Remove files of other formats, then entries of other code and the least recently used, down to `limit` bytes.

    Locks stay: removing one that is held would let another run take it too.
    """
    entries = []
    for file in cache_files(folder):
        if not file.kind:
            _remove(file)
        elif file.kind != "lock":
            entries.append(file)
    excess = sum(file.size for file in entries) - limit
    for file in sorted(entries, key=lambda file: (file.is_current, file.used, file.size)):
        if excess <= 0:
            return
        excess -= file.size * _remove(file)


def _remove(file: CacheFile) -> bool:
    with suppress(OSError):
        file.path.unlink()
        return True
    return False

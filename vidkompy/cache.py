"""What an analysis measured, kept for the next one of the same files, whatever they are called by then.

An entry is found by what it was made from: the content hash of the clip, and the code that made it. It is one file,
sealed with a checksum, that appears whole or not at all, and that only its owner can read: it shows footage. Nothing
here raises: an entry that cannot be read is not there, one that cannot be written is not kept.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import struct
import tempfile
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from platformdirs import user_cache_path

from vidkompy.decode import Proxies
from vidkompy.model import U8, Clip, Colour, Fault

FORMAT = 1  # of an entry's file
LIMIT = 2 << 30  # bytes of all entries: five clips of the largest proxies, or 200 of 10 s at 1080p
SUFFIX = ".vidkompy-cache"  # of all that is ours in the folder; nothing else there is ever deleted

_SEAL = struct.Struct("<16sI")  # name and number of the format; CRC-32 of all that follows
_LENGTH = struct.Struct("<Q")  # of the JSON that comes next; then the body
_RATIONALS = ("time_base", "frame_rate", "sar")
_NOTHING = np.empty(0, np.uint8)

Span = tuple[int, int]  # frames [a, b) of a clip
Json = dict[str, Any]


@dataclass(frozen=True)
class Cache:
    """Entries in a folder, at most `limit` bytes of them; the least recently used go first.

    folder   made when the first entry is written; None: nothing is found and nothing is kept
    """

    folder: Path | None = None
    limit: int = LIMIT

    def load_clip(self, path: Path, sha256: str, is_kept: bool = False) -> Clip | None:
        """What a probe of `path` would say, if its content has this hash; is_kept: what a search for damage would."""
        found = self._load(_clip_key(sha256, is_kept))
        return found and _clip(found[0], path)

    def store_clip(self, clip: Clip, is_kept: bool = False) -> None:
        self._store(_clip_key(clip.sha256, is_kept), _facts(clip))

    def load_proxies(self, clip: Clip, span: Span | None = None) -> Proxies | None:
        """As decoded from all of `clip`, or from these frames of it; none is held large, so none to place by."""
        found = self._load(_proxies_key(clip, span))
        if found is None:
            return None
        value, body = found
        decoded = replace(clip, pts=np.array(value["pts"], np.int64))
        return Proxies(decoded, body.reshape(value["shape"]), value["small_factor"], {}, value["large_factor"])

    def store_proxies(self, proxies: Proxies, span: Span | None = None) -> None:
        """All but the large copies: they take 16 times the room, and a known placement needs none."""
        value = {
            "pts": proxies.clip.pts.tolist(),
            "shape": proxies.small.shape,
            "small_factor": proxies.small_factor,
            "large_factor": proxies.large_factor,
        }
        self._store(_proxies_key(proxies.clip, span), value, proxies.small)

    def load_record(self, key: str) -> Json | None:
        """key: names all that the record follows from, apart from this program's code."""
        found = self._load(f"record {key}")
        return found and found[0]

    def store_record(self, key: str, value: Json) -> None:
        """value: what JSON can hold; it comes back with lists in place of tuples."""
        self._store(f"record {key}", value)

    def _load(self, key: str) -> tuple[Json, U8] | None:
        if self.folder is None:
            return None
        path = _path(self.folder, key)
        found = _read(path, key)
        if found is not None:
            with suppress(OSError):  # a folder to read only serves too
                os.utime(path)
        return found

    def _store(self, key: str, value: Json, body: U8 = _NOTHING) -> None:
        head = json.dumps({"key": key, "value": value}).encode()
        if self.folder is None or _SEAL.size + _LENGTH.size + len(head) + body.nbytes > self.limit:
            return
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(_path(self.folder, key), head, np.ascontiguousarray(body))
            _make_room(self.folder, self.limit)


NO_CACHE = Cache()


def user_cache() -> Cache:
    """In the folder that VIDKOMPY_CACHE names, else in the platform's folder for such things."""
    chosen = os.environ.get("VIDKOMPY_CACHE")
    folder = Path(chosen).absolute() if chosen else user_cache_path("vidkompy", appauthor=False)
    return Cache(folder) if folder.is_absolute() else NO_CACHE  # a user without a home has "~" for one


def _clip_key(sha256: str, is_kept: bool) -> str:
    return f"clip {sha256}{' as kept' if is_kept else ''}"


def _proxies_key(clip: Clip, span: Span | None) -> str:
    part = "all" if span is None else f"{span[0]}:{span[1]}"
    return f"proxies {clip.sha256} {part}{' as concealed' if clip.is_concealed else ''}"


def _path(folder: Path, key: str) -> Path:
    return folder / (hashlib.sha256(f"{_code()} {key}".encode()).hexdigest() + SUFFIX)


@functools.cache
def _code() -> str:
    """Of this package's modules and of what they decode and shrink with: nobody forgets to raise such a number.

    Measured: 1 ms.
    """
    sources = sorted((f for f in files("vidkompy").iterdir() if f.name.endswith(".py")), key=lambda f: f.name)
    text = b"".join(source.read_bytes() for source in sources)
    return f"{hashlib.sha256(text).hexdigest()} av {version('av')} opencv {cv2.__version__}"


def _name() -> bytes:
    return f"vidkompycache {FORMAT:02}".encode()


def _read(path: Path, key: str) -> tuple[Json, U8] | None:
    """JSON and body u8 [n] of an entry; None unless the file is whole and is that entry.

    Read, not mapped: the checksum wants all of it, and a mapped file that a network drive loses ends the process.
    Measured with 360 MB: 190 ms, mapped 120 ms.
    """
    try:
        data = np.fromfile(path, np.uint8)
    except OSError:
        return None
    rest = data[_SEAL.size :]
    if data[: _SEAL.size].tobytes() != _SEAL.pack(_name(), zlib.crc32(rest.data)):
        return None
    (length,) = _LENGTH.unpack(rest[: _LENGTH.size].data)
    body = _LENGTH.size + length
    head = json.loads(rest[_LENGTH.size : body].tobytes())
    return (head["value"], rest[body:]) if head["key"] == key else None


def _write(path: Path, head: bytes, body: U8) -> None:
    """Through a file of its own in the same folder, so that readers and other writers see all of it or none."""
    intro = _LENGTH.pack(len(head)) + head
    handle, part = tempfile.mkstemp(SUFFIX, "part-", path.parent)  # a stale one goes like any other entry
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_SEAL.pack(_name(), zlib.crc32(body.data, zlib.crc32(intro))) + intro)
            file.write(body.data)
        Path(part).replace(path)
    finally:
        Path(part).unlink(missing_ok=True)


def _make_room(folder: Path, limit: int) -> None:
    kept = []
    for path in folder.glob(f"*{SUFFIX}"):
        with suppress(OSError):  # another process was faster
            state = path.lstat()
            kept.append((state.st_mtime_ns, state.st_size, path))
    excess = sum(size for _, size, _ in kept) - limit
    for _, size, path in sorted(kept):
        if excess <= 0:
            return
        with suppress(OSError):
            path.unlink(missing_ok=True)
            excess -= size


def _facts(clip: Clip) -> Json:
    facts = asdict(clip) | {"pts": clip.pts.tolist()} | {name: str(getattr(clip, name)) for name in _RATIONALS}
    del facts["path"]
    return facts


def _clip(facts: Json, path: Path) -> Clip:
    parsed: Json = {name: Fraction(facts[name]) for name in _RATIONALS}
    parsed["pts"] = np.array(facts["pts"], np.int64)
    parsed["colour"] = Colour(**facts["colour"])
    parsed["damage"] = tuple(Fault(**fault) for fault in facts["damage"])
    parsed["audio"], parsed["side_data"] = tuple(facts["audio"]), tuple(facts["side_data"])
    return Clip(**(facts | parsed), path=path)

"""Cache of measurements on disk, for the next analysis of the same files, whatever they are called by then.

An entry's key names what it was made from: the content hash of the clip, and the code that made it. Nothing here
raises: an entry that cannot be read, or is not what it should be, is a miss; one that cannot be written is not kept.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import field
from os import utime
from pathlib import Path
from typing import TypeVar

from vidkompy.media.cache_entries import clip_body_size, clip_facts, clip_from_entry, timestamp_bytes
from vidkompy.media.cache_files import EntryKind, entry_header, entry_path, evict, lock_path, read_entry, write_entry
from vidkompy.media.cache_folder import CACHE_LIMIT, user_cache_folder, user_cache_limit
from vidkompy.media.cache_locks import held_lock
from vidkompy.media.stream_choice import MAIN_STREAM, StreamSelector
from vidkompy.model import U8, Clip, Json
from vidkompy.records import Record

UNCOUNTED_SHARE = 64  # one such part of the limit is written between two looks at what all entries take

T = TypeVar("T")


class Cache(Record):
    """Entries in a folder, at most `limit` bytes of them; the least recently used go first.

    folder   made when the first entry is written; None: nothing is found and nothing is kept
    _uncounted   one number: bytes written since all entries were last counted
    """

    folder: Path | None = None
    limit: int = CACHE_LIMIT
    _uncounted: list[int] = field(default_factory=lambda: [sys.maxsize], init=False, compare=False, repr=False)

    def load_clip(
        self, path: Path, sha256: str, is_kept: bool = False, selector: StreamSelector = MAIN_STREAM
    ) -> Clip | None:
        """What `probe` of a file with this content would return, or `probe_damaged` where is_kept."""
        key = _clip_key(sha256, is_kept, selector)
        return self.load("clip", key, clip_body_size, lambda facts, body: clip_from_entry(facts, body, path, sha256))

    def store_clip(self, clip: Clip, is_kept: bool = False, selector: StreamSelector = MAIN_STREAM) -> None:
        self.store("clip", _clip_key(clip.sha256, is_kept, selector), clip_facts(clip), timestamp_bytes(clip.pts))

    def load_record(self, key: str, read: Callable[[Json], T]) -> T | None:
        """A measurement.

        key: names all that the measurement follows from, apart from this program's code. read: raises InvalidEntry.
        """
        return self.load("record", f"record {key}", lambda _: 0, lambda value, _: read(value))

    def store_record(self, key: str, value: Json) -> None:
        """value: what JSON can hold; it comes back with lists in place of tuples."""
        self.store("record", f"record {key}", value)

    def load(
        self, kind: EntryKind, key: str, size_of: Callable[[Json], int], read: Callable[[Json, U8], T]
    ) -> T | None:
        """What `read` makes of an entry's value and body, u8 [n]; None where there is none that is as it should be.

        size_of   bytes of the body that the value stands for; both may raise InvalidEntry
        """
        if self.folder is None:
            return None
        path = entry_path(self.folder, kind, key)
        try:
            value = read(*read_entry(path, key, size_of))
        except (OSError, ValueError, RecursionError):  # ValueError: no JSON, or an InvalidEntry
            return None
        with suppress(OSError):  # a folder to read only serves too
            utime(path)  # the least recently used entries are evicted first
        return value

    def has(self, kind: EntryKind, key: str) -> bool:
        """Whether there is such an entry, sound or not."""
        return self.folder is not None and entry_path(self.folder, kind, key).is_file()

    def store(self, kind: EntryKind, key: str, value: Json, *bodies: U8) -> None:
        header = entry_header(key, value)
        if self.folder is None or header is None or len(header) + sum(body.nbytes for body in bodies) > self.limit:
            return
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._uncounted[0] += write_entry(entry_path(self.folder, kind, key), header, bodies)
            if self._uncounted[0] > self.limit // UNCOUNTED_SHARE:
                evict(self.folder, self.limit - self.limit // UNCOUNTED_SHARE)
                self._uncounted[0] = 0

    @contextmanager
    def exclusive(self, key: str, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Alone with what this key names: other runs that ask for it wait, until this one is done or killed.

        on_wait   called now and then while another run is at it
        """
        if self.folder is None:
            yield
            return
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with held_lock(lock_path(self.folder, key), on_wait):
            yield


NO_CACHE = Cache()


def user_cache() -> Cache:
    """The cache in the folder that VIDKOMPY_CACHE names, else in the platform's folder for such things.

    Raises UsageError where VIDKOMPY_CACHE_LIMIT is no size.
    """
    return Cache(user_cache_folder(), user_cache_limit())


def _clip_key(sha256: str, is_kept: bool, selector: StreamSelector) -> str:
    return f"clip {sha256}{' as kept' if is_kept else ''}{'' if selector.is_free else f' {selector}'}"

"""Copies of remote clips on this machine, which all batches here share. A copy is whole or not there.

Each copy lies in a folder of its own, under the clip's own name, beside a lock file. Those who use the copy share the
lock, who makes or removes it has it alone, and the system frees it however its holder ends.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from threading import Event
from time import sleep

from vidkompy.batch.pair_task import StagedClip
from vidkompy.batch.remote_clips import fetch, remote_revision, remote_size
from vidkompy.errors import MediaError
from vidkompy.media.file_locks import take_lock, wait_for_lock

KEY_DIGITS = 32  # hexadecimal
MAX_NAME_CHARACTERS = 60  # of a copy: file systems take 255 bytes, the last ones say what kind of file it is
DEFAULT_LIMIT = 64 << 30  # bytes of copies that a machine keeps while batches run
POLL_SECONDS = 0.05  # between looks for a copy that somebody makes
_LOCK_SUFFIX = ".lock"
_PART_SUFFIX = ".part"


class ClipCopies:
    """limit: bytes; what is in use may exceed it."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._limit = limit
        self._end = Event()
        owner = os.getuid() if hasattr(os, "getuid") else 0
        self._folder = Path(tempfile.gettempdir()) / f"vidkompy-clips-{owner}"

    @contextmanager
    def held(self, url: str) -> Iterator[tuple[Path, str]]:
        """A copy of what is there now, which stays as long as it is held, and its revision.

        Raises MediaError, OSError.
        """
        revision = remote_revision(url)
        if not revision:
            raise MediaError(f"cannot read '{url}': there is no such file")

        def check(_digest: str) -> None:
            if remote_revision(url) != revision:
                raise MediaError(f"'{url}' changed while it was copied; run the batch again when it is complete")

        with self._held(url, f"{url}\n{revision}".encode(), _file_name(url), check) as copy:
            yield copy, revision

    @contextmanager
    def held_staged(self, staged: StagedClip) -> Iterator[Path]:
        """A copy of what is staged, under the clip's own name, as long as it is held. Raises MediaError, OSError."""

        def check(digest: str) -> None:
            if digest != staged.state.sha256:
                raise MediaError(f"'{staged.url}' is not what was put there; remove it, and run the batch again")

        clip = os.fsencode(staged.state.clip)
        with self._held(staged.url, staged.url.encode() + b"\n" + clip, _short_name(staged.state.clip), check) as copy:
            yield copy

    @contextmanager
    def _held(self, url: str, identity: bytes, name: str, check: Callable[[str], None]) -> Iterator[Path]:
        """check: raises MediaError where a copy of that hash is not what it should be. Raises MediaError, OSError."""
        self._make_folder()
        key = hashlib.sha256(identity).hexdigest()[:KEY_DIGITS]
        copy, lock = self._folder / key / name, self._folder / (key + _LOCK_SUFFIX)
        while not self._end.is_set():
            with _shared(lock):
                if copy.exists():
                    lock.touch()
                    yield copy
                    return
            try:
                with _alone(lock):
                    if not copy.exists():
                        self._make(copy, url, check)
            except BlockingIOError:  # others look, as here, or one makes it
                sleep(POLL_SECONDS)
        raise MediaError(f"cannot read '{url}': the batch ends")

    def stop(self) -> None:
        """Ends what is being copied; no more are made."""
        self._end.set()

    def clear(self) -> None:
        """Removes copies that nobody uses."""
        for lock in self._folder.glob("*" + _LOCK_SUFFIX):
            self._remove(lock)
        with suppress(OSError):
            self._folder.rmdir()

    def _make_folder(self) -> None:
        """Raises OSError, also where the folder is another user's, who could change what is in it."""
        with suppress(FileExistsError):
            self._folder.mkdir(0o700)
        status = self._folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or (hasattr(os, "getuid") and status.st_uid != os.getuid()):
            raise PermissionError(f"'{self._folder}' is not this user's folder")

    def _make(self, copy: Path, url: str, check: Callable[[str], None]) -> None:
        """Raises MediaError, OSError."""
        self._make_room(remote_size(url))
        part = copy.parent.with_suffix(_PART_SUFFIX)
        shutil.rmtree(part, ignore_errors=True)  # of one that was killed
        part.mkdir()
        try:
            check(fetch(url, part / copy.name, self._end.is_set))
            part.rename(copy.parent)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _make_room(self, size: int) -> None:
        """The copies that were used longest ago go first."""
        locks = sorted(self._folder.glob("*" + _LOCK_SUFFIX), key=_last_use)
        sizes = {lock: _size(lock.with_suffix("")) for lock in locks}
        total = size + sum(sizes.values())
        for lock in locks:
            if total <= self._limit:
                return
            if sizes[lock] and self._remove(lock):
                total -= sizes[lock]

    def _remove(self, lock: Path) -> bool:
        """Whether nobody used the copy."""
        try:
            with lock.open("rb") as file:
                take_lock(file.fileno())
                shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                shutil.rmtree(lock.with_suffix(_PART_SUFFIX), ignore_errors=True)
                lock.unlink(missing_ok=True)
        except OSError:
            return False
        return True


@contextmanager
def _shared(lock: Path) -> Iterator[None]:
    """Raises OSError. Who removes a copy removes its lock: then there is another by this name."""
    while True:
        with lock.open("ab") as file:
            wait_for_lock(file.fileno(), is_shared=True)
            if _is_same(file.fileno(), lock):
                yield
                return


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Raises BlockingIOError where others have it, OSError."""
    with lock.open("ab") as file:
        take_lock(file.fileno())
        if not _is_same(file.fileno(), lock):
            raise BlockingIOError(f"'{lock}' was replaced")
        yield


def _is_same(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _file_name(url: str) -> str:
    """The clip's own, for the pages and pictures that show it."""
    return _short_name(re.split("[?#]", url.partition("://")[2])[0])


def _short_name(path: str) -> str:
    return PurePosixPath(path).name[-MAX_NAME_CHARACTERS:] or "clip"


def _last_use(lock: Path) -> float:
    try:
        return lock.stat().st_mtime
    except OSError:
        return 0.0


def _size(folder: Path) -> int:
    try:
        return sum(path.stat().st_size for path in folder.iterdir())
    except OSError:
        return 0

"""Clips that URLs name, such as s3://films/a.mp4: whatever fsspec, and the file systems installed for it, can read."""

from __future__ import annotations

import errno
import hashlib
import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from vidkompy.errors import MediaError, OutputError, UsageError, VidkompyError

BLOCK_BYTES = 4 << 20  # between looks at whether anybody still wants a copy
MAX_LOOKS = 16  # at a time: each waits for the network
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

T = TypeVar("T")


def is_remote(clip: str) -> bool:
    return "://" in clip


def check_remote_clips() -> None:
    """Raises UsageError where nothing here reads URLs."""
    try:
        import fsspec  # noqa: F401
    except ImportError:
        raise UsageError("clips by URL need fsspec: pip install 'vidkompy[batch]'") from None


def remote_revision(url: str) -> str:
    """Its size and what its file system has for a checksum; "" where there is no such file. Raises MediaError."""
    return _answer(_revision, url)


def remote_revisions(urls: Iterable[str]) -> dict[str, str]:
    """Of each. Raises MediaError."""
    distinct = list(dict.fromkeys(urls))
    with ThreadPoolExecutor(MAX_LOOKS) as looks:
        return dict(zip(distinct, looks.map(remote_revision, distinct), strict=True))


def remote_size(url: str) -> int:
    """Bytes. Raises MediaError."""
    return _answer(_size, url)


def remote_hash(url: str) -> str:
    """SHA-256 of what it holds, which is read to its end. Raises MediaError."""
    return _answer(_hash, url)


def fetch(url: str, path: Path, has_ended: Callable[[], bool]) -> str:
    """Copies it into a new file, whose SHA-256 it returns.

    has_ended   nobody wants it any more
    Raises MediaError, also where that comes first, and OSError where there is no room for it here.
    """
    return _answer(_fetch, url, path, has_ended)


def make_remote_folder(url: str) -> None:
    """Unless it is there; the one that it lies in has to be. Raises OutputError."""
    error = _asked(_make_folder, url).exception()
    if error is not None:
        raise OutputError(f"cannot make folder '{url}': {_reason(error)}") from error


def store(blocks: Iterable[bytes], url: str) -> None:
    """Makes a file, which gets its name when all of it is there. Raises OutputError, and what `blocks` raise."""
    error = _asked(_store, url, blocks).exception()
    if isinstance(error, VidkompyError | CancelledError):
        raise error
    if error is not None:
        raise OutputError(
            f"cannot write '{url}': {_reason(error)}; mend that, and run the same command again: it goes on"
        ) from error


def _answer(ask: Callable[..., T], url: str, *words: object) -> T:
    """Raises MediaError for anything that goes wrong there."""
    answer = _asked(ask, url, *words)
    error = answer.exception()
    if error is None:
        return answer.result()
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        raise error
    raise MediaError(f"cannot read '{url}': {_reason(error)}") from error


def _asked(ask: Callable[..., T], url: str, *words: object) -> Future[T]:
    """What came of it, in which errors of any kind are: each file system has its own."""
    with ThreadPoolExecutor(1) as asking:
        return asking.submit(ask, url, *words)


def _reason(error: BaseException) -> str:
    return "there is no such file" if isinstance(error, FileNotFoundError) else str(error) or type(error).__name__


def _located(url: str) -> tuple[Any, str]:
    """A file system, which forgets what it knew of the file, and the path in it."""
    from fsspec.core import url_to_fs

    system, path = url_to_fs(url)
    system.invalidate_cache()
    return system, path


def _revision(url: str) -> str:
    system, path = _located(url)
    try:
        return f"{system.size(path)}:{system.checksum(path):x}"
    except FileNotFoundError:
        return ""


def _size(url: str) -> int:
    system, path = _located(url)
    return int(system.size(path) or 0)


def _hash(url: str) -> str:
    system, path = _located(url)
    with system.open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(url: str, target: Path, has_ended: Callable[[], bool]) -> str:
    system, path = _located(url)
    digest = hashlib.sha256()
    with system.open(path, "rb") as source, target.open("wb") as file:
        while block := source.read(BLOCK_BYTES):
            if has_ended():
                raise InterruptedError("the batch ends")
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _make_folder(url: str) -> None:
    system, path = _located(url)
    if not system.exists(path):
        system.mkdir(path, create_parents=False)


def _store(url: str, blocks: Iterable[bytes]) -> None:
    system, path = _located(url)
    part = f"{path}.part-{secrets.token_hex(8)}"
    try:
        with system.open(part, "wb") as file:
            for block in blocks:
                file.write(block)
        system.mv(part, path)
    finally:
        with suppress(FileNotFoundError):  # it has its name
            system.rm_file(part)

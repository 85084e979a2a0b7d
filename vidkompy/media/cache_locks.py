"""Locks of the cache: of runs that want the same clip one decodes it, and the others wait for what it keeps.

A lock is a file in the cache's folder. The system frees it when the process that holds it ends, by kill -9 too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

from vidkompy.media.file_locks import take_lock

SECONDS_A_LOOK = 0.2  # from one try to take a lock to the next: little beside what it is waited for
MAX_OPENINGS = 1000  # of a lock's file: others remove it between its opening and its locking, each time

_OPEN_LOCK = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@contextmanager
def held_lock(path: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock at `path`, whose folder exists; where that cannot be, go on without.

    on_wait   called now and then while another run holds it
    """
    handle = _acquired(path, on_wait)
    try:
        yield
    finally:
        if handle is not None:
            with suppress(OSError):  # first: who waits for it finds it removed, and opens a new one
                path.unlink(missing_ok=True)
            os.close(handle)


def free_lock(path: Path) -> bool:
    """Remove the lock's file if nobody holds it; whether it was removed."""
    try:
        handle = os.open(path, _OPEN_LOCK & ~os.O_CREAT)
    except OSError:
        return False
    try:
        take_lock(handle)
        path.unlink(missing_ok=True)
    except OSError:  # BlockingIOError: it is held
        return False
    finally:
        os.close(handle)
    return True


def _acquired(path: Path, on_wait: Callable[[], None]) -> int | None:
    """Handle of the lock's file, locked. None where there can be none."""
    for _ in range(MAX_OPENINGS):
        try:
            handle = os.open(path, _OPEN_LOCK, 0o600)
        except OSError:
            return None
        is_locked = False
        try:
            _wait_for(handle, on_wait)
            is_locked = os.fstat(handle).st_nlink > 0  # else the one who held it has removed it since
        finally:
            if not is_locked:
                os.close(handle)
        if is_locked:
            return handle
    return None


def _wait_for(handle: int, on_wait: Callable[[], None]) -> None:
    while True:
        try:
            take_lock(handle)
            return
        except BlockingIOError:
            on_wait()
            sleep(SECONDS_A_LOOK)

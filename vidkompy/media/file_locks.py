"""Advisory locks on open files, which the system frees when the process that holds one ends, however it ends."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress

_POLL_SECONDS = 0.1  # between tries, where the system cannot wait
_LOCKED_BYTE = 2**40  # on Windows, which keeps others from reading what is locked


def take_lock(handle: int) -> None:
    """Raises BlockingIOError if another process has it. Where a file system has no locks, nothing happens."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as e:
            raise BlockingIOError(str(e)) from e
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # a file system without locks
        return


def wait_for_lock(handle: int, is_shared: bool = False) -> None:
    """Takes a lock when no other process, nor another handle of this one, has one that excludes it.

    is_shared   others may share it, but none may have it alone; on Windows it is had alone, too
    """
    if sys.platform == "win32":
        while True:
            try:
                take_lock(handle)
            except BlockingIOError:
                time.sleep(_POLL_SECONDS)
            else:
                return
    import fcntl

    with suppress(OSError):  # a file system without locks
        fcntl.flock(handle, fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX)

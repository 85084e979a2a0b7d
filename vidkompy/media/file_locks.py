"""Advisory locks on open files, which the system frees when the process that holds one ends, however it ends."""

from __future__ import annotations

import os
import sys

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

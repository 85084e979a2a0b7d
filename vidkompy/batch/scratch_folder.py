"""A folder for files on their way, among the temporary ones; what killed processes left there is removed.

It holds a file that is locked while the process lives: a folder of this user whose lock can be taken was abandoned.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vidkompy.media.file_locks import take_lock

PREFIX = "vidkompy-batch-"
LOCK_NAME = ".lock"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Raises OSError."""
    parent = Path(tempfile.gettempdir())
    _remove_abandoned(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    new = folder / (LOCK_NAME + "-new")
    try:
        with new.open("wb") as file:
            take_lock(file.fileno())
            new.rename(folder / LOCK_NAME)  # now that it is locked, others may see it
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(PREFIX + "*"):
        with suppress(OSError):
            if not _is_own(folder.lstat()):
                continue
            with (folder / LOCK_NAME).open("rb") as file:
                take_lock(file.fileno())
                shutil.rmtree(folder, ignore_errors=True)


def _is_own(status: os.stat_result) -> bool:
    """Others may make folders here, too, and links to what they must not remove."""
    return stat.S_ISDIR(status.st_mode) and (not hasattr(os, "getuid") or status.st_uid == os.getuid())

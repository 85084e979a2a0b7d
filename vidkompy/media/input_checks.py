"""A check that inputs are regular files: a device may never end, and what comes out of a pipe comes only once."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

_REFUSED_KINDS = {stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket", stat.S_IFCHR: "device", stat.S_IFBLK: "device"}


def check_regular_file(path: Path) -> None:
    """Raises OSError, in words for the user, if `path` is a device, a pipe or a socket, or is not there.

    Directories pass: they cannot be opened, and the system says why.
    """
    kind = _REFUSED_KINDS.get(stat.S_IFMT(path.stat().st_mode))
    if kind is not None:
        raise OSError(errno.EINVAL, f"is a {kind}, not a regular file: save what it holds as one", str(path))

"""Where this user's cache lies, how large it may grow, and what its files are called."""

from __future__ import annotations

import os
import re
from pathlib import Path

from vidkompy.errors import UsageError

ENTRY_SUFFIX = ".vidkompy-cache"  # of all files of this program in the folder; no other is ever deleted
CACHE_LIMIT = 4 << 30  # bytes of all entries: six clips of two hours at 1080p, or 25 shorter ones, with large copies
OPEN_REGULAR = (  # neither through a link, nor waiting for whoever writes into a pipe
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,3})?) ?([KMGT]?)(?:i?B)?", re.IGNORECASE)
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def user_cache_folder() -> Path | None:
    """The folder that VIDKOMPY_CACHE names, else the platform's for such things; None where there is none."""
    from platformdirs import user_cache_path  # takes 0.01 s

    chosen = os.environ.get("VIDKOMPY_CACHE")
    folder = Path(chosen).absolute() if chosen else user_cache_path("vidkompy", appauthor=False)
    return folder if folder.is_absolute() else None  # a user without a home has "~" for one


def user_cache_limit() -> int:
    """Bytes that VIDKOMPY_CACHE_LIMIT names, else the usual limit. Raises UsageError where it names none."""
    chosen = os.environ.get("VIDKOMPY_CACHE_LIMIT", "").strip()
    if not chosen:
        return CACHE_LIMIT
    match = _SIZE.fullmatch(chosen)
    if match is None:
        raise UsageError(f"VIDKOMPY_CACHE_LIMIT is '{chosen}'; wanted a size, such as 500M or 8G")
    return round(float(match[1]) * _UNITS[match[2].upper()])

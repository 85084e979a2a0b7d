"""Where this user's cache lies, and what its files are called."""

from __future__ import annotations

import os
from pathlib import Path

ENTRY_SUFFIX = ".vidkompy-cache"  # of all files of this program in the folder; no other is ever deleted
OPEN_REGULAR = (  # neither through a link, nor waiting for whoever writes into a pipe
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)


def user_cache_folder() -> Path | None:
    """The folder that VIDKOMPY_CACHE names, else the platform's for such things; None where there is none."""
    from platformdirs import user_cache_path  # takes 0.01 s

    chosen = os.environ.get("VIDKOMPY_CACHE")
    folder = Path(chosen).absolute() if chosen else user_cache_path("vidkompy", appauthor=False)
    return folder if folder.is_absolute() else None  # a user without a home has "~" for one

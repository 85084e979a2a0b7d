"""Names of files for other programs: file URLs, and paths relative to the file that names them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

_DRIVE = re.compile(r"[A-Za-z]:[/\\]")


def file_url(path: str | Path) -> str:
    """Absolute, percent-encoded: file:///tmp/a%20b.mp4, file:///C:/a.mp4, file://server/share/a.mp4.

    A path with a drive letter or a share is taken for one of Windows, wherever this runs. Source: RFC 8089.
    """
    text = str(path)
    if _DRIVE.match(text):
        drive, within = text[:2], text[2:].replace("\\", "/")
        return f"file:///{drive}{quote(within)}"
    if text.startswith("\\\\"):
        host, _, share = text[2:].replace("\\", "/").partition("/")
        return f"file://{host}/{quote(share)}"
    absolute = Path(text).absolute()  # links are kept: they are what the user named
    if ".." in absolute.parts:  # which readers take for a name, or drop with a folder that is a link
        absolute = Path(os.path.realpath(absolute.parent)) / absolute.name
    return f"file://{quote(os.fsencode(absolute.as_posix()))}"


def path_of_url(link: str) -> str:
    """What a file URL, or a path, names; a drive letter loses the slash before it. Inverse of `file_url`."""
    if not link.lower().startswith("file:"):
        return link
    try:
        parts = urlsplit(link)
    except ValueError:  # a bracket that is not closed
        return link
    path = unquote(parts.path, errors="surrogateescape")
    if parts.netloc not in ("", "localhost"):
        return f"\\\\{parts.netloc}{path}".replace("/", "\\")
    return path[1:] if _DRIVE.match(path[1:]) else path


def relative_path(path: Path, folder: Path) -> str:
    """The path from `folder` on, with slashes; absolute where there is no way (another drive)."""
    path, folder = (Path(os.path.realpath(p)) for p in (path, folder))  # Path.resolve takes no circle of links
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()

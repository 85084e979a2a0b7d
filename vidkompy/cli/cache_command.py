"""cache: what earlier analyses left on disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vidkompy.cli.commands import Cache
from vidkompy.cli.progress import size_text
from vidkompy.cli.results import Result

if TYPE_CHECKING:
    from vidkompy.media.cache_files import CacheFile
    from vidkompy.model import Json

_KINDS = {  # of files, by what a user knows of them
    "clip": "clips, probed",
    "small": "small copies of frames",
    "large": "large copies of frames",
    "sound": "sound",
    "record": "places and other measurements",
    "ffmpeg": "what ffmpeg can do",
    "part": "being written, or left by killed runs",
    "lock": "locks",
}
_OTHER = "of other versions"


def run_cache(c: Cache) -> Result:
    from vidkompy.media.cache_files import cache_files, clear_cache
    from vidkompy.media.cache_folder import user_cache_folder, user_cache_limit

    folder, limit = user_cache_folder(), user_cache_limit()
    facts: Json = {"action": c.action, "folder": None if folder is None else str(folder), "limit": limit}
    if c.action == "clear":
        files, size = (0, 0) if folder is None else clear_cache(folder)
        line = f"{files} files removed, {size_text(size)}"
        return Result(facts | {"files": files, "bytes": size}, (line,))
    facts |= _contents([] if folder is None else list(cache_files(folder)))
    return Result(facts, tuple(_lines(facts)))


def _contents(files: list[CacheFile]) -> Json:
    """Number and bytes of all files, and of those of each kind that there are."""
    kinds: dict[str, Json] = {}
    for file in files:
        kind = kinds.setdefault(file.kind if file.is_current else "other", {"files": 0, "bytes": 0})
        kind["files"] += 1
        kind["bytes"] += file.size
    ordered = {name: kinds[name] for name in (*_KINDS, "other") if name in kinds}
    return {"files": len(files), "bytes": sum(file.size for file in files), "kinds": ordered}


def _lines(facts: Json) -> Iterator[str]:
    yield f"folder  {facts['folder'] or 'none'}"
    yield f"size    {size_text(facts['bytes'])} of {size_text(facts['limit'])} in {facts['files']} files"
    for name, kind in facts["kinds"].items():
        yield f"        {size_text(kind['bytes']):>9}  {_KINDS.get(name, _OTHER)} ({kind['files']})"

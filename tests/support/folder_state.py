"""What stands in a folder, to be compared before and after."""

import hashlib
from pathlib import Path


def on_disk(folder: Path) -> dict[str, tuple[str, int]]:
    """Of everything in `folder`: content hash (or what else it is) and time of change, ns."""
    return {str(path.relative_to(folder)): _state(path) for path in sorted(folder.rglob("*"))}


def _state(path: Path) -> tuple[str, int]:
    if path.is_symlink():
        return f"-> {path.readlink()}", 0
    if path.is_dir():
        return "folder", 0
    if not path.is_file():
        return "special", 0
    return hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns

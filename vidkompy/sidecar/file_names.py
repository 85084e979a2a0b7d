"""Names of the files that stand beside a sidecar."""

from __future__ import annotations

from pathlib import Path


def path_named_after(sidecar: Path, suffix: str) -> Path:
    """x.vidkompy.json -> x.timecodes.txt, and the like."""
    return sidecar.parent / (sidecar.name.removesuffix(".json").removesuffix(".vidkompy") + suffix)


def timecodes_path(sidecar: Path) -> Path:
    """Of the timecodes of the BG frames shown, which are written with it."""
    return path_named_after(sidecar, ".timecodes.txt")


def kept_path(sidecar: Path) -> Path:
    """Where a sidecar stays as it was when it is replaced: x.vidkompy.json.old, or .old2 and on where that exists."""
    n = 1
    while (found := sidecar.with_name(f"{sidecar.name}.old{n if n > 1 else ''}")).exists():
        n += 1
    return found

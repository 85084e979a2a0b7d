"""Names of the files that stand beside a sidecar."""

from __future__ import annotations

from pathlib import Path


def path_named_after(sidecar: Path, suffix: str) -> Path:
    """x.vidkompy.json -> x.timecodes.txt, and the like."""
    return sidecar.parent / (sidecar.name.removesuffix(".json").removesuffix(".vidkompy") + suffix)


def timecodes_path(sidecar: Path) -> Path:
    """Of the timecodes of the BG frames shown, which are written with it."""
    return path_named_after(sidecar, ".timecodes.txt")

"""The engine that a sidecar names: any word is allowed there, few are engines."""

from __future__ import annotations

from pathlib import Path
from typing import cast, get_args

from vidkompy.alignment.engine_names import EngineName
from vidkompy.errors import SidecarError


def known_engine(name: str, path: Path) -> EngineName:
    """path: of the sidecar, for the message. Raises SidecarError."""
    if name not in get_args(EngineName):
        known = ", ".join(get_args(EngineName))
        raise SidecarError(f"'{path}' names the engine '{name}'; wanted one of {known}: choose with --engine")
    return cast("EngineName", name)

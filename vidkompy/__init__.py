"""Lays one video over another of the same content, frame-exact: where and when as a sidecar, pixels by ffmpeg."""

TYPE_CHECKING = False  # checkers know it by name; importing typing takes 15 ms in which Ctrl-C would show a traceback
if TYPE_CHECKING:
    from vidkompy.errors import (
        MapError,
        MediaError,
        NoMatch,
        OutputError,
        RenderError,
        SidecarError,
        UsageError,
        VidkompyError,
    )
    from vidkompy.model import Clip, FrameMap, Placement, Run, Sidecar
    from vidkompy.sidecar.document import read_sidecar, write_sidecar

_HOMES = {
    "vidkompy.errors": (
        "MapError",
        "MediaError",
        "NoMatch",
        "OutputError",
        "RenderError",
        "SidecarError",
        "UsageError",
        "VidkompyError",
    ),
    "vidkompy.model": ("Clip", "FrameMap", "Placement", "Run", "Sidecar"),
    "vidkompy.sidecar.document": ("read_sidecar", "write_sidecar"),
}

__all__ = [
    "Clip",
    "FrameMap",
    "MapError",
    "MediaError",
    "NoMatch",
    "OutputError",
    "Placement",
    "RenderError",
    "Run",
    "Sidecar",
    "SidecarError",
    "UsageError",
    "VidkompyError",
    "read_sidecar",
    "write_sidecar",
]


def __getattr__(name: str) -> object:
    """Loads on first use: the command line must not pay for numpy before it knows what is asked."""
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'vidkompy' has no attribute '{name}'")

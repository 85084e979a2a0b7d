"""Export formats: modules with `export(asked) -> Exported`, one file each. A new one adds its name here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:  # the command line reads the names; it must not pay for numpy
    from pathlib import Path

    from vidkompy.drawing.options import Drawing
    from vidkompy.exchange.losses import Loss
    from vidkompy.model import Sidecar

ExportName = Literal[
    "avisynth",
    "csv",
    "edl",
    "fcpxml",
    "ffmpeg",
    "graph",
    "json",
    "mlt",
    "otio",
    "timecodes",
    "vapoursynth",
    "vmaf",
    "xmeml",
]
DRAWN: tuple[str, ...] = ("ffmpeg", "graph")  # formats that draw, as `Drawing` wishes
CUT: tuple[str, ...] = ("edl", "fcpxml", "otio", "xmeml")  # formats that hold runs, which can be cut into exact ones


@dataclass(frozen=True, eq=False)
class Asked:
    """What to export.

    sidecar_path, folder   where the sidecar is; where the export will lie, which relative paths in it start from
    name                   of the export without its ending; a title for those who show one
    suffix                 what its file name ends in; "" for standard output
    is_exact               cut at each dropped and repeated frame instead of writing speeds
    """

    sidecar: Sidecar
    sidecar_path: Path
    folder: Path
    name: str
    suffix: str
    drawing: Drawing
    is_exact: bool
    ffmpeg: str | None


@dataclass(frozen=True)
class Exported:
    """texts: one a file; more than one only where the format limits what a file holds. losses: what it cannot say."""

    texts: tuple[str, ...]
    losses: tuple[Loss, ...]


def load(name: ExportName) -> Callable[[Asked], Exported]:
    """Raises VidkompyError from what it returns, where the format cannot say anything of the sidecar."""
    return cast("Callable[[Asked], Exported]", import_module(f"vidkompy.exchange.exports.{name}").export)

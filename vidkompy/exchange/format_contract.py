"""What export and import formats take and return; a new format adds a module of its name and the name here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:  # the command line reads the names; it must not pay for numpy
    from pathlib import Path

    from vidkompy.drawing.options import DrawingOptions
    from vidkompy.exchange.losses import Loss
    from vidkompy.model import I64, Sidecar

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
DRAWING_FORMATS: tuple[str, ...] = ("ffmpeg", "graph")  # formats that draw, as `DrawingOptions` say
RUN_FORMATS: tuple[str, ...] = (
    "edl",
    "fcpxml",
    "otio",
    "xmeml",
)  # formats that hold runs, which can be cut into exact ones

ImportName = Literal["csv", "json", "otio"]
BASED_FORMATS: tuple[str, ...] = ("csv", "otio")  # formats that can, or must, be told which sidecar they belong to


@dataclass(frozen=True, eq=False)
class ExportRequest:
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
    drawing: DrawingOptions
    is_exact: bool
    ffmpeg: str | None


@dataclass(frozen=True)
class ExportResult:
    """texts: one a file; more than one only where the format limits what a file holds. losses: what it cannot say."""

    texts: tuple[str, ...]
    losses: tuple[Loss, ...]


@dataclass(frozen=True)
class ImportRequest:
    """A file to import. base: the sidecar that the file belongs to; None: it has to know by itself."""

    path: Path
    text: str
    base: Sidecar | None


@dataclass(frozen=True, eq=False)
class ImportResult:
    """before: what was exported. bg: i64 [n_fg], the BG frames of today. notes: what was there and is not read."""

    before: Sidecar
    bg: I64
    notes: tuple[str, ...] = ()


def load_exporter(name: ExportName) -> Callable[[ExportRequest], ExportResult]:
    """`export` of a module in `exports`; it raises VidkompyError where the format cannot hold the sidecar at all."""
    return cast("Callable[[ExportRequest], ExportResult]", import_module(f"vidkompy.exchange.exports.{name}").export)


def load_importer(name: ImportName) -> Callable[[ImportRequest], ImportResult]:
    """`read` of a module in `imports`. It raises MapError, with the line."""
    return cast("Callable[[ImportRequest], ImportResult]", import_module(f"vidkompy.exchange.imports.{name}").read)

"""What export and import formats take and give. A format is a module; nothing else knows what is in it.

**To add an export format NAME**: write `exports/NAME.py` with `OPTIONS`, a frozenset of the ExportOptions that it
reads, and `export(request: ExportRequest) -> ExportResult`, and add the word "NAME" to `ExportName` below. The command
line, its help and the check of options take it from there. Suffixes by which what opens it knows it go into `SUFFIXES`.
`export` writes no file and prints nothing: it returns what files are to hold, text or bytes, and a Loss for all that
the format cannot hold. It raises an error of `vidkompy.errors` where the format cannot hold the sidecar at all. Formats
do not import each other; what they share is in this package.

**To add an import format NAME**: write `imports/NAME.py` with `TAKES_SIDECAR` and
`read(request: ImportRequest) -> ImportResult`, add the word to `ImportName`, and tell `map_import` in `format_of` how
its text is told from others. The driver is `map_import`: it finds the format, checks the clips and writes the sidecar.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol, cast, get_args

from vidkompy.records import Record

if TYPE_CHECKING:  # the command line reads the names; it must not pay for numpy
    from pathlib import Path

    from vidkompy.drawing.options import DrawingOptions
    from vidkompy.exchange.losses import Loss
    from vidkompy.model import I64, Sidecar

ExportName = Literal[
    "aaf",
    "aftereffects",
    "avisynth",
    "blender",
    "csv",
    "cube",
    "edl",
    "fcpxml",
    "ffmpeg",
    "graph",
    "json",
    "kdenlive",
    "mlt",
    "mpv",
    "otio",
    "pairs",
    "resolve",
    "timecodes",
    "vapoursynth",
    "vmaf",
    "xmeml",
]
# Those whose files what opens them knows by their suffix. Others take any but a video's.
SUFFIXES: Mapping[ExportName, tuple[str, ...]] = {
    "aftereffects": (".jsx",),
    "avisynth": (".avs",),
    "blender": (".py",),
    "ffmpeg": (".sh", ".ps1"),
    "mpv": (".sh",),
    "pairs": (".sh",),
    "resolve": (".py",),
    "vapoursynth": (".vpy", ".py"),
    "vmaf": (".sh",),
}
FcpxmlVersion = Literal["1.8", "1.10"]
NEWEST_FCPXML: FcpxmlVersion = "1.10"  # of those written; newer programs read it too
ImportName = Literal["csv", "json", "otio"]
ExportOption = Literal["drawing", "fcpxml_version", "is_exact"]  # fields of ExportRequest that not every format reads


class ExportRequest(Record, eq=False):
    """What to export.

    sidecar_path  where the sidecar is
    folder        where the export will lie: relative paths in it start there
    name          of the export without its suffix; a title for formats that show one
    suffix        what its file name ends in, lower case, with the dot; "" for standard output
    drawing       how frames are drawn, for formats whose OPTIONS hold "drawing"
    is_exact      cut at each dropped and repeated frame instead of writing speeds, for those with "is_exact"
    ffmpeg        path or name of the ffmpeg to use; None: the one that `ffmpeg.binary` finds
    fcpxml_version  of FCPXML, for those with "fcpxml_version"
    """

    sidecar: Sidecar
    sidecar_path: Path
    folder: Path
    name: str
    suffix: str
    drawing: DrawingOptions
    is_exact: bool
    ffmpeg: str | None
    fcpxml_version: FcpxmlVersion = NEWEST_FCPXML


class ExportResult(Record):
    """What is to be written.

    contents  one a file, text or bytes; more than one only where the format limits what a file holds
    losses    what it cannot say
    notes     sentences about clips that are not those that were measured, from the driver
    """

    contents: tuple[str | bytes, ...]
    losses: tuple[Loss, ...]
    notes: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The contents, in a format that is text. Raises TypeError in another one."""
        texts = tuple(content for content in self.contents if isinstance(content, str))
        if len(texts) < len(self.contents):
            raise TypeError("the format is no text; wanted contents")
        return texts


class ExportFormat(Protocol):
    """A module in `exports`."""

    OPTIONS: frozenset[ExportOption]

    def export(self, request: ExportRequest) -> ExportResult: ...


class ImportRequest(Record):
    """A file to import.

    path     for messages
    text     of the file
    sidecar  the one that the file belongs to; None: the file has to hold it
    """

    path: Path
    text: str
    sidecar: Sidecar | None


class ImportResult(Record, eq=False):
    """A map that was read.

    exported  the sidecar as it was when the file was written, as far as that is known
    bg        i64 [n_fg]   BG frames as the file says now, UNMATCHED where none belongs
    notes     sentences about what was in the file and is ignored
    """

    exported: Sidecar
    bg: I64
    notes: tuple[str, ...] = ()


class ImportFormat(Protocol):
    """A module in `imports`. TAKES_SIDECAR: whether it can, or must, be given the sidecar that the file belongs to."""

    TAKES_SIDECAR: bool

    def read(self, request: ImportRequest) -> ImportResult:
        """Raises MapError, with the line."""


def load_exporter(name: ExportName) -> ExportFormat:
    return cast(ExportFormat, import_module(f"vidkompy.exchange.exports.{name}"))


def load_importer(name: ImportName) -> ImportFormat:
    return cast(ImportFormat, import_module(f"vidkompy.exchange.imports.{name}"))


def formats_reading(option: ExportOption) -> tuple[ExportName, ...]:
    """Export formats that read an option, in the order of their names.

    >>> formats_reading("drawing")
    ('ffmpeg', 'graph')
    """
    names: tuple[ExportName, ...] = get_args(ExportName)
    return tuple(name for name in names if option in load_exporter(name).OPTIONS)

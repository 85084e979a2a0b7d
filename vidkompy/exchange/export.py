"""Sidecar -> another program's file, and what that cannot hold."""

from __future__ import annotations

from pathlib import Path

from vidkompy.drawing.options import DrawingOptions
from vidkompy.errors import UsageError
from vidkompy.exchange.format_contract import (
    DRAWING_FORMATS,
    RUN_FORMATS,
    ExportName,
    ExportRequest,
    ExportResult,
    load_exporter,
)
from vidkompy.media.atomic_outputs import check_output, write_texts
from vidkompy.sidecar.document import read_sidecar


def export(
    to: ExportName,
    sidecar_path: Path,
    target: Path | None,
    drawing: DrawingOptions = DrawingOptions(),
    is_exact: bool = False,
    overwrite: bool = False,
    ffmpeg: str | None = None,
) -> ExportResult:
    """Writes `target`, and target-2 and so on where the format needs more files; None: writes nothing.

    Raises UsageError, SidecarError, RenderError, OutputError.
    """
    if to not in DRAWING_FORMATS and drawing != DrawingOptions():
        raise UsageError(
            f"{to} says nothing of how frames are drawn; wanted such options with {' or '.join(DRAWING_FORMATS)} only"
        )
    if to not in RUN_FORMATS and is_exact:
        raise UsageError(
            f"--exact is for formats of editors: {', '.join(RUN_FORMATS)}; {to} holds every frame as it is"
        )
    sidecar = read_sidecar(sidecar_path)
    inputs = (sidecar_path, sidecar.bg.path, sidecar.fg.path)
    if target is not None:
        check_output(target, inputs, overwrite)
    named = target or Path(sidecar_path.name.removesuffix(".json").removesuffix(".vidkompy"))
    folder, suffix = (Path(), "") if target is None else (target.parent, target.suffix)
    name = named.name.removesuffix(suffix)
    asked = ExportRequest(sidecar, sidecar_path, folder, name, suffix.lower(), drawing, is_exact, ffmpeg)
    exported = load_exporter(to)(asked)
    if target is not None:
        paths = [target, *(target.with_stem(f"{target.stem}-{n + 2}") for n in range(len(exported.texts) - 1))]
        for path in paths[1:]:
            check_output(path, inputs, overwrite)
        write_texts(dict(zip(paths, exported.texts, strict=True)), overwrite)
    return exported

"""Sidecar -> another program's file, and what that cannot hold."""

from __future__ import annotations

from pathlib import Path

from vidkompy.drawing.options import Drawing
from vidkompy.errors import UsageError
from vidkompy.exchange import exports
from vidkompy.exchange.exports import CUT, DRAWN, Asked, Exported, ExportName
from vidkompy.media.atomic_outputs import check_output, write_texts
from vidkompy.sidecar.document import read_sidecar


def export(
    to: ExportName,
    sidecar_path: Path,
    target: Path | None,
    drawing: Drawing = Drawing(),
    is_exact: bool = False,
    overwrite: bool = False,
    ffmpeg: str | None = None,
) -> Exported:
    """Writes `target`, and target-2 and so on where the format needs more files; None: writes nothing.

    Raises UsageError, SidecarError, RenderError, OutputError.
    """
    if to not in DRAWN and drawing != Drawing():
        raise UsageError(
            f"{to} says nothing of how frames are drawn; wanted such options with {' or '.join(DRAWN)} only"
        )
    if to not in CUT and is_exact:
        raise UsageError(f"--exact is for formats of editors: {', '.join(CUT)}; {to} holds every frame as it is")
    sidecar = read_sidecar(sidecar_path)
    inputs = (sidecar_path, sidecar.bg.path, sidecar.fg.path)
    if target is not None:
        check_output(target, inputs, overwrite)
    named = target or Path(sidecar_path.name.removesuffix(".json").removesuffix(".vidkompy"))
    folder, suffix = (Path(), "") if target is None else (target.parent, target.suffix)
    name = named.name.removesuffix(suffix)
    asked = Asked(sidecar, sidecar_path, folder, name, suffix.lower(), drawing, is_exact, ffmpeg)
    exported = exports.load(to)(asked)
    if target is not None:
        paths = [target, *(target.with_stem(f"{target.stem}-{n + 2}") for n in range(len(exported.texts) - 1))]
        for path in paths[1:]:
            check_output(path, inputs, overwrite)
        write_texts(dict(zip(paths, exported.texts, strict=True)), overwrite)
    return exported

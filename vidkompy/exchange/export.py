"""Sidecar -> another program's file, and what that cannot hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vidkompy.drawing.options import DrawingOptions
from vidkompy.errors import UsageError
from vidkompy.exchange.format_contract import (
    NEWEST_FCPXML,
    SUFFIXES,
    ExportFormat,
    ExportName,
    ExportRequest,
    ExportResult,
    FcpxmlVersion,
    formats_reading,
    load_exporter,
)
from vidkompy.media.atomic_outputs import check_output, write_files
from vidkompy.media.video_names import is_video_name
from vidkompy.sidecar.document import changed_clips, read_sidecar

SIDECAR_SUFFIXES = (".json", ".vidkompy")  # of NAME.vidkompy.json, last one first


def export(
    to: ExportName,
    sidecar_path: str | Path,
    target: str | Path | None = None,
    drawing: DrawingOptions = DrawingOptions(),
    is_exact: bool = False,
    overwrite: bool = False,
    ffmpeg: str | None = None,
    fcpxml_version: FcpxmlVersion = NEWEST_FCPXML,
) -> ExportResult:
    """The sidecar's map, and what else the format can hold, which is written to files unless `target` is None.

    target     file to write. Where the format limits what a file holds (edl: 999 events), TARGET-2 and so on beside it
    drawing    how frames are drawn; only for formats that draw: ffmpeg, graph
    is_exact   cut at each dropped and repeated frame instead of a speed; for aaf, edl, fcpxml, otio, resolve, xmeml
    overwrite  whether files that exist are replaced
    ffmpeg     path or name of the ffmpeg whose options a script is written for; None: the one found first
    fcpxml_version   of FCPXML; only for fcpxml

    Raises
    UsageError     the format does not read an option, cannot hold the clips, or `target` exists or ends wrongly
    SidecarError   the sidecar is malformed, has clips that are too long to count, or no longer fits its clips (scripts;
                   a note of the result in other formats)
    RenderError    what is asked for cannot be drawn (scripts, graph)
    OutputError    a file cannot be written; none is then changed
    """
    sidecar_path, target = Path(sidecar_path), None if target is None else Path(target)
    exporter = load_exporter(to)
    _check_format_options(to, exporter, drawing, is_exact, fcpxml_version)
    sidecar = read_sidecar(sidecar_path)
    inputs = (sidecar_path, sidecar.bg.path, sidecar.fg.path)
    if target is not None:
        _check_target(to, target, inputs, overwrite)
    folder, name, suffix = _named(target, sidecar_path)
    request = ExportRequest(sidecar, sidecar_path, folder, name, suffix, drawing, is_exact, ffmpeg, fcpxml_version)
    result = exporter.export(request)
    if target is not None:
        _write(result.contents, target, inputs, overwrite)
    problems = changed_clips(sidecar, sidecar_path, is_content_read=False)  # scripts have refused what they find there
    return replace(result, notes=tuple(map(str, problems)))


def _write(contents: Sequence[str | bytes], target: Path, inputs: Sequence[Path], overwrite: bool) -> None:
    """The first content to `target`, the next ones to TARGET-2 and so on; all of them or none."""
    further = [target.with_stem(f"{target.stem}-{number}") for number in range(2, len(contents) + 1)]
    for path in further:
        check_output(path, inputs, overwrite)
    write_files(dict(zip((target, *further), contents, strict=True)), overwrite)


def _check_target(to: ExportName, target: Path, inputs: Sequence[Path], overwrite: bool) -> None:
    """Raises UsageError where the file must not be written, or has the name of another kind of file."""
    check_output(target, inputs, overwrite)
    wanted, suffix = SUFFIXES.get(to, ()), target.suffix.lower()
    if wanted and suffix and suffix not in wanted:
        raise UsageError(
            f"--to {to} writes a script, {' or '.join(wanted)}; got '{target.suffix}': name another output with -o"
        )
    if is_video_name(target):
        raise UsageError(
            f"-o '{target}' names a video, which --to {to} does not write; name another output, or use render"
        )


def _check_format_options(
    to: ExportName, exporter: ExportFormat, drawing: DrawingOptions, is_exact: bool, fcpxml_version: FcpxmlVersion
) -> None:
    if "fcpxml_version" not in exporter.OPTIONS and fcpxml_version != NEWEST_FCPXML:
        raise UsageError(f"--fcpxml-version is for fcpxml; {to} has no such versions: leave it out")
    if "drawing" not in exporter.OPTIONS and drawing != DrawingOptions():
        formats = " or ".join(formats_reading("drawing"))
        raise UsageError(f"{to} says nothing of how frames are drawn; wanted such options with {formats} only")
    if "is_exact" not in exporter.OPTIONS and is_exact:
        formats = ", ".join(formats_reading("is_exact"))
        raise UsageError(f"--exact is for formats of editors: {formats}; {to} holds every frame as it is")


def _named(target: Path | None, sidecar_path: Path) -> tuple[Path, str, str]:
    """Of the export, its suffix in lower case: of its file, or without one the working folder and sidecar's name."""
    if target is not None:
        return target.parent, target.name.removesuffix(target.suffix), target.suffix.lower()
    name = sidecar_path.name
    for suffix in SIDECAR_SUFFIXES:
        name = name.removesuffix(suffix)
    return Path(), name, ""

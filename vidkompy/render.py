"""Sidecar -> plan -> graph -> ffmpeg. One straight line; never loads numba or OpenCV."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from filtergraphs import Script, compose, working_format
from vidkompy import ffmpeg_cli, plan, plan_sound, trials
from vidkompy.drawing import Drawing
from vidkompy.encoders import Encoding, encoder_of, told, uploaded
from vidkompy.errors import RenderError
from vidkompy.model import Sidecar
from vidkompy.remarks import remarks
from vidkompy.sidecar import check_clips


@dataclass(frozen=True)
class Job:
    """A render that is ready to run. remarks: what the user should know before it does."""

    command: tuple[str, ...]  # without graph and output
    script: Script
    output_options: tuple[str, ...]
    graph_option: str
    frames: int
    remarks: tuple[str, ...]


def prepare(
    sidecar: Sidecar,
    sidecar_path: Path,
    output: Path,
    drawing: Drawing = Drawing(),
    arguments: Sequence[str] | None = None,
    ffmpeg: str | None = None,
    encoding: Encoding = Encoding(),
) -> Job:
    """arguments: ffmpeg output options, of the user. Raises SidecarError, UsageError, RenderError."""
    encoder = encoder_of(encoding, arguments, output)
    check_clips(sidecar, sidecar_path)
    try:
        planned = plan.composition(sidecar, drawing)
        pix_fmt = working_format(planned)
        planned = replace(planned, hwaccel=encoding.hwaccel or "", upload=uploaded(encoder, pix_fmt))
        script = compose(planned)
    except ValueError as e:
        raise RenderError(f"this cannot be drawn: {e}") from e
    tool = ffmpeg_cli.find(ffmpeg, encoder, script.filters)
    how = told(encoder, encoding, arguments, output, pix_fmt)
    tried = trials.try_encoder(tool, how, output, trials.drawn(planned))
    tried += trials.try_hwaccel(tool, encoding.hwaccel, (sidecar.fg.path, sidecar.bg.path))
    company = plan_sound.company(sidecar, drawing, planned, output, arguments or (), tool)
    heard = replace(planned, has_audio=company.is_copied, sound=company.sound)
    if heard != planned:
        script = compose(heard)
    options = (*script.outputs, *company.options, *how.words)
    said = (*remarks(sidecar, heard), *company.remarks, *tried)
    return Job((tool.path, *how.device), script, options, tool.graph_option, len(planned.fg_pts), said)


def render(job: Job, output: Path, on_frame: Callable[[int], None] | None = None) -> None:
    """Writes `output`, replacing what is there; it appears whole or not at all. Raises RenderError.

    ffmpeg's exit code alone is no proof: it ends with 0 on a damaged input. The frame count must be right too. (An FG
    that ends early is shown by neither: `prepare` compares the inputs' hashes.)
    """
    part = output.with_name(f".{output.stem}.{os.getpid()}.part{output.suffix}")
    handle, graph = tempfile.mkstemp(prefix="vidkompy-", suffix=".graph")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(job.script.graph)
        words = (*job.command, *job.script.inputs, job.graph_option, graph, *job.output_options)
        frames = ffmpeg_cli.run([*words, "-y", ffmpeg_cli.readable(part)], on_frame)
        if frames != job.frames:
            raise RenderError(
                f"ffmpeg wrote {frames} frames, wanted {job.frames}; an input is damaged or was changed: analyse again"
            )
        part.replace(output)
    except OSError as e:
        raise RenderError(f"cannot write '{output}': {(e.strerror or str(e)).lower()}") from e
    finally:
        Path(graph).unlink(missing_ok=True)
        part.unlink(missing_ok=True)


def shell(job: Job, output: Path) -> str:
    """The same render as a command for a POSIX shell, graph included."""
    words = (*job.command, "-nostdin", *job.script.inputs, job.graph_option, "/dev/stdin", *job.output_options)
    return f"{shlex.join((*words, ffmpeg_cli.readable(output)))} <<'GRAPH'\n{job.script.graph}\nGRAPH\n"

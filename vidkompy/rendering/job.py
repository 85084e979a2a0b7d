"""Sidecar -> plan -> graph -> ffmpeg. One straight line; never loads numba or OpenCV."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from filtergraphs import Composition, Script, compose, working_format
from vidkompy.drawing import plan, soundtrack
from vidkompy.drawing.notes import composition_notes, container_notes, tag_notes
from vidkompy.drawing.options import DrawingOptions
from vidkompy.errors import RenderError
from vidkompy.ffmpeg import binary, preflight
from vidkompy.ffmpeg.binary import FAIL_FAST, GRAPH, Ffmpeg, Progress
from vidkompy.ffmpeg.encoder_presets import EncoderSettings, EncodingOptions, encoder_of, encoder_settings, uploaded
from vidkompy.ffmpeg.exit_diagnosis import check_exit
from vidkompy.ffmpeg.stream_flags import label_options
from vidkompy.media.atomic_outputs import StagedFile, staged_output
from vidkompy.model import Sidecar
from vidkompy.sidecar.document import check_clips


@dataclass(frozen=True)
class Job:
    """A render that is ready to run.

    how       what the encoder is told
    company   output options of sound, subtitles and chapters
    labels    those that make the file say of its frames what FG says
    clips     that are read
    is_strict what does not decode is an error; else damage was kept when the clips were analysed
    remarks   what the user should know before it runs
    """

    tool: Ffmpeg
    planned: Composition
    script: Script
    how: EncoderSettings
    company: tuple[str, ...]
    labels: tuple[str, ...]
    clips: tuple[Path, ...]
    is_strict: bool
    remarks: tuple[str, ...]

    @property
    def ffmpeg(self) -> str:
        return self.tool.path

    @property
    def options(self) -> tuple[str, ...]:
        """Of ffmpeg as a whole, but for those of a run inside this program."""
        return (FAIL_FAST,) if self.is_strict else ()

    @property
    def graph_option(self) -> str:
        return self.tool.graph_option

    @property
    def frames(self) -> int:
        return len(self.planned.fg_pts)

    @property
    def inputs(self) -> tuple[str, ...]:
        return (*self.how.device, *self.script.inputs)

    @property
    def portable_inputs(self) -> tuple[str, ...]:
        """As for an ffmpeg that crops: scripts ask the one that they start whether it does."""
        return (*self.how.device, *compose(replace(self.planned, crops=True)).inputs)

    @property
    def output_options(self) -> tuple[str, ...]:
        """But for the encoder's."""
        return (*self.script.outputs, *self.company, *self.labels)

    @property
    def encoding(self) -> tuple[str, ...]:
        return self.how.words


def prepare(
    sidecar: Sidecar,
    sidecar_path: Path,
    output: Path,
    drawing: DrawingOptions = DrawingOptions(),
    arguments: Sequence[str] | None = None,
    ffmpeg: str | None = None,
    encoding: EncodingOptions = EncodingOptions(),
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
    decoders = frozenset(clip.decoder for clip in (sidecar.fg, sidecar.bg) if clip.decoder)
    tool = binary.find(ffmpeg, encoder, script.filters, decoders, sidecar.fg.has_hdr10)
    _check_concealed(tool, sidecar, planned)
    how = encoder_settings(encoder, encoding, arguments, output, pix_fmt)
    clips = (sidecar.fg.path, sidecar.bg.path)
    labels = label_options(planned, how.words)
    tried = preflight.try_encoder(tool, replace(how, core=(*labels, *how.core)), output, preflight.drawn(planned))
    said_of_clips = preflight.try_hwaccel(tool, encoding.hwaccel, clips)
    company = soundtrack.soundtrack(sidecar, drawing, planned, output, arguments or (), tool)
    heard = replace(planned, has_audio=company.is_copied, sound=company.sound, handed=tried.handed, crops=tool.crops)
    if heard != planned:
        script = compose(heard)
    said = (
        *composition_notes(sidecar, heard),
        *container_notes(output, how.words),
        *tag_notes(sidecar, heard, how.words, tool),
        *company.remarks,
        *tried.remarks,
        *said_of_clips,
    )
    return Job(tool, heard, script, how, company.options, labels, clips, _is_strict(sidecar), said)


def _is_strict(sidecar: Sidecar) -> bool:
    """FG's sound is copied, packets that are damaged too; BG's has to decode."""
    return not (sidecar.fg.is_concealed or sidecar.fg.has_damaged_sound or sidecar.bg.is_concealed)


def _check_concealed(tool: Ffmpeg, sidecar: Sidecar, planned: Composition) -> None:
    """Frames are counted, and decoders differ in what they make of damage. Raises RenderError. Costs a decode."""
    for clip, demuxer in ((sidecar.fg, planned.fg.demuxer), (sidecar.bg, planned.bg.demuxer)):
        if not clip.is_concealed:
            continue
        if (found := binary.frames_decoded(tool, clip.path, demuxer, clip.decoder)) != clip.frames:
            raise RenderError(
                f"'{clip.path}' is damaged, and '{tool.path}' makes {found} frames of it, the analysis {clip.frames}: "
                "name another with --ffmpeg, or encode what decodes anew and analyse that: "
                "ffmpeg -i IN -c:v libx264 -crf 0 OUT.mkv"
            )


def render(
    job: Job, output: Path, overwrite: bool = False, on_progress: Callable[[Progress], None] | None = None
) -> None:
    """Writes `output`, which appears whole or not at all. Raises RenderError, OutputError."""
    try:
        with staged_output(output, overwrite) as part:
            draw(job, part, on_progress)
    except OSError as e:
        raise RenderError(f"cannot write '{output}': {(e.strerror or str(e)).lower()}") from e


def draw(job: Job, part: StagedFile, on_progress: Callable[[Progress], None] | None = None) -> None:
    """Raises RenderError, OutputError, OSError."""
    drawn = (job.graph_option, GRAPH) if job.script.graph else ()  # no graph where finished parts are joined
    words = (job.ffmpeg, "-y", *job.inputs, *drawn, *job.output_options, *job.encoding)
    words = (*words, binary.readable(part.path))
    ended = binary.run(words, job.script.graph, on_progress, part.handles, job.is_strict)
    said = tuple(line.replace(str(part.path), str(part.output)) for line in ended.said)
    check_exit(replace(ended, said=said), job.frames, job.clips, part.output, job.is_strict)
    part.publish()

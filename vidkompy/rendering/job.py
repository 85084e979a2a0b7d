"""A drawing as one ffmpeg process: what it is started with, and whether it ended as it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from filtergraphs import Composition, Script, compose
from vidkompy.ffmpeg import process
from vidkompy.ffmpeg.arguments import file_argument
from vidkompy.ffmpeg.binary import Ffmpeg
from vidkompy.ffmpeg.encoder_presets import EncoderSettings
from vidkompy.ffmpeg.exit_diagnosis import check_exit
from vidkompy.ffmpeg.process import FAIL_FAST, STDIN_FILE, RenderProgress
from vidkompy.media.atomic_outputs import StagedFile
from vidkompy.model import Sidecar
from vidkompy.records import Record

RenderCallback = Callable[[RenderProgress], None]


class Job(Record):
    """A render that is ready to run: one ffmpeg with its graph, inputs and output options.

    sidecar        what was measured of both clips
    output         file that is written
    ffmpeg         binary that draws
    composition    what is drawn
    script         its graph, inputs and maps, as ffmpeg reads them
    encoder        settings of the video encoder
    track_options  output options of sound, subtitles, chapters and timecode
    stream_labels  output options that make the file say of its frames what FG says: colour, aspect ratio, fields
    notes          sentences on what is not exact, or not as in the clips
    chunks         parts in which it is drawn
    """

    sidecar: Sidecar
    output: Path
    ffmpeg: Ffmpeg
    composition: Composition
    script: Script
    encoder: EncoderSettings
    track_options: tuple[str, ...]
    stream_labels: tuple[str, ...]
    notes: tuple[str, ...]
    chunks: int = 1

    @property
    def ffmpeg_path(self) -> str:
        return self.ffmpeg.path

    @property
    def clips(self) -> tuple[Path, ...]:
        """Files that are read."""
        return self.sidecar.fg.path, self.sidecar.bg.path

    @property
    def is_strict(self) -> bool:
        """Whether what does not decode is an error: unless such damage was kept when the clips were analysed.

        FG's sound is copied, damaged packets too; BG's has to decode.
        """
        fg, bg = self.sidecar.fg, self.sidecar.bg
        return not (fg.is_concealed or fg.has_damaged_sound or bg.is_concealed)

    @property
    def global_options(self) -> tuple[str, ...]:
        """Options of ffmpeg as a whole, but for those of a run inside this program."""
        return (FAIL_FAST,) if self.is_strict else ()

    @property
    def graph_option(self) -> str:
        return self.ffmpeg.graph_option

    @property
    def frames(self) -> int:
        """How many the output will have."""
        return len(self.composition.fg_pts)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Both clips, with the options before them."""
        return (*self.encoder.device_options, *self.script.inputs)

    @property
    def portable_inputs(self) -> tuple[str, ...]:
        """Inputs as for an ffmpeg that crops: scripts ask the one that they start whether it does."""
        return (*self.encoder.device_options, *compose(replace(self.composition, crops_by_container=True)).inputs)

    @property
    def output_options(self) -> tuple[str, ...]:
        """All but the encoder's."""
        return (*self.script.outputs, *self.track_options, *self.stream_labels)

    @property
    def encoder_options(self) -> tuple[str, ...]:
        return self.encoder.output_options


def draw(job: Job, part: StagedFile, on_progress: RenderCallback | None = None) -> None:
    """Runs the job's ffmpeg, which writes `part`, and turns it into its output if all frames are there.

    Raises RenderError, OutputError, OSError.
    """
    graph = (job.graph_option, STDIN_FILE) if job.script.graph else ()  # no graph where finished parts are joined
    command = (
        *(job.ffmpeg_path, "-y", *job.inputs, *graph, *job.output_options, *job.encoder_options),
        file_argument(part.path),
    )
    ended = process.run(command, job.script.graph, on_progress, part.handles, job.is_strict)
    lines = tuple(line.replace(str(part.path), str(part.output)) for line in ended.log)
    streams = (job.sidecar.fg.stream, job.sidecar.bg.stream)
    check_exit(replace(ended, log=lines), job.frames, job.clips, part.output, job.is_strict, streams)
    part.publish()

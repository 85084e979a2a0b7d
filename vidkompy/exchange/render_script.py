"""A render as a script that somebody else starts: what it says, whatever shell it is written for.

Writers (`posix_script`, `powershell_script`) know the quoting and the syntax of their shell only. Each script takes the
same steps, and their order is part of what it promises:

1. refuse an output that exists,
2. ask ffmpeg for its version: GRAPH_FILE_OPTIONS and UNCROPPED depend on it,
3. write the graph to a temporary file, for it can be longer than a command line may be,
4. draw into a new folder beside the output, so that what is whole only has to be renamed,
5. move it into place, which replaces nothing, and remove both temporary things, whatever happened before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from filtergraphs.inputs import UNCROPPED
from filtergraphs.sound import SOUND_LABEL
from vidkompy.drawing.notes import ENDING_OF_RENDER
from vidkompy.exchange.format_contract import ExportRequest
from vidkompy.exchange.losses import Loss
from vidkompy.ffmpeg.arguments import file_argument
from vidkompy.media.file_urls import relative_path
from vidkompy.records import Record
from vidkompy.rendering.job import Job
from vidkompy.rendering.late_checks import check_copied_sound
from vidkompy.rendering.render_pipeline import prepare_job

TAKE_ANY_SOUND = (".mkv", ".mov")  # suffixes of containers

_ABSOLUTE = re.compile(r"/|[A-Za-z]:/")


class ClipPath(Record):
    """A word that names a clip: `path` with slashes, from the script's folder on where it is relative."""

    path: str

    @property
    def is_absolute(self) -> bool:
        """Whether the path is absolute on POSIX or on Windows, wherever this runs.

        >>> [ClipPath(path).is_absolute for path in ("/a/b.mp4", "C:/b.mp4", "../b.mp4")]
        [True, True, False]
        """
        return _ABSOLUTE.match(self.path) is not None


class CroppingOption(Record):
    """Stands for the two words of UNCROPPED where the ffmpeg that is started has that option, else for none."""


ENDING_OF_FFMPEG = "end ffmpeg's words with -c:v libx264"

Word = str | ClipPath | CroppingOption


def written_words(
    words: Iterable[Word], quoted: Callable[[str], str], beside_script: Callable[[str], str], cropping: str
) -> Iterator[str]:
    """Words in the syntax of a shell.

    quoted         writes a literal string
    beside_script  writes an ffmpeg file argument for a path from the script's folder on
    cropping       expands to the words of a CroppingOption
    """
    for word in words:
        match word:
            case CroppingOption():
                yield cropping
            case ClipPath(path):
                yield quoted(f"file:{path}") if word.is_absolute else beside_script(path)
            case _:
                yield quoted(word)


class RenderScript(Record):
    """One ffmpeg command with one graph.

    output            file that is written unless the script's first argument names another
    ffmpeg            program that is started unless $FFMPEG names another
    graph             text of the filtergraph
    options           of ffmpeg as a whole; plain words that need no quotes
    inputs            options and names of the inputs, in order
    output_options    but for the encoder's
    encoder_options   unless further arguments of the script replace them
    """

    output: str
    ffmpeg: str
    graph: str
    options: tuple[str, ...]
    inputs: tuple[Word, ...]
    output_options: tuple[Word, ...]
    encoder_options: tuple[str, ...]


class ScriptedJob(NamedTuple):
    """output: name of the file that the job writes. losses: what a script of it cannot promise."""

    job: Job
    output: str
    losses: tuple[Loss, ...]


def scripted_job(request: ExportRequest) -> ScriptedJob:
    """The render of an export request. Raises SidecarError, RenderError.

    Matroska and QuickTime stay what they are: MP4 does not take all sound that they hold.
    """
    suffix = request.sidecar.fg.path.suffix.lower()
    output = f"{request.name}.composite{suffix if suffix in TAKE_ANY_SOUND else '.mp4'}"
    job = prepare_job(
        request.sidecar, Path(output), request.drawing, ffmpeg=request.ffmpeg, sidecar_path=request.sidecar_path
    )
    check_copied_sound(job)
    losses = [Loss("drawing", note.replace(ENDING_OF_RENDER, ENDING_OF_FFMPEG)) for note in job.notes]
    losses.append(
        Loss("proof", "ffmpeg ends well on a damaged or changed input too: render compares hashes and counts")
    )
    if SOUND_LABEL in job.output_options:
        message = f"BG's sound lies as '{job.ffmpeg_path}' decodes it: another version can put it 20 ms off"
        losses.append(Loss("sound", message))
    return ScriptedJob(job, output, tuple(losses))


def render_script(job: Job, output: str, ffmpeg: str, clip_paths: Mapping[str, str] | None = None) -> RenderScript:
    """clip_paths: as `clip_paths` gives them; without them the inputs stay as the job names them."""
    return RenderScript(
        output=output,
        ffmpeg=ffmpeg,
        graph=job.script.graph,
        options=job.global_options,
        inputs=tuple(script_words(job.portable_inputs, clip_paths or {})),
        output_options=tuple(script_words(job.output_options)),
        encoder_options=job.encoder_options,
    )


def clip_paths(request: ExportRequest) -> dict[str, str]:
    """Words that name clips in ffmpeg's arguments -> the clips' paths from the export's folder on."""
    clips = (request.sidecar.fg, request.sidecar.bg)
    return {file_argument(clip.path): relative_path(clip.path, request.folder) for clip in clips}


def script_words(arguments: Sequence[str], clip_paths: Mapping[str, str] | None = None) -> Iterator[Word]:
    """Arguments of ffmpeg as words of a script.

    >>> list(script_words(["-apply_cropping", "codec", "-i", "file:/films/a.mp4"], {"file:/films/a.mp4": "a.mp4"}))
    [CroppingOption(), '-i', ClipPath(path='a.mp4')]
    """
    paths = clip_paths or {}
    cropping_option, _ = UNCROPPED
    remaining = iter(arguments)
    for argument in remaining:
        if argument == cropping_option:
            next(remaining)  # its value
            yield CroppingOption()
        elif argument in paths:
            yield ClipPath(paths[argument])
        else:
            yield argument

"""Preflight of sound: whether this ffmpeg can copy FG's, has the filters that are needed, and decodes what first."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from filtergraphs.inputs import file_input
from vidkompy.errors import RenderError
from vidkompy.ffmpeg.arguments import drops_sound, file_argument, names_format, names_sound_encoder
from vidkompy.ffmpeg.binary import Ffmpeg
from vidkompy.ffmpeg.process import run_trial
from vidkompy.media.work_folders import FILE_PREFIX, trial_folder
from vidkompy.records import Record

_NOT_TAKEN = ("codec not currently supported", "Could not find tag", "not supported in", "Only ")  # says a muxer


def check_sound_copy(
    ffmpeg: Ffmpeg, fg: Path, demuxer: str, output: Path, arguments: Sequence[str], scope: str = ""
) -> None:
    """Raises RenderError if FG's sound cannot be copied into a file of that kind. Tries it with a tenth of a second.

    Tries nothing where the arguments say what becomes of the sound, or of the format.
    """
    if drops_sound(arguments) or names_format(arguments) or names_sound_encoder(arguments):
        return
    with trial_folder() as folder:
        target = folder / f"{FILE_PREFIX}{output.suffix}"
        copied = ("-map", f"0:{scope}a?", "-c", "copy", "-t", "0.1")
        trial = run_trial(ffmpeg.path, ["-y", *file_input(str(fg), demuxer), *copied, file_argument(target)])
    if not trial.succeeded and any(sign in trial.error for sign in _NOT_TAKEN):
        encoders = "libvpx-vp9 -- -c:a libopus" if output.suffix.lower() == ".webm" else "libx264 -- -c:a aac"
        raise RenderError(
            f"the sound of '{fg}' cannot be copied into a {output.suffix} file by '{ffmpeg.path}'; "
            f"name an output that takes it, such as .mkv or .mov, or end the command with --encoder {encoders}"
        )


def check_sound_filters(ffmpeg: Ffmpeg, required: frozenset[str]) -> None:
    """Raises RenderError if the sound cannot be drawn."""
    if missing := sorted(required - ffmpeg.filters):
        way_out = "--pitch follow, " if missing == ["rubberband"] else "--audio fg or none, "
        raise RenderError(
            f"'{ffmpeg.path}' lacks filter {', '.join(missing)}, which this sound needs; "
            f"wanted {way_out}or a fuller ffmpeg"
        )


class FirstSound(Record):
    """The first sound track of a clip.

    start    s on the file's clock of the first sample that decodes
    layout   ffmpeg's name
    """

    start: Fraction
    channels: int
    layout: str


def first_sound(ffmpeg: Ffmpeg, path: Path, demuxer: str, scope: str = "") -> FirstSound:
    """The first sound track as that ffmpeg decodes it: versions cut off more or less of an encoder's lead-in.

    scope   what specifiers of the clip's streams begin with. Raises RenderError.
    """
    name = f"ashowinfo@{secrets.token_hex(8)}"  # ffmpeg repeats titles and languages, which could look the same
    trial_arguments = ["-copyts", "-vn", *file_input(str(path), demuxer), "-map", f"0:{scope}a:0", "-frames:a", "1"]
    trial = run_trial(ffmpeg.path, [*trial_arguments, "-af", f"asettb=1/1000000,{name}", "-f", "null", "-"])
    frame = re.search(rf"\[{name} @ .* pts:(-?\d+) .* channels:(\d+) chlayout:(.+?) rate:", trial.log)
    if not frame:
        raise RenderError(
            f"'{ffmpeg.path}' cannot decode the sound of '{path}'; name another with --ffmpeg, or leave "
            "that sound out with --audio"
        )
    pts, channels, layout = frame.groups()
    return FirstSound(Fraction(int(pts), 1_000_000), int(channels), layout)

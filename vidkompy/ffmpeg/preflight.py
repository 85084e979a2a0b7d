"""Preflight of a render: whether encoder, hwaccel and decoders of this ffmpeg work on this machine.

Each is tried with one frame, before long work is begun; the damaged clips that a user keeps are decoded whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

from filtergraphs import Composition, working_format
from filtergraphs.colour import full_or_limited
from filtergraphs.formats import is_rgb, is_yuv, planar_equivalent
from filtergraphs.inputs import file_input
from filtergraphs.safety import check_graph
from vidkompy.errors import RenderError
from vidkompy.ffmpeg.arguments import file_argument
from vidkompy.ffmpeg.binary import Ffmpeg, find_ffmpeg, hwaccels
from vidkompy.ffmpeg.encoder_presets import (
    EncoderSettings,
    EncodingOptions,
    encoder_name,
    encoder_settings,
    is_hardware,
    upload_format,
)
from vidkompy.ffmpeg.kept_answers import NO_ANSWERS, KeptAnswers
from vidkompy.ffmpeg.process import TrialResult, run_trial
from vidkompy.media.probe import demuxer_of
from vidkompy.media.work_folders import FILE_PREFIX, trial_folder
from vidkompy.records import Record

_FIRST_FILM = "V:0"  # ffmpeg's specifier: no thumbnail, no cover picture
# pixel format and range of the first stream that ffmpeg says it writes
_ENCODED_STREAM = re.compile(r"Output #0,.*?Stream #0:0.*?: Video: [^,]*, (\w+)(?:\((tv|pc)?)?", re.S)


class TrialPicture(Record):
    """What the encoder is to take. levels: full, limited or unknown; upload_format: as in Composition."""

    width: int = 640
    height: int = 360
    rate: Fraction = Fraction(25)
    pix_fmt: str = "yuv420p"
    levels: str = "limited"
    upload_format: str = ""


def picture_of(composition: Composition) -> TrialPicture:
    """A picture like what the composition draws."""
    levels = full_or_limited(composition.fg)
    return TrialPicture(
        *composition.canvas, composition.frame_rate, working_format(composition), levels, composition.upload_format
    )


def check_encoding(
    options: EncodingOptions,
    arguments: Sequence[str] | None,
    output: Path,
    ffmpeg: str | None,
    clips: Sequence[Path],
    answers: KeptAnswers = NO_ANSWERS,
) -> Ffmpeg:
    """The ffmpeg to use, before anything is known of the drawing. Raises UsageError, RenderError if it cannot work.

    arguments   ffmpeg output arguments of the user; None if there were none
    ffmpeg      path that the user names, if any
    answers     kept of earlier runs
    """
    name, pix_fmt = encoder_name(options, arguments, output), TrialPicture().pix_fmt
    chosen = find_ffmpeg(ffmpeg, name, answers=answers)
    settings = encoder_settings(name, options, arguments, output, pix_fmt)
    try_encoder(chosen, settings, output, TrialPicture(upload_format=upload_format(name, pix_fmt)), answers=answers)
    try_hwaccel(chosen, options.hwaccel, [(clip, _FIRST_FILM) for clip in clips])
    return chosen


class EncoderTrial(Record):
    """remarks: for the user, before rendering. encoder_yuv_format: as in Composition."""

    remarks: tuple[str, ...] = ()
    encoder_yuv_format: str = ""


def try_encoder(
    ffmpeg: Ffmpeg,
    settings: EncoderSettings,
    output: Path,
    picture: TrialPicture,
    labels: Sequence[str] = (),
    answers: KeptAnswers = NO_ANSWERS,
) -> EncoderTrial:
    """Raises RenderError where it would fail.

    labels    output options that come before the encoder's (`stream_flags`)
    answers   kept of earlier runs: an encoder in software that worked is not tried again
    Of arguments behind -- only encoder, container and pixel format are tried: ffmpeg itself names any other failure.
    """
    if settings.name is None and not is_rgb(picture.pix_fmt):
        return EncoderTrial()
    trial = _encode_one_frame(ffmpeg, settings, output.suffix, picture, tuple(labels), answers)
    if trial.succeeded:
        return _conversion(ffmpeg, settings, picture, trial.log)
    if settings.name is None:  # what is missing among the arguments behind -- ffmpeg will say itself
        return EncoderTrial()
    cause = f"'{ffmpeg.path}' says: {trial.error}"
    if "Could not write header" in trial.log:
        fitting = "libvpx-vp9" if output.suffix.lower() == ".webm" else "libx264"
        raise RenderError(
            f"video of {settings.name} does not go into a {output.suffix} file, as {cause}; "
            f"wanted another output, such as .mkv, or another encoder, such as --encoder {fitting}"
        )
    if is_hardware(settings.name):
        raise RenderError(
            f"encoder {settings.name} does not work on this machine, as {cause}; choose --encoder libx264"
        )
    if settings.is_preset:
        kind = f"{picture.width}x{picture.height} {picture.pix_fmt}"
        raise RenderError(f"{settings.name} cannot write {kind} to '{output}', as {cause}; choose another --encoder")
    return EncoderTrial()


def try_hwaccel(ffmpeg: Ffmpeg, name: str | None, clips: Sequence[tuple[Path, str]]) -> list[str]:
    """Remarks for the user, before rendering. Raises RenderError if it is unknown, or its device cannot be opened.

    clips   of each its path, and ffmpeg's specifier of the stream, such as v:0; without any no device is opened
    """
    if name is None:
        return []
    if name != "auto" and name not in hwaccels(ffmpeg):
        known = ", ".join(("auto", *hwaccels(ffmpeg)))
        raise RenderError(f"'{ffmpeg.path}' has no --hwaccel {name}; wanted one of {known}, or none")
    if not clips:
        return []
    inputs = [word for clip, _ in clips for word in ("-hwaccel", name, *file_input(str(clip), demuxer_of(clip)))]
    maps = [word for k, (_, stream) in enumerate(clips) for word in ("-map", f"{k}:{stream}")]
    trial = run_trial(ffmpeg.path, [*inputs, *maps, "-frames:v", "1", "-f", "null", "-"])
    if not trial.succeeded:
        raise RenderError(
            f"--hwaccel {name} does not work here, as '{ffmpeg.path}' says: {trial.error}; "
            "leave it out: software decodes the same pixels"
        )
    return [
        f"both clips are decoded by hwaccel {name}, or in software where it cannot: the same pixels, by the standards "
        "of H.264, HEVC, VP9 and AV1; those of MPEG-2 and MPEG-4 leave the last bit open"
    ]


def decoded_frame_count(ffmpeg: Ffmpeg, path: Path, demuxer: str, decoder: str, stream: int = 0) -> int:
    """Frames that this ffmpeg makes of a video stream, damage concealed; 0 where it fails.

    decoder   ffmpeg's name; "" for the one that it takes by itself
    """
    chosen = ("-c:v", decoder) if decoder else ()
    arguments = ["-reinit_filter", "0", "-r", "25", *chosen, *file_input(str(path), demuxer)]
    trial = run_trial(ffmpeg.path, [*arguments, "-map", f"0:v:{stream}", "-fps_mode", "passthrough", "-f", "null", "-"])
    counts = re.findall(r"frame= *(\d+)", trial.log)
    return int(counts[-1]) if counts else 0


@cache
def _encode_one_frame(
    ffmpeg: Ffmpeg,
    settings: EncoderSettings,
    suffix: str,
    picture: TrialPicture,
    labels: tuple[str, ...],
    answers: KeptAnswers,
) -> TrialResult:
    source = f"color=size={picture.width}x{picture.height}:rate={picture.rate},format={picture.pix_fmt}"
    upload = f",format={picture.upload_format},hwupload" if picture.upload_format else ""
    graph = f"{source},setparams=range={picture.levels}{upload}[v]"
    check_graph(graph)
    arguments = [*settings.device_options, "-filter_complex", graph, "-map", "[v]", "-frames:v", "1"]
    arguments += [*labels, *settings.trial_options, "-y"]
    question = [*arguments, suffix]
    is_lasting = not (settings.device_options or is_hardware(settings.name or ""))  # devices come and go
    if is_lasting and (log := answers.find(ffmpeg.path, question)) is not None:
        return TrialResult(True, log, "nothing")
    with trial_folder() as folder:
        trial = run_trial(ffmpeg.path, [*arguments, file_argument(folder / f"{FILE_PREFIX}{suffix}")])
        trial = replace(trial, error=trial.error.replace(f"{file_argument(folder)}/", ""))
    if is_lasting and trial.succeeded:
        answers.keep(ffmpeg.path, question, trial.log)
    return trial


def _conversion(ffmpeg: Ffmpeg, settings: EncoderSettings, picture: TrialPicture, log: str) -> EncoderTrial:
    """What ffmpeg converts between graph and encoder, of which it logs nothing.

    Another order of the same samples, as in nv12, is no conversion.
    """
    stream = _ENCODED_STREAM.search(log)
    if stream is None:
        return EncoderTrial()
    stream_format, stream_range = stream.groups()
    name = settings.name or "the encoder"
    encoded = picture.upload_format if picture.upload_format else stream_format
    is_made_yuv = is_rgb(picture.pix_fmt) and is_yuv(encoded)
    has_other_samples = planar_equivalent(encoded) != planar_equivalent(picture.pix_fmt)
    if is_made_yuv or (encoded != settings.requested_pix_fmt and has_other_samples):
        matrix = " by the BT.709 matrix, with limited range" if is_made_yuv else ""
        kept = "" if name == "ffv1" else " (--encoder ffv1 keeps them)"
        formats = f"{encoded}, not {picture.pix_fmt} as drawn"
        remark = f"{name} is handed {formats}: the pixels of both clips are converted{matrix}{kept}"
        return EncoderTrial((remark,), encoded if is_made_yuv else "")
    if picture.levels == "full" and stream_range == "tv":
        remark = (
            f"{name} of '{ffmpeg.path}' has no full range: levels are converted to limited range "
            "(-- -c:v libx264 -qp 0 keeps them)"
        )
        return EncoderTrial((remark,))
    return EncoderTrial()

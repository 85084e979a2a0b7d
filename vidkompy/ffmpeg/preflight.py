"""Whether encoder and decoders work on this machine: tried with one frame, before long work is begun."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

from filtergraphs import Composition, working_format
from filtergraphs.colour import full_or_limited
from filtergraphs.formats import is_rgb, is_yuv, samples
from filtergraphs.inputs import opened
from filtergraphs.safety import check_graph
from vidkompy.errors import RenderError
from vidkompy.ffmpeg.binary import Attempt, Ffmpeg, attempt, find, hwaccels, readable
from vidkompy.ffmpeg.encoder_presets import (
    EncoderSettings,
    EncodingOptions,
    encoder_of,
    encoder_settings,
    is_hardware,
    uploaded,
)
from vidkompy.media.probe import demuxer_of
from vidkompy.media.work_folders import FILE_PREFIX, trial_folder

_HANDED = re.compile(r"Output #0,.*?Stream #0:0.*?: Video: [^,]*, (\w+)(?:\((tv|pc)?)?", re.S)


@dataclass(frozen=True)
class Picture:
    """What the encoder is to take. levels: full, limited or unknown; upload: as in Composition."""

    width: int = 640
    height: int = 360
    rate: Fraction = Fraction(25)
    pix_fmt: str = "yuv420p"
    levels: str = "limited"
    upload: str = ""


def drawn(planned: Composition) -> Picture:
    levels = full_or_limited(planned.fg)
    return Picture(*planned.canvas, planned.frame_rate, working_format(planned), levels, planned.upload)


def check(
    wish: EncodingOptions, passed: Sequence[str] | None, output: Path, ffmpeg: str | None, clips: Sequence[Path]
) -> Ffmpeg:
    """The ffmpeg to use, before anything is known of the drawing. Raises UsageError, RenderError if it cannot work."""
    name, usual = encoder_of(wish, passed, output), Picture().pix_fmt
    tool = find(ffmpeg, name)
    try_encoder(
        tool, encoder_settings(name, wish, passed, output, usual), output, Picture(upload=uploaded(name, usual))
    )
    try_hwaccel(tool, wish.hwaccel, clips)
    return tool


@dataclass(frozen=True)
class Tried:
    """remarks: what to say of it before rendering. handed: as in Composition."""

    remarks: tuple[str, ...] = ()
    handed: str = ""


def try_encoder(tool: Ffmpeg, how: EncoderSettings, output: Path, picture: Picture) -> Tried:
    """Raises RenderError where it would fail.

    Of words behind -- only encoder, container and pixel format are tried; for another failure ffmpeg has the word.
    """
    if how.name is None and not is_rgb(picture.pix_fmt):
        return Tried()
    done = _one_frame(tool, how, output.suffix, picture)
    if done.is_well:
        return _on_conversion(tool, how, picture, done.said)
    if how.name is None:  # what is missing among the words behind -- ffmpeg will say itself
        return Tried()
    says = f"'{tool.path}' says: {done.error}"
    if "Could not write header" in done.said:
        fitting = "libvpx-vp9" if output.suffix.lower() == ".webm" else "libx264"
        raise RenderError(
            f"video of {how.name} does not go into a {output.suffix} file, as {says}; "
            f"wanted another output, such as .mkv, or another encoder, such as --encoder {fitting}"
        )
    if is_hardware(how.name):
        raise RenderError(f"encoder {how.name} does not work on this machine, as {says}; choose --encoder libx264")
    if how.is_preset:
        kind = f"{picture.width}x{picture.height} {picture.pix_fmt}"
        raise RenderError(f"{how.name} cannot write {kind} to '{output}', as {says}; choose another --encoder")
    return Tried()


def try_hwaccel(tool: Ffmpeg, name: str | None, clips: Sequence[Path]) -> list[str]:
    """What to say of it before rendering. Raises RenderError if it is unknown, or its device cannot be opened."""
    if name is None:
        return []
    if name != "auto" and name not in hwaccels(tool):
        known = ", ".join(("auto", *hwaccels(tool)))
        raise RenderError(f"'{tool.path}' has no --hwaccel {name}; wanted one of {known}, or none")
    inputs = [word for clip in clips for word in ("-hwaccel", name, *opened(str(clip), demuxer_of(clip)))]
    maps = [word for k in range(len(clips)) for word in ("-map", f"{k}:v:0")]
    done = attempt(tool, [*inputs, *maps, "-frames:v", "1", "-f", "null", "-"])
    if not done.is_well:
        raise RenderError(
            f"--hwaccel {name} does not work here, as '{tool.path}' says: {done.error}; "
            "leave it out: software decodes the same pixels"
        )
    return [
        f"both clips are decoded by hwaccel {name}, or in software where it cannot: the same pixels, by the standards "
        "of H.264, HEVC, VP9 and AV1; those of MPEG-2 and MPEG-4 leave the last bit open"
    ]


@cache
def _one_frame(tool: Ffmpeg, how: EncoderSettings, suffix: str, picture: Picture) -> Attempt:
    source = f"color=size={picture.width}x{picture.height}:rate={picture.rate},format={picture.pix_fmt}"
    upload = f",format={picture.upload},hwupload" if picture.upload else ""
    graph = f"{source},setparams=range={picture.levels}{upload}[v]"
    check_graph(graph)
    with trial_folder() as folder:
        words = [*how.device, "-filter_complex", graph, "-map", "[v]", "-frames:v", "1", *how.core]
        done = attempt(tool, [*words, "-y", readable(folder / f"{FILE_PREFIX}{suffix}")])
        return replace(done, error=done.error.replace(f"{readable(folder)}/", ""))


def _on_conversion(tool: Ffmpeg, how: EncoderSettings, picture: Picture, said: str) -> Tried:
    """ffmpeg converts between graph and encoder without a word; an order of its own for the same samples is none."""
    found = _HANDED.search(said)
    if found is None:
        return Tried()
    name = how.name or "the encoder"
    given = picture.upload if picture.upload else found[1]
    is_made_yuv = is_rgb(picture.pix_fmt) and is_yuv(given)
    how_made = " by the BT.709 matrix, with limited range" if is_made_yuv else ""
    if is_made_yuv or (given != how.asked and samples(given) != samples(picture.pix_fmt)):
        kept = "" if name == "ffv1" else " (--encoder ffv1 keeps them)"
        drawn = f"{given}, not {picture.pix_fmt} as drawn"
        remark = f"{name} is handed {drawn}: the pixels of both clips are converted{how_made}{kept}"
        return Tried((remark,), given if is_made_yuv else "")
    if picture.levels == "full" and found[2] == "tv":
        return Tried(
            (
                f"{name} of '{tool.path}' has no full range: levels are converted to limited range "
                "(-- -c:v libx264 -qp 0 keeps them)",
            )
        )
    return Tried()

"""Encoder presets: for each video encoder the output options by which its output looks like what was drawn.

A preset's options come first, the user's follow; editing codecs get the profile that fits the pixel format.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Optional

from filtergraphs.formats import chroma_grid, depth
from filtergraphs.option_table import option_of
from vidkompy.errors import UsageError
from vidkompy.ffmpeg.arguments import value_of, video_encoder_in
from vidkompy.ffmpeg.containers import container_of
from vidkompy.records import Record


class Preset(NamedTuple):
    """Output options of an encoder, separated by spaces. quality: what sets it; a user's own quality replaces it."""

    quality: str = ""
    others: str = ""


PRESETS = {  # what they give: tests/ffmpeg/test_encoder_presets.py
    "libx264": Preset("-crf 18", "-preset medium"),
    "libx265": Preset("-crf 20", "-preset medium"),
    "libsvtav1": Preset("-crf 24", "-preset 6"),
    "libaom-av1": Preset("-crf 20 -b:v 0", "-cpu-used 6 -row-mt 1"),
    "libvpx-vp9": Preset("-crf 24 -b:v 0", "-cpu-used 2 -row-mt 1"),
    "prores_ks": Preset("", "-vendor apl0"),
    "dnxhd": Preset(),
    "ffv1": Preset("", "-level 3 -g 1 -slices 4 -slicecrc 1"),
    "h264_nvenc": Preset("-rc vbr -cq 19 -b:v 0", "-preset p5"),
    "hevc_nvenc": Preset("-rc vbr -cq 21 -b:v 0", "-preset p5"),
    "h264_videotoolbox": Preset("-q:v 65"),
    "hevc_videotoolbox": Preset("-q:v 65"),
    "h264_qsv": Preset("-global_quality 19", "-preset slow"),
    "hevc_qsv": Preset("-global_quality 21", "-preset slow"),
    "h264_vaapi": Preset("-qp 19"),
    "hevc_vaapi": Preset("-qp 21"),
}
DEFAULT_ENCODER = "libx264"
_HARDWARE_ENCODER = re.compile(r"_(nvenc|videotoolbox|qsv|vaapi|amf|vulkan|omx|v4l2m2m)$")


class EncodingOptions(Record):
    """How the drawing is encoded, and how the clips are decoded."""

    encoder: Optional[str] = None
    """video encoder, at a quality that looks like what was drawn (default: libx264, for WebM libvpx-vp9)"""
    hwaccel: Optional[str] = None
    """decode both clips by this one of ffmpeg's hwaccels, or auto, where it can (default: in software)"""
    chunks: int = 1
    """parts that are drawn at the same time, and kept if the render is stopped: the same command goes on with them"""


class EncoderSettings(Record):
    """What ffmpeg has to know of the encoder.

    name                None where the container chooses
    device_options      options before the inputs
    output_options      all options of the encoder and of the user
    trial_options       those of them that can be tried without the inputs
    requested_pix_fmt   pixel format that arguments behind -- ask for; "" if none
    is_preset           whether the encoder's options are those of PRESETS
    """

    name: str | None
    device_options: tuple[str, ...]
    output_options: tuple[str, ...]
    trial_options: tuple[str, ...]
    requested_pix_fmt: str
    is_preset: bool


def encoder_name(options: EncodingOptions, arguments: Sequence[str] | None, output: Path) -> str | None:
    """The encoder as ffmpeg calls it; None where arguments behind -- leave it to the container. Raises UsageError.

    arguments   those behind --; None if there is no --
    """
    named = video_encoder_in(arguments or ())
    if options.encoder is None:
        if arguments is not None:
            return named
        return "libvpx-vp9" if container_of(output) == "webm" else DEFAULT_ENCODER
    if named is not None:
        raise UsageError(f"--encoder {options.encoder} and {named} behind -- exclude each other; wanted one of them")
    if options.encoder not in PRESETS:
        raise UsageError(
            f"--encoder is '{options.encoder}'; wanted one of {', '.join(PRESETS)}; "
            f"others go behind --, with their options: -- -c:v {options.encoder}"
        )
    return options.encoder


def encoder_settings(
    name: str | None, options: EncodingOptions, arguments: Sequence[str] | None, output: Path, pix_fmt: str
) -> EncoderSettings:
    """Options that make encoder `name` write `output`.

    arguments   those behind --; None if there is no --. They follow the preset that --encoder names; without it they
                stand for themselves. One that sets a quality takes the place of the preset's: libx264 would rather
                follow its crf than a qp.
    pix_fmt     of the drawing
    """
    user_options = tuple(arguments or ())
    requested_pix_fmt = value_of("-pix_fmt", user_options)
    trial = [
        word for option in ("-pix_fmt", "-f") if (value := value_of(option, user_options)) for word in (option, value)
    ]
    has_device = bool(upload_format(name, pix_fmt))
    device = ("-init_hw_device", "vaapi=device", "-filter_hw_device", "device") if has_device else ()
    if name is None or (arguments is not None and options.encoder is None):
        tried = ("-c:v", name, *trial) if name else ()
        return EncoderSettings(name, device, user_options, tried, requested_pix_fmt, is_preset=False)
    quality, others = PRESETS[name]
    sets_quality = any(option_of(word).effect == "quality" for word in user_options)
    preset_options = [
        "-c:v",
        name,
        *("" if sets_quality else quality).split(),
        *others.split(),
        *_editing_profile(name, pix_fmt),
    ]
    if container_of(output, user_options) in ("mp4", "mov"):
        if name == "libx265" or name.startswith("hevc"):
            preset_options += ["-tag:v", "hvc1"]  # Apple's players want it
        preset_options += ["-movflags", "+faststart"]
    return EncoderSettings(
        name, device, (*preset_options, *user_options), (*preset_options, *trial), requested_pix_fmt, is_preset=True
    )


def upload_format(name: str | None, pix_fmt: str) -> str:
    """Pixel format in which frames go to the encoder's device; "" for an encoder that takes them from memory.

    name      of the encoder
    pix_fmt   of the drawing
    """
    if name is None or not name.endswith("_vaapi"):
        return ""
    return "p010le" if depth(pix_fmt) > 8 and not name.startswith("h264") else "nv12"


def is_hardware(name: str) -> bool:
    return bool(_HARDWARE_ENCODER.search(name))


def _editing_profile(name: str, pix_fmt: str) -> tuple[str, ...]:
    """Profile of an editing codec, and the pixel format that goes with it: the least one that loses nothing, if any."""
    has_full_chroma = chroma_grid(pix_fmt) == (1, 1) and not pix_fmt.startswith("gray")
    if name == "prores_ks":
        profile, encoded = ("5" if depth(pix_fmt) > 10 else "4", "yuv444p10le")  # 4444 XQ, 4444
        if not has_full_chroma:
            profile, encoded = "3", "yuv422p10le"  # HQ
    elif name == "dnxhd":
        profile, encoded = "dnxhr_444", "gbrp10le" if pix_fmt.startswith("gbr") else "yuv444p10le"
        if not has_full_chroma:
            profile, encoded = ("dnxhr_hqx", "yuv422p10le") if depth(pix_fmt) > 8 else ("dnxhr_hq", "yuv422p")
    else:
        return ()
    return "-profile:v", profile, "-pix_fmt", encoded

"""How a drawing is encoded: a preset for each encoder, whose output looks like what was drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filtergraphs.formats import chroma_grid, depth
from vidkompy.errors import UsageError
from vidkompy.ffmpeg.binary import encoder_in, value_of
from vidkompy.ffmpeg.containers import container_of

# encoder: (what sets its quality, what else it is told); what they give: tests/ffmpeg/test_encoder_presets.py
PRESETS = {
    "libx264": ("-crf 18", "-preset medium"),
    "libx265": ("-crf 20", "-preset medium"),
    "libsvtav1": ("-crf 24", "-preset 6"),
    "libaom-av1": ("-crf 20 -b:v 0", "-cpu-used 6 -row-mt 1"),
    "libvpx-vp9": ("-crf 24 -b:v 0", "-cpu-used 2 -row-mt 1"),
    "prores_ks": ("", "-vendor apl0"),
    "dnxhd": ("", ""),
    "ffv1": ("", "-level 3 -g 1 -slices 4 -slicecrc 1"),
    "h264_nvenc": ("-rc vbr -cq 19 -b:v 0", "-preset p5"),
    "hevc_nvenc": ("-rc vbr -cq 21 -b:v 0", "-preset p5"),
    "h264_videotoolbox": ("-q:v 65", ""),
    "hevc_videotoolbox": ("-q:v 65", ""),
    "h264_qsv": ("-global_quality 19", "-preset slow"),
    "hevc_qsv": ("-global_quality 21", "-preset slow"),
    "h264_vaapi": ("-qp 19", ""),
    "hevc_vaapi": ("-qp 21", ""),
}
DEFAULT = "libx264"
_QUALITY = frozenset(("crf", "qp", "b", "cq", "q", "qscale", "global_quality", "rc", "lossless"))
_HARDWARE = re.compile(r"_(nvenc|videotoolbox|qsv|vaapi|amf|vulkan|omx|v4l2m2m)$")


@dataclass(frozen=True)
class EncodingOptions:
    """How the drawing is encoded, and how the clips are decoded."""

    encoder: str | None = None
    """video encoder, at a quality that looks like what was drawn (default: libx264, for WebM libvpx-vp9)"""
    hwaccel: str | None = None
    """decode both clips by this one of ffmpeg's hwaccels, or auto, where it can (default: in software)"""
    chunks: int = 1
    """parts that are drawn at the same time, and kept if the render is stopped: the same command goes on with them"""


@dataclass(frozen=True)
class EncoderSettings:
    """What ffmpeg is told of the encoder.

    name       None where the container chooses
    device     options before the inputs
    words      output options
    core       those of them that can be tried without the inputs
    asked      pixel format that words behind -- ask for; "" if none
    is_preset  whether the encoder's options are those of PRESETS
    """

    name: str | None
    device: tuple[str, ...]
    words: tuple[str, ...]
    core: tuple[str, ...]
    asked: str
    is_preset: bool


def encoder_of(wish: EncodingOptions, passed: Sequence[str] | None, output: Path) -> str | None:
    """Its name; None where words behind -- leave it to the container. Raises UsageError."""
    named = encoder_in(passed or ())
    if wish.encoder is None:
        return named if passed is not None else "libvpx-vp9" if container_of(output) == "webm" else DEFAULT
    if named is not None:
        raise UsageError(f"--encoder {wish.encoder} and {named} behind -- exclude each other; wanted one of them")
    if wish.encoder not in PRESETS:
        raise UsageError(
            f"--encoder is '{wish.encoder}'; wanted one of {', '.join(PRESETS)}; "
            f"others go behind --, with their options: -- -c:v {wish.encoder}"
        )
    return wish.encoder


def encoder_settings(
    name: str | None, wish: EncodingOptions, passed: Sequence[str] | None, output: Path, pix_fmt: str
) -> EncoderSettings:
    """pix_fmt: of the drawing. Words behind -- follow the preset that --encoder names; else they stand for themselves.

    Those that set a quality take the place of the preset's: libx264 would rather follow its crf than a qp.
    """
    extra = tuple(passed or ())
    asked = value_of("-pix_fmt", extra)
    said = [word for option in ("-pix_fmt", "-f") if (value := value_of(option, extra)) for word in (option, value)]
    device = ("-init_hw_device", "vaapi=device", "-filter_hw_device", "device") if uploaded(name, pix_fmt) else ()
    if name is None or (passed is not None and wish.encoder is None):
        core = ("-c:v", name, *said) if name else ()
        return EncoderSettings(name, device, extra, core, asked, is_preset=False)
    quality, rest = PRESETS[name]
    is_replaced = any(word.startswith("-") and word[1:].partition(":")[0] in _QUALITY for word in extra)
    words = ["-c:v", name, *("" if is_replaced else quality).split(), *rest.split(), *_by_format(name, pix_fmt)]
    if container_of(output, extra) in ("mp4", "mov"):
        words += ["-tag:v", "hvc1"] * (name == "libx265" or name.startswith("hevc"))  # Apple's players want it
        words += ["-movflags", "+faststart"]
    return EncoderSettings(name, device, (*words, *extra), (*words, *said), asked, is_preset=True)


def uploaded(name: str | None, pix_fmt: str) -> str:
    """Format in which frames are brought to the encoder's device; "" for an encoder that takes them from memory."""
    if name is None or not name.endswith("_vaapi"):
        return ""
    return "p010le" if depth(pix_fmt) > 8 and not name.startswith("h264") else "nv12"


def is_hardware(name: str) -> bool:
    return bool(_HARDWARE.search(name))


def _by_format(name: str, pix_fmt: str) -> tuple[str, ...]:
    """Profile of an editing codec, and the pixel format that goes with it: the least one that loses nothing, if any."""
    has_chroma = chroma_grid(pix_fmt) == (1, 1) and not pix_fmt.startswith("gray")
    if name == "prores_ks":
        full = ("5" if depth(pix_fmt) > 10 else "4", "yuv444p10le")  # 4444 XQ, 4444
        profile, taken = full if has_chroma else ("3", "yuv422p10le")  # HQ
    elif name == "dnxhd":
        taken = "gbrp10le" if pix_fmt.startswith("gbr") else "yuv444p10le"
        profile = "dnxhr_444"
        if not has_chroma:
            profile, taken = ("dnxhr_hqx", "yuv422p10le") if depth(pix_fmt) > 8 else ("dnxhr_hq", "yuv422p")
    else:
        return ()
    return "-profile:v", profile, "-pix_fmt", taken

"""Parsing of option values that tyro does not know: places, scales, times and pins; checks of arguments behind --."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast, get_args

from vidkompy.alignment.engine_contract import EngineName
from vidkompy.cli.commands import Matching
from vidkompy.errors import SidecarError, UsageError
from vidkompy.ffmpeg.arguments import effect_of, stray_words, video_encoder_in
from vidkompy.ffmpeg.containers import container_of
from vidkompy.model import Placement

MOST_COUNT = 10**6  # of what is counted: kernels take no number of any size
LATEST_SECOND = 1e9  # s: what a sidecar takes for an end of what was searched
LARGEST_NUMBER = 1e6  # px and scales; beyond float's range they would be infinite
_PICTURES = (  # endings that ffmpeg's image2 takes: a file for each frame, or the last one only
    "image2 bmp dpx exr hdr im1 im24 im8 j2c j2k jls jp2 jpeg jpg jxl jxs ljpg pam pbm pcx pfm pgm pgmyuv phm pix png "
    "ppm qoi ras rs sgi sun sunras tga tif tiff vbn wbmp xbm xface xwd y"
)
PICTURES = frozenset(_PICTURES.split())
_SCATTERED = (  # formats and endings of many files, of streams to somewhere else, or of nothing
    "hls m3u8 dash mpd webm_dash_manifest xml webm_chunk chk hds smoothstreaming segment stream_segment ssegment tee "
    "fifo fifo_test null rtp rtp_mpegts rtsp sap whip alsa caca fbdev opengl oss pulse sdl sdl2 v4l2 video4linux2 xv"
)
SCATTERED = frozenset(_SCATTERED.split())


def parse_placement(text: str, fg: Path) -> Placement:
    """--at X,Y[,WxH]; without a size FG keeps its own. Raises UsageError."""
    match = re.fullmatch(r"(-?[\d.]+),(-?[\d.]+)(?:,([\d.]+)x([\d.]+))?", text)
    try:
        x, y, *size = (float(v) for v in (match.groups() if match else ()) if v is not None)
        width, height = size or (0.0, 0.0)
    except ValueError as e:
        raise UsageError(
            f"--at is '{text}'; wanted X,Y or X,Y,WxH in canvas px, such as 101,53 or 101,53,640x360"
        ) from e
    if not size:
        from vidkompy.media.probe import probe_with_faults  # PyAV, which a render does without

        clip, _ = probe_with_faults(fg)
        width, height = float(clip.width), float(clip.height)
    if max(abs(x), abs(y), width, height) > LARGEST_NUMBER:
        raise UsageError(f"--at is '{text[:60]}'; wanted no number above {LARGEST_NUMBER:.0f}")
    if width <= 0 or height <= 0:
        raise UsageError(f"--at is '{text}'; wanted a width and height above 0")
    return Placement(x, y, width, height)


def parse_scales(text: str | None, is_unscaled: bool) -> tuple[float, float] | None:
    """--scale-range A,B, in FG px per canvas px, as lowest and highest canvas px per FG px. Raises UsageError."""
    if is_unscaled:
        if text is not None:
            raise UsageError(f"--scale-range {text} and --no-scale exclude each other; wanted one of them")
        return 1.0, 1.0
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?|\.\d+),(\d+(?:\.\d+)?|\.\d+)", text)
    low, high = (float(v) for v in match.groups()) if match else (0.0, 0.0)
    if not 1 / LARGEST_NUMBER <= low <= high <= LARGEST_NUMBER:
        raise UsageError(f"--scale-range is '{text}'; wanted A,B with 0.000001 <= A <= B <= 1000000, such as 0.5,2")
    return 1 / high, 1 / low


def parse_seconds_range(text: str | None) -> tuple[float, float | None]:
    """--search A-B; either end may be missing. Raises UsageError."""
    if text is None:
        return 0.0, None
    first, dash, last = text.partition("-")
    try:
        start, stop = _parse_seconds(first or "0"), _parse_seconds(last) if last else None
    except ValueError:
        start, stop = 0.0, 0.0
    if not dash or (stop is not None and stop <= start):
        raise UsageError(
            f"--search is '{text[:60]}'; wanted A-B, A- or -B in seconds or H:MM:SS, such as 60-90 or 1:00-"
        )
    return start, stop


def parse_pins(text: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Each --pin FG=BG. Raises UsageError."""
    pins = []
    for word in text:
        match = re.fullmatch(r"(\d{1,99})=(\d{1,99})", word)
        if not match:
            raise UsageError(f"--pin is '{word[:60]}'; wanted FG=BG, two frame indices, such as 120=345")
        pins.append((int(match[1]), int(match[2])))
    return tuple(pins)


def check_numbers(m: Matching) -> None:
    """Raises UsageError."""
    if not (1 <= m.window <= MOST_COUNT and 1 <= m.margin <= MOST_COUNT):
        raise UsageError(f"--window is {m.window}, --margin {m.margin}; wanted 1 to {MOST_COUNT} of each")
    if not 0 <= m.min_confidence <= 1:
        raise UsageError(f"--min-confidence is {m.min_confidence:g}; wanted a probability, 0 to 1")


def check_count(count: int) -> None:
    """Raises UsageError."""
    if count < 1:
        raise UsageError(f"--count is {count}; wanted at least 1 frame")


def parse_engine(name: str, sidecar: Path) -> EngineName:
    """The engine that a sidecar names. Raises SidecarError."""
    if name not in get_args(EngineName):
        known = ", ".join(get_args(EngineName))
        raise SidecarError(f"'{sidecar}' names the engine '{name}'; wanted one of {known}: choose with --engine")
    return cast("EngineName", name)


def check_encoder_arguments(target: Path, passed: Sequence[str]) -> None:
    """Raises UsageError where ffmpeg would write something else than `target`, or could not know how."""
    if stray := stray_words(passed):
        raise UsageError(f"'{stray[0]}' behind -- is not an output option; wanted only those, such as -c:v ffv1")
    if video_encoder_in(passed) == "copy":
        raise UsageError("video cannot be copied behind --: it is drawn anew; name an encoder, such as -c:v ffv1")
    if not target.suffix and "-f" not in passed:
        raise UsageError(
            f"output '{target}' has no extension to tell its format by; wanted one, such as '{target}.mp4'"
        )
    _check_keeps_frames(passed)
    _check_one_file(target, passed)


def _check_keeps_frames(passed: Sequence[str]) -> None:
    """Raises UsageError for options that leave FG frames out, or give them other times."""
    for k, word in enumerate(passed):
        effect = effect_of(word)
        said = " ".join(passed[k : k + 2])
        if effect == "cuts":
            raise UsageError(
                f"'{said}' behind -- would cut the output; wanted no such option, as every FG frame is kept: "
                "choose --trim matched, or cut the finished output"
            )
        if effect == "retimes":
            raise UsageError(
                f"'{said}' behind -- would change the times of frames; wanted no such option, as every FG frame is "
                "kept in its own time: convert the finished output"
            )


def _check_one_file(target: Path, passed: Sequence[str]) -> None:
    """Raises UsageError for formats that are not one video file."""
    container = container_of(target, passed)
    if container == "webp" and re.search(r"%\d*d", target.stem):
        container = "image2"  # which ffmpeg takes for such a name; without a number WebP is one moving picture
    if container in PICTURES:
        raise UsageError(
            f"output '{target}' would be single pictures ({container}); wanted one video file, such as .mkv, .mov or "
            ".mp4: draw that, then let ffmpeg take it apart into pictures"
        )
    if container in SCATTERED:
        raise UsageError(
            f"output '{target}' would not be one file ({container}); wanted one video file, such as .mkv, .mov or "
            ".mp4: draw that, then let ffmpeg bring it into that format"
        )


def _parse_seconds(text: str) -> float:
    """Seconds, M:SS or H:MM:SS. Raises ValueError."""
    if not re.fullmatch(r"(\d+:){0,2}\d+(\.\d+)?", text):
        raise ValueError(text)
    total = 0.0
    for part in text.split(":"):
        total = 60 * total + float(part)
    if total > LATEST_SECOND:
        raise ValueError(text)
    return total

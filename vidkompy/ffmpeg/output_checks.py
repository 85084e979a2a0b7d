"""Checks of a user's ffmpeg output options: every FG frame is kept, in its own time, in one video file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from vidkompy.errors import UsageError
from vidkompy.ffmpeg.arguments import effect_of, names_format, stray_words, video_encoder_in
from vidkompy.ffmpeg.containers import container_of

_PICTURE_FORMATS = (  # endings that ffmpeg's image2 takes: a file for each frame, or the last one only
    "image2 bmp dpx exr hdr im1 im24 im8 j2c j2k jls jp2 jpeg jpg jxl jxs ljpg pam pbm pcx pfm pgm pgmyuv phm pix png "
    "ppm qoi ras rs sgi sun sunras tga tif tiff vbn wbmp xbm xface xwd y"
)
PICTURE_FORMATS = frozenset(_PICTURE_FORMATS.split())
_SCATTERED_FORMATS = (  # formats and endings of many files, of streams to somewhere else, or of nothing
    "hls m3u8 dash mpd webm_dash_manifest xml webm_chunk chk hds smoothstreaming segment stream_segment ssegment tee "
    "fifo fifo_test null rtp rtp_mpegts rtsp sap whip alsa caca fbdev opengl oss pulse sdl sdl2 v4l2 video4linux2 xv"
)
SCATTERED_FORMATS = frozenset(_SCATTERED_FORMATS.split())


def check_encoder_arguments(target: Path, arguments: Sequence[str]) -> None:
    """Raises UsageError where ffmpeg would write something else than `target`, or could not know how.

    arguments   ffmpeg output options of the user; on the command line they stand behind --
    """
    if stray := stray_words(arguments):
        raise UsageError(f"'{stray[0]}' behind -- is not an output option; wanted only those, such as -c:v ffv1")
    if video_encoder_in(arguments) == "copy":
        raise UsageError("video cannot be copied behind --: it is drawn anew; name an encoder, such as -c:v ffv1")
    if not target.suffix and not names_format(arguments):
        raise UsageError(
            f"output '{target}' has no extension to tell its format by; wanted one, such as '{target}.mp4'"
        )
    _check_keeps_frames(arguments)
    _check_one_file(target, arguments)


def _check_keeps_frames(arguments: Sequence[str]) -> None:
    """Raises UsageError for options that leave FG frames out, or give them other times."""
    for k, word in enumerate(arguments):
        effect = effect_of(word)
        option = " ".join(arguments[k : k + 2])
        if effect == "cuts":
            raise UsageError(
                f"'{option}' behind -- would cut the output; wanted no such option, as every FG frame is kept: "
                "choose --trim matched, or cut the finished output"
            )
        if effect == "retimes":
            raise UsageError(
                f"'{option}' behind -- would change the times of frames; wanted no such option, as every FG frame is "
                "kept in its own time: convert the finished output"
            )


def _check_one_file(target: Path, arguments: Sequence[str]) -> None:
    """Raises UsageError for formats that are not one video file."""
    container = container_of(target, arguments)
    if container == "webp" and re.search(r"%\d*d", target.stem):
        container = "image2"  # which ffmpeg takes for such a name; without a number WebP is one moving picture
    if container in PICTURE_FORMATS:
        raise UsageError(
            f"output '{target}' would be single pictures ({container}); wanted one video file, such as .mkv, .mov or "
            ".mp4: draw that, then let ffmpeg take it apart into pictures"
        )
    if container in SCATTERED_FORMATS:
        raise UsageError(
            f"output '{target}' would not be one file ({container}); wanted one video file, such as .mkv, .mov or "
            ".mp4: draw that, then let ffmpeg bring it into that format"
        )

"""Demuxers that may open a file: none that opens further files, as those of playlists and scripts do.

What is in further files is not what was hashed; they can be exchanged, and can lie anywhere, in networks too.
libavformat opens them while it reads the first one's header. It is therefore kept from choosing such a demuxer at all,
by a list of all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import av
import av.error
import av.logging
from av.container import InputContainer

from vidkompy.errors import MediaError

_JOIN_COMMAND = "ffmpeg -f concat -safe 0 -i LIST -c copy OUT.mkv joins them"
_FETCH_COMMAND = "ffmpeg -i LIST -c copy OUT.mkv makes one film of it"
_RECORD_FIRST = "record what is streamed as a file first"
REFUSED_DEMUXERS = {  # name -> how a user makes one file of what the file names
    "avisynth": "let ffmpeg encode what the script shows: ffmpeg -i SCRIPT -c:v ffv1 OUT.mkv",
    "concat": _JOIN_COMMAND,
    "concatf": _JOIN_COMMAND,
    "dash": _FETCH_COMMAND,
    "hls": _FETCH_COMMAND,
    "imf": "ffmpeg -f imf -i CPL.xml -c copy OUT.mov makes one film of it",
    "lavfi": "ffmpeg -f lavfi -i GRAPH OUT.mkv draws it",
    "mlv": "ffmpeg -i FIRST.MLV -c:v ffv1 OUT.mkv makes one film of it and its further parts",
    "rtsp": _RECORD_FIRST,
    "sdp": _RECORD_FIRST,
    "vapoursynth": "let ffmpeg encode what the script shows: ffmpeg -f vapoursynth -i SCRIPT -c:v ffv1 OUT.mkv",
    "vobsub": "name the film that the subtitles belong to",
    "webm_dash_manifest": _FETCH_COMMAND,
}


def open_single_file(path: Path, decoders: Sequence[str] = ()) -> InputContainer:
    """The file by its own content, without any other file or address.

    decoders   names of those that opening may try; none: any
    `file:` because a colon in a relative name would be taken for a protocol; a % in a picture's is no pattern.
    Raises MediaError for a list of other files, and for what cannot be read.
    """
    options = {"pattern_type": "none", "protocol_whitelist": "file", "format_whitelist": _allowed_demuxers()}
    if decoders:
        options["codec_whitelist"] = ",".join(decoders)
    try:
        return av.open(f"file:{path}", metadata_errors="replace", options=options)
    except (OSError, av.error.FFmpegError) as e:
        kind = _refused_demuxer(path, options) if isinstance(e, av.error.ArgumentError) else ""
        if kind not in REFUSED_DEMUXERS:
            raise unreadable_error(path, e) from e
        raise MediaError(
            f"'{path}' is a list of other files ({kind}), wanted the film itself as one file; {REFUSED_DEMUXERS[kind]}"
        ) from e


def unreadable_error(path: Path, error: OSError | av.error.FFmpegError, detail: str = "") -> MediaError:
    """The error in the words of the system, or of libav; detail: words that follow them."""
    reason = (error.strerror or str(error)).lower()
    return MediaError(f"cannot read '{path}' as video: {reason}{detail}; wanted a file that ffmpeg can decode")


@cache
def _allowed_demuxers() -> str:
    return ",".join(sorted(av.formats_available - REFUSED_DEMUXERS.keys()))


def _refused_demuxer(path: Path, options: dict[str, str]) -> str:
    """The demuxer that libavformat would have chosen, by its own log; "" if the list of allowed ones was not the cause.

    The file is opened once more for that.
    """
    level, skips = av.logging.get_level(), av.logging.get_skip_repeated()
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)  # the same line for another file is no repetition
    try:
        with av.logging.Capture() as lines, suppress(av.error.FFmpegError):
            av.open(f"file:{path}", options=options).close()
    finally:
        av.logging.set_level(level)
        av.logging.set_skip_repeated(skips)
    return next((name for _, name, text in lines if "not on whitelist" in text), "")

"""File -> Clip. Reads headers, timestamps and the first frame; never trusts a file's extension."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.codec.context import CodecContext
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from vidkompy.demuxers import open_alone
from vidkompy.errors import MediaError
from vidkompy.frame_tags import colour_of, field_order_of, is_upright_once_turned, side_data_of
from vidkompy.inputs import check_input
from vidkompy.limits import MOST_FRAMES, MOST_PIXELS, MOST_SIDE
from vidkompy.model import I64, Clip

_LABEL = re.compile("[ -~]{1,64}")  # what a sidecar takes for a timecode
_FROM_ZERO = ("matroska,webm", "nut")  # whose duration counts from 0 of the clock, not from their start
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # ffmpeg's own decoders of these leave alpha out


def content_hash(path: Path) -> str:
    """SHA-256 of the file, hexadecimal. Raises MediaError if it cannot be read."""
    check_file(path)
    with _explained(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_file(path: Path) -> None:
    """Raises MediaError where reading might never end, or cannot begin."""
    with _explained(path):
        check_input(path)


def probe(path: Path, sha256: str | None = None) -> Clip:
    """Raises MediaError if `path` is missing, is not video, has no frames, or ends before its header says.

    sha256: of the file, if it is known already.
    """
    digest = content_hash(path) if sha256 is None else sha256
    with _explained(path), open_video(path) as container:
        return _read(path, container, digest)


@dataclass(frozen=True)
class Tracks:
    """What a file holds beside its pictures, languages as ISO 639-2, "" where the file does not say.

    subtitles  ffmpeg's name of the codec of each
    others     in words
    language, sound_language   of the first video and the first sound
    """

    subtitles: tuple[str, ...]
    others: tuple[str, ...]
    language: str
    sound_language: str


def tracks_of(path: Path) -> Tracks:
    """Reads the header only. Raises MediaError."""
    with _explained(path), open_video(path) as container:
        streams = container.streams
        others = [f"{s.type} track {s.index}" for s in streams if s.type not in ("audio", "video", "subtitle")]
        others += [f"video track {s.index}" for s in streams.video[1:]]
        subtitles = tuple(s.codec_context.codec.canonical_name if s.codec_context else "" for s in streams.subtitles)
        return Tracks(subtitles, tuple(others), _language(streams.video), _language(streams.audio))


def has_sound(path: Path) -> bool:
    """Raises MediaError."""
    with _explained(path), open_video(path) as container:
        return bool(container.streams.audio)


def keyframes(path: Path) -> I64:
    """i64 [n]: pts of the video packets that decoding can start at. Raises MediaError."""
    with _explained(path), open_video(path) as container:
        packets = container.demux(container.streams.video[0])
        return np.array([packet.pts for packet in packets if packet.is_keyframe and packet.pts is not None], np.int64)


def demuxer_of(path: Path) -> str:
    """ffmpeg's name of what reads the file. Raises MediaError."""
    with _explained(path), open_video(path) as container:
        return container.format.name


def open_video(path: Path) -> InputContainer:
    """Raises MediaError for a list of other files and for what has no pictures, av.error.FFmpegError, OSError."""
    container = open_alone(path)
    if not container.streams.video:
        kinds = ", ".join(s.type for s in container.streams) or "no streams"
        container.close()
        raise MediaError(f"no video in '{path}': it holds {kinds}; name a file with a video stream")
    decoder = container.streams.video[0].codec_context
    if decoder is None:
        container.close()
        raise MediaError(f"no decoder is there for '{path}' ({container.format.name}); convert it first, with ffmpeg")
    if decoder.width * decoder.height > MOST_PIXELS or max(decoder.width, decoder.height) > MOST_SIDE:
        container.close()
        size = f"{decoder.width}x{decoder.height}"
        raise MediaError(f"'{path}' has frames of {size}, wanted {MOST_PIXELS} pixels at most: scale it first")
    return container


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Raises MediaError for what the system or the decoder says of `path`."""
    try:
        str(path).encode()
    except UnicodeEncodeError as e:
        raise MediaError(f"the name of {str(path)!r} is not UTF-8, which a sidecar needs; rename it") from e
    try:
        yield
    except (OSError, av.error.FFmpegError) as e:
        reason = (e.strerror or str(e)).lower()
        raise MediaError(f"cannot read '{path}' as video: {reason}; wanted a file that ffmpeg can decode") from e


def _language(streams: Sequence[Stream]) -> str:
    said = streams[0].metadata.get("language", "") if streams else ""
    return "" if said == "und" else said


def _read(path: Path, container: InputContainer, digest: str) -> Clip:
    stream = container.streams.video[0]
    frame, pts = _scan(path, container)
    time_base = Fraction(stream.time_base or 1)
    if not is_upright_once_turned(frame):
        raise MediaError(
            f"'{path}' is to be shown mirrored, or turned by {frame.rotation % 360} degrees; wanted quarter turns: "
            "draw it as it is shown first: ffmpeg -i IN -c:v libx264 -crf 0 OUT.mkv"
        )
    start = container.start_time
    start_pts = int(pts[0]) if start is None else round(Fraction(start, av.time_base) / time_base)
    rotation = frame.rotation % 360
    swap = rotation in (90, 270)
    return Clip(
        path=path,
        size=path.stat().st_size,
        sha256=digest,
        width=frame.height if swap else frame.width,
        height=frame.width if swap else frame.height,
        time_base=time_base,
        pts=pts,
        start_pts=start_pts,
        frame_rate=Fraction(stream.average_rate or stream.guessed_rate or 25),
        pix_fmt=frame.format.name,
        colour=colour_of(frame),
        sar=_sar(stream, swap),
        rotation=rotation,
        audio=tuple(a.codec_context.name if a.codec_context else "unknown" for a in container.streams.audio),
        timecode=_timecode(container),
        field_order=field_order_of(frame),
        side_data=side_data_of(frame),
        decoder=_decoder(stream),
    )


def decoded(packet: Packet[Any], decoder: VideoCodecContext) -> list[VideoFrame]:
    """The frames that a packet completes; one without data empties the decoder."""
    frames = decoder.decode(packet if packet.size else None)
    for frame in frames:
        frame.time_base = packet.stream.time_base  # the last ones come without
    return frames


def decoder_of(stream: VideoStream, name: str) -> VideoCodecContext:
    """The stream's own decoder, or the one that is named."""
    return CodecContext.create(name, "r") if name else stream.codec_context  # type: ignore[return-value]


def _decoder(stream: VideoStream) -> str:
    """Matroska and WebM keep the alpha of VP8 and VP9 beside the pictures, and say so."""
    has_alpha = stream.metadata.get("alpha_mode") == "1"
    return _ALPHA_DECODERS.get(stream.codec_context.codec.canonical_name, "") if has_alpha else ""


def _timecode(container: InputContainer) -> str:
    """Of a tmcd track, of the video, or of the file: containers differ in where they keep it, and how they spell it."""
    kept = [*(s.metadata for s in container.streams), container.metadata]
    labels = (label for m in kept for name, label in m.items() if name.lower() == "timecode")
    return next((label for label in labels if _LABEL.fullmatch(label)), "")


def _scan(path: Path, container: InputContainer) -> tuple[VideoFrame, I64]:
    """The first frame, and i64 [n]: pts of all packets that will be shown, in presentation order.

    In one pass: opening a file costs as much as decoding its first keyframe, and a seek back to the start loses packets
    in MPEG-TS and fails in FLV.
    """
    stream = container.streams.video[0]
    decoder = decoder_of(stream, _decoder(stream))
    frame: VideoFrame | None = None
    pts: list[int | None] = []
    stored = 0
    end = Fraction(0)
    for packet in container.demux():
        if packet.pts is not None and packet.time_base is not None:
            end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
        if packet.stream_index != stream.index:
            continue
        if packet.size:
            stored += 1
            if stored > MOST_FRAMES:
                raise MediaError(f"'{path}' has more than {MOST_FRAMES} frames; cut it into parts first")
            if not packet.is_discard:  # an edit list hides it
                pts.append(packet.pts)
        if frame is None:
            frame = next(iter(decoded(packet, decoder)), None)
    if frame is None:
        raise MediaError(f"no frames in '{path}': its video stream is empty; wanted at least one frame")
    known = [t for t in pts if t is not None]
    if len(known) < len(pts):
        raise MediaError(
            f"{len(pts) - len(known)} of {len(pts)} frames of '{path}' carry no timestamp; "
            "give them one first: ffmpeg -fflags +genpts -i IN -c copy OUT.mkv"
        )
    _check_complete(path, container, stored, end)
    return frame, np.array(sorted(known), np.int64)


def _check_complete(path: Path, container: InputContainer, stored: int, end: Fraction) -> None:
    """stored: video packets found. end: s at which the last packet of any stream ends."""
    promised_frames = container.streams.video[0].frames
    if (missing := _missing_bytes(path)) > 0:
        raise _truncated(path, f"{path.stat().st_size + missing} bytes", f"{path.stat().st_size} are")
    if stored < promised_frames and container.format.name != "avi":  # whose index counts slots without a frame too
        raise _truncated(path, f"{promised_frames} video frames", f"{stored} are")
    if container.duration is not None:
        start = 0 if container.format.name in _FROM_ZERO else container.start_time or 0
        promised = Fraction(container.duration + start, av.time_base)
        if promised - end > 1:
            raise _truncated(path, f"{float(promised):.1f} s", f"{float(end):.1f} s are")


def _missing_bytes(path: Path) -> int:
    """How far the segment of a Matroska file reaches past the file's end; 0 for others, and for live recordings.

    Needed because such a file is read to where it ends without complaint. Source: RFC 8794 section 6, RFC 9559.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    at = head.find(b"\x18\x53\x80\x67") + 4
    if not head.startswith(b"\x1a\x45\xdf\xa3") or at < 4:
        return 0
    width = 9 - head[at].bit_length()
    size = int.from_bytes(head[at : at + width], "big") & ((1 << 7 * width) - 1)
    return 0 if size == (1 << 7 * width) - 1 else at + width + size - path.stat().st_size


def _truncated(path: Path, promised: str, found: str) -> MediaError:
    what = f"its header promises {promised}, {found} there"
    return MediaError(f"'{path}' is truncated: {what}; get a complete copy of it")


def _sar(stream: VideoStream, swap: bool) -> Fraction:
    sar = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
    return 1 / sar if swap else sar

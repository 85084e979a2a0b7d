"""File -> Clip. Reads headers, timestamps and the first frame; never trusts a file's extension."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar, cast

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

from vidkompy.errors import DamageError, MediaError
from vidkompy.limits import MOST_FRAME_PIXELS
from vidkompy.media.completeness import PacketScan, find_missing
from vidkompy.media.container_structure import find_structure_fault
from vidkompy.media.demuxers import open_single_file, unreadable_error
from vidkompy.media.extents import (
    check_frame_count,
    check_frame_size,
    check_timestamps,
    packet_limit,
    packet_limit_error,
)
from vidkompy.media.faults import DetailedFault, describe_faults
from vidkompy.media.frame_metadata import colour_of, field_order_of, is_turned_by_quarters, side_data_of
from vidkompy.media.input_checks import check_regular_file
from vidkompy.model import I64, Clip

S = TypeVar("S", bound=Stream)
_TIMECODE_TEXT = re.compile("[ -~]{1,64}")  # what a sidecar takes for a timecode
SIZE_LIMIT_OPTIONS = {
    "max_pixels": str(MOST_FRAME_PIXELS)
}  # of a decoder: pictures can be larger than their container says
_REFUSING_UNKNOWN_DATA = frozenset(("tiff",))  # decoders that then take what they do not know for an error
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # ffmpeg's own decoders of these leave alpha out


def content_hash(path: Path) -> str:
    """SHA-256 of the file, hexadecimal. Raises MediaError if it cannot be read."""
    check_media_file(path)
    with _raising_media_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_media_file(path: Path) -> None:
    """Raises MediaError where reading might never end, or cannot begin."""
    with _raising_media_errors(path):
        check_regular_file(path)


def probe(path: Path, sha256: str | None = None) -> Clip:
    """Raises MediaError if `path` is missing, is not video or has no frames, DamageError if pictures are missing.

    sha256: of the file, if it is known already. Damaged sound is only noted in the clip: pictures may do without.
    """
    clip, found = probe_with_faults(path, sha256)
    if clip.is_concealed:
        raise DamageError(path, describe_faults(found))
    return clip


def probe_with_faults(path: Path, sha256: str | None = None) -> tuple[Clip, list[DetailedFault]]:
    """The clip as its packets promise it, and what they lack: all but what only decoding shows. Raises MediaError."""
    digest = content_hash(path) if sha256 is None else sha256
    try:
        with _raising_media_errors(path), open_video(path) as container:
            return _read_clip(path, container, digest)
    except MediaError as e:
        is_invalid = isinstance(e.__cause__, av.error.InvalidDataError)
        if not is_invalid or (broken := find_structure_fault(path)) is None:
            raise
        raise MediaError(
            f"'{path}' is damaged: {broken.what} ({broken.detail}), and cannot be read at all; get an intact copy of it"
        ) from e


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
    with _raising_media_errors(path), open_video(path) as container:
        streams = container.streams
        others = [f"{s.type} track {s.index}" for s in streams if s.type not in ("audio", "video", "subtitle")]
        others += [f"video track {s.index}" for s in streams.video[1:]]
        subtitles = tuple(s.codec_context.codec.canonical_name if s.codec_context else "" for s in streams.subtitles)
        return Tracks(subtitles, tuple(others), _language(streams.video), _language(streams.audio))


def has_sound(path: Path) -> bool:
    """Raises MediaError."""
    with _raising_media_errors(path), open_video(path) as container:
        return bool(container.streams.audio)


def keyframes(path: Path) -> I64:
    """i64 [n]: pts of the video packets that decoding can start at. Raises MediaError."""
    with _raising_media_errors(path), open_video(path) as container:
        packets = demux_packets(container, container.streams.video[0])
        return np.array([packet.pts for packet in packets if packet.is_keyframe and packet.pts is not None], np.int64)


def input_traits(path: Path) -> tuple[str, bool]:
    """ffmpeg's name of what reads the file, and whether its decoder takes what it does not know for an error.

    Raises MediaError.
    """
    with _raising_media_errors(path), open_video(path) as container:
        return container.format.name, "err_detect" not in strict_decoder_options(container.streams.video[0])


def demuxer_of(path: Path) -> str:
    """ffmpeg's name of what reads the file. Raises MediaError."""
    return input_traits(path)[0]


def open_video(path: Path) -> InputContainer:
    """Raises MediaError for what cannot be read, lists of other files, and where no picture is or can be decoded."""
    container = open_single_file(path)
    try:
        _check_video_streams(path, container)
    except MediaError:
        container.close()
        raise
    return container


@contextmanager
def _raising_media_errors(path: Path) -> Iterator[None]:
    """Raises MediaError for what the system or the decoder says of `path`."""
    try:
        str(path).encode()
    except UnicodeEncodeError as e:
        raise MediaError(f"the name of {str(path)!r} is not UTF-8, which a sidecar needs; rename it") from e
    try:
        yield
    except (OSError, av.error.FFmpegError) as e:
        is_beyond = isinstance(e, av.error.ArgumentError)  # what libav says of a picture that is not LIMITED
        raise unreadable_error(
            path, e, f", as a picture of more than {MOST_FRAME_PIXELS:,} px is" if is_beyond else ""
        ) from e


def _language(streams: Sequence[Stream]) -> str:
    said = streams[0].metadata.get("language", "") if streams else ""
    return "" if said == "und" else said


def _check_video_streams(path: Path, container: InputContainer) -> None:
    """Raises MediaError. Decoders of larger pictures than these are never made."""
    streams = container.streams.video
    if not streams:
        kinds = ", ".join(s.type for s in container.streams) or "no streams"
        raise MediaError(f"no video in '{path}': it holds {kinds}; name a file with a video stream")
    if streams[0].codec_context is None:
        raise MediaError(
            f"the video of '{path}' is in a codec that no decoder at hand knows; wanted one of ffmpeg's: "
            "convert it with the program that made it"
        )
    for stream in streams:
        if stream.codec_context is not None:
            check_frame_size(path, stream.codec_context.width, stream.codec_context.height)
            stream.codec_context.options = SIZE_LIMIT_OPTIONS


def _read_clip(path: Path, container: InputContainer, digest: str) -> tuple[Clip, list[DetailedFault]]:
    stream = container.streams.video[0]
    frame, pts, found = _scan_packets(path, container)
    time_base = Fraction(stream.time_base or 1)
    rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
    check_frame_count(path, len(pts), frame.width, frame.height)
    check_timestamps(path, pts, time_base, rate)
    if not is_turned_by_quarters(frame):
        raise MediaError(
            f"'{path}' is to be shown mirrored, or turned by {frame.rotation % 360} degrees; wanted quarter turns: "
            "draw it as it is shown first: ffmpeg -i IN -c:v libx264 -crf 0 OUT.mkv"
        )
    start = container.start_time
    rotation = frame.rotation % 360
    swap = rotation in (90, 270)
    clip = Clip(
        path=path,
        size=path.stat().st_size,
        sha256=digest,
        width=frame.height if swap else frame.width,
        height=frame.width if swap else frame.height,
        time_base=time_base,
        pts=pts,
        start_pts=int(pts[0]) if start is None else round(Fraction(start, av.time_base) / time_base),
        frame_rate=rate,
        pix_fmt=frame.format.name,
        colour=colour_of(frame),
        sar=_sar(stream, swap),
        rotation=rotation,
        audio=tuple(a.codec_context.name if a.codec_context else "unknown" for a in container.streams.audio),
        timecode=_timecode(container),
        field_order=field_order_of(frame),
        side_data=side_data_of(frame),
        decoder=_alpha_decoder(stream),
        damage=tuple(finding.fault for finding in found),
    )
    return clip, found


def strict_decoder_options(stream: VideoStream) -> dict[str, str]:
    """Options of a decoder with which what is wrong is an error; else it conceals that."""
    name = stream.codec_context.codec.canonical_name
    return SIZE_LIMIT_OPTIONS if name in _REFUSING_UNKNOWN_DATA else SIZE_LIMIT_OPTIONS | {"err_detect": "explode"}


def demux_packets(container: InputContainer, *streams: S) -> Iterator[Packet[S]]:
    """All packets of these streams.

    IndexError is PyAV's at the very end, where streams appeared midway: they are none of those that were asked for.
    """
    with suppress(IndexError):
        yield from cast("Iterator[Packet[S]]", container.demux(list(streams)))


def decode_packet(packet: Packet[Any], decoder: VideoCodecContext) -> list[VideoFrame]:
    """The frames that a packet completes; one without data empties the decoder."""
    frames = decoder.decode(packet if packet.size else None)
    for frame in frames:
        frame.time_base = packet.stream.time_base  # the last ones come without
    return frames


def decoder_for(stream: VideoStream, name: str) -> VideoCodecContext:
    """The stream's own decoder, or the one that is named."""
    if not name:
        return stream.codec_context
    decoder: VideoCodecContext = CodecContext.create(name, "r")  # type: ignore[assignment]
    decoder.options = SIZE_LIMIT_OPTIONS
    return decoder


def _alpha_decoder(stream: VideoStream) -> str:
    """Matroska and WebM keep the alpha of VP8 and VP9 beside the pictures, and say so."""
    has_alpha = stream.metadata.get("alpha_mode") == "1"
    return _ALPHA_DECODERS.get(stream.codec_context.codec.canonical_name, "") if has_alpha else ""


def _timecode(container: InputContainer) -> str:
    """Of a tmcd track, of the video, or of the file: containers differ in where they keep it, and how they spell it."""
    kept = [*(s.metadata for s in container.streams), container.metadata]
    labels = (label for m in kept for name, label in m.items() if name.lower() == "timecode")
    return next((label for label in labels if _TIMECODE_TEXT.fullmatch(label)), "")


def _scan_packets(path: Path, container: InputContainer) -> tuple[VideoFrame, I64, list[DetailedFault]]:
    """The first frame, i64 [n]: pts of all packets that will be shown, in presentation order, and what is wrong.

    In one pass: opening a file costs as much as decoding its first keyframe, and a seek back to the start loses packets
    in MPEG-TS and fails in FLV.
    """
    stream = container.streams.video[0]
    decoder = decoder_for(stream, _alpha_decoder(stream))
    frame: VideoFrame | None = None
    seen = PacketScan(stream.index, container.streams.audio[0].index if container.streams.audio else None)
    most = packet_limit(path)
    try:
        for n, packet in enumerate(demux_packets(container, *container.streams)):
            if n > most:
                raise packet_limit_error(path, most)
            seen.add(packet)
            if frame is None and packet.stream_index == stream.index:
                with suppress(av.error.InvalidDataError):  # a later one may decode
                    frame = next(iter(decode_packet(packet, decoder)), None)
    except av.error.InvalidDataError as e:  # the demuxer can read no further
        seen.read_error = (e.strerror or str(e)).lower()
    if frame is None:
        why = f"none of its {seen.video_packets} packets decodes" if seen.video_packets else "its video stream is empty"
        raise MediaError(f"no frames in '{path}': {why}; wanted at least one frame")
    known = [t for t in seen.pts if t is not None]
    if len(known) < len(seen.pts):
        raise MediaError(
            f"{len(seen.pts) - len(known)} of {len(seen.pts)} frames of '{path}' carry no timestamp; "
            "give them one first: ffmpeg -fflags +genpts -i IN -c copy OUT.mkv"
        )
    return frame, np.array(sorted(known), np.int64), find_missing(container, seen, find_structure_fault(path))


def _sar(stream: VideoStream, swap: bool) -> Fraction:
    sar = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
    return 1 / sar if swap else sar

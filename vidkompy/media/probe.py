"""File -> Clip: headers, the timestamps of all packets, and the first frame. A file's extension is never trusted.

One pass demuxes every packet and decodes only until the first frame comes; `completeness` says what the pass shows to
be missing. What only decoding shows is left to `integrity`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from vidkompy.counts import count_text
from vidkompy.errors import DamageError, MediaError
from vidkompy.limits import MAX_FRAME_PIXELS
from vidkompy.media.clock_faults import (
    ClockScan,
    check_clock_goes_on,
    check_holds_one_film,
    sound_packets_of,
    undated_error,
)
from vidkompy.media.completeness import UNSTATED_RATE, PacketScan, find_missing
from vidkompy.media.container_structure import find_structure_fault
from vidkompy.media.demuxers import unreadable_error
from vidkompy.media.extents import check_frame_count, check_timestamps, packet_limit, packet_limit_error
from vidkompy.media.faults import DetailedFault, describe_faults
from vidkompy.media.frame_metadata import colour_of, field_order_of, is_turned_by_quarters, side_data_of
from vidkompy.media.input_checks import check_regular_file
from vidkompy.media.input_names import misnamed_input_error
from vidkompy.media.stream_choice import (
    MAIN_STREAM,
    StreamSelector,
    VideoStreamFacts,
    choose_stream,
    own_program,
    sound_streams_of,
    video_streams_of,
)
from vidkompy.media.streams import (
    SIZE_LIMIT_OPTIONS,
    alpha_decoder_name,
    decode_packet,
    decoder_for,
    demux_packets,
    drained_frame,
    open_header,
    open_video,
    refuses_unknown_data,
    undecodable_error,
)
from vidkompy.model import I64, Clip
from vidkompy.records import Record

# Of a decoder whose samples nobody looks at: 10 ms less of a frame at 1080p.
_UNFINISHED = {"skip_idct": "all", "skip_loop_filter": "all"}
_TIMECODE_TEXT = re.compile("[ -~]{1,64}")  # what a sidecar takes for a timecode


def probe(path: Path, sha256: str | None = None, selector: StreamSelector = MAIN_STREAM) -> Clip:
    """The clip in a file whose pictures are all there, as far as its packets show.

    sha256    of the file, if it is known already
    selector  which of its video streams, if it holds several
    Damaged sound is only noted in the clip: pictures may do without. Raises MediaError if `path` is missing, is not
    video or has no frames, DamageError if pictures are missing, UsageError if it has no such stream.
    """
    clip, faults = probe_with_faults(path, sha256, selector)
    if clip.is_concealed:
        raise DamageError(path, describe_faults(faults))
    return clip


def probe_with_faults(
    path: Path, sha256: str | None = None, selector: StreamSelector = MAIN_STREAM
) -> tuple[Clip, list[DetailedFault]]:
    """The clip as its packets promise it, and what they lack: all but what only decoding shows.

    Raises MediaError, UsageError.
    """
    digest = content_hash(path) if sha256 is None else sha256
    try:
        with _raising_media_errors(path), open_video(path) as container:
            return _read_clip(path, container, digest, selector)
    except MediaError as e:
        is_invalid = isinstance(e.__cause__, av.error.InvalidDataError)
        if not is_invalid or (fault := find_structure_fault(path)) is None:
            raise
        raise MediaError(
            f"'{path}' is damaged: {fault.kind} ({fault.detail}), and cannot be read at all; get an intact copy of it"
        ) from e


def content_hash(path: Path) -> str:
    """SHA-256 of the file, hexadecimal. Raises MediaError if it cannot be read."""
    check_media_file(path)
    with _raising_media_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_media_file(path: Path) -> None:
    """Raises MediaError where reading might never end, or cannot begin."""
    if (error := misnamed_input_error(path)) is not None:
        raise error
    with _raising_media_errors(path):
        check_regular_file(path)


def video_streams(path: Path) -> list[VideoStreamFacts]:
    """All of a file, of which `probe` takes one. Raises MediaError."""
    check_media_file(path)
    with _raising_media_errors(path), open_video(path) as container:
        return video_streams_of(path, container)


class Tracks(Record):
    """What a file holds beside a clip's pictures, languages as ISO 639-2, "" where the file does not say.

    subtitles  ffmpeg's name of the codec of each
    others     in words
    language, sound_language   of the clip's video and the first sound
    """

    subtitles: tuple[str, ...]
    others: tuple[str, ...]
    language: str
    sound_language: str


def tracks_of(clip: Clip) -> Tracks:
    """Reads the header only. Raises MediaError."""
    path, stream = clip.path, clip.stream
    with _raising_media_errors(path), open_header(path, stream) as container:
        streams = container.streams
        others = [f"{s.type} track {s.index}" for s in streams if s.type not in ("audio", "video", "subtitle")]
        others += [f"video track {s.index}" for k, s in enumerate(streams.video) if k != stream]
        subtitles = tuple(s.codec_context.codec.canonical_name if s.codec_context else "" for s in streams.subtitles)
        return Tracks(
            subtitles,
            tuple(others),
            _language(streams.video[stream:]),
            _language(sound_streams_of(path, container, clip.program)),
        )


def _language(streams: Sequence[Stream]) -> str:
    tag = streams[0].metadata.get("language", "") if streams else ""
    return "" if tag == "und" else tag


def has_sound(path: Path) -> bool:
    """Raises MediaError."""
    with _raising_media_errors(path), open_header(path) as container:
        return bool(container.streams.audio)


def keyframes(path: Path, stream: int = 0) -> I64:
    """i64 [n]: pts of the packets of a video stream that decoding can start at. Raises MediaError."""
    with _raising_media_errors(path), open_video(path, stream) as container:
        packets = demux_packets(container, container.streams.video[stream])
        return np.array([packet.pts for packet in packets if packet.is_keyframe and packet.pts is not None], np.int64)


def number_in_file(clip: Clip) -> int:
    """Of the clip's stream among all streams of its file, from 0. Raises MediaError."""
    with _raising_media_errors(clip.path), open_header(clip.path, clip.stream) as container:
        return container.streams.video[clip.stream].index


def video_stream_count(path: Path) -> int:
    """Raises MediaError."""
    check_media_file(path)
    with _raising_media_errors(path), open_header(path) as container:
        return len(container.streams.video)


def first_decoding_time(clip: Clip) -> int | None:
    """dts of the first packet of a whole picture, in ticks; None where the file has none. Raises MediaError."""
    with _raising_media_errors(clip.path), open_video(clip.path, clip.stream) as container:
        packets = container.demux(container.streams.video[clip.stream])
        return next((packet.dts for packet in packets if packet.is_keyframe), None)


def sound_time_base(clip: Clip) -> Fraction | None:
    """Seconds per tick of the clip's first sound track; None where it has none. Raises MediaError."""
    with _raising_media_errors(clip.path), open_header(clip.path, clip.stream) as container:
        return next((s.time_base for s in sound_streams_of(clip.path, container, clip.program)), None)


def states_duration(clip: Clip) -> bool:
    """Whether the file says how long it is, which what was written into a pipe cannot. Raises MediaError."""
    with _raising_media_errors(clip.path), open_video(clip.path, clip.stream) as container:
        return container.duration is not None or container.streams.video[clip.stream].duration is not None


def guessed_rate(clip: Clip) -> Fraction:
    """Frames per second that ffmpeg takes the clip for, which can be the least common one. Raises MediaError."""
    with _raising_media_errors(clip.path), open_video(clip.path, clip.stream) as container:
        return Fraction(container.streams.video[clip.stream].guessed_rate or clip.frame_rate)


class InputTraits(NamedTuple):
    """How ffmpeg reads a file. demuxer: its name; refuses_unknown_data: see `streams.refuses_unknown_data`."""

    demuxer: str
    refuses_unknown_data: bool


def input_traits(path: Path, stream: int = 0) -> InputTraits:
    """Raises MediaError."""
    with _raising_media_errors(path), open_header(path, stream) as container:
        return InputTraits(container.format.name, refuses_unknown_data(container.streams.video[stream]))


def demuxer_of(path: Path) -> str:
    """ffmpeg's name of what reads the file. Raises MediaError."""
    with _raising_media_errors(path), open_header(path) as container:
        return container.format.name


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
        is_too_large = isinstance(e, av.error.ArgumentError)  # what libav says of a picture beyond the limit
        reason = f", as a picture of more than {MAX_FRAME_PIXELS:,} px is" if is_too_large else ""
        raise unreadable_error(path, e, reason) from e


def _read_clip(
    path: Path, container: InputContainer, digest: str, selector: StreamSelector
) -> tuple[Clip, list[DetailedFault]]:
    streams = video_streams_of(path, container)
    index = choose_stream(path, streams, selector)
    stream, program = container.streams.video[index], own_program(streams, index)
    sounds = sound_streams_of(path, container, program)
    frame, pts, faults = _scan_packets(path, container, index, sounds)
    time_base = Fraction(stream.time_base or 1)
    rate = Fraction(stream.average_rate or stream.guessed_rate or UNSTATED_RATE)
    check_frame_count(path, len(pts), frame.width, frame.height)
    check_timestamps(path, pts, time_base, rate)
    start = _start_time(container, stream, sounds, program)
    rotation = _rotation_of(path, frame)
    is_sideways = rotation in (90, 270)
    sar = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
    clip = Clip(
        path=path,
        size=path.stat().st_size,
        sha256=digest,
        width=frame.height if is_sideways else frame.width,
        height=frame.width if is_sideways else frame.height,
        time_base=time_base,
        pts=pts,
        start_pts=int(pts[0]) if start is None else round(start / time_base),
        frame_rate=rate,
        pix_fmt=frame.format.name,
        colour=colour_of(frame),
        sar=1 / sar if is_sideways else sar,
        rotation=rotation,
        audio=tuple(a.codec_context.name if a.codec_context else "unknown" for a in sounds),
        timecode=_timecode_label(container),
        field_order=field_order_of(frame),
        side_data=side_data_of(frame),
        decoder=alpha_decoder_name(stream),
        damage=tuple(f.fault for f in faults),
        stream=index,
        program=program,
    )
    return clip, faults


def _start_time(
    container: InputContainer, stream: VideoStream, sounds: Sequence[AudioStream], program: int
) -> Fraction | None:
    """s on the file's clock from which ffmpeg counts: of MPEG-TS it takes the streams that are used, of others all."""
    if not program:
        return None if container.start_time is None else Fraction(container.start_time, av.time_base)
    starts = [s.start_time * Fraction(s.time_base or 1) for s in (stream, *sounds) if s.start_time is not None]
    return min(starts, default=None)


def _rotation_of(path: Path, frame: VideoFrame) -> int:
    """Degrees counter-clockwise. Raises MediaError for what is no quarter turn."""
    if not is_turned_by_quarters(frame):
        raise MediaError(
            f"'{path}' is to be shown mirrored, or turned by {frame.rotation % 360} degrees; wanted quarter turns: "
            "draw it as it is shown first: ffmpeg -i IN -c:v libx264 -crf 0 OUT.mkv"
        )
    return frame.rotation % 360


def _scan_packets(
    path: Path, container: InputContainer, index: int, sounds: Sequence[AudioStream]
) -> tuple[VideoFrame, I64, list[DetailedFault]]:
    """The first frame, i64 [n]: pts of all packets that will be shown, in presentation order, and what is wrong.

    In one pass: opening a file costs as much as decoding its first keyframe, and a seek back to the start loses packets
    in MPEG-TS and fails in FLV. index: of the video stream; sounds: that belong to it.
    """
    stream = container.streams.video[index]
    if stream.codec_context is None:
        raise undecodable_error(path)
    decoder = decoder_for(stream, alpha_decoder_name(stream))
    decoder.options = SIZE_LIMIT_OPTIONS | _UNFINISHED
    frame: VideoFrame | None = None
    clock = ClockScan(is_dts_stored=not container.format.name.startswith("matroska"))
    scan = PacketScan(stream.index, sounds[0].index if sounds else None, clock=clock)
    most = packet_limit(path)
    try:
        for n, packet in enumerate(demux_packets(container, *container.streams)):
            if n > most:
                raise packet_limit_error(path, most)
            scan.add(packet)
            if frame is None and packet.stream_index == stream.index:
                frame = _frame_completed_by(packet, decoder, is_first=scan.video_packets == 1)
    except av.error.InvalidDataError as e:  # the demuxer can read no further
        scan.read_error = (e.strerror or str(e)).lower()
    if frame is None:
        reason = (
            f"none of its {count_text(scan.video_packets, 'packet')} decodes"
            if scan.video_packets
            else "its video stream is empty"
        )
        raise MediaError(f"no frames in '{path}': {reason}; wanted at least one frame")
    return (
        frame,
        _presented_times(path, container, scan, index, sounds),
        find_missing(container, scan, find_structure_fault(path)),
    )


def _frame_completed_by(packet: Packet[Any], decoder: VideoCodecContext, is_first: bool) -> VideoFrame | None:
    """None where a packet completes none, or does not decode: a later one may."""
    if is_first and (frame := drained_frame(packet, decoder)) is not None:
        return frame
    with suppress(av.error.InvalidDataError):
        return next(iter(decode_packet(packet, decoder)), None)
    return None


def _presented_times(
    path: Path, container: InputContainer, scan: PacketScan, index: int, sounds: Sequence[AudioStream]
) -> I64:
    """i64 [n], ascending. Raises MediaError where packets are not dated, or by a clock that starts again."""
    stream = container.streams.video[index]
    dated = [t for t in scan.pts if t is not None]
    if len(dated) < len(scan.pts):
        rate = Fraction(stream.average_rate or stream.guessed_rate or UNSTATED_RATE)
        raise undated_error(path, len(scan.pts) - len(dated), len(scan.pts), rate, index)
    check_clock_goes_on(path, scan.clock, dated, stream, index, sound_packets_of(sounds))
    pts: I64 = np.sort(np.array(dated, np.int64))
    seconds = float(scan.ends[stream.index] - int(pts[0]) * Fraction(stream.time_base or 1))
    check_holds_one_film(path, seconds, bool(container.streams.audio))
    return pts


def _timecode_label(container: InputContainer) -> str:
    """Timecode of a tmcd track, of the video, or of the file: containers differ in where they keep it, and how they
    spell it.
    """
    metadata = [*(s.metadata for s in container.streams), container.metadata]
    labels = (label for tags in metadata for name, label in tags.items() if name.lower() == "timecode")
    return next((label for label in labels if _TIMECODE_TEXT.fullmatch(label)), "")

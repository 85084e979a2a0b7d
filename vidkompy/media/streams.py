"""A file's video stream opened, demuxed into packets, and decoded: PyAV as every reader here uses it.

All readers are held to the same bounds: one file alone (`demuxers`), no picture larger than MAX_FRAME_PIXELS, and a
decoder that either raises on damage or, where that is asked for, conceals it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from av.codec.context import CodecContext
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from vidkompy.errors import MediaError
from vidkompy.limits import MAX_FRAME_PIXELS
from vidkompy.media.demuxers import open_single_file
from vidkompy.media.extents import check_frame_size
from vidkompy.model import Clip

SIZE_LIMIT_OPTIONS = {"max_pixels": str(MAX_FRAME_PIXELS)}  # of a decoder: pictures can be larger than a header says

NO_DECODERS = ("none",)  # for opening; an empty list would allow all

_REFUSING_UNKNOWN_DATA = frozenset(("tiff",))  # decoders whose strictness takes what they do not know for an error
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # ffmpeg's own decoders of these leave alpha out

S = TypeVar("S", bound=Stream)


def open_video(path: Path, stream: int | None = None) -> InputContainer:
    """Raises MediaError for what cannot be read, lists of other files, and where no picture is or can be decoded.

    stream   the video stream that is to be decoded, counted among those; None: any
    """
    return _checked(path, open_single_file(path), stream)


def open_header(path: Path, stream: int | None = None) -> InputContainer:
    """As `open_video`, for what a header says: no picture is decoded to open it, so that not all sizes are known.

    To open a 1080p file of H.264 with B-frames takes 30 ms else: libavformat decodes seven to learn their order.
    """
    return _checked(path, open_single_file(path, NO_DECODERS), stream)


def open_sound(clip: Clip) -> InputContainer:
    """The clip's file for its sound alone, opened as quickly. Raises MediaError."""
    return open_single_file(clip.path, clip.audio or NO_DECODERS)


def _checked(path: Path, container: InputContainer, stream: int | None) -> InputContainer:
    try:
        _check_video_streams(path, container, stream)
    except MediaError:
        container.close()
        raise
    return container


def _check_video_streams(path: Path, container: InputContainer, wanted: int | None) -> None:
    """Raises MediaError. Decoders of larger pictures than MAX_FRAME_PIXELS are never made."""
    streams = container.streams.video
    if not streams:
        kinds = ", ".join(s.type for s in container.streams) or "no streams"
        raise MediaError(f"no video in '{path}': it holds {kinds}; name a file with a video stream")
    if wanted is not None and wanted >= len(streams):
        raise MediaError(f"no video stream {wanted} in '{path}'; wanted one of 0 to {len(streams) - 1}")
    if all(s.codec_context is None for s in (streams if wanted is None else streams[wanted : wanted + 1])):
        raise undecodable_error(path)
    for stream in streams:
        if stream.codec_context is not None:
            check_frame_size(path, stream.codec_context.width, stream.codec_context.height)
            stream.codec_context.options = SIZE_LIMIT_OPTIONS


def undecodable_error(path: Path) -> MediaError:
    return MediaError(
        f"the video of '{path}' is in a codec that no decoder at hand knows; wanted one of ffmpeg's: "
        "convert it with the program that made it"
    )


def demux_packets(container: InputContainer, *streams: S) -> Iterator[Packet[S]]:
    """All packets of these streams.

    IndexError is PyAV's at the very end, where streams appeared midway: they are none of those that were asked for.
    """
    with suppress(IndexError):
        yield from cast("Iterator[Packet[S]]", container.demux(list(streams)))


def decode_packet(packet: Packet[Any], decoder: VideoCodecContext) -> list[VideoFrame]:
    """The frames that a packet completes; one without data empties the decoder. Raises av.error.FFmpegError."""
    frames = decoder.decode(packet if packet.size else None)
    for frame in frames:
        frame.time_base = packet.stream.time_base  # the last ones come without
    return frames


def drained_frame(packet: Packet[Any], decoder: VideoCodecContext) -> VideoFrame | None:
    """The frame of a file's first packet, drawn out of the decoder; None, and the decoder as before, where that fails.

    Else it comes after the frames that are shown later, and two more are decoded. None where it is of two fields, as
    the second one may lie in the next packet.
    """
    if packet.is_keyframe:
        with suppress(FFmpegError):
            frames = [*decode_packet(packet, decoder), *decoder.decode(None)]
            if frames and not frames[0].interlaced_frame:
                return frames[0]
        decoder.flush_buffers()
    return None


def decoder_for(stream: VideoStream, name: str) -> VideoCodecContext:
    """The decoder of that name; the stream's own where name is ""."""
    if not name:
        return stream.codec_context
    decoder: VideoCodecContext = CodecContext.create(name, "r")  # type: ignore[assignment]
    decoder.options = SIZE_LIMIT_OPTIONS
    return decoder


def alpha_decoder_name(stream: VideoStream) -> str:
    """Name of the decoder that keeps alpha; "" where the stream's own does, or there is none.

    Matroska and WebM keep the alpha of VP8 and VP9 beside the pictures, and say so.
    """
    has_alpha = stream.metadata.get("alpha_mode") == "1"
    return _ALPHA_DECODERS.get(stream.codec_context.codec.canonical_name, "") if has_alpha else ""


def strict_decoder_options(stream: VideoStream) -> dict[str, str]:
    """Options with which a decoder raises on damage, which it conceals otherwise."""
    if refuses_unknown_data(stream):
        return SIZE_LIMIT_OPTIONS
    return SIZE_LIMIT_OPTIONS | {"err_detect": "explode"}


def refuses_unknown_data(stream: VideoStream) -> bool:
    """Whether a strict decoder would take what it does not know for an error, such as a private tag."""
    return stream.codec_context.codec.canonical_name in _REFUSING_UNKNOWN_DATA

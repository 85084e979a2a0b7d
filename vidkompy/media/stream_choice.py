"""Which of a file's video streams is the clip, where it holds several: the one that is asked for, or the main one.

The main one is flagged as default, else it is the largest. Thumbnails, cover pictures and proxies are never taken
unless they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from vidkompy.errors import UsageError
from vidkompy.media.structure.mpeg_ts_programs import programs_of, service_names_of
from vidkompy.parameters import tuned
from vidkompy.records import Record

_PICTURE_CODECS = frozenset(("bmp", "mjpeg", "png", "tiff", "webp"))  # of covers that a muxer stored as video
_STILL = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


class StreamSelector(Record):
    """What a user asks for. Neither: the main stream.

    index    among the video streams, from 0, as in ffmpeg's -map 0:v:N
    program  number of a program of MPEG-TS: the main stream of that
    """

    index: int | None = None
    program: int | None = None

    @property
    def is_free(self) -> bool:
        return self == StreamSelector()


MAIN_STREAM = StreamSelector()


class StreamParameters(Record):
    """What counts as a proxy."""

    proxy_side_share: float = tuned(
        0.5,
        unit="share of the largest stream's width, and of its height",
        raising="larger streams are taken for proxies, even if they are flagged as default",
        source="by construction: proxies have half the size or less; muxers flag the first stream, whatever it is",
    )


class VideoStreamFacts(Record):
    """What the header says of a video stream.

    index     among the video streams
    codec     ffmpeg's name; "" where no decoder knows it
    is_still  a thumbnail or a cover picture
    programs  numbers of those of MPEG-TS that it belongs to
    names     of these programs' services, "" where one has none
    """

    index: int
    width: int
    height: int
    codec: str
    is_default: bool = False
    is_still: bool = False
    programs: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Such as 1 (640x272, program 2 'News')."""
        size = f"{self.width}x{self.height}" if self.width else "size unknown"
        kind = (", a thumbnail",) if self.is_still else ()
        named = zip_longest(self.programs, self.names)
        programs = tuple(f", program {number}" + (f" '{name}'" if name else "") for number, name in named)
        codec = () if self.codec else (", no decoder knows it",)
        return f"{self.index} ({size}{''.join((*kind, *programs, *codec))})"


def video_streams_of(path: Path, container: InputContainer) -> list[VideoStreamFacts]:
    """Raises OSError."""
    streams = container.streams.video
    programs = programs_of(path) if container.format.name == "mpegts" and len(streams) > 1 else {}
    names = service_names_of(path) if programs else {}
    are_films = any(s.codec_context is not None and s.codec_context.name not in _PICTURE_CODECS for s in streams)
    facts = []
    for k, stream in enumerate(streams):
        own = tuple(sorted(number for number, pids in programs.items() if stream.id in pids))
        codec, is_default = stream.codec_context, bool(stream.disposition & Disposition.default)
        is_cover = are_films and not is_default and codec is not None and codec.name in _PICTURE_CODECS
        facts.append(
            VideoStreamFacts(
                index=k,
                width=0 if codec is None else codec.width,
                height=0 if codec is None else codec.height,
                codec="" if codec is None else codec.name,
                is_default=is_default,
                is_still=bool(stream.disposition & _STILL) or is_cover,
                programs=own,
                names=tuple(names.get(number, "") for number in own),
            )
        )
    return facts


def sound_streams_of(path: Path, container: InputContainer, program: int) -> list[AudioStream]:
    """Those of a program of MPEG-TS; 0: all. Raises OSError."""
    streams = list(container.streams.audio)
    if not program:
        return streams
    pids = programs_of(path).get(program, frozenset())
    return [stream for stream in streams if stream.id in pids]


def own_program(streams: Sequence[VideoStreamFacts], index: int) -> int:
    """Number of the stream's program, where the file's video streams are of several; 0 elsewhere."""
    numbers = {number for stream in streams for number in stream.programs}
    return streams[index].programs[0] if len(numbers) > 1 and streams[index].programs else 0


def choose_stream(
    path: Path,
    streams: Sequence[VideoStreamFacts],
    selector: StreamSelector = MAIN_STREAM,
    parameters: StreamParameters = StreamParameters(),
) -> int:
    """Index of the stream. streams: of the file, at least one. Raises UsageError where it has not what is asked for."""
    if selector.index is not None:
        if selector.index < len(streams):
            return selector.index
        raise UsageError(f"'{path}' has no video stream {selector.index}; {_choices(streams)}")
    if selector.program is not None:
        of_program = [stream for stream in streams if selector.program in stream.programs]
        if not of_program:
            raise UsageError(f"'{path}' has no video in a program {selector.program}; {_choices(streams)}")
        return _main_of(of_program, parameters)
    return _main_of(streams, parameters)


def _choices(streams: Sequence[VideoStreamFacts]) -> str:
    numbers = sorted({number for stream in streams for number in stream.programs})
    programs = f", or a program: {', '.join(f'p:{number}' for number in numbers)}" if numbers else ""
    return f"wanted one of {', '.join(stream.text for stream in streams)}{programs}"


def _main_of(streams: Sequence[VideoStreamFacts], parameters: StreamParameters) -> int:
    known = [stream for stream in streams if stream.codec] or streams
    moving = [stream for stream in known if not stream.is_still] or known
    largest = max(moving, key=_area)
    share = parameters.proxy_side_share
    full = [s for s in moving if s.width > share * largest.width or s.height > share * largest.height] or moving
    flagged = [stream for stream in full if stream.is_default] or full
    return max(flagged, key=_area).index


def _area(stream: VideoStreamFacts) -> int:
    return stream.width * stream.height

"""Input arguments of ffmpeg: FG by its frames, BG once for each reader and once more for its sound.

ffmpeg may open these files and nothing else, and read them as what they were found to be: what follows the name of one
could otherwise be a list of further files, or of addresses.
"""

from filtergraphs.background import safe_frame_rate
from filtergraphs.bg_readers import CHEAP_READERS, BgReader
from filtergraphs.composition import Composition, Seek, Source

# No new graph when colour tags change midway: ffmpeg 9 makes one, counts frames from 0 again, and reports success.
_ONE_GRAPH = ("-reinit_filter", "0")
UNCROPPED = ("-apply_cropping", "codec")  # for an ffmpeg that would crop as the container says: 7.1 and newer
# Pictures that do not decode are errors, which ffmpeg then logs; else it conceals them.
_STRICT_DECODING = ("-err_detect:v", "explode")


def file_input(path: str, demuxer: str = "") -> tuple[str, ...]:
    """ffmpeg's arguments for a file. `file:` because a colon in its name would name a protocol, a dash an option.

    demuxer   ffmpeg's name of what reads it; "": any. image2 takes a % in a name for the numbers of many files.

    >>> file_input("a:b.mp4")
    ('-protocol_whitelist', 'file', '-i', 'file:a:b.mp4')
    """
    demuxers = ("-format_whitelist", demuxer) if demuxer else ()
    single = ("-pattern_type", "none") if demuxer == "image2" else ()
    return ("-protocol_whitelist", "file", *demuxers, *single, "-i", f"file:{path}")


def fg_input(c: Composition) -> tuple[str, ...]:
    """The rate of BG too, or xstack passes none on: x264 then signals level 6.2 and loses the last duration."""
    if c.fg_seek is not None:
        return (*_reading(c, c.fg), *_seeking(c.fg_seek), *_decoding(c.fg))
    shift = c.fg_zero - c.fg_start_pts
    shifted = ("-itsoffset", f"-{round(shift * c.time_base * 10**6)}us") if shift else ()
    return (*_reading(c, c.fg), *shifted, "-r", str(safe_frame_rate(c)), *_decoding(c.fg))


def bg_input(c: Composition, reader: BgReader, count: int) -> tuple[str, ...]:
    """BG, by its own timestamps if sought, else as if it had none; on the file's own clock, whatever it says of its
    start.

    count   readers of BG in all. One thread each if there are many: 25 MiB a reader at 1080p instead of 40 (ffmpeg
            5.1), 16 instead of 23 (9.0)
    """
    threads = ("-threads", "1") if count > CHEAP_READERS else ()
    position = ("-r", str(safe_frame_rate(c))) if reader.seek is None else _seeking(reader.seek)
    return (*_reading(c, c.bg), *threads, *position, *_decoding(c.bg))


def sound_input(c: Composition) -> tuple[str, ...]:
    """BG once more: its sound is read where its pictures need not be, and never waits for them."""
    return (*_ONE_GRAPH, *_STRICT_DECODING, "-vn", "-sn", "-dn", *file_input(c.bg.path, c.bg.demuxer))


def _seeking(seek: Seek) -> tuple[str, ...]:
    return ("-seek_timestamp", "1", "-ss", f"{seek.position}us")


def _decoding(source: Source) -> tuple[str, ...]:
    as_stored = ("-noautorotate",) if source.graph_rotation else ()
    decoder = ("-c:v", source.decoder) if source.decoder else ()
    return (*as_stored, *decoder, *file_input(source.path, source.demuxer))


def _reading(c: Composition, source: Source) -> tuple[str, ...]:
    """Without -hwaccel_output_format frames come back to memory, and where the device cannot, software decodes."""
    strict = () if source.is_concealed else _STRICT_DECODING
    uncropped = UNCROPPED if c.crops_by_container else ()
    hwaccel = ("-hwaccel", c.hwaccel) if c.hwaccel else ()
    return (*_ONE_GRAPH, *strict, *uncropped, *hwaccel)

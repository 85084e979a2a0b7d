"""How the files are opened: FG by its frames, BG once for each passage and once more for its sound.

ffmpeg may open these files and nothing else, and read them as what they were found to be: what follows the name of one
could otherwise be a list of further files, or of addresses.
"""

from filtergraphs.background import rate
from filtergraphs.bg_readers import FEW, Passage
from filtergraphs.composition import Composition, Source


def opened(path: str, demuxer: str = "") -> tuple[str, ...]:
    """ffmpeg's words for a file. `file:` because a colon in its name would name a protocol, a dash an option.

    demuxer   ffmpeg's name of what reads it; "": any. image2 takes a % in a name for the numbers of many files.
    """
    readers = ("-format_whitelist", demuxer) if demuxer else ()
    alone = ("-pattern_type", "none") if demuxer == "image2" else ()
    return ("-protocol_whitelist", "file", *readers, *alone, "-i", f"file:{path}")


def fg_input(c: Composition) -> tuple[str, ...]:
    """The rate of BG too, or xstack passes none on: x264 then signals level 6.2 and loses the last duration."""
    if c.fg_entry is not None:
        return (*_reading(c, c.fg), *_sought(c.fg_entry[0]), *_decoding(c.fg))
    shift = c.fg_zero - c.fg_start
    shifted = ("-itsoffset", f"-{round(shift * c.time_base * 10**6)}us") if shift else ()
    return (*_reading(c, c.fg), *shifted, "-r", str(rate(c)), *_decoding(c.fg))


def bg_input(c: Composition, passage: Passage, count: int) -> tuple[str, ...]:
    """By its own timestamps if sought, else as if it had none; on the file's own clock, whatever it says of its start.

    One thread each if there are many: 25 MiB a reader at 1080p instead of 40 (ffmpeg 5.1), 16 instead of 23 (9.0).
    """
    threads = ("-threads", "1") if count > FEW else ()
    if passage.entry is None:
        return (*_reading(c, c.bg), *threads, "-r", str(rate(c)), *_decoding(c.bg))
    return (*_reading(c, c.bg), *threads, *_sought(passage.entry), *_decoding(c.bg))


def _sought(entry: int) -> tuple[str, ...]:
    return ("-seek_timestamp", "1", "-ss", f"{entry}us")


def _decoding(source: Source) -> tuple[str, ...]:
    turned = ("-noautorotate",) if source.turn else ()
    decoder = ("-c:v", source.decoder) if source.decoder else ()
    return (*turned, *decoder, *opened(source.path, source.demuxer))


def _reading(c: Composition, source: Source) -> tuple[str, ...]:
    """Without -hwaccel_output_format frames come back to memory, and where the device cannot, software decodes."""
    whole = ("-apply_cropping", "codec") if c.crops else ()
    strict = (*_STEADY, *(() if source.is_concealed else _STRICT))
    return (*strict, *whole, "-hwaccel", c.hwaccel) if c.hwaccel else (*strict, *whole)


# No new graph when colour tags change midway: ffmpeg 9 makes one, counts frames from 0 again, and reports success.
_STEADY = ("-reinit_filter", "0")
# Pictures that do not decode are errors, which ffmpeg then tells; else it conceals them.
_STRICT = ("-err_detect:v", "explode")


def sound_input(c: Composition) -> tuple[str, ...]:
    """BG once more: its sound is read where its pictures need not be, and never waits for them."""
    return (*_STEADY, *_STRICT, "-vn", "-sn", "-dn", *opened(c.bg.path, c.bg.demuxer))

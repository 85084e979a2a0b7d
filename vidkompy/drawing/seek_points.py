"""Whether a clip, entered midway, shows the frames that are wanted from there on.

A container can hold marks where decoding may start, and yet no whole picture comes from them for a while: with intra
refresh a picture is renewed column by column. What then comes first is later than what was asked for, and ffmpeg, which
counts from there, would show everything late.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import av.error

from filtergraphs import Composition
from filtergraphs.bg_readers import readers_of, seek_to
from filtergraphs.composition import Seek
from vidkompy.errors import MediaError
from vidkompy.ffmpeg.containers import is_seekable
from vidkompy.media.probe import decoded, decoder_of, open_video, packets_of, strictness
from vidkompy.model import Clip


def with_seeks(planned: Composition, bg: Clip) -> Composition:
    """`planned`, but with BG read from its start if it cannot be entered at one of its passages."""
    entries = [(reader.seek.position, reader.frames[0]) for reader in readers_of(planned) if reader.seek is not None]
    return planned if _shows(bg, entries) else replace(planned, bg_pts=())


def fg_seek(fg: Clip, first: int) -> Seek | None:
    """As in Composition: how to enter FG for its frame `first`, if that is possible and worth while.

    Not where damage is concealed: what a decoder makes up depends on what it read before.
    """
    is_enterable = is_seekable(fg.path) and not fg.is_concealed
    found = seek_to(first, fg.pts.tolist(), fg.time_base) if is_enterable else None
    return found if found and _shows(fg, [(found.position, first)]) else None


def _shows(clip: Clip, entries: Iterable[tuple[int, int]]) -> bool:
    """Whether the first picture from each entry, us, comes no later than the frame that it is for."""
    entries = list(entries)
    if not entries:
        return True
    try:
        with open_video(clip.path) as container:
            video = container.streams.video[0]
            for entry, first in entries:
                container.seek(entry)
                decoder = decoder_of(video, clip.decoder)
                decoder.options = strictness(video)
                packets = packets_of(container, video)
                frame = next((frame for packet in packets for frame in decoded(packet, decoder)), None)
                if frame is None or frame.pts is None or frame.pts > clip.pts[first]:
                    return False
    except (MediaError, OSError, av.error.FFmpegError):  # from its start it may decode, or say what is wrong
        return False
    return True

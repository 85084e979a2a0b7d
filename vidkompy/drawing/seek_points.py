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
from filtergraphs.bg_readers import entry_to, passages
from vidkompy.errors import MediaError
from vidkompy.ffmpeg.containers import can_be_entered
from vidkompy.media.streams import decode_packet, decoder_for, demux_packets, open_video, strict_decoder_options
from vidkompy.model import Clip


def with_seeks(planned: Composition, bg: Clip) -> Composition:
    """`planned`, but with BG read from its start if it cannot be entered at one of its passages."""
    entries = [(passage.entry, passage.used[0]) for passage in passages(planned) if passage.entry is not None]
    return planned if _shows(bg, entries) else replace(planned, bg_pts=())


def fg_seek(fg: Clip, first: int) -> tuple[int, int] | None:
    """As in Composition: how to enter FG for its frame `first`, if that is possible and worth while.

    Not where damage is concealed: what a decoder makes up depends on what it read before.
    """
    is_enterable = can_be_entered(fg.path) and not fg.is_concealed
    found = entry_to(first, fg.pts.tolist(), fg.time_base) if is_enterable else None
    return found if found and _shows(fg, [(found[0], first)]) else None


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
                decoder = decoder_for(video, clip.decoder)
                decoder.options = strict_decoder_options(video)
                packets = demux_packets(container, video)
                frame = next((frame for packet in packets for frame in decode_packet(packet, decoder)), None)
                if frame is None or frame.pts is None or frame.pts > clip.pts[first]:
                    return False
    except (MediaError, OSError, av.error.FFmpegError):  # from its start it may decode, or say what is wrong
        return False
    return True

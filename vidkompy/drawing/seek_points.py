"""Seek points: where a clip can be entered midway and still shows every frame that is wanted from there on.

A container can mark places where decoding may start from which no whole picture comes for a while: with intra refresh a
picture is renewed column by column. The first whole picture is then later than the one that was asked for, and ffmpeg,
which counts from there, would show everything late. Each seek point is therefore tried before it is used.
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
from vidkompy.media.streams import decode_packet, decoder_for, demux_packets, open_video, strict_decoder_options
from vidkompy.model import Clip, FrameSpan, Sidecar


def with_seeks(composition: Composition, bg: Clip) -> Composition:
    """The composition, with BG read from its start if one of its readers cannot be entered."""
    entries = [
        (reader.seek.position, reader.frames[0]) for reader in readers_of(composition) if reader.seek is not None
    ]
    return composition if _are_reached(bg, entries) else replace(composition, bg_pts=())


def part_of(composition: Composition, sidecar: Sidecar, part: FrameSpan) -> Composition:
    """Some of its frames, without sound, from 0 on; both clips are entered midway where that is possible."""
    a, b = part
    first = composition.fg_first + a
    motion = composition.motion
    chosen = replace(
        composition,
        bg_index=composition.bg_index[a:b],
        fg_pts=composition.fg_pts[a:b],
        unmatched=composition.unmatched[a:b],
        bg_grade_of=composition.bg_grade_of[a:b],
        motion=motion and replace(motion, first=motion.first + a),
        fg_first=first,
        fg_start_pts=int(composition.fg_pts[a]),
        fg_end_pts=composition.fg_pts[b] if b < len(composition.fg_pts) else composition.fg_end_pts,
        fg_seek=fg_seek(sidecar.fg, first),
        has_audio=False,
        sound=None,
    )
    return with_seeks(chosen, sidecar.bg)


def fg_seek(fg: Clip, first: int) -> Seek | None:
    """Where to enter FG for its frame `first`, as Composition.fg_seek; None: not possible, or not worth while.

    FG is read from its start where damage is concealed: what a decoder makes up depends on what it read before.
    """
    if not is_seekable(fg.path) or fg.is_concealed:
        return None
    seek = seek_to(first, fg.pts.tolist(), fg.time_base)
    return seek if seek and _are_reached(fg, [(seek.position, first)]) else None


def _are_reached(clip: Clip, entries: Iterable[tuple[int, int]]) -> bool:
    """Whether the first picture from each entry comes no later than the frame it is for.

    entries   us on the file's clock, frame index
    """
    entries = list(entries)
    if not entries:
        return True
    try:
        with open_video(clip.path, clip.stream) as container:
            video = container.streams.video[clip.stream]
            for entry_us, first in entries:
                container.seek(entry_us)
                decoder = decoder_for(video, clip.decoder)
                decoder.options = strict_decoder_options(video)
                packets = demux_packets(container, video)
                frame = next((frame for packet in packets for frame in decode_packet(packet, decoder)), None)
                if frame is None or frame.pts is None or frame.pts > clip.pts[first]:
                    return False
    except (MediaError, OSError, av.error.FFmpegError):  # from its start it may decode, or say what is wrong
        return False
    return True

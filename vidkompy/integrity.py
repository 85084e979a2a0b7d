"""Where a video does not decode without a fault, and which of its frames decode all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import av.error
import numpy as np

from vidkompy.decode import frames_of
from vidkompy.errors import MediaError
from vidkompy.model import I64, MOST_FAULTS, PICTURE, Clip, Fault
from vidkompy.probe import STRICT, decoded, decoder_of, inspect, open_video, packets_of


def examined(path: Path, sha256: str | None = None) -> Clip:
    """The clip with all its damage and, if its pictures are damaged, only the frames that decode.

    Costs a decode, or two where there is damage. Raises MediaError where frames decode in no order.
    """
    clip, _ = inspect(path, sha256)
    faults = [*clip.damage, *(Fault(_seconds(clip, t), PICTURE) for t in _undecoded(clip))]
    if not faults:
        return clip
    ordered = sorted(set(faults), key=lambda fault: (fault.seconds, fault.what))
    clip = replace(clip, damage=tuple(ordered[:MOST_FAULTS]))
    if not clip.is_concealed:
        return clip
    pts = _decoding(clip)
    late = _seconds(clip, int(pts[0]))
    damage = tuple(replace(fault, seconds=round(fault.seconds - late, 3)) for fault in clip.damage)
    return replace(clip, pts=pts, damage=damage)


def intact_frames(path: Path) -> int | None:
    """Frames that decode before the first fault, give or take those that a decoder holds back; None without a fault."""
    count = 0
    with open_video(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.options = STRICT
        try:
            for frame in container.decode(stream):
                if frame.is_corrupt:
                    return count
                count += 1
        except av.error.InvalidDataError:
            return count
    return None


def _undecoded(clip: Clip) -> Iterator[int]:
    """Timestamps at which a strict decoder fails, at most MOST_FAULTS, and of frames that never come."""
    seen, failed = set[int](), list[int]()
    with open_video(clip.path) as container:
        video = container.streams.video[0]
        decoder = decoder_of(video, clip.decoder)
        decoder.options, decoder.thread_count = STRICT, 1  # threads of frames fail late, and those of slices not at all
        last = int(clip.pts[0])
        with suppress(av.error.InvalidDataError):  # the demuxer can read no further
            for packet in packets_of(container, video):
                last = last if packet.pts is None else packet.pts
                try:
                    frames = decoded(packet, decoder)
                except av.error.InvalidDataError:
                    failed.append(last)
                    continue
                seen |= {last if frame.pts is None else frame.pts for frame in frames}
                failed += [last for frame in frames if frame.is_corrupt]
    yield from failed[:MOST_FAULTS]
    if not failed:
        yield from [t for t in clip.pts.tolist() if t not in seen][:MOST_FAULTS]


def _decoding(clip: Clip) -> I64:
    """i64 [n]: timestamps of the frames that decode, damage concealed."""
    pts = [frame.pts for frame in frames_of(clip)]
    known = np.array([t for t in pts if t is not None], np.int64)
    if len(known) < len(pts) or (np.diff(known) <= 0).any():
        raise MediaError(
            f"'{clip.path}' is damaged beyond keeping: its frames do not come out in the order of their timestamps; "
            "get an intact copy of it"
        )
    return known


def _seconds(clip: Clip, pts: int) -> float:
    return round(float((pts - int(clip.pts[0])) * clip.time_base), 3)

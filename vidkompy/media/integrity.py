"""Damage that only decoding shows: where a video fails a strict decoder, and which of its frames decode all the same.

A strict decoder raises where a concealing one makes pictures up, so the strict pass finds the faults, and a second,
concealing pass finds the frames that a user gets who keeps the clip.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av.error
import numpy as np

from vidkompy.errors import MediaError
from vidkompy.media.decoding import decode_frames
from vidkompy.media.probe import probe_with_faults
from vidkompy.media.stream_choice import MAIN_STREAM, StreamSelector
from vidkompy.media.streams import decode_packet, decoder_for, demux_packets, open_video, strict_decoder_options
from vidkompy.model import DAMAGED_PICTURE, I64, MAX_FAULTS, Clip, Fault


def probe_damaged(path: Path, sha256: str | None = None, selector: StreamSelector = MAIN_STREAM) -> Clip:
    """The clip with all its damage and, if its pictures are damaged, only the frames that decode.

    Arguments as for `probe`. Costs a decode, or two where there is damage. Raises MediaError where frames decode in no
    order.
    """
    clip, _ = probe_with_faults(path, sha256, selector)
    faults = [*clip.damage, *(Fault(_seconds(clip, t), DAMAGED_PICTURE) for t in _failing_timestamps(clip))]
    if not faults:
        return clip
    ordered = sorted(set(faults), key=lambda fault: (fault.seconds, fault.kind))
    clip = replace(clip, damage=tuple(ordered[:MAX_FAULTS]))
    if not clip.is_concealed:
        return clip
    pts = _concealed_timestamps(clip)
    lost_at_start = _seconds(clip, int(pts[0]))  # s; faults count from the first frame
    damage = tuple(replace(fault, seconds=round(fault.seconds - lost_at_start, 3)) for fault in clip.damage)
    return replace(clip, pts=pts, damage=damage)


def count_intact_frames(path: Path, index: int = 0) -> int | None:
    """Frames of a video stream that decode before the first fault, give or take those that a decoder holds back.

    None without a fault. Raises MediaError where it cannot even be opened.
    """
    count = 0
    with open_video(path, index) as container:
        stream = container.streams.video[index]
        stream.codec_context.options = strict_decoder_options(stream)
        try:
            for packet in demux_packets(container, stream):
                for frame in decode_packet(packet, stream.codec_context):
                    if frame.is_corrupt:
                        return count
                    count += 1
        except av.error.FFmpegError:
            return count
    return None


def _failing_timestamps(clip: Clip) -> Iterator[int]:
    """Timestamps at which a strict decoder fails, at most MAX_FAULTS; if it fails nowhere, of frames that never come.

    What fails is dated by the packet that was last fed to the decoder.
    """
    decoded, failed = set[int](), list[int]()
    with open_video(clip.path, clip.stream) as container:
        video = container.streams.video[clip.stream]
        decoder = decoder_for(video, clip.decoder)
        decoder.options = strict_decoder_options(video)
        decoder.thread_count = 1  # threads of frames fail late, and those of slices not at all
        packet_pts = int(clip.pts[0])
        with suppress(av.error.InvalidDataError):  # the demuxer can read no further
            for packet in demux_packets(container, video):
                packet_pts = packet_pts if packet.pts is None else packet.pts
                try:
                    frames = decode_packet(packet, decoder)
                except av.error.InvalidDataError:
                    failed.append(packet_pts)
                    continue
                decoded |= {packet_pts if frame.pts is None else frame.pts for frame in frames}
                failed += [packet_pts for frame in frames if frame.is_corrupt]
    yield from failed[:MAX_FAULTS]
    if not failed:
        yield from [t for t in clip.pts.tolist() if t not in decoded][:MAX_FAULTS]


def _concealed_timestamps(clip: Clip) -> I64:
    """i64 [n]: timestamps of the frames that decode, damage concealed.

    Frames that come out late get times between their neighbours: they are there, and are counted.
    """
    undated = replace(clip, pts=np.empty(0, np.int64))  # so that frames keep the timestamps they come with
    pts = [frame.pts for frame in decode_frames(undated)]
    usual_step = max(int(np.median(np.diff(clip.pts))), 1) if clip.frames > 1 else 1
    kept = _longest_increasing(pts)
    if not kept or not (ascending := _interpolate_others(pts, kept, usual_step)):
        raise MediaError(
            f"'{clip.path}' is damaged beyond keeping: its frames do not come out in the order of their timestamps; "
            "get an intact copy of it"
        )
    return np.array(ascending, np.int64)


def _longest_increasing(pts: Sequence[int | None]) -> list[int]:
    """Indices of a longest strictly increasing subsequence; None is left out.

    `tails[k]` is the least value that ends an increasing subsequence of k + 1 values so far, and `ends[k]` its index;
    `previous` leads back from each index. Of equal values the last one stays.
    Source: Fredman 1975, doi:10.1016/0012-365X(75)90103-X.

    >>> _longest_increasing([0, 10, None, 5, 20, 15, 30])
    [0, 3, 5, 6]
    """
    ends, tails, previous = list[int](), list[int](), dict[int, int]()
    for i, t in enumerate(pts):
        if t is None:
            continue
        k = bisect_left(tails, t)
        previous[i] = ends[k - 1] if k else -1
        ends[k : k + 1], tails[k : k + 1] = [i], [t]
    backwards, i = list[int](), ends[-1] if ends else -1
    while i >= 0:
        backwards.append(i)
        i = previous[i]
    return backwards[::-1]


def _interpolate_others(pts: Sequence[int | None], kept: Sequence[int], step: int) -> list[int]:
    """Timestamps of all frames: those kept, and the others spread evenly between them.

    Before the first and behind the last that is kept, frames lie `step` ticks apart. Empty where that leaves no tick
    for each.

    >>> _interpolate_others([None, 10, 99, 20, None], [1, 3], 10)
    [0, 10, 15, 20, 30]
    >>> _interpolate_others([10, None, 11], [0, 2], 10)
    []
    """
    known = {i: t for i in kept if (t := pts[i]) is not None}
    first, last = kept[0], kept[-1]
    before, behind = -1, len(pts)
    known[before] = known[first] - step * (first - before)
    known[behind] = known[last] + step * (behind - last)
    spread = [known[a] + (known[b] - known[a]) * k // (b - a) for a, b in pairwise(sorted(known)) for k in range(b - a)]
    return spread[1:] if all(a < b for a, b in pairwise(spread)) else []


def _seconds(clip: Clip, pts: int) -> float:
    """After the clip's first frame."""
    return round(float((pts - int(clip.pts[0])) * clip.time_base), 3)

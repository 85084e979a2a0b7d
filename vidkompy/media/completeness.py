"""What a pass over a file's packets says of what is missing from it, or arrived damaged."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from av.container import InputContainer
from av.packet import Packet

from vidkompy.media.container_structure import StructureFault
from vidkompy.media.faults import DetailedFault
from vidkompy.media.gaps import WIDE, Gap, find_gaps, find_silences, is_confirmed_by_silence
from vidkompy.model import (
    BROKEN_STRUCTURE,
    DAMAGED_PACKET,
    DAMAGED_SOUND,
    ENDS_EARLY,
    F64,
    LOST_FRAMES,
    MOST_FAULTS,
    NO_END_MARK,
    Fault,
)

# Formats whose duration counts from 0 of the clock, not from their start.
_DURATION_FROM_ZERO = frozenset(("flv", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "nut"))
# Formats whose duration is written in a header. That of others is what ffmpeg found in the file, or guessed by its
# size, or in an AVI that went through a pipe never corrected.
_DURATION_IN_HEADER = ("asf", "flv", "matroska", "mov", "mxf")
_DURATION_ROUNDING = Fraction(2, 1000)  # s; headers of Matroska and FLV count ms
_FRAME_COUNT_UNRELIABLE = frozenset(
    ("avi", "ivf")
)  # in which a frame need not be; ffmpeg 5 writes IVF's duration there


@dataclass
class PacketScan:
    """What was seen, in ticks of each stream.

    video, audio   indices of the first of each kind
    pts, at    of each video packet that is shown: its timestamp, and the byte where it begins
    stored     video packets, hidden ones included
    ends       of each stream by its index, s on the file's clock
    sound      timestamp of each packet of the first sound track
    corrupt    video packets that are flagged so: their timestamps; sound packets: s on the file's clock
    stopped    what the demuxer says of where it can read no further; "" if it came to the end
    """

    video: int
    audio: int | None = None
    pts: list[int | None] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    stored: int = 0
    ends: dict[int, Fraction] = field(default_factory=dict)
    sound: list[int] = field(default_factory=list)
    sound_base: Fraction = Fraction(1)
    corrupt: list[int | None] = field(default_factory=list)
    corrupt_sound: list[Fraction] = field(default_factory=list)

    stopped: str = ""

    def add(self, packet: Packet[Any]) -> None:
        if packet.pts is not None and packet.time_base is not None:
            end = (packet.pts + (packet.duration or 0)) * packet.time_base
            self.ends[packet.stream_index] = max(end, self.ends.get(packet.stream_index, end))
        if packet.size and packet.stream_index == self.video:
            self._add_video(packet)
        elif packet.size and packet.stream.type == "audio":
            self._add_sound(packet)

    def _add_video(self, packet: Packet[Any]) -> None:
        self.stored += 1
        if packet.is_corrupt:
            self.corrupt.append(packet.pts)
        if not packet.is_discard:  # an edit list hides it
            self.pts.append(packet.pts)
            self.at.append(packet.pos or 0)

    def _add_sound(self, packet: Packet[Any]) -> None:
        if packet.pts is None or packet.time_base is None:
            return
        if packet.is_corrupt:
            self.corrupt_sound.append(packet.pts * packet.time_base)
        if packet.stream_index == self.audio:
            self.sound_base = packet.time_base
            self.sound.append(packet.pts)


def find_missing(container: InputContainer, seen: PacketScan, broken: StructureFault | None) -> list[DetailedFault]:
    """All that is wrong, ascending in time, at most MOST_FAULTS. Every packet has a timestamp."""
    time_base = Fraction(container.streams.video[0].time_base or 1)
    known = [(t, at) for t, at in zip(seen.pts, seen.at, strict=True) if t is not None]
    first = min(t for t, _ in known)
    last = max(t for t, _ in known)

    def seconds(pts: int) -> float:
        return round(float((pts - first) * time_base), 3)

    found = [DetailedFault(Fault(seconds(last if t is None else t), DAMAGED_PACKET)) for t in seen.corrupt]
    found += [DetailedFault(Fault(round(float(s - first * time_base), 3), DAMAGED_SOUND)) for s in seen.corrupt_sound]
    if seen.stopped:
        found.append(DetailedFault(Fault(seconds(last), BROKEN_STRUCTURE), seen.stopped))
    if broken is not None and broken.what == BROKEN_STRUCTURE:
        found.append(DetailedFault(Fault(seconds(_pts_at(known, broken.at)), BROKEN_STRUCTURE), broken.detail))
    if broken is not None and broken.what in (ENDS_EARLY, NO_END_MARK):
        found.append(DetailedFault(Fault(seconds(last), broken.what), broken.detail))
    if (broken is None or broken.what != ENDS_EARLY) and (short := _missing_by_header(container, seen)):
        found.append(DetailedFault(Fault(seconds(last), ENDS_EARLY), short))
    for gap, why in _lost_frames(seen, time_base, broken, known):
        pts = sorted(t for t, _ in known)
        found.append(
            DetailedFault(Fault(seconds(pts[gap.after]), LOST_FRAMES), f"a gap of {gap.length:.2f} s, and {why}")
        )
    return sorted(found, key=lambda f: (f.fault.seconds, not f.detail))[:MOST_FAULTS]  # causes first


def _pts_at(known: Sequence[tuple[int, int]], byte: int) -> int:
    """Of the packet that begins last before a byte."""
    by_place = sorted((at, t) for t, at in known)
    return by_place[max(bisect_left(by_place, (byte, 0)) - 1, 0)][1]


def _missing_by_header(container: InputContainer, seen: PacketScan) -> str:
    """What the header promises and the file lacks, in words."""
    video = container.streams.video[0]
    if seen.stored < video.frames and container.format.name not in _FRAME_COUNT_UNRELIABLE:
        return f"its header promises {video.frames} video frames, {seen.stored} are there"
    if container.duration is None or not container.format.name.startswith(_DURATION_IN_HEADER):
        return ""
    start = 0 if container.format.name in _DURATION_FROM_ZERO else container.start_time or 0
    promised, end = Fraction(container.duration + start, 10**6), max(seen.ends.values())
    if promised - end > _end_tolerance(container, seen) + _DURATION_ROUNDING:
        return f"its header promises {float(promised):.2f} s, {float(end):.2f} s are there"
    return ""


def _end_tolerance(container: InputContainer, seen: PacketScan) -> Fraction:
    """s: WIDE frames, of uneven clips the longest."""
    video = container.streams.video[0]
    pts = np.sort(np.array([t for t in seen.pts if t is not None], np.int64))
    longest = int(np.diff(pts).max()) * Fraction(video.time_base or 1) if len(pts) > 1 else Fraction(0)
    nominal = 1 / Fraction(video.average_rate or video.guessed_rate or 25)
    return Fraction(WIDE) * max(nominal, longest)


def _lost_frames(
    seen: PacketScan, time_base: Fraction, broken: StructureFault | None, known: Sequence[tuple[int, int]]
) -> Iterator[tuple[Gap, str]]:
    """Gaps in which frames are proven to have been."""
    pts = np.array(sorted(t for t, _ in known), np.int64)
    gaps = find_gaps(pts, time_base)
    silences = _sound_silences(seen) if gaps else np.empty((0, 2))
    places = dict(known)
    for gap in gaps:
        ends = float(pts[gap.after + 1] * time_base)
        if is_confirmed_by_silence((ends - gap.lost, ends), silences):
            yield gap, "the sound is missing there too"
        elif broken is not None and broken.what == LOST_FRAMES:
            around = [places[int(t)] for t in pts[max(gap.after - 3, 0) : gap.after + 5]]
            if min(around) <= broken.at <= max(around):
                yield gap, broken.detail


def _sound_silences(seen: PacketScan) -> F64:
    return find_silences(np.array(seen.sound, np.float64) * float(seen.sound_base))

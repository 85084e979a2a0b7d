"""What is missing from a file, or arrived damaged, as one pass over its packets shows it without decoding.

The pass fills a `PacketScan`; `find_missing` then compares it with what the headers promise, with the container's
structure, and sound with pictures: a gap in the pictures counts as lost frames only where something proves it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet

from vidkompy.counts import count_text
from vidkompy.media.clock_faults import ClockScan
from vidkompy.media.faults import DetailedFault
from vidkompy.media.gaps import Gap, GapParameters, find_gaps, find_silences, is_confirmed_by_silence
from vidkompy.media.structure.fault import StructureFault
from vidkompy.model import (
    BROKEN_STRUCTURE,
    DAMAGED_PACKET,
    DAMAGED_SOUND,
    ENDS_EARLY,
    LOST_FRAMES,
    MAX_FAULTS,
    NO_END_MARK,
    Fault,
)

# Formats whose duration counts from 0 of the clock, not from their start.
_DURATION_FROM_ZERO = frozenset(("flv", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "nut"))
# Formats whose duration is written in a header. That of others is what ffmpeg found in the file, or guessed by its
# size, or in an AVI that went through a pipe never corrected.
_DURATION_IN_HEADER = ("asf", "flv", "matroska", "mov", "mxf")
_DURATION_ROUNDING = Fraction(2, 1000)  # s; headers of Matroska and FLV count ms
# Formats that count places of frames, in which a frame need not be; ffmpeg 5 writes IVF's duration there.
_FRAME_COUNT_UNRELIABLE = frozenset(("avi", "ivf"))
UNSTATED_RATE = 25  # frames a second of a video whose headers state none
_PACKETS_BEFORE, _PACKETS_BEHIND = 3, 4  # a gap, among which a break of the structure explains it: B-frames lie apart


@dataclass
class PacketScan:
    """What a pass over the packets collects. Timestamps are in ticks of each stream.

    video, audio     stream indices of the first of each kind
    pts, offsets     of each video packet that is presented: its timestamp, and the byte where it begins
    clock            of all video packets, hidden ones included
    video_packets    their number, hidden ones included
    time_bases       s a tick, by stream index
    end_ticks        by stream index: where its last packet ends
    audio_pts        of each packet of the first sound track, in ticks of audio_time_base
    corrupt_pts      of video packets that are flagged so
    corrupt_audio    s on the file's clock: sound packets that are flagged so
    read_error       what the demuxer says of where it can read no further; "" if it came to the end
    cut_kind         kind of the last packet's stream, where that packet is flagged so: the end of the file cuts it
    """

    video: int
    audio: int | None = None
    pts: list[int | None] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    clock: ClockScan = field(default_factory=ClockScan)
    video_packets: int = 0
    time_bases: dict[int, Fraction] = field(default_factory=dict)
    end_ticks: dict[int, int] = field(default_factory=dict)
    audio_pts: list[int] = field(default_factory=list)
    corrupt_pts: list[int | None] = field(default_factory=list)
    corrupt_audio: list[Fraction] = field(default_factory=list)
    read_error: str = ""
    cut_kind: str = ""

    def add(self, packet: Packet[Any]) -> None:
        """Add a packet of any stream."""
        index, pts = packet.stream_index, packet.pts
        if packet.size:
            self.cut_kind = packet.stream.type if packet.is_corrupt else ""
        if index not in self.time_bases and packet.time_base is not None:  # one Fraction a packet takes half of a scan
            self.time_bases[index] = packet.time_base
        if pts is not None and index in self.time_bases:
            end = pts + (packet.duration or 0)
            self.end_ticks[index] = max(end, self.end_ticks.get(index, end))
        if packet.size and index == self.video:
            self._add_video(packet)
        elif packet.size and packet.stream.type == "audio":
            self._add_audio(packet)

    @property
    def ends(self) -> dict[int, Fraction]:
        """s on the file's clock, by stream index: where its last packet ends."""
        return {index: ticks * self.time_bases[index] for index, ticks in self.end_ticks.items()}

    def _add_video(self, packet: Packet[Any]) -> None:
        self.video_packets += 1
        self.clock.add(packet.pts, packet.dts, packet.is_keyframe, len(self.pts))
        if packet.is_corrupt:
            self.corrupt_pts.append(packet.pts)
        if not packet.is_discard:  # an edit list hides it
            self.pts.append(packet.pts)
            self.offsets.append(packet.pos or 0)

    def _add_audio(self, packet: Packet[Any]) -> None:
        index = packet.stream_index
        if packet.pts is None or index not in self.time_bases:
            return
        if packet.is_corrupt:
            self.corrupt_audio.append(packet.pts * self.time_bases[index])
        if index == self.audio:
            self.audio_pts.append(packet.pts)

    @property
    def audio_time_base(self) -> Fraction:
        """s a tick of the first sound track; 1 where there is none."""
        return Fraction(1) if self.audio is None else self.time_bases.get(self.audio, Fraction(1))

    def presented(self) -> list[tuple[int, int]]:
        """(pts, byte offset) of each video packet that is presented and has a timestamp, in stored order."""
        return [(t, offset) for t, offset in zip(self.pts, self.offsets, strict=True) if t is not None]


def find_missing(container: InputContainer, scan: PacketScan, structure: StructureFault | None) -> list[DetailedFault]:
    """All that is wrong, ascending in time, at most MAX_FAULTS. Every packet has a timestamp.

    structure: the first fault of the container's structure.
    """
    time_base = Fraction(container.streams[scan.video].time_base or 1)
    presented = scan.presented()
    pts = sorted(t for t, _ in presented)
    first, last = pts[0], pts[-1]

    def fault(t: int, kind: str, detail: str = "") -> DetailedFault:
        return DetailedFault(Fault(round(float((t - first) * time_base), 3), kind), detail)

    cut_kind = scan.cut_kind if structure is not None and structure.kind == ENDS_EARLY else ""
    corrupt_pts = scan.corrupt_pts[:-1] if cut_kind == "video" else scan.corrupt_pts
    faults = [fault(last if t is None else t, DAMAGED_PACKET) for t in corrupt_pts]
    for seconds in scan.corrupt_audio[:-1] if cut_kind == "audio" else scan.corrupt_audio:
        faults.append(DetailedFault(Fault(round(float(seconds - first * time_base), 3), DAMAGED_SOUND)))
    if scan.read_error:
        faults.append(fault(last, BROKEN_STRUCTURE, scan.read_error))
    if structure is not None and structure.kind == BROKEN_STRUCTURE:
        faults.append(fault(_pts_before(presented, structure.offset), BROKEN_STRUCTURE, structure.detail))
    if structure is not None and structure.kind in (ENDS_EARLY, NO_END_MARK):
        faults.append(fault(last, structure.kind, structure.detail))
    if (structure is None or structure.kind != ENDS_EARLY) and (detail := _missing_by_header(container, scan)):
        faults.append(fault(last, ENDS_EARLY, detail))
    for gap, proof in _lost_frames(scan, time_base, structure):
        faults.append(fault(pts[gap.after], LOST_FRAMES, f"a gap of {gap.length:.2f} s, and {proof}"))
    return sorted(faults, key=lambda f: (f.fault.seconds, not f.detail))[:MAX_FAULTS]  # causes first


def _pts_before(presented: Sequence[tuple[int, int]], offset: int) -> int:
    """Timestamp of the packet that begins last before a byte."""
    by_offset = sorted((at, t) for t, at in presented)
    _, t = by_offset[max(bisect_left(by_offset, (offset, 0)) - 1, 0)]
    return t


def _missing_by_header(container: InputContainer, scan: PacketScan) -> str:
    """What the header promises and the file lacks, in words; "" if nothing."""
    video = container.streams[scan.video]
    if scan.video_packets < video.frames and container.format.name not in _FRAME_COUNT_UNRELIABLE:
        return f"its header promises {count_text(video.frames, 'video frame')}, the file has {scan.video_packets}"
    if container.duration is None or not container.format.name.startswith(_DURATION_IN_HEADER):
        return ""
    start = 0 if container.format.name in _DURATION_FROM_ZERO else container.start_time or 0
    promised, end = Fraction(container.duration + start, av.time_base), max(scan.ends.values())
    if promised - end > _end_tolerance(container, scan) + _DURATION_ROUNDING:
        return f"its header promises {float(promised):.2f} s, {float(end):.2f} s are there"
    return ""


def _end_tolerance(container: InputContainer, scan: PacketScan) -> Fraction:
    """s by which a file may end before its header says: the shortest gap that counts, of uneven clips the longest."""
    video = container.streams[scan.video]
    pts = np.sort(np.array([t for t, _ in scan.presented()], np.int64))
    longest = int(np.diff(pts).max()) * Fraction(video.time_base or 1) if len(pts) > 1 else Fraction(0)
    nominal = 1 / Fraction(video.average_rate or video.guessed_rate or UNSTATED_RATE)
    return Fraction(GapParameters().least_steps) * max(nominal, longest)


def _lost_frames(scan: PacketScan, time_base: Fraction, structure: StructureFault | None) -> Iterator[tuple[Gap, str]]:
    """Gaps in which frames are proven to have been, and the proof in words."""
    offset_of = dict(scan.presented())
    pts = np.array(sorted(t for t, _ in scan.presented()), np.int64)
    gaps = find_gaps(pts, time_base)
    audio_starts = np.array(scan.audio_pts, np.float64) * float(scan.audio_time_base)
    silences = find_silences(audio_starts) if gaps else np.empty((0, 2))
    for gap in gaps:
        ends = float(pts[gap.after + 1] * time_base)
        around = pts[max(gap.after - _PACKETS_BEFORE, 0) : gap.after + 1 + _PACKETS_BEHIND]
        if is_confirmed_by_silence((ends - gap.lost, ends), silences):
            yield gap, "the sound is missing there too"
        elif not set(around.tolist()).isdisjoint(scan.corrupt_pts):
            yield gap, "a packet is damaged there"
        elif structure is not None and structure.kind == LOST_FRAMES:
            offsets = [offset_of[int(t)] for t in around]
            if min(offsets) <= structure.offset <= max(offsets):
                yield gap, structure.detail

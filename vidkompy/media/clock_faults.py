"""Faults of a file's clock: it starts again where recordings were joined, frames carry one time, or none at all.

Each is told by the packets alone, in any container that can hold it, and answered by a command that dates the frames
anew. `tests/media/test_clock_faults.py` runs those commands on such files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from vidkompy.counts import count_text
from vidkompy.errors import MediaError
from vidkompy.media.container_structure import second_film_of
from vidkompy.media.extents import plausible_rate
from vidkompy.model import I64, Clip
from vidkompy.records import Record

MAX_TIMES_LISTED = 3  # that a message names one by one


@dataclass
class ClockScan:
    """The clock of a stream of packets, in ticks.

    begins   for each time that it starts again: how many packets are presented before
    lengths  from the first timestamp until then to the last one
    are_amid_groups  one of the recordings begins without a keyframe
    is_dts_stored    the container keeps times of decoding; those of Matroska are made up by the demuxer
    """

    begins: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    are_amid_groups: bool = False
    is_dts_stored: bool = True
    _first: int | None = None
    _latest: int | None = None
    _last_dts: int | None = None
    _fallen: _Fall | None = None

    def add(self, pts: int | None, dts: int | None, is_key: bool, presented: int) -> None:
        """Add a packet, hidden ones included; presented: those that are, before it.

        A keyframe that is dated before frames that are stored before it begins a new recording: B-frames are stored
        late, keyframes never. So does any packet that is shown before the one before it was decoded, where the next
        one is, too: a single one is a wrong date.
        """
        if pts is None:
            return
        self._confirm_fall(dts)
        last_dts, latest = self._last_dts, self._latest
        is_decoded_earlier = dts is None or last_dts is None or dts < last_dts
        if latest is not None and pts < latest and is_decoded_earlier:
            if is_key:
                self._begin(presented, latest, pts)
            elif self.is_dts_stored and dts is not None and last_dts is not None and pts < last_dts:
                self._fallen = _Fall(presented, latest, pts, last_dts)
        if self._fallen is None:
            self._first = pts if self._first is None else min(self._first, pts)
            self._latest = pts if self._latest is None else max(self._latest, pts)
        self._last_dts = last_dts if dts is None else dts

    def _confirm_fall(self, dts: int | None) -> None:
        """Whether the clock goes on from where the last packet fell to."""
        fall, self._fallen = self._fallen, None
        if (
            fall is not None
            and dts is not None
            and self._last_dts is not None
            and self._last_dts <= dts < fall.from_dts
        ):
            self._begin(fall.presented, fall.latest, fall.pts)
            self.are_amid_groups = True

    def _begin(self, presented: int, latest: int, pts: int) -> None:
        self.begins.append(presented)
        self.lengths.append(latest - (latest if self._first is None else self._first))
        self._first = self._latest = pts


class _Fall(NamedTuple):
    """A packet that is dated earlier than those before it, from_dts: at which the last of these was decoded."""

    presented: int
    latest: int
    pts: int
    from_dts: int


class SoundPackets(Record):
    """Of the first sound track: samples in each packet, and in a second."""

    samples: int
    rate: int


def sound_packets_of(streams: Sequence[AudioStream]) -> SoundPackets | None:
    """None where there is no sound, or packets of many lengths."""
    codec = streams[0].codec_context if streams else None
    return SoundPackets(codec.frame_size, codec.sample_rate) if codec is not None and codec.frame_size else None


def usual_step(steps: I64) -> int:
    """The median step above 0, in ticks; 1 without any. steps: i64 [n]."""
    later = steps[steps > 0]
    return max(int(np.median(later)), 1) if len(later) else 1


def check_clock_goes_on(
    path: Path, clock: ClockScan, pts: Sequence[int], stream: VideoStream, index: int, sound: SoundPackets | None
) -> None:
    """Raises MediaError where the clock starts again.

    pts     of the packets that are presented, in stored order
    index   of the stream among the video streams
    """
    if not clock.begins:
        return
    time_base = Fraction(stream.time_base or 1)
    first_piece: I64 = np.sort(np.array(pts[: clock.begins[0]], np.int64))
    step = usual_step(np.diff(first_piece))
    played = np.cumsum([length + step for length in clock.lengths], dtype=np.int64).tolist()
    times = [f"{float(ticks * time_base):.2f} s" for ticks in played[:MAX_TIMES_LISTED]]
    more = f" and {count_text(len(played) - len(times), 'more time')}" if len(played) > len(times) else ""
    count = {2: "two", 3: "three"}.get(len(played) + 1, str(len(played) + 1))
    rate = even_rate(step, time_base, Fraction(stream.average_rate or 0))
    if stream.container.format.name == "mpegts" and not clock.are_amid_groups:
        advice = f"copy it onto one clock: {reclocking_command(index)}"
    else:
        begins = " (one begins amid its pictures; those that do not decode are lost)" if clock.are_amid_groups else ""
        advice = f"date its frames evenly, which encodes them anew{begins}: {rejoining_command(rate, index, sound)}"
    raise MediaError(
        f"the clock of '{path}' starts again at {', '.join(times)}{more}: {count} recordings were joined; {advice}"
    )


def check_holds_one_film(path: Path, seconds: float, has_sound: bool) -> None:
    """Raises MediaError for an MP4 with another one behind its end, which no reader shows. seconds: that are shown."""
    at = second_film_of(path)
    if at is None:
        return
    joined = '"[0:v:0][0:a:0][1:v:0][1:a:0]concat=a=1"' if has_sound else "concat"
    raise MediaError(
        f"the clock of '{path}' starts again at {seconds:.2f} s: two recordings were joined, of which players show the "
        f"first; join them as films: tail -c +{at + 1} IN > SECOND.mp4 && ffmpeg -i IN -i SECOND.mp4 "
        f"-filter_complex {joined} -c:v libx264 -crf 0 OUT.mkv"
    )


def check_times_are_distinct(clip: Clip) -> None:
    """Raises MediaError where frames carry one time."""
    path, pts = clip.path, clip.pts
    equal = np.flatnonzero(np.diff(pts) == 0)
    if not len(equal):
        return
    i = int(equal[0])
    more = f", and {len(equal) - 1} more do" if len(equal) > 1 else ""
    command = dating_command(even_rate(usual_step(np.diff(pts)), clip.time_base, clip.frame_rate), clip.stream)
    raise MediaError(
        f"frames {i} and {i + 1} of '{path}' carry the same time, {clip.seconds(i):.2f} s{more}; "
        f"date its frames evenly: {command}"
    )


def undated_error(path: Path, undated: int, frames: int, rate: Fraction, stream: int) -> MediaError:
    command = dating_command(plausible_rate(rate), stream)
    return MediaError(
        f"{undated} of {count_text(frames, 'frame')} of '{path}' {'carries' if undated == 1 else 'carry'} no "
        f"timestamp; date its frames evenly: {command}"
    )


def even_rate(step: int, time_base: Fraction, stated: Fraction) -> Fraction:
    """Frames a second: as stated, where the usual step is that within a tick, else by that step."""
    by_step = 1 / (step * time_base)
    is_as_stated = stated > 0 and abs(1 / stated - step * time_base) < time_base
    return plausible_rate(stated if is_as_stated else by_step)


def dating_command(rate: Fraction, stream: int = 0) -> str:
    """Decodes all frames and dates them evenly; the sound stays as it is."""
    chosen = f" -map 0:v:{stream} -map 0:a?" if stream else ""
    return f"ffmpeg -i IN{chosen} {_evenly_dated(rate)} -c:v libx264 -crf 0 -c:a copy OUT.mkv"


def reclocking_command(stream: int) -> str:
    """Nothing is encoded: ffmpeg moves the timestamps of MPEG-TS behind those before, and of no other container."""
    return f"ffmpeg -i IN -map 0:v:{stream} -map 0:a? -c copy OUT.mkv"


def rejoining_command(rate: Fraction, stream: int, sound: SoundPackets | None) -> str:
    """Dates packets before they are decoded: players leave out frames that a clock shows a second time."""
    sound_words = "" if sound is None else f" -map 0:a:0 -bsf:a setts=ts=N*{sound.samples}/{sound.rate}/TB"
    nth_second = f"N/{rate}" if rate.denominator == 1 else f"N*{rate.denominator}/{rate.numerator}"
    stored_anew = f"-bsf:v setts=ts={nth_second}/TB -c copy -f nut -"
    return (
        f"ffmpeg -i IN -map 0:v:{stream}{sound_words} {stored_anew} | "
        f"ffmpeg -i - {_evenly_dated(rate)} -c:v libx264 -crf 0 -c:a copy OUT.mkv"
    )


def _evenly_dated(rate: Fraction) -> str:
    """Frame N begins at tick N of 1 / rate: as a sum of seconds it could be rounded to the tick before."""
    return f"-vf settb={1 / rate},setpts=N -fps_mode passthrough"

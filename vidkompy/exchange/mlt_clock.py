"""Where MLT looks for a clip's frames: it counts them by their timestamps, at one rate.

MLT gives a frame at timestamp t the number floor((t - start) * rate + 1/2), and at number n shows the first frame whose
number is at least n. The rate is the nominal one, and `start` the first timestamp, or 0 where the first packet is to be
decoded before 0. So of two frames with one number the second is never shown, and where the clock of an MPEG-TS wraps,
nothing before the wrap. Measured with MLT 7.12: by this rule 0 of 1400 frames of fourteen files are other ones.

Sound starts in step, but `start` is subtracted from its timestamps without a look at their ticks. Where these are
others than the picture's, as in MP4, the sound of a picture that starts late lies off: 0.2 s in 1/16000 s, counted as
1/48000 s, made it 0.133 s late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from vidkompy.counts import count_text
from vidkompy.exchange.losses import Loss, uneven_times_losses
from vidkompy.exchange.timeline import Media, Timeline, build_timeline, media_of
from vidkompy.media.frame_rates import numbers_at
from vidkompy.media.probe import first_decoding_time, sound_time_base
from vidkompy.model import I64, UNMATCHED, Clip, Sidecar

LEAST_SOUND_LAG = Fraction(1, 50)  # s; where sound starts apart from its picture MLT is 40 ms off by itself


def build_mlt_timeline(sidecar: Sidecar) -> Timeline:
    """The timeline with BG's frames where MLT looks for them. Raises SidecarError, MediaError."""
    return build_timeline(sidecar, bg=_mlt_media(sidecar.bg))


def mlt_losses(sidecar: Sidecar, timeline: Timeline) -> Iterator[Loss]:
    """Frames that MLT does not show where they belong, and sound that it plays elsewhere. Raises MediaError."""
    if abs(lag := _sound_lag(sidecar.fg)) >= LEAST_SOUND_LAG:
        side = "late" if lag > 0 else "early"
        message = (
            f"MLT plays FG's sound {abs(float(lag)):.2f} s too {side}, as FG's picture does not start at 0; "
            "copy it and analyse that: ffmpeg -i IN -map 0:v -map 0:a? -c copy OUT.mkv"
        )
        yield Loss("sound", message)
    for role, clip in (("FG", sidecar.fg), ("BG", sidecar.bg)):
        if early := int((_frame_numbers(clip, clip.frame_rate) < 0).sum()):
            message = (
                f"{role} begins {count_text(early, 'frame')} before its clock wraps, which MLT does not show, nor what "
                "follows up to a whole picture: copy it and analyse that: "
                "ffmpeg -i IN -map 0:v -map 0:a? -c copy OUT.mkv"
            )
            yield Loss("clock", message, early)
            return
    needed = sidecar.frame_map.bg[sidecar.frame_map.bg != UNMATCHED]
    numbers = _frame_numbers(sidecar.bg, timeline.bg.rate)
    drawn = np.searchsorted(numbers, np.maximum(numbers, 0))
    yield from uneven_times_losses(np.abs(drawn[needed] - needed), "BG", "MLT")
    fg = sidecar.fg
    at = numbers_at(np.arange(timeline.fg.length), 0, fg.frame_rate / timeline.fg.rate)
    seen = np.minimum(np.searchsorted(_frame_numbers(fg, fg.frame_rate), at), fg.frames - 1)
    yield from uneven_times_losses(np.abs(seen - timeline.fg.visible), "FG", "MLT")


def _mlt_media(clip: Clip) -> Media:
    """The clip at its even rate, moved to where MLT begins to count; where it has none, at MLT's."""
    media, numbers = media_of(clip), _frame_numbers(clip, clip.frame_rate)
    even = numbers_at(media.numbers, 0, clip.frame_rate / media.rate)
    if (np.diff(media.numbers) == 1).all() and np.ptp(numbers - even) == 0:
        first = int(numbers_at(clip.pts[:1], _start(clip), clip.time_base * media.rate)[0])
        return replace(media, numbers=np.maximum(media.numbers + first, 0))
    return replace(media, rate=clip.frame_rate, numbers=np.maximum(numbers, 0))


def _frame_numbers(clip: Clip, rate: Fraction) -> I64:
    return numbers_at(clip.pts, _start(clip), clip.time_base * rate)


def _sound_lag(clip: Clip) -> Fraction:
    """By how many seconds MLT plays the clip's sound late. Raises MediaError."""
    start = _start(clip)
    tick = sound_time_base(clip) if clip.audio and start > 0 else None
    return start * (clip.time_base - tick) if tick is not None else Fraction(0)


def _start(clip: Clip) -> int:
    """Timestamp that MLT takes for the clip's start. Raises MediaError."""
    first = int(clip.pts[0])
    if first == 0:
        return 0
    decoded = first_decoding_time(clip)
    return 0 if decoded is not None and decoded < 0 else first

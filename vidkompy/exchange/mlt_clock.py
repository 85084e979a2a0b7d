"""Where MLT looks for a clip's frames: it counts them by their timestamps, at one rate.

MLT gives a frame at timestamp t the number floor((t - start) * rate + 1/2), and at number n shows the first frame whose
number is at least n. The rate is the nominal one, and `start` the first timestamp, or 0 where the first packet is to be
decoded before 0. So of two frames with one number the second is never shown, and where the clock of an MPEG-TS wraps,
nothing before the wrap. Measured with MLT 7.12: by this rule 0 of 1400 frames of fourteen files are other ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from vidkompy.counts import count_text
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Media, Timeline, build_timeline, media_of
from vidkompy.media.frame_rates import numbers_at
from vidkompy.media.probe import first_decoding_time
from vidkompy.model import I64, UNMATCHED, Clip, Sidecar


def build_mlt_timeline(sidecar: Sidecar) -> Timeline:
    """The timeline with BG's frames where MLT looks for them. Raises SidecarError, MediaError."""
    return build_timeline(sidecar, bg=_mlt_media(sidecar.bg))


def mlt_losses(sidecar: Sidecar, timeline: Timeline) -> Iterator[Loss]:
    """Frames that MLT does not show where they belong. Raises MediaError."""
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
    yield from _wrong_frames(np.abs(drawn[needed] - needed), "BG")
    fg = sidecar.fg
    at = numbers_at(np.arange(timeline.fg.length), 0, fg.frame_rate / timeline.fg.rate)
    seen = np.minimum(np.searchsorted(_frame_numbers(fg, fg.frame_rate), at), fg.frames - 1)
    yield from _wrong_frames(np.abs(seen - timeline.fg.visible), "FG")


def _wrong_frames(off: I64, role: str) -> Iterator[Loss]:
    """off   i64 [n]   by how many frames what is shown is off"""
    if not off.any():
        return
    count, largest = int((off > 0).sum()), int(off.max())
    message = (
        f"MLT shows another {role} frame {count} times, up to {count_text(largest, 'frame')} off: {role}'s times are "
        "uneven, and it counts at one rate"
    )
    yield Loss("map", message, count, largest, int((off > 0).argmax()))


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


def _start(clip: Clip) -> int:
    """Timestamp that MLT takes for the clip's start. Raises MediaError."""
    first = int(clip.pts[0])
    if first == 0:
        return 0
    decoded = first_decoding_time(clip)
    return 0 if decoded is not None and decoded < 0 else first

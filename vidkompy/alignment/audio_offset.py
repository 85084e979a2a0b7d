"""Where FG's sound lies in BG's: pairs of frames for the search to look at first, and whether FG's sound is in step.

The frame map is made from pictures alone; sound only gives hints to the placement. `gcc_phat` gives the lag of some
windows of FG's sound; the frame map gives the lag of the pictures around each. Their difference is the offset of FG's
sound against its own picture.

Lags are BG time less FG time. The picture at FG time t is that of BG time t + picture lag. BG is in step, so the sound
that belongs to it has that BG time too; FG has it at t + picture lag - sound lag. A positive difference is late sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vidkompy.alignment.audio_track import I16, decode_track
from vidkompy.alignment.gcc_phat import correlate
from vidkompy.alignment.parameters import AudioOffsetParameters
from vidkompy.model import F64, I64, UNMATCHED, AudioLags, Clip
from vidkompy.records import Record


class AudioOffset(Record):
    """How FG's sound lies against its picture, taking BG's sound and picture as in step.

    late_ms            median over the windows; positive: FG's sound comes that much late against its picture
    spread_ms          median distance of the windows from it
    windows            of FG's sound that were placed in BG's and have matched pictures around them
    floor_ms           smallest offset reported: less goes unnoticed, or may come from the duration of the frames
    largest_spread_ms  largest spread of one offset: windows farther apart do not agree on one
    """

    late_ms: float
    spread_ms: float
    windows: int
    floor_ms: float
    largest_spread_ms: float = AudioOffsetParameters.largest_spread_ms

    @property
    def is_clear(self) -> bool:
        """Whether the windows agree on one offset, and it is large enough to be reported."""
        return abs(self.late_ms) > self.floor_ms and self.spread_ms <= self.largest_spread_ms


def measure_lags(
    fg: Clip,
    bg: Clip,
    parameters: AudioOffsetParameters = AudioOffsetParameters(),
    track_of: Callable[[Clip, AudioOffsetParameters], I16] = decode_track,
) -> AudioLags | None:
    """None where a clip has no sound, none that decodes, or nothing in it can be placed: sound fails no analysis."""
    if not (fg.audio and bg.audio):
        return None
    return correlate(track_of(fg, parameters), track_of(bg, parameters), parameters)


def frame_hints(lags: AudioLags, fg: Clip, bg: Clip, count: int, among: Sequence[int]) -> list[tuple[int, int]]:
    """At most `count` pairs (FG frame, BG frame) that sound alike, spread over FG; `among`: FG frames to take."""
    pairs = []
    fg_times, bg_times = _frame_times(fg)[among], _frame_times(bg)
    for at, lag in zip(lags.at, lags.lag, strict=True):
        k = _nearest(fg_times, at)
        bg_time = fg_times[k] + lag
        if 0 <= bg_time <= bg_times[-1]:
            pairs.append((among[k], _nearest(bg_times, bg_time)))
    chosen = {round(k) for k in np.linspace(0, len(pairs) - 1, min(count, len(pairs)))}
    return [pairs[k] for k in sorted(chosen)]


def audio_offset(
    lags: AudioLags,
    bg_frames: I64,
    fg: Clip,
    bg: Clip,
    parameters: AudioOffsetParameters = AudioOffsetParameters(),
) -> AudioOffset | None:
    """Median over the windows that have matched pictures; None with fewer than `least_lags` of them.

    bg_frames   i64 [n_fg]   BG frame of each FG frame, as in FrameMap.bg
    """
    fg_times, bg_times = _frame_times(fg), _frame_times(bg)
    is_matched = bg_frames != UNMATCHED
    picture_lags = np.where(is_matched, bg_times[bg_frames] - fg_times, np.nan)
    late_s = []
    for at, sound_lag in zip(lags.at, lags.lag, strict=True):
        nearby = picture_lags[is_matched & (np.abs(fg_times - at) <= parameters.picture_span_s)]
        if len(nearby):
            late_s.append(float(np.median(nearby)) - sound_lag)
    if len(late_s) < parameters.least_lags:
        return None
    median_s = float(np.median(late_s))
    spread_s = float(np.median(np.abs(np.array(late_s) - median_s)))
    frame_ms = max(1000 * _frame_times(clip)[-1] / max(1, clip.frames - 1) for clip in (fg, bg))
    floor_ms = max(parameters.least_offset_ms, parameters.least_offset_frames * frame_ms)
    return AudioOffset(1000 * median_s, 1000 * spread_s, len(late_s), floor_ms, parameters.largest_spread_ms)


def _frame_times(clip: Clip) -> F64:
    """f64 [n]: seconds of each frame after the first."""
    times: F64 = (clip.pts - clip.pts[0]) * float(clip.time_base)
    return times


def _nearest(times: F64, t: float) -> int:
    return int(np.abs(times - t).argmin())

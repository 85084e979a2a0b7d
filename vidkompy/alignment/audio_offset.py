"""Sound as a witness: where FG's sound is heard in BG's. It seeds the search and tells of sound out of step.

Video decides; sound only advises. Windows of FG are compared with all of BG by their phases alone (GCC-PHAT), so level,
tone controls and steady hum do not matter. A window counts if its best place is far better than any other, or better
and another window agrees: unrelated sound has no such place, a loop has several. Sound stretched by
more than about 1 %, or with its polarity turned, is not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from numpy.typing import NDArray

from vidkompy.limits import LEAST_SAMPLE_RATE, MOST_SOUND_BREAKS
from vidkompy.media.streams import demux_packets, open_video
from vidkompy.model import F32, I64, UNMATCHED, AudioLags, Clip

I16 = NDArray[np.int16]
F64 = NDArray[np.float64]
C64 = NDArray[np.complex64]

RATE = 4000  # Hz: two hours are 58 MB, one sample is 0.25 ms
BAND = 80.0, 1900.0  # Hz: above rumble, below what every codec keeps and the resampler fades out
LONGEST_S, SHORTEST_S = 4.0, 1.0  # of a window
MARGIN_S = LONGEST_S / 2  # kept on both sides of the pictures: a window may hang over
WINDOWS = 48  # bounds the cost for a long FG
GUARD_S = 0.05  # around the best place, where sound resembles itself
ALONE, TOGETHER = 6.0, 1.5  # lead of the best place: by itself, or where a window apart from it agrees
SAME_S = 0.005  # between lags that agree
LIMIT = 4.0  # times the median of a whitened window: where its peaks are cut
GAP_S = 0.005  # timestamps are rounded to 1 ms in some containers
ENOUGH = 3  # windows that make an offset
STEADY_MS = 10.0
NEAR_S = 0.25  # either side of a window's centre: the pictures it is compared with
LEAST_MS, LEAST_FRAMES = 20.0, 1.5  # a picture's time is known to half a frame at best; sound to 1 ms


@dataclass(frozen=True)
class AudioOffset:
    """How FG's sound lies against its picture, taking BG's sound and picture as in step.

    late_ms    positive: FG's sound comes that much late against its picture
    spread_ms  median distance of the windows from it
    floor_ms   what is less may come from the duration of the frames: LEAST_FRAMES of the clip with the longer ones
    """

    late_ms: float
    spread_ms: float
    windows: int
    floor_ms: float

    @property
    def is_clear(self) -> bool:
        return abs(self.late_ms) > self.floor_ms and self.spread_ms <= STEADY_MS


def measure_lags(fg: Clip, bg: Clip) -> AudioLags | None:
    """None where a clip has no sound, none that decodes, or nothing in it can be placed: sound fails no analysis."""
    if not (fg.audio and bg.audio):
        return None
    return correlate(track(fg), track(bg))


def frame_hints(witness: AudioLags, fg: Clip, bg: Clip, count: int, among: Sequence[int]) -> list[tuple[int, int]]:
    """At most `count` pairs (FG frame, BG frame) that sound alike, spread over FG; `among`: FG frames to take."""
    pairs = []
    ours, theirs = _times(fg)[among], _times(bg)
    for at, lag in zip(witness.at, witness.lag, strict=True):
        k = _nearest(ours, at)
        there = ours[k] + lag
        if 0 <= there <= theirs[-1]:
            pairs.append((among[k], _nearest(theirs, there)))
    chosen = {round(k) for k in np.linspace(0, len(pairs) - 1, min(count, len(pairs)))}
    return [pairs[k] for k in sorted(chosen)]


def audio_offset(witness: AudioLags, shown: I64, fg: Clip, bg: Clip) -> AudioOffset | None:
    """Median over the windows that have matched pictures; None with fewer than ENOUGH of them.

    shown   i64 [n_fg]   BG frame of each FG frame, as in FrameMap.bg
    """
    ours, theirs = _times(fg), _times(bg)
    matched = shown != UNMATCHED
    seen = np.where(matched, theirs[shown] - ours, np.nan)
    late = []
    for at, lag in zip(witness.at, witness.lag, strict=True):
        inside = seen[matched & (np.abs(ours - at) <= NEAR_S)]
        if len(inside):
            late.append(float(np.median(inside)) - lag)
    if len(late) < ENOUGH:
        return None
    middle = float(np.median(late))
    spread = float(np.median(np.abs(np.array(late) - middle)))
    frame_ms = max(1000 * _times(clip)[-1] / max(1, clip.frames - 1) for clip in (fg, bg))
    floor = max(LEAST_MS, LEAST_FRAMES * frame_ms)
    return AudioOffset(1000 * middle, 1000 * spread, len(late), floor)


# ---- one file


def track(clip: Clip) -> I16:
    """i16 [n]: the first sound track, mono; sample 0 lies MARGIN_S before the first picture. Zero where there is none.

    Timestamps decide where sound lies, so gaps, late starts and the encoder's lead-in are honoured as ffmpeg reports
    them. What does not decode stays zero.
    """
    out = np.zeros(round((_times(clip)[-1] + 2 * MARGIN_S) * RATE), np.int16)
    origin = float(clip.pts[0] * clip.time_base) - MARGIN_S
    try:
        with open_video(clip.path) as container:
            for seconds, samples in _pieces(container):
                first = round((seconds - origin) * RATE)
                a, b = max(first, 0), min(first + len(samples), len(out))
                if a < b:
                    out[a:b] = samples[a - first : b - first]
    except (OSError, av.error.FFmpegError):
        pass  # the file ends early: what was heard so far stands
    return out


def _pieces(container: InputContainer) -> Iterator[tuple[float, I16]]:
    """(seconds on the container's clock, i16 [n] at RATE), one run of unbroken sound resampled after the other."""
    for (n, start), run in groupby(_dated(_decoded(container)), key=itemgetter(0)):
        if n > MOST_SOUND_BREAKS:
            return
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        done = 0
        for frame in chain((frame for _, frame in run), [None]):
            for piece in resampler.resample(frame):
                samples = piece.to_ndarray()[0]
                yield start + done / RATE, samples
                done += len(samples)


def _dated(frames: Iterator[AudioFrame]) -> Iterator[tuple[tuple[int, float], AudioFrame]]:
    """Frames with the number and the start in seconds of the run they belong to: same format, no gap."""
    run, start, due, kind = 0, 0.0, 0.0, None
    for frame in frames:
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        time = due if frame.time is None else frame.time
        if now != kind or abs(time - due) > GAP_S:
            run, start, due, kind = run + 1, time, time, now
        due += frame.samples / frame.sample_rate
        yield (run, start), frame


def _decoded(container: InputContainer) -> Iterator[AudioFrame]:
    stream = container.streams.audio[0]
    if stream.codec_context is None:  # for a codec that ffmpeg does not know
        return
    for packet in demux_packets(container, stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue  # a bad packet is a gap
        yield from (frame for frame in frames if frame.sample_rate >= LEAST_SAMPLE_RATE)


# ---- two tracks


def correlate(fg: I16, bg: I16) -> AudioLags | None:
    """The trusted windows of two tracks, as `track` gives them.

    Measured on 500 pairs of unrelated clicks, sweeps and music, 3700 windows: the best place led by 1.5 in 491, by 4.3
    at most, and no two agreed. Source: Knapp & Carter 1976, doi:10.1109/TASSP.1976.1162830. Differs: one spectrum is
    that of a window under a Hann taper, its peaks cut after whitening, the other that of the longer BG block.
    """
    margin = round(MARGIN_S * RATE)
    n = int(np.clip((len(fg) - 2 * margin) // 3, SHORTEST_S * RATE, LONGEST_S * RATE))
    starts = np.arange(margin, len(fg) - margin - n + 1, n // 2)
    if len(starts) > WINDOWS:
        starts = np.linspace(starts[0], starts[-1], WINDOWS).astype(np.int64)
    if not len(starts) or len(bg) < n:
        return None
    best, strength = _places(np.stack([fg[s : s + n] for s in starts]), bg)
    trusted = _trusted(starts, best - starts, strength, n)
    if not trusted.any():
        return None
    at, lag = starts + n / 2 - margin, best - starts
    return AudioLags(at[trusted] / RATE, lag[trusted] / RATE, strength[trusted].astype(np.float32))


def _trusted(start: I64, lag: I64, lead: F32, n: int) -> NDArray[np.bool_]:
    """Windows of n samples that lead by themselves, or lead less and share no sample with one of the same lag."""
    apart = np.abs(start[:, None] - start) >= n
    agree = apart & (np.abs(lag[:, None] - lag) <= SAME_S * RATE) & (lead >= TOGETHER)
    trusted: NDArray[np.bool_] = (lead >= ALONE) | ((lead >= TOGETHER) & agree.any(axis=1))
    return trusted


def _places(windows: I16, bg: I16) -> tuple[I64, F32]:
    """i64 [w]: sample of BG where each window starts. f32 [w]: how far that place leads. One BG block at a time."""
    n = windows.shape[1]
    size = 1 << (2 * n - 1).bit_length()
    hop, guard = size - n, round(GUARD_S * RATE)
    ours = np.conj(_limited(_phases(windows.astype(np.float32) * np.hanning(n).astype(np.float32), size), n, size))
    tops, firsts, seconds = [], [], []
    for start in range(0, len(bg) - n + 1, hop):
        match = np.fft.irfft(ours * _phases(bg[start : start + size].astype(np.float32), size), size)[:, :hop]
        top = match.argmax(axis=1)
        tops.append(start + top)
        firsts.append(match[np.arange(len(top)), top])
        for row, k in zip(match, top, strict=True):
            row[max(k - guard, 0) : k + guard + 1] = 0
        seconds.append(match.max(axis=1))
    first, second, places = np.stack(firsts), np.stack(seconds), np.stack(tops)
    best = np.take_along_axis(places, first.argmax(axis=0)[None], 0)[0]
    rival = np.where(np.abs(places - best) > guard, first, second).max(axis=0)
    return best, first.max(axis=0) / np.maximum(rival, 1e-6)


def _limited(phases: C64, n: int, size: int) -> C64:
    """The same sound with its peaks cut: where a tone sets in, that instant would outweigh all the rest."""
    sound = np.fft.irfft(phases, size)
    limit = LIMIT * np.median(np.abs(sound[:, :n]), axis=1, keepdims=True)
    return np.fft.rfft(np.clip(sound, -limit, limit), size).astype(np.complex64)


def _phases(samples: F32, size: int) -> C64:
    """Spectrum of unit magnitude inside BAND, zero outside and where there is nothing but rounding."""
    spectrum = np.fft.rfft(samples, size).astype(np.complex64)
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    inside = (hertz >= BAND[0]) & (hertz <= BAND[1])
    return np.where(inside, spectrum / (np.abs(spectrum) + 1), 0).astype(np.complex64)


# ---- time


def _times(clip: Clip) -> F64:
    """f64 [n]: seconds of each frame after the first."""
    times: F64 = (clip.pts - clip.pts[0]) * float(clip.time_base)
    return times


def _nearest(times: F64, t: float) -> int:
    return int(np.abs(times - t).argmin())

"""Clips with clicks at known times, and where clicks are heard in a file, on the clock of its pictures."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

RATE = 48000
WIDTH = 48  # samples of a click, 1 ms
HEIGHT = 0.6
APART = RATE // 50
KINDS = {"flac": "s16", "pcm_s16le": "s16", "libmp3lame": "fltp", "aac": "fltp", "libopus": "flt"}  # of samples


def times(length_s: float, seed: int = 7) -> F64:
    """f64 [n]: centres of the clicks of a BG, s after its first picture; steps of 0.15 to 0.35 s, no two alike."""
    steps = np.random.default_rng(seed).uniform(0.15, 0.35, int(length_s / 0.15) + 1)
    at = 0.05 + np.cumsum(steps)
    return at[at < length_s - 0.05]


def track(at: F64, length_s: float, rate: int = RATE, height: float = HEIGHT) -> F32:
    """f32 [n]: bursts of 3 kHz around the times `at`."""
    out = np.zeros(round(length_s * rate), np.float32)
    half = rate / RATE * WIDTH / 2
    for t in at:
        k = np.arange(max(0, int(t * rate - half)), min(len(out), int(t * rate + half) + 1))
        d = k / rate - t
        out[k] = height * np.cos(np.pi * d * rate / half / 2) ** 2 * np.cos(2 * np.pi * 3000 * d)
    return out


def film(
    path: Path,
    pts: I64,
    time_base: Fraction,
    sounds: list[F32],
    *,
    codec: str = "flac",
    rate: int = RATE,
    sound_start_s: float = 0.0,
    gap: tuple[float, float] | None = None,
    size: int = 32,
    languages: tuple[str, ...] = (),
) -> Path:
    """Grey noise at timestamps `pts`, lossless; each sound, mono, begins sound_start_s after time 0 of the file.

    gap: from its first time on, s, all sound is stamped as much later as its second says; nothing fills the gap
    """
    rng = np.random.default_rng(size)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=30, options={"qp": "0", "bf": "0", "preset": "ultrafast"})
        video.width = video.height = size
        video.pix_fmt, video.codec_context.time_base = "yuv420p", time_base
        tracks = [_mono(container, codec, rate) for _ in sounds]
        for stream, language in zip(tracks, languages, strict=False):
            stream.metadata["language"] = language
        for stamp in pts:
            frame = av.VideoFrame.from_ndarray(rng.integers(0, 255, (size * 3 // 2, size), np.uint8), format="yuv420p")
            frame.pts, frame.time_base = int(stamp), time_base
            container.mux(video.encode(frame))
        container.mux(video.encode())
        for stream, sound in zip(tracks, sounds, strict=True):
            for piece in blocks(sound, rate, KINDS[codec]):
                assert piece.pts is not None
                late_s = gap[1] if gap and piece.pts >= gap[0] * rate else 0.0
                piece.pts += round((sound_start_s + late_s) * rate)
                container.mux(stream.encode(piece))
            container.mux(stream.encode())
    return path


def _mono(container: av.container.OutputContainer, codec: str, rate: int) -> av.AudioStream:
    stream = container.add_stream(codec, rate=rate, layout="mono")
    assert isinstance(stream, av.AudioStream)
    return stream


def blocks(sound: F32, rate: int, kind: str) -> Iterator[av.AudioFrame]:
    for at in range(0, len(sound), 1024):
        block = sound[None, at : at + 1024]
        data = np.round(block * 32767).astype(np.int16) if kind == "s16" else block
        piece = av.AudioFrame.from_ndarray(data, format=kind, layout="mono")
        piece.sample_rate, piece.time_base, piece.pts = rate, Fraction(1, rate), at
        yield piece


def sound_of(path: Path, number: int = 0) -> F32:
    """f32 [n] at RATE, mono: the track as it is played, sample 0 with the first picture; what is earlier is cut."""
    with av.open(str(path)) as container:
        first = next(frame.time for frame in container.decode(video=0))
    pieces = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        start = None
        for frame in container.decode(audio=number):
            start = frame.time if start is None else start
            frame.pts = None
            pieces += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
        pieces += [piece.to_ndarray()[0] for piece in resampler.resample(None)]
    assert start is not None
    samples = np.concatenate(pieces)
    ahead = round((start - first) * RATE)
    return samples[-ahead:] if ahead < 0 else np.concatenate([np.zeros(ahead, np.float32), samples])


def click_times(sound: F32, least: float = 0.15) -> F64:
    """f64 [n]: centres of the clicks, s."""
    loud = np.flatnonzero(np.abs(sound) > least)
    if not len(loud):
        return np.empty(0)
    found = []
    for group in np.split(loud, np.flatnonzero(np.diff(loud) > APART) + 1):
        near = np.arange(max(group[0] - WIDTH, 0), min(group[-1] + WIDTH, len(sound)))
        power = sound[near].astype(np.float64) ** 4
        found.append((near * power).sum() / power.sum() / RATE)
    return np.array(found)


def check(found: F64, wanted: F64, optional: F64, most_ms: float) -> None:
    """Every wanted click is heard and no other, apart from optional ones."""
    missing = [t for t in wanted if not len(found) or np.abs(found - t).min() > most_ms / 1000]
    assert not missing, f"not heard: {missing}; heard: {found}"
    everything = np.concatenate([wanted, optional])
    errors = np.array([1000 * np.abs(everything - t).min() for t in found])
    assert errors.max() <= most_ms, f"heard {found[errors.argmax()]} s, {errors.max():.2f} ms off"

"""The first sound track of a file as one array, in step with the file's pictures.

Timestamps decide where sound lies: gaps, late starts and the encoder's lead-in are honoured as ffmpeg reports them. A
gap, or another sample format, ends a run; each run is resampled by itself. What does not decode stays zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, groupby
from operator import attrgetter
from typing import NamedTuple

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from numpy.typing import NDArray

from vidkompy.alignment.parameters import AudioOffsetParameters
from vidkompy.media.stream_choice import sound_streams_of
from vidkompy.media.streams import demux_packets, open_sound
from vidkompy.model import Clip

I16 = NDArray[np.int16]


class RunFrame(NamedTuple):
    """A decoded frame, and the unbroken run of sound that it belongs to: the run's number from 1 on, and its start."""

    run: int
    start_s: float
    frame: AudioFrame


def decode_track(clip: Clip, parameters: AudioOffsetParameters = AudioOffsetParameters()) -> I16:
    """i16 [n] at `rate`: the first sound track, mono; sample 0 lies `audio_padding_s` before the first picture.

    Zero where there is none. A file that ends early, or fails, gives what was decoded until then.
    """
    track = np.zeros(track_length(clip, parameters), np.int16)
    origin = float(clip.pts[0] * clip.time_base) - parameters.audio_padding_s
    try:
        with open_sound(clip) as container:
            for start_s, samples in _resampled_pieces(container, clip, parameters):
                first = round((start_s - origin) * parameters.rate)
                low, high = max(first, 0), min(first + len(samples), len(track))
                if low < high:
                    track[low:high] = samples[low - first : high - first]
    except (OSError, av.error.FFmpegError):
        pass
    return track


def track_length(clip: Clip, parameters: AudioOffsetParameters) -> int:
    """Samples of a clip's track."""
    seconds = float((clip.pts[-1] - clip.pts[0]) * float(clip.time_base))
    return round((seconds + 2 * parameters.audio_padding_s) * parameters.rate)


def decoded_frames(container: InputContainer, clip: Clip, parameters: AudioOffsetParameters) -> Iterator[AudioFrame]:
    stream = next(iter(sound_streams_of(clip.path, container, clip.program)), None)
    if stream is None or stream.codec_context is None:  # for a codec that ffmpeg does not know
        return
    for packet in demux_packets(container, stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue  # a bad packet is a gap
        yield from (frame for frame in frames if frame.sample_rate >= parameters.least_sample_rate)


def _resampled_pieces(
    container: InputContainer, clip: Clip, parameters: AudioOffsetParameters
) -> Iterator[tuple[float, I16]]:
    """(start on the container's clock in s, i16 [n] at `rate`), one run resampled after the other."""
    runs = groupby(
        _frames_of_runs(decoded_frames(container, clip, parameters), parameters), key=attrgetter("run", "start_s")
    )
    for (number, start_s), frames in runs:
        if number > parameters.most_breaks:
            return
        resampler = AudioResampler(format="s16", layout="mono", rate=parameters.rate)
        count = 0
        for frame in chain((of_run.frame for of_run in frames), [None]):  # None: what the resampler still holds
            for piece in resampler.resample(frame):
                samples = piece.to_ndarray()[0]
                yield start_s + count / parameters.rate, samples
                count += len(samples)


def _frames_of_runs(frames: Iterator[AudioFrame], parameters: AudioOffsetParameters) -> Iterator[RunFrame]:
    """A run ends where the format changes, or where a frame starts more than `longest_gap_s` off the last one's end."""
    run, start_s, end_s, run_format = 0, 0.0, 0.0, None
    for frame in frames:
        frame_format = (frame.format.name, frame.layout.name, frame.sample_rate)
        time_s = end_s if frame.time is None else frame.time
        if frame_format != run_format or abs(time_s - end_s) > parameters.longest_gap_s:
            run, start_s, end_s, run_format = run + 1, time_s, time_s, frame_format
        end_s += frame.samples / frame.sample_rate
        yield RunFrame(run, start_s, frame)

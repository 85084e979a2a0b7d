"""Video files for the tests: frames out of them as YUV 4:4:4, u8 [3, height, width], and into them with libx264."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from support.constructed_maps import I64
from support.footage import SOUND_RATE
from support.picture_edits import U8


@dataclass(frozen=True)
class Encoding:
    crf: int = 20
    preset: str = "veryfast"
    gop: int = 60


GOOD = Encoding()


def planes(path: Path) -> Iterator[U8]:
    """Frames of an 8-bit 4:2:0 or 4:4:4 file in presentation order; luma untouched."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            if frame.format.name == "yuv444p":
                yield np.asarray(frame.to_ndarray(), np.uint8)
                continue
            packed = frame.to_ndarray(format="yuv420p")
            width, height = frame.width, frame.height
            chroma = packed[height:].reshape(2, height // 2, width // 2)
            out = np.empty((3, height, width), np.uint8)
            out[0] = packed[:height]
            out[1:] = chroma.repeat(2, axis=1).repeat(2, axis=2)
            yield out


def picked(path: Path, frames: I64) -> Iterator[U8 | None]:
    """Planes of BG frame frames[i] for each i, None for -1; a step back decodes again from the start."""
    source: Iterator[U8] = iter(())
    held: U8 | None = None
    at = -1
    for j in frames:
        if 0 <= j < at or at < 0 <= j:
            source, at = planes(path), -1
        while j > at:
            held, at = next(source), at + 1
        yield held if j >= 0 else None


def encode(
    path: Path,
    frames: Iterable[U8],
    rate: Fraction,
    encoding: Encoding,
    *,
    pts: I64 | None = None,
    sound: npt.NDArray[np.float32] | None = None,
) -> None:
    """Write YUV 4:4:4 frames with libx264 as 4:2:0, or as 4:4:4 where a size is odd."""
    options = {"crf": str(encoding.crf), "preset": encoding.preset, "g": str(encoding.gop)}
    with av.open(path, "w") as container:
        video = container.add_stream("libx264", rate=rate, options=options)
        audio = container.add_stream("aac", rate=SOUND_RATE, layout="mono") if sound is not None else None
        video.codec_context.time_base = 1 / rate if pts is None else Fraction(1, 90000)
        for i, frame in enumerate(frames):
            if i == 0:
                video.height, video.width = frame.shape[1:]
                video.pix_fmt = pix_fmt = "yuv444p" if frame.shape[1] % 2 or frame.shape[2] % 2 else "yuv420p"
            picture = as_picture(frame, pix_fmt)
            picture.pts, picture.time_base = i if pts is None else int(pts[i]), video.codec_context.time_base
            container.mux(video.encode(picture))
        container.mux(video.encode())
        if audio is not None and sound is not None:
            for block in as_sound(sound):
                container.mux(audio.encode(block))
            container.mux(audio.encode())


def as_picture(frame: U8, pix_fmt: str) -> av.VideoFrame:
    if pix_fmt == "yuv444p":
        return av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format=pix_fmt)
    _, height, width = frame.shape
    packed = np.empty((height * 3 // 2, width), np.uint8)
    packed[:height] = frame[0]
    half = [cv2.resize(plane, (width // 2, height // 2), interpolation=cv2.INTER_AREA) for plane in frame[1:]]
    packed[height:] = np.stack(half).reshape(height // 2, width)
    return av.VideoFrame.from_ndarray(packed, format=pix_fmt)


def as_sound(samples: npt.NDArray[np.float32]) -> Iterator[av.AudioFrame]:
    for at in range(0, len(samples), 1024):
        block = av.AudioFrame.from_ndarray(samples[None, at : at + 1024], format="fltp", layout="mono")
        block.sample_rate, block.pts, block.time_base = SOUND_RATE, at, Fraction(1, SOUND_RATE)
        yield block

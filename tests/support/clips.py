"""Video files for the tests: frames out of them as YUV 4:4:4, u8 [3, height, width], and into them with libx264."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
import numpy.typing as npt

from support.constructed_maps import I64
from support.footage import SOUND_RATE
from support.picture_edits import U8

U16 = npt.NDArray[np.uint16]

_AVX_512F = 13  # OpenCV's CpuFeatures, which its Python module does not name


@dataclass(frozen=True)
class Encoding:
    """field_order: "" is progressive; sar: None says nothing of pixel shape; is_hdr10: 10 bits, PQ, BT.2020."""

    crf: int = 20
    preset: str = "veryfast"
    gop: int = 60
    field_order: Literal["", "tff", "bff"] = ""
    sar: Fraction | None = None
    is_hdr10: bool = False

    @property
    def options(self) -> dict[str, str]:
        """Of libx264."""
        options, own = {"crf": str(self.crf), "preset": self.preset, "g": str(self.gop)}, list[str]()
        if self.field_order:
            options["flags"] = "+ilme+ildct"
        if self.is_hdr10:
            own += ["colorprim=bt2020", "transfer=smpte2084", "colormatrix=bt2020nc"]
        if cv2.checkHardwareSupport(_AVX_512F):  # with AVX-512 the same frames come out a little different each time
            own.append("asm=avx2")
        return {**options, "x264-params": ":".join(own)} if own else options


GOOD = Encoding()


def planes(path: Path) -> Iterator[U8]:
    """Frames of an 8-bit 4:2:0 or 4:4:4 file in presentation order; luma untouched."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            yield planes_of(frame)


def planes_of(frame: av.VideoFrame) -> U8:
    """Of an 8-bit frame in 4:2:0 or 4:4:4; other formats are converted to 4:2:0 first."""
    if frame.format.name == "yuv444p":
        return np.asarray(frame.to_ndarray(), np.uint8)
    packed = frame.to_ndarray(format="yuv420p")
    width, height = frame.width, frame.height
    chroma = packed[height:].reshape(2, height // 2, width // 2)
    out = np.empty((3, height, width), np.uint8)
    out[0] = packed[:height]
    out[1:] = chroma.repeat(2, axis=1).repeat(2, axis=2)
    return out


def deinterlaced(path: Path, field_order: str, *, is_bobbed: bool = False) -> Iterator[U8]:
    """Planes of an interlaced 4:2:0 file by bwdif: a frame for each frame, or with `is_bobbed` for each field."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        mode = "send_field" if is_bobbed else "send_frame"
        graph = graph_of(stream, ("bwdif", f"mode={mode}:parity={field_order}:deint=all"))
        for frame in chain(container.decode(stream), (None,)):
            graph.push(frame)
            yield from map(planes_of, pulled(graph))


def graph_of(stream: av.VideoStream, *filters: tuple[str, str]) -> av.filter.Graph:
    """A chain of ffmpeg's filters, (name, arguments) each, for frames like the stream's."""
    graph = av.filter.Graph()
    ends = [graph.add_buffer(template=stream, time_base=stream.time_base or stream.codec_context.time_base)]
    ends += [graph.add(name, arguments) for name, arguments in filters]
    ends.append(graph.add("buffersink"))
    graph.link_nodes(*ends).configure()
    return graph


def pulled(graph: av.filter.Graph) -> Iterator[av.VideoFrame]:
    """Frames that a chain has ready."""
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):
            return
        assert isinstance(frame, av.VideoFrame)
        yield frame


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
    frames: Iterable[U8 | U16],
    rate: Fraction,
    encoding: Encoding,
    *,
    pts: I64 | None = None,
    sound: npt.NDArray[np.float32] | None = None,
) -> None:
    """Write YUV 4:4:4 frames with libx264 as 4:2:0, or as 4:4:4 where a size is odd; u16 ones of 10 bits as HDR10."""
    with av.open(path, "w") as container:
        video = container.add_stream("libx264", rate=rate, options=encoding.options)
        audio = container.add_stream("aac", rate=SOUND_RATE, layout="mono") if sound is not None else None
        video.codec_context.time_base = 1 / rate if pts is None else Fraction(1, 90000)
        for i, frame in enumerate(frames):
            if i == 0:
                video.height, video.width = frame.shape[1:]
                video.pix_fmt = pix_fmt = "yuv444p" if frame.shape[1] % 2 or frame.shape[2] % 2 else "yuv420p"
                if encoding.is_hdr10:
                    video.pix_fmt = pix_fmt = "yuv420p10le"
                if encoding.sar:
                    video.codec_context.sample_aspect_ratio = encoding.sar
                fields = graph_of(video, ("setfield", encoding.field_order)) if encoding.field_order else None
            picture = as_picture(frame, pix_fmt)
            picture.pts, picture.time_base = i if pts is None else int(pts[i]), video.codec_context.time_base
            if fields:
                fields.push(picture)
                (picture,) = pulled(fields)
            container.mux(video.encode(picture))
        container.mux(video.encode())
        if audio is not None and sound is not None:
            for block in as_sound(sound):
                container.mux(audio.encode(block))
            container.mux(audio.encode())


def as_picture(frame: U8 | U16, pix_fmt: str) -> av.VideoFrame:
    """8 bits a sample, or 10 in u16."""
    if pix_fmt == "yuv444p":
        return av.VideoFrame.from_ndarray(np.ascontiguousarray(frame, np.uint8), format=pix_fmt)
    _, height, width = frame.shape
    half = [cv2.resize(plane, (width // 2, height // 2), interpolation=cv2.INTER_AREA) for plane in frame[1:]]
    packed = np.concatenate([frame[0], np.stack(half).reshape(height // 2, width)])
    if pix_fmt == "yuv420p10le":
        return av.VideoFrame.from_ndarray(np.asarray(packed, np.uint16), format=pix_fmt)
    return av.VideoFrame.from_ndarray(np.asarray(packed, np.uint8), format=pix_fmt)


def as_sound(samples: npt.NDArray[np.float32]) -> Iterator[av.AudioFrame]:
    for at in range(0, len(samples), 1024):
        block = av.AudioFrame.from_ndarray(samples[None, at : at + 1024], format="fltp", layout="mono")
        block.sample_rate, block.pts, block.time_base = SOUND_RATE, at, Fraction(1, SOUND_RATE)
        yield block

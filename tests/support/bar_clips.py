"""Small clips of a bright bar that moves 2 px a frame, so that each frame is known by its picture."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]


def pictures(count: int, width: int = 64, height: int = 48) -> list[U8]:
    """Gray pictures that smooth compression keeps apart: a bright bar that moves 2 px per frame."""
    frames = np.full((count, height, width), 60, np.uint8)
    for i in range(count):
        frames[i, 8:40, 2 * i % (width - 8) : 2 * i % (width - 8) + 8] = 200
    return list(frames)


def write(path: Path, frames: list[U8], pix_fmt: str = "yuv420p", codec: str = "libx264", **options: str) -> Path:
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=25, options=options)
        assert isinstance(video, av.VideoStream)
        video.height, video.width = frames[0].shape
        video.pix_fmt = pix_fmt
        for i, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, format="gray").reformat(format=pix_fmt)
            picture.pts, picture.time_base = i, Fraction(1, 25)
            container.mux(video.encode(picture))
        container.mux(video.encode())
    return path


def bar_position(luma: U8) -> int:
    return int(np.argmax(luma[luma.shape[0] // 2].astype(int) > 130))

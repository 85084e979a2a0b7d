"""Films of which some FG frames are unmatched, in flat colours that survive scaling."""

from pathlib import Path

import av
import numpy as np

from support.drawn_films import REGULAR, TIME_BASE, Film, decode

COUNT = 40  # frames of FG and of BG
UNMATCHED = [i in (0, 1, 7, 20, 21, 22, 39) for i in range(COUNT)]
FRAMES = [max(i - 3, 0) // 2 for i in range(COUNT)]  # BG frame of each FG frame


def in_two_colours(path: Path, size: tuple[int, int], pix_fmt: str) -> Film:
    """Writes a lossless clip whose left half has another flat colour than its right, others in every frame."""
    rng = np.random.default_rng(5)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        stream.codec_context.time_base = TIME_BASE
        for pts in REGULAR:
            frame = av.VideoFrame(*size, pix_fmt)
            frame.pts, frame.time_base = pts, stream.codec_context.time_base
            kind = np.uint16 if frame.format.components[0].bits > 8 else np.uint8
            for plane in frame.planes:
                row = np.zeros(plane.line_size // np.dtype(kind).itemsize, kind)
                row[:] = rng.integers(30, 200)
                row[: plane.width // 2] = rng.integers(30, 200)
                plane.update(np.tile(row, plane.height).tobytes())
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    source, frames, times, _ = decode(path)
    return Film(source, frames, [int(time / TIME_BASE) for time in times])

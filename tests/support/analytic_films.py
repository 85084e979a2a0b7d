"""Films of smooth waves, known between pixels too: what a perfect resampler would make of one is another one."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from filtergraphs.formats import chroma_grid, depth
from support.drawn_films import Planes, lossless

WAVES = 60
DRIFT = (3.7, -2.3)  # px of the canvas by which the picture moves from frame to frame
LEAST_FREQUENCY = 0.01  # cycles a px
LUMA = (16, 219)  # 8-bit levels of limited range: least, and how many above


@dataclass(frozen=True)
class Waves:
    """A picture for each plane. most_frequent: cycles a px of the canvas, of luma; of chroma such a share of it."""

    most_frequent: float
    chroma_share: float = 0.5
    seed: int = 0

    def levels(self, plane: int, xs: np.ndarray, ys: np.ndarray, frame: int) -> np.ndarray:
        """f64 [len(ys), len(xs)]: levels of 8 bits at places on the canvas."""
        rng = np.random.default_rng([self.seed, plane])
        frequency = rng.uniform(LEAST_FREQUENCY, self.most_frequent * (self.chroma_share if plane else 1), WAVES)
        angle, phase = rng.uniform(0, 2 * np.pi, (2, WAVES))
        height = frequency**-0.5
        height *= 0.25 / np.sqrt((height**2).sum() / 2)
        across = np.exp(2j * np.pi * np.outer(frequency * np.cos(angle), xs - DRIFT[0] * frame))
        down = np.exp(2j * np.pi * np.outer(frequency * np.sin(angle), ys - DRIFT[1] * frame))
        values = ((height * np.exp(1j * phase))[:, None] * down).T @ across
        return np.asarray(LUMA[0] + LUMA[1] * np.clip(0.5 + 0.5 * values.real, 0, 1))


def sampled(
    waves: Waves, size: tuple[int, int], at: tuple[float, float], scale: tuple[float, float], pix_fmt: str, frame: int
) -> Planes:
    """f64 planes in the format's depth: a picture of `size` px that begins at a place, each px as large as `scale`.

    Chroma samples lie at the left of the px that share them, and at half their height.
    """
    planes = []
    for k in range(3):
        across, down = chroma_grid(pix_fmt) if k else (1, 1)
        columns, rows = np.arange(-(-size[0] // across)) * across, np.arange(-(-size[1] // down)) * down
        xs, ys = at[0] + (columns + 0.5) * scale[0], at[1] + (rows + down / 2) * scale[1]
        planes.append(waves.levels(k, xs, ys, frame) * 2 ** (depth(pix_fmt) - 8))
    return planes


def write(
    path: Path,
    waves: Waves,
    size: tuple[int, int],
    at: tuple[float, float],
    scale: tuple[float, float],
    pix_fmt: str,
    frames: int,
) -> None:
    """A lossless clip of limited range, 25 frames a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(lossless(pix_fmt), rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        stream.codec_context.color_range = 1
        stream.codec_context.time_base = Fraction(1, 25)
        for i in range(frames):
            frame = av.VideoFrame(*size, pix_fmt)
            frame.pts, frame.time_base, frame.color_range = i, Fraction(1, 25), 1
            kind = np.dtype(np.uint16 if depth(pix_fmt) > 8 else np.uint8)
            for plane, levels in zip(frame.planes, sampled(waves, size, at, scale, pix_fmt, i), strict=True):
                rows = np.zeros((plane.height, plane.line_size // kind.itemsize), kind)
                rows[:, : plane.width] = np.rint(levels)
                plane.update(rows.tobytes())
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def psnr(planes: Planes, wanted: Planes, pix_fmt: str, part: tuple[int, int, int, int]) -> list[float]:
    """dB of each plane, inside left, top, right, bottom px."""
    values = []
    for k, (plane, want) in enumerate(zip(planes, wanted, strict=True)):
        across, down = chroma_grid(pix_fmt) if k else (1, 1)
        rows = slice(-(-part[1] // down), part[3] // down)
        columns = slice(-(-part[0] // across), part[2] // across)
        error = plane[rows, columns].astype(float) - want[rows, columns]
        values.append(float(10 * np.log10((2 ** depth(pix_fmt) - 1) ** 2 / (error**2).mean())))
    return values

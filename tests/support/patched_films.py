"""Lossless films of flat patches whose colours are known, and what a grade makes of them."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from filtergraphs.composition import Grade
from filtergraphs.formats import chroma_grid, depth, is_yuv
from support.drawn_films import CANVAS, TIME_BASE, Film, decode, lossless

F64 = npt.NDArray[np.float64]
PATCH = 16  # px, either way: whole chroma samples, and more than swscale looks around
WEIGHTS = {"bt709": (0.2126, 0.0722), "smpte170m": (0.299, 0.114)}  # of red and blue in luma


@dataclass(frozen=True)
class Patches:
    """colours: f64 [frames, rows, columns, 3], red, green and blue of the patches as the file has them."""

    film: Film
    colours: F64


def patched(
    path: Path,
    pix_fmt: str,
    frames: int,
    matrix: str = "bt709",
    is_full: bool = False,
    size: tuple[int, int] = CANVAS,
    span: tuple[float, float] = (0.15, 0.85),
) -> Patches:
    """Random colours, others in each frame. span: of each channel; usually none is near the edge of what RGB holds."""
    rng = np.random.default_rng([*size, frames])
    columns, rows = size[0] // PATCH, size[1] // PATCH
    wanted = span[0] + (span[1] - span[0]) * rng.random((frames, rows, columns, 3))
    with av.open(str(path), "w") as container:
        stream = container.add_stream(lossless(pix_fmt), rate=30)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        stream.codec_context.time_base = TIME_BASE
        stream.codec_context.colorspace = {"bt709": 1, "smpte170m": 6}[matrix] if is_yuv(pix_fmt) else 2
        stream.codec_context.color_range = 2 if is_full else 1 if is_yuv(pix_fmt) else 0
        for k, colours in enumerate(wanted):
            frame = av.VideoFrame(*size, pix_fmt)
            frame.pts, frame.time_base = 3003 * k, TIME_BASE
            frame.colorspace, frame.color_range = stream.codec_context.colorspace, stream.codec_context.color_range
            grid = chroma_grid(pix_fmt)
            for n, codes in enumerate(codes_of(colours, pix_fmt, matrix, is_full)):
                plane = frame.planes[n]
                across, down = (PATCH // step for step in (grid if n and is_yuv(pix_fmt) else (1, 1)))
                samples = np.round(codes).repeat(down, axis=0).repeat(across, axis=1)
                kind = np.dtype(np.uint16 if depth(pix_fmt) > 8 else np.uint8)
                padded = np.zeros((samples.shape[0], plane.line_size // kind.itemsize), kind)
                padded[:, : samples.shape[1]] = samples
                plane.update(padded.tobytes().ljust(plane.buffer_size, b"\0"))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    source, planes, times, _ = decode(path)
    film = Film(source, planes, [int(time / TIME_BASE) for time in times])
    stored = [colours_of(patch_codes(f, pix_fmt), pix_fmt, matrix, is_full) for f in planes]
    return Patches(film, np.stack(stored))


def patch_codes(planes: list[npt.NDArray[np.generic]], pix_fmt: str) -> F64:
    """f64 [planes, rows, columns]: means over the inner half of each patch."""
    means = []
    for k, plane in enumerate(planes):
        across, down = chroma_grid(pix_fmt) if k and is_yuv(pix_fmt) else (1, 1)
        height, width = PATCH // down, PATCH // across
        rows, columns = plane.shape[0] // height, plane.shape[1] // width
        cells = plane[: rows * height, : columns * width].astype(np.float64).reshape(rows, height, columns, width)
        inner = cells[:, height // 4 : height - height // 4, :, width // 4 : width - width // 4]
        means.append(inner.mean(axis=(1, 3)))
    return np.stack(means)


def codes_of(rgb: F64, pix_fmt: str, matrix: str, is_full: bool) -> F64:
    """f64 [planes, ...]: samples, not rounded, of red, green and blue, f64 [..., 3]."""
    top = 2 ** depth(pix_fmt)
    red, green, blue = np.moveaxis(rgb, -1, 0)
    if not is_yuv(pix_fmt):
        return np.asarray(np.stack([green, blue, red]) * (top - 1))
    kr, kb = WEIGHTS[matrix]
    y = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - y) / (2 - 2 * kb), (red - y) / (2 - 2 * kr)
    if is_full:
        return np.stack([y * (top - 1), *(chroma * (top - 1) + top / 2 for chroma in (cb, cr))])
    level = top / 256
    return np.stack([(16 + 219 * y) * level, *((128 + 224 * chroma) * level for chroma in (cb, cr))])


def colours_of(codes: F64, pix_fmt: str, matrix: str, is_full: bool) -> F64:
    """Inverse of `codes_of`."""
    top = 2 ** depth(pix_fmt)
    if not is_yuv(pix_fmt):
        green, blue, red = codes / (top - 1)
        return np.stack([red, green, blue], axis=-1)
    kr, kb = WEIGHTS[matrix]
    level = top / 256
    y = codes[0] / (top - 1) if is_full else (codes[0] / level - 16) / 219
    cb, cr = ((c - top / 2) / (top - 1) if is_full else (c / level - 128) / 224 for c in codes[1:])
    red, blue = y + (2 - 2 * kr) * cr, y + (2 - 2 * kb) * cb
    return np.stack([red, (y - kr * red - kb * blue) / (1 - kr - kb), blue], axis=-1)


def graded(grade: Grade, rgb: F64) -> F64:
    curved, shares = _curved(grade.curves, rgb), np.array(grade.matrix).T
    if not grade.output_curves:
        return np.asarray(np.clip(curved @ shares, 0, 1))
    light = np.clip(np.clip(curved, 0, 1) ** 2 @ shares, 0, 1)
    return np.clip(_curved(grade.output_curves, np.sqrt(light)), 0, 1)


def _curved(curves: tuple[tuple[tuple[float, float], ...], ...], rgb: F64) -> F64:
    return np.stack([np.interp(rgb[..., k], *np.array(curve).T) for k, curve in enumerate(curves)], axis=-1)

"""Small copies of a frame's chroma: what tells its colours, where small copies of luma tell its pictures."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame

from filtergraphs.formats import chroma_grid, is_yuv
from vidkompy.media.decoding import HIGH_BITS
from vidkompy.model import U8
from vidkompy.numerics.comparison_kernels import cell_means

NEUTRAL = 128  # chroma of grey


def chroma_of(frame: VideoFrame, rotation: int, factor: int) -> U8:
    """u8 [2, h, w]: Cb and Cr, turned upright, as means over cells of factor x factor px; what is left is left out.

    factor   a multiple of the px that share a chroma sample
    Grey is NEUTRAL. RGB gets the chroma of BT.601 in full range, which fits `luma_of`.
    """
    name = frame.format.name
    if name.startswith(("gray", "mono")):
        return np.full((2, *_cells(frame, rotation, factor)), NEUTRAL, np.uint8)
    if not is_yuv(name):
        frame = frame.reformat(format="yuvj444p")
    elif not frame.format.is_planar or len(frame.planes) < 3 or frame.format.is_big_endian:
        frame = frame.reformat(format="yuv444p")
    across, down = chroma_grid(frame.format.name)
    steps = (factor // across, factor // down) if rotation % 180 else (factor // down, factor // across)
    rows, columns = _cells(frame, rotation, factor)
    out = np.empty((2, rows, columns), np.uint8)
    for k in range(2):
        plane = _plane(frame, k + 1, rotation)
        cell_means(plane, *steps, np.empty(plane.shape[1], np.int32), out[k])
    return out


def _cells(frame: VideoFrame, rotation: int, factor: int) -> tuple[int, int]:
    rows, columns = frame.height // factor, frame.width // factor
    return (columns, rows) if rotation % 180 else (rows, columns)


def _plane(frame: VideoFrame, k: int, rotation: int) -> U8:
    """u8 [height, at least width], turned upright; what lies beyond the width is no picture."""
    plane, component = frame.planes[k], frame.format.components[k]
    kind = np.dtype(np.uint16 if component.bits > 8 else np.uint8)
    raw = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // kind.itemsize)
    if rotation:
        raw = np.rot90(raw[: component.height, : component.width], rotation // 90)
    excess = 8 if frame.format.name.startswith(HIGH_BITS) else component.bits - 8
    return np.ascontiguousarray(raw >> excess if excess else raw, np.uint8)

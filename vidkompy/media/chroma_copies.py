"""Small copies of a frame's chroma: what tells its colours, where small copies of luma tell its pictures."""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame

from filtergraphs.formats import chroma_grid, is_yuv
from vidkompy.media.decoding import HIGH_BITS
from vidkompy.media.proxies import shrink_by_halving
from vidkompy.model import U8

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
        plane = _plane(frame, k + 1)
        whole = (np.rot90(plane, rotation // 90) if rotation else plane)[: rows * steps[0], : columns * steps[1]]
        if min(steps) % 2 == 0:  # OpenCV takes means of 2x2 in vectors: half of the time at 1080p, measured
            whole = shrink_by_halving(whole, 2)
        cv2.resize(whole, (columns, rows), dst=out[k], interpolation=cv2.INTER_AREA)
    return out


def _cells(frame: VideoFrame, rotation: int, factor: int) -> tuple[int, int]:
    rows, columns = frame.height // factor, frame.width // factor
    return (columns, rows) if rotation % 180 else (rows, columns)


def _plane(frame: VideoFrame, k: int) -> U8:
    plane, component = frame.planes[k], frame.format.components[k]
    kind = np.dtype(np.uint16 if component.bits > 8 else np.uint8)
    raw = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // kind.itemsize)
    samples = raw[: component.height, : component.width]
    excess = 8 if frame.format.name.startswith(HIGH_BITS) else component.bits - 8
    return (samples >> excess if excess else samples).astype(np.uint8, copy=False)

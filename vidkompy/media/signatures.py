"""Proxies -> the signature of their clip, and pictures of all frames, in the form that signatures have."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from vidkompy.media.proxies import Proxies
from vidkompy.media.scratch_arrays import each_frame, taken
from vidkompy.model import F32, I64, U8
from vidkompy.signature import SIGNATURE_FRAMES, SIGNATURE_SIDE, Signature

BYTES_AT_ONCE = 16 << 20  # of copies in 32 bits that are shrunk together


def signature_of(proxies: Proxies, first: int = 0, most: int = SIGNATURE_FRAMES) -> Signature:
    """The signature of the clip, whose proxies begin with its frame `first`; most: frames in it."""
    count = len(proxies.small)
    shape = (min(count, most), SIGNATURE_SIDE, SIGNATURE_SIDE)
    empty = Signature(first, count, np.zeros(shape, np.uint8), checksum(proxies.small))
    luma = cell_means(proxies, empty.frames - first)
    return Signature(first, count, luma.reshape(shape), empty.checksum)


def cell_means(proxies: Proxies, frames: I64 | None = None) -> U8:
    """u8 [n, SIGNATURE_SIDE ** 2]: means over a grid on these frames, on all of them if None.

    The grid lies on the frame, not on the copy, which lacks odd edges: clips of other sizes have the same cells.
    """
    height, width = proxies.small.shape[1:]
    factor, clip = proxies.small_factor, proxies.clip
    rows = _shares(height, clip.height / factor)
    columns = _shares(width, clip.width / factor)
    wanted = np.arange(len(proxies.small)) if frames is None else frames
    out = np.empty((len(wanted), SIGNATURE_SIDE**2), np.uint8)
    frames_at_once = max(1, BYTES_AT_ONCE // (4 * height * width))
    for first in range(0, len(wanted), frames_at_once):
        block = slice(first, first + frames_at_once)
        part = taken(proxies.small, wanted[block]).astype(np.float32)
        out[block] = np.rint(rows @ part @ columns.T).reshape(len(part), -1)
    return out


def checksum(small: U8) -> str:
    """CRC-32 of copies, u8 [n, h, w], hexadecimal."""
    crc = 0
    for frame in each_frame(small):
        crc = crc32(np.ascontiguousarray(frame).data, crc)
    return f"{crc:08x}"


def _shares(pixels: int, extent: float) -> F32:
    """f32 [SIGNATURE_SIDE, pixels]: how much each px adds to the mean of each cell; extent: px that the cells cover."""
    edges = np.linspace(0, extent, SIGNATURE_SIDE + 1)
    starts = np.arange(pixels)
    covered = np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts)
    covered = np.clip(covered, 0, None)
    return np.asarray(covered / covered.sum(axis=1, keepdims=True), np.float32)

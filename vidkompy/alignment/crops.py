"""Proxies + Placement -> one small picture per frame, FG and BG on the same grid."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.media.proxies import Proxies
from vidkompy.model import U8, Box, Placement

SMALLEST = 16  # px of the longer side of features


@dataclass(frozen=True, eq=False)
class Features:
    """Small pictures on one grid.

    luma    u8 [n, h, w]   what FG shows, or BG at FG's place
    mask    bool [h, w]    cells that count; the same for FG and BG
    pitch   FG px per cell
    inner   left, top, right, bottom: whether that edge of the grid has BG beyond it
    """

    luma: U8
    mask: NDArray[np.bool_]
    pitch: float = 1.0
    inner: tuple[bool, bool, bool, bool] = (True, True, True, True)

    def __len__(self) -> int:
        return len(self.luma)


def crop_features(fg: Proxies, bg: Proxies, placement: Placement, box: Box, side: int) -> tuple[Features, Features]:
    """Both clips inside FG's content box, as far as it lies on the canvas; the longer side has `side` px.

    Fewer where neither clip's proxies hold as many: enlarged ones say no more and fill memory.
    """
    sx, sy = placement.width / fg.clip.width, placement.height / fg.clip.height
    x0, x1 = max(box[0] * sx + placement.x, 0), min(box[2] * sx + placement.x, bg.clip.width)
    y0, y1 = max(box[1] * sy + placement.y, 0), min(box[3] * sy + placement.y, bg.clip.height)
    held = max(max(x1 - x0, y1 - y0) / bg.small_factor, max((x1 - x0) / sx, (y1 - y0) / sy) / fg.small_factor)
    pitch = max((x1 - x0) / sx, (y1 - y0) / sy) / min(side, max(SMALLEST, round(held)))
    size = max(4, round((x1 - x0) / sx / pitch)), max(4, round((y1 - y0) / sy / pitch))
    seen = ((x0 - placement.x) / sx, (y0 - placement.y) / sy, (x1 - placement.x) / sx, (y1 - placement.y) / sy)
    mask = np.ones((size[1], size[0]), np.bool_)
    inner = (x0 > 0, y0 > 0, x1 < bg.clip.width, y1 < bg.clip.height)
    areas = ((fg, seen), (bg, (x0, y0, x1, y1)))
    ours, theirs = (Features(_grid(clip, area, size), mask, pitch, inner) for clip, area in areas)
    return ours, theirs


def _grid(clip: Proxies, area: Box, size: tuple[int, int]) -> U8:
    """Means over the cells of a grid laid on `area` (frame px): supersampled bilinear, then exact area means."""
    x0, y0, x1, y1 = (v / clip.small_factor for v in area)
    over = max(1, int(np.ceil(max((x1 - x0) / size[0], (y1 - y0) / size[1]))))
    kx, ky = (x1 - x0) / (size[0] * over), (y1 - y0) / (size[1] * over)
    matrix = np.array([[kx, 0, x0 + kx / 2 - 0.5], [0, ky, y0 + ky / 2 - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out = np.empty((len(clip.small), size[1], size[0]), np.uint8)
    for frame, cell in zip(clip.small, out, strict=True):
        fine = cv2.warpAffine(
            frame, matrix, (size[0] * over, size[1] * over), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        cell[:] = cv2.resize(fine, size, interpolation=cv2.INTER_AREA)
    return out

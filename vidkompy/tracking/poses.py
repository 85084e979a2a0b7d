"""Poses: similarities of FG on the canvas, and how far apart two of them put FG's corners.

A pose is f64 [4]: (scale cos, scale sin, centre x, centre y). Scale and angle are relative to a shape, in canvas px per
FG px across and down; the centre is that of FG's frame, in canvas px.
"""

from __future__ import annotations

import numpy as np

from vidkompy.media.proxies import Proxies
from vidkompy.model import F64, Placement


def corner_distances(a: F64, b: F64, size: tuple[float, float]) -> F64:
    """f64 [n]: largest movement of FG's corners between poses f64 [n, 4], along one axis, canvas px.

    size   FG at scale 1, canvas px

    >>> corner_distances(np.array([[1.1, 0, 50, 50]]), np.array([[1.0, 0, 50, 52]]), (40, 20)).round(6).tolist()
    [3.0]
    """
    cosine, sine, x, y = np.moveaxis(np.abs(a - b), -1, 0)
    half_width, half_height = size[0] / 2, size[1] / 2
    distances: F64 = np.maximum(
        x + cosine * half_width + sine * half_height, y + sine * half_width + cosine * half_height
    )
    return distances


def corner_distance(a: F64, b: F64, size: tuple[float, float]) -> float:
    """The same of two single poses, f64 [4]."""
    return float(corner_distances(a[None], b[None], size)[0])


def pose_of(placement: Placement, fg: Proxies) -> tuple[tuple[float, float], F64]:
    """Canvas px per FG px, and the pose of scale 1 that a placement stands for."""
    shape = placement.width / fg.clip.width, placement.height / fg.clip.height
    centre = placement.x + placement.width / 2, placement.y + placement.height / 2
    return shape, np.array([1.0, 0.0, *centre])

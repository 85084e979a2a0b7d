"""How alike two pictures are: bit by bit, in their levels, or in what one shows that a rival does not.

Levels and rivals are compared by means of CELL x CELL px: encoders repeat an older frame's noise and skip invisible
changes, so frames that differ only so are not told apart.
"""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from filtergraphs.layout import Rect
from vidkompy.decode import in_planes
from vidkompy.model import F32, U8

CELL = 4  # px
VISIBLE = 6.0  # grey levels between cell means that make a difference
FEWEST = 4  # such cells that make it visible; measured: keyframes of a still scene pulse in one or two
OFF = 4.0  # grey levels that a plane's median cell may be off; measured: 2.5 in right outputs at crf 32
GROSS, MOST_GROSS = 24.0, 0.2  # share of cells that may be off by more than GROSS levels; measured: 0.1 at crf 44

_T = TypeVar("_T", bound=np.generic)
Plane = NDArray[np.generic]


def equal(ours: list[Plane], theirs: list[Plane]) -> bool:
    return len(ours) == len(theirs) > 0 and all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


def altered(ours: list[U8], theirs: list[U8], where: NDArray[np.bool_] | None = None) -> bool:
    """Whether a plane is brighter, darker or of another colour as a whole, or shows something else."""
    for a, b in zip(ours, theirs, strict=True):
        counts = np.ones(_cells(a).shape, np.bool_) if where is None else _cells(where.astype(np.uint8) * 255) == 255
        off = (_cells(a) - _cells(b))[counts]
        if off.size and (abs(np.median(off)) > OFF or (np.abs(off) > GROSS).mean() > MOST_GROSS):
            return True
    return False


def nearest(target: U8, rivals: dict[int, U8], where: NDArray[np.bool_] | None = None) -> bool:
    """Whether no rival is nearer to `target` than rival 0; `where`: pixels that count."""
    return not any(is_nearer(target, rival, rivals[0], where) for distance, rival in rivals.items() if distance)


def is_nearer(
    target: U8,
    rival: U8,
    right: U8,
    where: NDArray[np.bool_] | None = None,
    factor: float = 1.0,
    share: float = 0.0,
) -> bool:
    """Whether `rival` visibly differs from `right`, in a `share` of the cells, and is nearer to `target` there.

    factor    of the squared error of `right`, that the rival's has to be below
    """
    seen, other, wanted = _cells(target), _cells(rival), _cells(right)
    differs = np.abs(other - wanted) >= VISIBLE
    if where is not None:
        differs &= _cells(where.astype(np.uint8) * 255) == 255
    error, allowed = np.square(seen - other)[differs].sum(), np.square(seen - wanted)[differs].sum()
    return bool(differs.sum() >= max(FEWEST, share * differs.size) and error < factor * allowed)


def error(seen: U8, wanted: U8, move: tuple[int, int]) -> float:
    """Mean squared difference with `wanted` moved by (y, x), without the edges."""
    y, x = move
    h, w = seen.shape
    inside = seen[1 : h - 1, 1 : w - 1].astype(np.float32)
    if not inside.size:
        return 0.0
    return float(np.square(inside - wanted[1 + y : h - 1 + y, 1 + x : w - 1 + x]).mean())


def levels(frame: VideoFrame, rotation: int, other: VideoFrame) -> list[U8]:
    """The planes in 8 bits; none if those of `other` mean something else."""
    if frame.format.is_rgb != other.format.is_rgb or len(planes(frame)) != len(planes(other)):
        return []
    bits = (component.bits for component in in_planes(frame).format.components)
    return [
        (p.astype(np.uint16) >> (depth - 8)).astype(np.uint8)
        for p, depth in zip(planes(frame, rotation), bits, strict=False)
    ]


def planes(frame: VideoFrame, rotation: int = 0) -> list[Plane]:
    """Planes but alpha at full size, chroma samples repeated over their pixels; none in depths that numpy lacks."""
    frame = in_planes(frame)
    form = frame.format
    if form.is_big_endian or any(c.bits not in (8, 9, 10, 12, 14, 16) for c in form.components):
        return []
    planes = []
    for component, plane in zip(form.components, frame.planes, strict=False):
        if component.is_alpha:
            continue
        wide = component.bits > 8
        raw = np.frombuffer(memoryview(plane), np.uint16 if wide else np.uint8).reshape(
            -1, plane.line_size // (2 if wide else 1)
        )
        sample: Plane = raw[: component.height, : component.width]
        steps_y, steps_x = -(-frame.height // component.height), -(-frame.width // component.width)
        whole = sample.repeat(steps_y, 0).repeat(steps_x, 1)[: frame.height, : frame.width]
        planes.append(np.rot90(whole, rotation // 90))
    return planes


def sized(luma: U8, size: tuple[int, int]) -> U8:
    if (luma.shape[1], luma.shape[0]) == size:
        return luma
    return cv2.resize(luma, size, interpolation=cv2.INTER_AREA if size[0] < luma.shape[1] else cv2.INTER_CUBIC)  # type: ignore[return-value]


def cut(plane: NDArray[_T], part: Rect) -> NDArray[_T]:
    return plane[part.y : part.y + part.height, part.x : part.x + part.width]


def _cells(luma: U8) -> F32:
    """f32: means over cells; a rest at the right and bottom edge is left out."""
    h, w = luma.shape[0] // CELL, luma.shape[1] // CELL
    return cv2.resize(luma[: h * CELL, : w * CELL].astype(np.float32), (w, h), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]

"""How alike two pictures are: bit by bit, in their levels, or in what one shows that a rival does not.

Levels and rivals are compared by means of CELL x CELL px: encoders repeat an older frame's noise and skip invisible
changes, so frames that differ only so are not told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeVar

import cv2
import numpy as np
from av.video.format import VideoFormatComponent
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from filtergraphs.geometry import Rect
from vidkompy.media.decoding import luma_of, to_planar
from vidkompy.model import F32, U8

CELL = 4  # px
VISIBLE = 6.0  # grey levels between cell means that make a difference
FEWEST = 4  # such cells that make it visible; measured: keyframes of a still scene pulse in one or two
OFF = 4.0  # grey levels that a plane's median cell may be off; measured: 2.5 in right outputs at crf 32
GROSS, MOST_GROSS = 24.0, 0.2  # share of cells that may be off by more than GROSS levels; measured: 0.1 at crf 44

_T = TypeVar("_T", bound=np.generic)
Plane = NDArray[np.unsignedinteger[Any]]
Mask = NDArray[np.bool_]


def equal(ours: Sequence[Plane], theirs: Sequence[Plane], where: Mask | None = None) -> bool:
    """Whether all samples are, or those where the mask is True."""

    def same(a: Plane, b: Plane) -> bool:
        return np.array_equal(a, b) if where is None else a.shape == b.shape and not ((a != b) & where).any()

    return len(ours) == len(theirs) > 0 and all(same(a, b) for a, b in zip(ours, theirs, strict=True))


class Picture:
    """A frame upright and in another size, and of that a part; each measure of it is taken once."""

    def __init__(self, frame: VideoFrame, rotation: int, size: tuple[int, int], part: Rect | None = None):
        self.frame = frame
        self._rotation, self._size, self._part = rotation, size, part

    @cached_property
    def luma(self) -> U8:
        return self._placed(luma_of(self.frame, self._rotation))

    @cached_property
    def cells(self) -> F32:
        return cells(self.luma)

    @cached_property
    def planes(self) -> list[Plane]:
        """As they are, if the size is the frame's."""
        return self._upright if self._part is None else [cut(plane, self._part) for plane in self._upright]

    @cached_property
    def levels(self) -> list[U8]:
        """Its planes in 8 bits."""
        return [self._placed(plane) for plane in self.whole_levels]

    @property
    def whole_levels(self) -> list[U8]:
        """Those of the whole frame, in its own size."""
        depths = (component.bits for component in _shown(self.frame))
        return [
            plane.view(np.uint8) if depth == 8 else (plane >> (depth - 8)).astype(np.uint8)
            for plane, depth in zip(self._upright, depths, strict=True)
        ]

    @cached_property
    def level_cells(self) -> list[F32]:
        return [cells(plane) for plane in self.levels]

    @cached_property
    def _upright(self) -> list[Plane]:
        return planes(self.frame, self._rotation)

    def _placed(self, plane: U8) -> U8:
        whole = sized(plane, self._size)
        return whole if self._part is None else cut(whole, self._part)


def altered(ours: Picture, theirs: Picture, counts: Mask | None = None) -> bool:
    """Whether a plane is brighter, darker or of another colour as a whole, or shows something else.

    counts: cells that matter. False if the planes of the two mean something else.
    """
    if not is_alike_in_kind(ours.frame, theirs.frame):
        return False
    return any(is_off(a, b, counts) for a, b in zip(ours.level_cells, theirs.level_cells, strict=True))


def is_alike_in_kind(a: VideoFrame, b: VideoFrame) -> bool:
    """Whether planes of the two mean the same."""
    return a.format.is_rgb == b.format.is_rgb and len(_shown(a)) == len(_shown(b))


def is_off(ours: F32, theirs: F32, counts: Mask | None) -> bool:
    off = ours - theirs if counts is None else (ours - theirs)[counts]
    return bool(off.size and (abs(np.median(off)) > OFF or (np.abs(off) > GROSS).mean() > MOST_GROSS))


def nearest(target: F32, rivals: dict[int, F32], counts: Mask | None = None) -> bool:
    """Whether no rival is nearer to `target` than rival 0. All are cells; counts: those that matter."""
    return not any(is_nearer(target, rival, rivals[0], counts) for distance, rival in rivals.items() if distance)


def is_nearer(
    target: F32, rival: F32, right: F32, counts: Mask | None = None, factor: float = 1.0, share: float = 0.0
) -> bool:
    """Whether `rival` visibly differs from `right`, in a `share` of the cells, and is nearer to `target` there.

    factor    of the squared error of `right`, that the rival's has to be below
    """
    differs = np.abs(rival - right) >= VISIBLE
    if counts is not None:
        differs &= counts
    error, allowed = np.square((target - rival)[differs]).sum(), np.square((target - right)[differs]).sum()
    return bool(differs.sum() >= max(FEWEST, share * differs.size) and error < factor * allowed)


def error(seen: U8, wanted: U8, move: tuple[int, int]) -> float:
    """Mean squared difference with `wanted` moved by (y, x), without the edges."""
    y, x = move
    h, w = seen.shape
    inside, aside = seen[1 : h - 1, 1 : w - 1], wanted[1 + y : h - 1 + y, 1 + x : w - 1 + x]
    return cv2.norm(inside, aside, cv2.NORM_L2SQR) / inside.size if inside.size else 0.0


def _shown(frame: VideoFrame) -> list[VideoFormatComponent]:
    """Components of the planes but alpha; none in depths that numpy lacks."""
    form = to_planar(frame).format
    if form.is_big_endian or any(c.bits not in (8, 9, 10, 12, 14, 16) for c in form.components):
        return []
    return [component for component in form.components if not component.is_alpha]


def planes(frame: VideoFrame, rotation: int = 0) -> list[Plane]:
    """Planes but alpha at full size, chroma samples repeated over their pixels; none in depths that numpy lacks."""
    frame = to_planar(frame)
    planes: list[Plane] = []
    for component, plane in zip(_shown(frame), frame.planes, strict=False):  # alpha is last
        kind = np.dtype(np.uint16 if component.bits > 8 else np.uint8)
        raw = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // kind.itemsize)
        sample: Plane = raw[: component.height, : component.width]
        across, down = -(-frame.width // component.width), -(-frame.height // component.height)
        if (across, down) != (1, 1):
            size = (component.width * across, component.height * down)
            sample = cv2.resize(sample, size, interpolation=cv2.INTER_NEAREST)  # type: ignore[assignment] # repeats
        planes.append(np.rot90(sample[: frame.height, : frame.width], rotation // 90))
    return planes


def sized(luma: U8, size: tuple[int, int]) -> U8:
    if (luma.shape[1], luma.shape[0]) == size:
        return luma
    return cv2.resize(luma, size, interpolation=cv2.INTER_AREA if size[0] < luma.shape[1] else cv2.INTER_CUBIC)  # type: ignore[return-value]


def cut(plane: NDArray[_T], part: Rect) -> NDArray[_T]:
    return plane[part.y : part.y + part.height, part.x : part.x + part.width]


def cells(plane: U8) -> F32:
    """f32: means over cells; a rest at the right and bottom edge is left out."""
    h, w = plane.shape[0] // CELL * CELL, plane.shape[1] // CELL * CELL
    rows = sum((plane[k:h:CELL, :w] for k in range(1, CELL)), start=plane[:h:CELL, :w].astype(np.uint16))
    sums = sum((rows[:, k::CELL] for k in range(1, CELL)), start=rows[:, ::CELL])
    return sums * np.float32(1 / CELL**2)


def whole_cells(where: Mask) -> Mask:
    """Cells of which all pixels are in the mask."""
    whole: Mask = cells(where.view(np.uint8)) == 1
    return whole

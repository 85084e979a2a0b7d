"""Distances between pictures: equality of samples, and shifts of levels, which are compared by means over cells."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import cv2
import numpy as np
from av.video.format import VideoFormatComponent
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from filtergraphs.formats import is_yuv
from filtergraphs.geometry import Rect
from filtergraphs.resampling import FloatRect
from vidkompy.media.decoding import luma_of, to_planar
from vidkompy.model import F32, F64, U8, Mask
from vidkompy.verification.parameters import VerificationParameters

COMPARABLE_DEPTHS = (8, 9, 10, 12, 14, 16)  # bits of a sample that numpy has integers for

FIRST_ROWS_STEP = 16  # px between rows that are compared first
LEAST_SHIFTED_ROWS = 180  # that a picture moved by a px is compared in, if it has as many
MAX_CELL_OF_16_BITS = 257  # px: as many of 255 fit

_T = TypeVar("_T", bound=np.generic)
Plane = NDArray[np.unsignedinteger[Any]]


class StoredPlane(NamedTuple):
    """A plane as it is stored in a frame.

    samples        unsigned int [height, width]
    depth          bits of a sample
    across, down   px that share a sample
    is_luma        whether it is the frame's luma in 8 bits
    """

    samples: Plane
    depth: int
    across: int
    down: int
    is_luma: bool

    def divides(self, part: Rect, side: int) -> bool:
        """Whether cells of `side` px in a part of the frame hold whole samples only."""
        return not (side % self.across or side % self.down or part.x % self.across or part.y % self.down)

    def part(self, part: Rect, side: int) -> Plane:
        """Samples of the whole cells of `side` px in a part of the frame."""
        width, height = part.width // side * side, part.height // side * side
        x, y = part.x // self.across, part.y // self.down
        return self.samples[y : y + height // self.down, x : x + width // self.across]

    def at_full_size(self, frame: VideoFrame) -> Plane:
        """Each sample repeated over its px."""
        repeated = self.samples
        if (self.across, self.down) != (1, 1):
            size = repeated.shape[1] * self.across, repeated.shape[0] * self.down
            repeated = cv2.resize(repeated, size, interpolation=cv2.INTER_NEAREST)  # type: ignore[assignment]
        return repeated[: frame.height, : frame.width]


def stored_planes(frame: VideoFrame) -> list[StoredPlane]:
    """Planes but alpha; none in depths that numpy lacks."""
    is_yuv_of_planes = is_yuv(frame.format.name) and frame.format.is_planar and len(frame.planes) > 1
    frame = to_planar(frame)
    planes = []
    for k, (component, plane) in enumerate(zip(_comparable_components(frame), frame.planes, strict=False)):
        kind = np.dtype(np.uint16 if component.bits > 8 else np.uint8)
        raw = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // kind.itemsize)
        samples: Plane = raw[: component.height, : component.width]
        across, down = -(-frame.width // component.width), -(-frame.height // component.height)
        is_luma = k == 0 and is_yuv_of_planes and component.bits == 8
        planes.append(StoredPlane(samples, component.bits, across, down, is_luma))  # alpha is last
    return planes


class Warp(NamedTuple):
    """To where a picture has moved.

    size     width and height that it is scaled to first
    matrix   f64 [2, 3]   px of that, counted at their middles, to px of what it lies on
    """

    size: tuple[int, int]
    matrix: F64


class Picture:
    """A frame upright, scaled to another size, and of that a part; each measure of it is taken once.

    frame      as decoded
    rotation   degrees counter-clockwise that turn it upright
    size       width and height that it is scaled to
    part       of the scaled frame; None: all of it
    warp       to where it lies in that size, which it then neither fills nor begins on a px of; None: it fills it
    """

    def __init__(
        self,
        frame: VideoFrame,
        rotation: int,
        size: tuple[int, int],
        part: Rect | None,
        parameters: VerificationParameters,
        warp: Warp | None = None,
    ):
        self.frame = frame
        self._rotation, self._size, self._part, self._parameters = rotation, size, part, parameters
        self._warp = warp

    def of_part(self, part: Rect) -> Picture:
        """Another part of the scaled frame."""
        return Picture(self.frame, self._rotation, self._size, part, self._parameters)

    def warped(self, warp: Warp, size: tuple[int, int], part: Rect | None) -> Picture:
        """The frame moved over a picture of `size`, and of that a part."""
        return Picture(self.frame, self._rotation, size, part, self._parameters, warp)

    @cached_property
    def luma(self) -> U8:
        return self._scaled_part(luma_of(self.frame, self._rotation))

    @cached_property
    def cells(self) -> F32:
        return cell_means(self.luma, self._parameters.cell_side)

    @cached_property
    def levels(self) -> list[U8]:
        """Planes of the part, scaled, in 8 bits."""
        return [self._scaled_part(plane) for plane in self.whole_levels]

    @property
    def whole_levels(self) -> list[U8]:
        """Planes of the whole frame in its own size, in 8 bits."""
        return [_in_8_bits(self._upright_plane(k), plane.depth) for k, plane in enumerate(self.stored)]

    @cached_property
    def level_cells(self) -> list[F32]:
        """Cell means of `levels`. Those of chroma are taken of its own samples, where cells hold whole ones."""
        side, part = self._parameters.cell_side, self.part
        own_size = (self.frame.width, self.frame.height)
        is_as_stored = not self._rotation and self._warp is None and self._size == own_size
        stored = self.stored if is_as_stored and all(plane.divides(part, side) for plane in self.stored) else None
        if stored is None:
            return [cell_means(plane, side) for plane in self.levels]
        return [
            self.cells
            if plane.is_luma
            else cell_means(_in_8_bits(plane.part(part, side), plane.depth), side // plane.down, side // plane.across)
            for plane in stored
        ]

    @property
    def part(self) -> Rect:
        """What is compared of the scaled frame."""
        return Rect(0, 0, *self._size) if self._part is None else self._part

    def sample_plane(self, k: int) -> Plane:
        """Plane k of the part as decoded, not scaled: comparable only where `size` is the frame's own."""
        return crop(self._upright_plane(k), self.part)

    def _upright_plane(self, k: int) -> Plane:
        return np.rot90(self.stored[k].at_full_size(self.frame), self._rotation // 90)

    @cached_property
    def stored(self) -> list[StoredPlane]:
        return stored_planes(self.frame)

    def _scaled_part(self, plane: U8) -> U8:
        if self._warp is not None:
            return warp_plane(plane, self._warp, self.part)
        scaled = scale(plane, self._size)
        return scaled if self._part is None else crop(scaled, self._part)


def have_equal_samples(a: Picture, b: Picture, mask: Mask | None = None) -> bool:
    """Whether all samples as decoded are equal, or those where the mask is True. False if none are comparable.

    Planes are compared one after another: in lossy outputs the first one tells.
    """
    count = len(a.stored)
    return 0 < count == len(b.stored) and all(
        _is_equal(a.sample_plane(k), b.sample_plane(k), mask) for k in range(count)
    )


def are_equal(a: Sequence[Plane], b: Sequence[Plane], mask: Mask) -> bool:
    """Whether all samples of all planes where the mask is True are equal. False if there are no planes."""
    return len(a) == len(b) > 0 and all(_is_equal(*planes, mask) for planes in zip(a, b, strict=True))


def _is_equal(a: Plane, b: Plane, mask: Mask | None) -> bool:
    """A few rows are looked at first: where pictures differ, they mostly do there."""
    if a.shape != b.shape:
        return False
    for rows in (slice(None, None, FIRST_ROWS_STEP), slice(None)):
        differs = a[rows] != b[rows]
        if (differs if mask is None else differs & mask[rows]).any():
            return False
    return True


def has_altered_levels(
    output: Picture, source: Picture, parameters: VerificationParameters, cell_mask: Mask | None = None
) -> bool:
    """Whether a plane of the output is off as a whole, or in large parts. False if the planes are not comparable.

    cell_mask   cells that are compared
    """
    if not have_comparable_planes(output.frame, source.frame):
        return False
    planes = zip(output.level_cells, source.level_cells, strict=True)
    return any(are_levels_off(a, b, parameters, cell_mask) for a, b in planes)


def have_comparable_planes(a: VideoFrame, b: VideoFrame) -> bool:
    """Whether both are RGB or both are not, with as many planes."""
    return a.format.is_rgb == b.format.is_rgb and len(_comparable_components(a)) == len(_comparable_components(b))


def are_levels_off(a: F32, b: F32, parameters: VerificationParameters, cell_mask: Mask | None) -> bool:
    """Whether the median difference of the cells is large, or the share of cells that differ grossly is."""
    within = None if cell_mask is None else cell_mask.view(np.uint8)
    least = min(parameters.most_median_shift, parameters.gross_difference)
    if a.size and cv2.norm(a, b, cv2.NORM_INF, within) <= least:
        return False
    difference = a - b if cell_mask is None else (a - b)[cell_mask]
    if not difference.size:
        return False
    gross = np.count_nonzero(np.abs(difference) > parameters.gross_difference)
    if gross / difference.size > parameters.most_gross_cells:
        return True
    shift, half = parameters.most_median_shift, difference.size // 2
    can_be_shifted = any(np.count_nonzero(side > shift) >= half for side in (difference, -difference))
    return can_be_shifted and bool(abs(np.median(difference)) > shift)  # sorting takes longer than counting


def mean_squared_error(output: U8, source: U8, shift: tuple[int, int], mask: Mask | None = None) -> float:
    """Squared grey levels between the output and the source moved by `shift` px (y, x), 1 px at the edges left out.

    mask   bool [output]   px that are compared; None: all
    Of high pictures only every few rows count: a shift shows in any.
    """
    y, x = shift
    height, width = output.shape
    step = max(1, height // LEAST_SHIFTED_ROWS)
    inner = output[1 : height - 1 : step, 1 : width - 1]
    shifted = source[1 + y : height - 1 + y : step, 1 + x : width - 1 + x]
    if not inner.size:
        return 0.0
    if mask is None:
        return cv2.norm(inner, shifted, cv2.NORM_L2SQR) / inner.size
    compared = np.ascontiguousarray(mask[1 : height - 1 : step, 1 : width - 1]).view(np.uint8)
    return cv2.norm(inner, shifted, cv2.NORM_L2SQR, compared) / max(int(compared.sum()), 1)


def _in_8_bits(plane: Plane, depth: int) -> U8:
    return plane.view(np.uint8) if depth == 8 else (plane >> (depth - 8)).astype(np.uint8)


def _comparable_components(frame: VideoFrame) -> list[VideoFormatComponent]:
    """Components of the planes but alpha; none in depths that numpy lacks."""
    form = to_planar(frame).format
    if form.is_big_endian or any(component.bits not in COMPARABLE_DEPTHS for component in form.components):
        return []
    return [component for component in form.components if not component.is_alpha]


def scale(plane: U8, size: tuple[int, int]) -> U8:
    """Scaled to width and height: area means if that is narrower, else bicubic."""
    if (plane.shape[1], plane.shape[0]) == size:
        return plane
    method = cv2.INTER_AREA if size[0] < plane.shape[1] else cv2.INTER_CUBIC
    return cv2.resize(plane, size, interpolation=method)  # type: ignore[return-value]


def warp_within(rect: FloatRect, corner: tuple[int, int], size: tuple[int, int]) -> Warp | None:
    """To a rectangle, its place counted from a corner; None where it fills a picture of that size from there on."""
    x, y, width, height = rect
    left, top = x - corner[0], y - corner[1]
    if (left, top, width, height) == (0, 0, *size):
        return None
    near = max(round(width), 1), max(round(height), 1)  # the rest is less than a px, for which no area has to be taken
    across, down = width / near[0], height / near[1]
    matrix = np.array([[across, 0, left + across / 2 - 0.5], [0, down, top + down / 2 - 0.5]])
    return Warp(near, matrix)


def warp_plane(plane: U8, warp: Warp, part: Rect) -> U8:
    """A part of a picture to which a plane is moved, bicubic; its edges go on around it."""
    matrix = warp.matrix - [[0, 0, part.x], [0, 0, part.y]]
    return cv2.warpAffine(  # type: ignore[return-value]
        scale(plane, warp.size),
        matrix,
        (part.width, part.height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )


def crop(plane: NDArray[_T], part: Rect) -> NDArray[_T]:
    return plane[part.y : part.y + part.height, part.x : part.x + part.width]


def cell_means(plane: U8, height: int, width: int | None = None) -> F32:
    """f32 [rows, columns]: means over cells; what is left at the right and bottom edge is left out.

    height, width   of a cell, px; without a width it is a square
    Measured on 1920x1080, cells of 4 px: 0.5 ms, by cv2.resize of floats 2.8 ms.

    >>> cell_means(np.array([[0, 2, 9], [4, 6, 9]], np.uint8), 2).tolist()
    [[3.0]]
    """
    width = height if width is None else width
    inside = plane[: plane.shape[0] // height * height, : plane.shape[1] // width * width]
    kind = np.uint16 if height * width <= MAX_CELL_OF_16_BITS else np.uint32
    sums = _sums_of([inside[k::height] for k in range(height)], kind)
    sums = _sums_of([sums[:, k::width] for k in range(width)], kind)
    return sums * np.float32(1 / (height * width))


def _sums_of(planes: Sequence[Plane], kind: type[np.unsignedinteger[Any]]) -> Plane:
    if len(planes) == 1:
        return planes[0].astype(kind)
    sums: Plane = np.add(planes[0], planes[1], dtype=kind)
    for plane in planes[2:]:
        np.add(sums, plane, out=sums)
    return sums


def cells_inside(mask: Mask, side: int) -> Mask:
    """Cells of which all pixels are in the mask."""
    inside: Mask = cell_means(mask.view(np.uint8), side) == 1
    return inside

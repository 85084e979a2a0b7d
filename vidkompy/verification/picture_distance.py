"""Distances between pictures: equality of samples, shifts of levels, and which of several pictures is nearest.

Levels and rivals are compared by means over square cells: encoders repeat an older frame's noise and skip invisible
changes, so frames that differ only in these are not told apart.
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
from vidkompy.model import F32, U8, Mask
from vidkompy.verification.parameters import VerificationParameters

COMPARABLE_DEPTHS = (8, 9, 10, 12, 14, 16)  # bits of a sample that numpy has integers for

_T = TypeVar("_T", bound=np.generic)
Plane = NDArray[np.unsignedinteger[Any]]


class Picture:
    """A frame upright, scaled to another size, and of that a part; each measure of it is taken once.

    frame      as decoded
    rotation   degrees counter-clockwise that turn it upright
    size       width and height that it is scaled to
    part       of the scaled frame; None: all of it
    """

    def __init__(
        self,
        frame: VideoFrame,
        rotation: int,
        size: tuple[int, int],
        part: Rect | None,
        parameters: VerificationParameters,
    ):
        self.frame = frame
        self._rotation, self._size, self._part, self._parameters = rotation, size, part, parameters

    @cached_property
    def luma(self) -> U8:
        return self._scaled_part(luma_of(self.frame, self._rotation))

    @cached_property
    def cells(self) -> F32:
        return cell_means(self.luma, self._parameters.cell_side)

    @cached_property
    def samples(self) -> list[Plane]:
        """Planes of the part as decoded, not scaled: comparable only where `size` is the frame's own."""
        return self._upright if self._part is None else [crop(plane, self._part) for plane in self._upright]

    @cached_property
    def levels(self) -> list[U8]:
        """Planes of the part, scaled, in 8 bits."""
        return [self._scaled_part(plane) for plane in self.whole_levels]

    @property
    def whole_levels(self) -> list[U8]:
        """Planes of the whole frame in its own size, in 8 bits."""
        depths = (component.bits for component in _comparable_components(self.frame))
        return [
            plane.view(np.uint8) if depth == 8 else (plane >> (depth - 8)).astype(np.uint8)
            for plane, depth in zip(self._upright, depths, strict=True)
        ]

    @cached_property
    def level_cells(self) -> list[F32]:
        return [cell_means(plane, self._parameters.cell_side) for plane in self.levels]

    @cached_property
    def _upright(self) -> list[Plane]:
        return planes_at_full_size(self.frame, self._rotation)

    def _scaled_part(self, plane: U8) -> U8:
        scaled = scale(plane, self._size)
        return scaled if self._part is None else crop(scaled, self._part)


def are_equal(a: Sequence[Plane], b: Sequence[Plane], mask: Mask | None = None) -> bool:
    """Whether all samples of all planes are equal, or those where the mask is True. False if there are no planes."""

    def is_equal(one: Plane, other: Plane) -> bool:
        if mask is None:
            return np.array_equal(one, other)
        return one.shape == other.shape and not ((one != other) & mask).any()

    return len(a) == len(b) > 0 and all(is_equal(*planes) for planes in zip(a, b, strict=True))


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
    difference = a - b if cell_mask is None else (a - b)[cell_mask]
    if not difference.size:
        return False
    is_shifted = abs(np.median(difference)) > parameters.most_median_shift
    gross_share = (np.abs(difference) > parameters.gross_difference).mean()
    return bool(is_shifted or gross_share > parameters.most_gross_cells)


def is_nearest(
    output: F32, neighbours: dict[int, F32], parameters: VerificationParameters, cell_mask: Mask | None = None
) -> bool:
    """Whether the source frame at distance 0 is the nearest one to the output, or none is visibly nearer.

    output       f32 [rows, columns]   cell means
    neighbours   the same of source frames by their distance in time
    cell_mask    cells that are compared
    """
    expected = neighbours[0]
    rivals = (cells for distance, cells in neighbours.items() if distance)
    return not any(is_visibly_nearer(output, rival, expected, parameters, cell_mask) for rival in rivals)


def is_visibly_nearer(
    output: F32,
    rival: F32,
    expected: F32,
    parameters: VerificationParameters,
    cell_mask: Mask | None = None,
    error_ratio: float = 1.0,
    least_share: float = 0.0,
) -> bool:
    """Whether `rival` visibly differs from `expected`, and is nearer to `output` in the cells where it does.

    error_ratio   of the squared error of `rival` to that of `expected`, which it has to stay below
    least_share   of the cells that are compared, that have to differ
    """
    differs = np.abs(rival - expected) >= parameters.visible_difference
    compared = differs.size
    if cell_mask is not None:
        differs &= cell_mask
        compared = int(cell_mask.sum())
    rival_error = np.square((output - rival)[differs]).sum()
    expected_error = np.square((output - expected)[differs]).sum()
    is_visible = differs.sum() >= max(parameters.least_visible_cells, least_share * compared)
    return bool(is_visible and rival_error < error_ratio * expected_error)


def mean_squared_error(output: U8, source: U8, shift: tuple[int, int], mask: Mask | None = None) -> float:
    """Squared grey levels between the output and the source moved by `shift` px (y, x), 1 px at the edges left out.

    mask   bool [output]   px that are compared; None: all
    """
    y, x = shift
    height, width = output.shape
    inner = output[1 : height - 1, 1 : width - 1]
    shifted = source[1 + y : height - 1 + y, 1 + x : width - 1 + x]
    if not inner.size:
        return 0.0
    if mask is None:
        return cv2.norm(inner, shifted, cv2.NORM_L2SQR) / inner.size
    compared = np.ascontiguousarray(mask[1 : height - 1, 1 : width - 1]).view(np.uint8)
    return cv2.norm(inner, shifted, cv2.NORM_L2SQR, compared) / max(int(compared.sum()), 1)


def planes_at_full_size(frame: VideoFrame, rotation: int = 0) -> list[Plane]:
    """Planes but alpha, chroma samples repeated over their pixels; none in depths that numpy lacks."""
    frame = to_planar(frame)
    planes: list[Plane] = []
    for component, plane in zip(_comparable_components(frame), frame.planes, strict=False):  # alpha is last
        kind = np.dtype(np.uint16 if component.bits > 8 else np.uint8)
        raw = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // kind.itemsize)
        samples: Plane = raw[: component.height, : component.width]
        across, down = -(-frame.width // component.width), -(-frame.height // component.height)
        if (across, down) != (1, 1):
            size = (component.width * across, component.height * down)
            samples = cv2.resize(samples, size, interpolation=cv2.INTER_NEAREST)  # type: ignore[assignment] # repeats
        planes.append(np.rot90(samples[: frame.height, : frame.width], rotation // 90))
    return planes


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


def crop(plane: NDArray[_T], part: Rect) -> NDArray[_T]:
    return plane[part.y : part.y + part.height, part.x : part.x + part.width]


def cell_means(plane: U8, side: int) -> F32:
    """f32 [height // side, width // side]: means over cells; what is left at the right and bottom edge is left out.

    >>> cell_means(np.array([[0, 2, 9], [4, 6, 9]], np.uint8), 2).tolist()
    [[3.0]]
    """
    height, width = plane.shape[0] // side * side, plane.shape[1] // side * side
    rows = sum(
        (plane[k:height:side, :width] for k in range(1, side)), start=plane[:height:side, :width].astype(np.uint16)
    )
    sums = sum((rows[:, k::side] for k in range(1, side)), start=rows[:, ::side])
    return sums * np.float32(1 / side**2)


def cells_inside(mask: Mask, side: int) -> Mask:
    """Cells of which all pixels are in the mask."""
    inside: Mask = cell_means(mask.view(np.uint8), side) == 1
    return inside

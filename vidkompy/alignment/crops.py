"""Proxies + Placement -> Features: one small crop of luma per frame, FG and BG on the same grid.

The grid lies on FG's content, as far as that is on the canvas; each of its cells is the mean of an area of the frame.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.parameters import CropParameters
from vidkompy.errors import NoMatch
from vidkompy.media.ignored_area import compared_cells
from vidkompy.media.proxies import Proxies
from vidkompy.media.scratch_arrays import FRAMES_OF_FLOATS, each_block, scratch_array, taken
from vidkompy.model import F32, F64, I64, U8, Box, Clip, Placement
from vidkompy.numerics.comparison_kernels import area_means
from vidkompy.numerics.correlation import unit_rows
from vidkompy.records import Record

KNOWN_DIGITS = 3  # decimals of FG px in which areas differ
KnownGrids = dict[tuple[Box, tuple[int, int]], U8]  # luma of one clip's crops, by area and size


class Features(Record, eq=False):
    """What an engine compares: a small crop of luma of each frame of one clip, and the cells of it that count.

    luma            u8 [n, h, w]   means over the grid's cells: of FG, or of BG at FG's place
    mask            bool [h, w]    cells that count; the same for FG and BG
    pitch           FG px per cell
    has_bg_beyond   left, top, right, bottom: whether that edge of the grid has BG beyond it
    times           f64 [n]   s, when each frame is shown; None: at regular intervals
    weights         f32 [h, w]   how much each cell counts in `rows`, in the mean 1; None: all alike
    """

    luma: U8
    mask: NDArray[np.bool_]
    pitch: float = 1.0
    has_bg_beyond: tuple[bool, bool, bool, bool] = (True, True, True, True)
    times: F64 | None = None
    weights: F32 | None = None

    def __len__(self) -> int:
        return len(self.luma)

    def rows(self, frames: slice | I64) -> F32:
        """f32 [k, counted cells], not to be written: unit rows of these frames; products of FG's and BG's are ZNCCs."""
        return self._all_rows[frames] if len(self) <= FRAMES_OF_FLOATS else self._made_rows(frames)

    @cached_property
    def _all_rows(self) -> F32:
        return self._made_rows(slice(None))

    def _made_rows(self, frames: slice | I64) -> F32:
        weights = None if self.weights is None else self.weights[self.mask]
        return unit_rows(taken(self.luma, frames)[:, self.mask], weights)


def crop_features(
    fg: Proxies,
    bg: Proxies,
    placement: Placement,
    box: Box,
    side: int,
    parameters: CropParameters = CropParameters(),
    fg_grids: KnownGrids | None = None,
) -> tuple[Features, Features]:
    """Features of FG, and of BG at its place; cells that show some of what is ignored do not count.

    box    FG's content, FG px
    fg_grids   what other places of the same FG took of it: those of this one are added
    side   cells of the grid's longer side; fewer where neither clip's proxies hold as many: enlarged pictures tell no
           more and fill memory
    """
    scale_x, scale_y = placement.width / fg.clip.width, placement.height / fg.clip.height  # canvas px per FG px
    x0, x1 = max(box[0] * scale_x + placement.x, 0), min(box[2] * scale_x + placement.x, bg.clip.width)
    y0, y1 = max(box[1] * scale_y + placement.y, 0), min(box[3] * scale_y + placement.y, bg.clip.height)
    fg_width, fg_height = (x1 - x0) / scale_x, (y1 - y0) / scale_y  # of the visible content, FG px
    proxy_cells = max(max(x1 - x0, y1 - y0) / bg.small_factor, max(fg_width, fg_height) / fg.small_factor)
    long_side = min(side, max(parameters.least_long_side, round(proxy_cells)))
    pitch = max(fg_width, fg_height) / long_side
    least_side = parameters.least_side
    size = max(least_side, round(fg_width / pitch)), max(least_side, round(fg_height / pitch))
    fg_area = (
        (x0 - placement.x) / scale_x,
        (y0 - placement.y) / scale_y,
        (x1 - placement.x) / scale_x,
        (y1 - placement.y) / scale_y,
    )
    leak = fg.small_factor / pitch  # cells that one proxy px at the edge of what is ignored reaches into
    mask = compared_cells(fg.ignored, fg_area, (size[1], size[0]), leak)
    has_bg_beyond = (x0 > 0, y0 > 0, x1 < bg.clip.width, y1 < bg.clip.height)
    lumas = _known_grid(fg, fg_area, size, {} if fg_grids is None else fg_grids), _grid(bg, (x0, y0, x1, y1), size)
    fg_features, bg_features = (
        Features(luma, mask, pitch, has_bg_beyond, _irregular_times(clip.clip))
        for luma, clip in zip(lumas, (fg, bg), strict=True)
    )
    return fg_features, bg_features


def check_counted_cells(features: Features, parameters: CropParameters = CropParameters()) -> None:
    """Raises NoMatch where what is ignored leaves too few cells of FG's visible content to tell frames apart."""
    counted, cells = int(features.mask.sum()), features.mask.size
    if counted < parameters.least_counted:
        raise NoMatch(
            f"{cells - counted} of {cells} cells of FG that lie on the canvas are ignored, at least "
            f"{parameters.least_counted} are needed to tell frames apart; ignore less of FG"
        )


def _irregular_times(clip: Clip) -> F64 | None:
    """f64 [n]: s, when each frame of a clip is shown; None where a steady rate tells as much."""
    times = (clip.pts - clip.pts[0]) * float(clip.time_base)
    steady = np.arange(len(times)) * float(np.median(np.diff(times))) if len(times) > 1 else times
    return times if np.abs(times - steady).max() > steady[-1] / max(len(times) - 1, 1) else None


def _known_grid(clip: Proxies, area: Box, size: tuple[int, int], known: KnownGrids) -> U8:
    """As `_grid`, made once for areas that are alike but for rounding errors."""
    left, top, right, bottom = (round(edge, KNOWN_DIGITS) for edge in area)
    key = (left, top, right, bottom), size
    if key not in known:
        known[key] = _grid(clip, area, size)
    return known[key]


def _grid(clip: Proxies, area: Box, size: tuple[int, int]) -> U8:
    """u8 [n, h, w]: means over the cells of a grid laid on `area`, frame px.

    Bilinear samples, `oversampling` x `oversampling` of them in a cell and at most one proxy px apart, then exact
    means of areas.
    """
    width, height = size
    x0, y0, x1, y1 = (v / clip.small_factor for v in area)
    oversampling = max(1, int(np.ceil(max((x1 - x0) / width, (y1 - y0) / height))))
    _, rows, columns = clip.small.shape
    shares = *_shares(y0, y1, height, rows, oversampling), *_shares(x0, x1, width, columns, oversampling)
    out, line = scratch_array((len(clip.small), height, width)), np.empty(columns, np.float32)
    for block in each_block(clip.small, out):
        area_means(clip.small[block], *shares, line, out[block])
    return out


def _shares(start: float, stop: float, cells: int, length: int, oversampling: int) -> tuple[I64, F32]:
    """i64 [cells], f32 [cells, k]: the first px that each cell shows some of, and shares of it and the next ones.

    Each of `oversampling` samples of a cell is a value between two px; beyond the ends it is that of the px there.
    """
    samples = cells * oversampling
    at = np.clip(start + (np.arange(samples) + 0.5) * (stop - start) / samples - 0.5, 0, length - 1)
    low = np.minimum(at.astype(np.int64), max(length - 2, 0))
    of_cell = np.arange(samples) // oversampling
    first = np.minimum.reduceat(low, np.arange(0, samples, oversampling))
    span = int((low - first[of_cell]).max()) + 2
    first = np.minimum(first, max(length - span, 0))
    shares = np.zeros((cells, span), np.float32)
    part = at - low
    for px, share in ((low, 1 - part), (np.minimum(low + 1, length - 1), part)):
        np.add.at(shares, (of_cell, px - first[of_cell]), share / oversampling)
    return first, np.ascontiguousarray(shares[:, :length])

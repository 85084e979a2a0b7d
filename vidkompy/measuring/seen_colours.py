"""Colours of FG and of BG below it, as means over the cells of one grid, from small copies of matched frames."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vidkompy.colour_matching.colour_pairs import ColourPairs
from vidkompy.colour_matching.parameters import ColourPairParameters
from vidkompy.colour_matching.ycbcr import known_matrix, rgb_of
from vidkompy.measuring.pair_weights import pair_weights
from vidkompy.media.copy_levels import cut_off_level, is_full_range, matrix_of_copies
from vidkompy.media.ignored_area import compared_cells
from vidkompy.media.proxies import Proxies
from vidkompy.model import F64, U8, Box, Placement


class _SeenCells(NamedTuple):
    """f64 [rows, columns, 3]: colours of the cells; f64 [rows, columns]: their luma, and the variance within them.

    Luma is in grey levels, variance is that of luma and chroma.
    """

    rgb: F64
    luma: F64
    variance: F64


def frame_pairs(
    fg: Proxies, bg: Proxies, i: int, j: int, box: Box, at: Placement, parameters: ColourPairParameters
) -> ColourPairs | None:
    """Pairs of FG frame i and BG frame j; None where too little of FG lies on the canvas.

    box   FG px: FG without its bars
    at    FG's place on the canvas in that frame
    """
    grid = _grid(fg, bg, box, at)
    if grid is None:
        return None
    xs, ys = grid  # canvas px
    scale_x, scale_y = at.width / fg.clip.width, at.height / fg.clip.height
    fg_xs, fg_ys = (xs - at.x) / scale_x, (ys - at.y) / scale_y
    matrix = matrix_of_copies(fg.clip), matrix_of_copies(bg.clip)  # who says nothing has the other's
    seen_fg = _seen_cells(fg, i, fg_xs, fg_ys, matrix)
    seen_bg = _seen_cells(bg, j, xs, ys, matrix[::-1])
    weights = pair_weights(seen_fg.luma, seen_bg.luma, seen_fg.variance, seen_bg.variance, parameters)
    if fg.ignored:
        inside = (fg_xs[0], fg_ys[0], fg_xs[-1], fg_ys[-1])
        weights = weights * compared_cells(fg.ignored, inside, weights.shape)
    rim = parameters.rim_cells if min(weights.shape) > 4 * parameters.rim_cells else 0
    inner = np.s_[rim : weights.shape[0] - rim, rim : weights.shape[1] - rim]
    counts = weights[inner] > 0
    return ColourPairs(seen_bg.rgb[inner][counts], seen_fg.rgb[inner][counts], weights[inner][counts])


def _grid(fg: Proxies, bg: Proxies, box: Box, at: Placement) -> tuple[F64, F64] | None:
    """Edges of the cells across and down, canvas px: as fine as both clips' copies of chroma are."""
    edges = []
    for low, high, start, length, fg_length, bg_length in (
        (box[0], box[2], at.x, at.width, fg.clip.width, bg.clip.width),
        (box[1], box[3], at.y, at.height, fg.clip.height, bg.clip.height),
    ):
        scale = length / fg_length
        first, last = max(start + low * scale, 0.0), min(start + high * scale, float(bg_length))
        cell = max(fg.chroma_factor * scale, bg.chroma_factor)
        if last - first < cell:
            return None
        edges.append(np.linspace(first, last, int((last - first) / cell) + 1))
    return edges[0], edges[1]


def _seen_cells(clip: Proxies, i: int, xs: F64, ys: F64, matrices: tuple[str, str]) -> _SeenCells:
    """Of frame i. xs, ys: edges, frame px."""
    luma, factor = clip.small_copy(i).astype(np.float32), clip.small_factor
    columns, rows = (
        _overlaps(edges / factor, length).astype(np.float32)
        for edges, length in zip((xs, ys), luma.shape[::-1], strict=True)
    )
    mean = (rows @ luma @ columns.T).astype(np.float64)
    variance = np.maximum(rows @ luma**2 @ columns.T - mean**2, 0)
    chroma: U8 = clip.chroma[i // clip.chroma_step]
    height, width = chroma.shape[1:]
    across, down = _overlaps(xs / clip.chroma_factor, width), _overlaps(ys / clip.chroma_factor, height)
    cb, cr = (down @ plane.astype(np.float64) @ across.T for plane in chroma)
    for plane in (cb, cr):
        variance = variance + sum(slope**2 for slope in _slopes(plane))
    cut_off = cut_off_level(clip.clip)
    samples = mean + cut_off, cb + cut_off, cr + cut_off
    rgb = rgb_of(*samples, known_matrix(*matrices), is_full_range(clip.clip))
    return _SeenCells(rgb, mean, variance)


def _overlaps(edges: F64, length: int) -> F64:
    """f64 [cells, length], not to be written: which share of a cell each sample is.

    Samples beyond the ends are those at the ends.
    """
    return _overlaps_of(edges.tobytes(), length)


@lru_cache  # while FG stands, all frames have the same cells
def _overlaps_of(edges: bytes, length: int) -> F64:
    inside = np.clip(np.frombuffer(edges), 0, length)
    low = np.minimum(inside[:-1], length - 1e-6)
    high = np.maximum(inside[1:], low + 1e-6)
    at = np.arange(length)
    shares = np.maximum(np.minimum(high[:, None], at + 1) - np.maximum(low[:, None], at), 0)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _slopes(plane: F64) -> list[F64]:
    return [np.gradient(plane, axis=axis) for axis in (0, 1) if plane.shape[axis] > 1]

"""What placements are compared by: misfits of frame pairs, 1 - ZNCC, plain or robust to altered parts of FG.

The coarse fit correlates all FG samples with all BG frames (`zncc_matrix`). The fine fit compares each FG frame with
its BG frame and those around it, and takes the best of them (`misfits`): a place is judged at its own times.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.media.scratch_arrays import FRAMES_OF_FLOATS
from vidkompy.model import F32, F64, I64, U8, Box, Mask
from vidkompy.numerics.comparison_kernels import MOMENTS, bilinear_taps, block_moments, sample_pixels
from vidkompy.numerics.correlation import (
    block_of_pixels,
    column_correlation,
    moments_correlation,
    robust_correlation,
    robust_moments_correlation,
    sparse_rows,
)
from vidkompy.numerics.parabola import vertex_of_parabola
from vidkompy.placement.boxes import whole_px
from vidkompy.placement.frame_pairs import FramePairs, offsets_by_distance
from vidkompy.placement.objective_parameters import ObjectiveParameters
from vidkompy.placement.transforms import visible_pixels

FRAMES_AT_REACH_1 = 3  # a BG frame, the one before it and the one after: the best of so few is not interpolated


def zncc_matrix(
    fg: Sequence[U8],
    bg: Sequence[U8],
    q: F64,
    box: Box,
    robust: bool,
    parameters: ObjectiveParameters,
    compared: Mask | None = None,
) -> F32 | None:
    """f32 [n_fg, n_bg]: ZNCC of every pair on the common area; None if less than `least_overlap` is on the canvas.

    q, box     transform and content box in px of these views
    robust     see `robust_correlation`
    compared   bool [FG view]   pixels that count; None: all
    """
    shape = fg[0].shape
    mask = visible_pixels(q, shape, bg[0].shape, box, parameters.edge, compared)
    if mask.sum() < parameters.least_overlap * _content_px(box, compared) or not mask.any():
        return None
    rows, columns = np.nonzero(mask)
    fg_pixels, scores = np.stack(fg)[:, rows, columns], np.empty((len(fg), len(bg)), np.float32)
    for first in range(0, len(bg), FRAMES_OF_FLOATS):
        part = slice(first, first + FRAMES_OF_FLOATS)
        by_pixel = np.asarray(cv2.transpose(np.stack(bg[part]).reshape(len(bg[part]), -1)), np.uint8)
        bg_pixels = np.empty((len(rows), by_pixel.shape[1]), np.float32)
        sample_pixels(by_pixel, *bg[0].shape, q, rows.astype(np.int32), columns.astype(np.int32), bg_pixels)
        scores[:, part] = _correlation(fg_pixels, bg_pixels, rows, columns, robust, parameters)
    return scores


def _content_px(box: Box, compared: Mask | None) -> float:
    """Px of a view that show content, without those that do not count."""
    if compared is None:
        return (box[2] - box[0]) * (box[3] - box[1])
    x0, y0, x1, y1 = whole_px(box)
    return float(compared[y0:y1, x0:x1].sum())


def mean_misfit(frames: FramePairs, q: F64, robust: bool = False) -> float:
    """Mean over the pairs of `misfits`; infinite where too little of FG is on the canvas."""
    misfit = misfits(frames, q, robust)
    return float("inf") if misfit is None else float(np.mean(misfit))


def mean_misfits(frames: FramePairs, places: Sequence[F64], robust: bool = False) -> list[float]:
    """`mean_misfit` at several places, for which each picture is read but once."""
    _measure_moments(frames, places)
    return [mean_misfit(frames, q, robust) for q in places]


def misfits(frames: FramePairs, q: F64, robust: bool = False) -> F32 | None:
    """f32 [pairs]: 1 - ZNCC at `q`, frame px, with the best of each pair's nearby BG frames.

    On strongly textured pixels; None where fewer than `least_pixels` of them are on the canvas.
    """
    scores = _nearby_scores(frames, q, robust)
    return None if scores is None else 1 - _best_in_time(scores)


def best_nearby_frames(frames: FramePairs, q: F64) -> list[int]:
    """The nearby BG frame of each pair that fits best at `q`, frame px; its own if too little of FG is visible."""
    scores = _nearby_scores(frames, q, robust=False)
    best = [0] * len(frames.pairs) if scores is None else scores.argmax(axis=1)
    return [frames.bg_frames[nearby[k]] for nearby, k in zip(frames.nearby, best, strict=True)]


def _best_in_time(scores: F32) -> F32:
    """f32 [pairs]: highest score of each pair; where more than FRAMES_AT_REACH_1 are compared, between frames too.

    scores   f32 [pairs, frames]   nearest frames first
    Along a pan the best score as a function of the place has a ripple with the period of a frame's motion, in which a
    pattern search gets stuck. The vertex of the parabola through the best frame's score and its neighbours' has none.
    """
    best: F32 = scores.max(axis=1)
    if scores.shape[1] <= FRAMES_AT_REACH_1:
        return best
    in_time = scores[:, np.argsort(offsets_by_distance(scores.shape[1] // 2))]
    at, pair = np.clip(in_time.argmax(axis=1), 1, in_time.shape[1] - 2), np.arange(len(best))
    before, here, after = (in_time[pair, at + d] for d in (-1, 0, 1))
    return np.asarray(np.maximum(best, vertex_of_parabola(before, here, after)), np.float32)


def _nearby_scores(frames: FramePairs, q: F64, robust: bool) -> F32 | None:
    """f32 [pairs, frames]: ZNCC with each pair's nearby BG frames, nearest first; None if too little is visible."""
    moments, parameters = _nearby_moments(frames, q), frames.objective
    if moments is None:
        return None
    if not robust:
        return np.stack([moments_correlation(sums) for sums in moments])
    shares = parameters.ignored_share, parameters.sparse_share
    return np.stack([robust_moments_correlation(sums, *shares) for sums in moments])


def _nearby_moments(frames: FramePairs, q: F64) -> F64 | None:
    """f64 [pairs, frames, blocks, MOMENTS], remembered: a place is compared plainly and robustly, and its times are."""
    _measure_moments(frames, [q])
    return frames.moments[q.tobytes()]


def _measure_moments(frames: FramePairs, places: Sequence[F64]) -> None:
    """Fill in `frames.moments` at these places, frame px: none where fewer than `least_pixels` pixels are visible."""
    missing = {q.tobytes(): frames.to_view(q) for q in places if q.tobytes() not in frames.moments}
    frames.moments.update(dict.fromkeys(missing))
    sampled = {key: samples for key, view in missing.items() if (samples := _bg_samples(frames, view)) is not None}
    if not sampled:
        return
    rows, columns, *taps, counts = map(np.concatenate, zip(*sampled.values(), strict=True))
    ends, width = np.cumsum(counts), frames.views.bg_shape[1]
    moments = np.empty((len(frames.pairs), len(frames.nearby[0]), len(ends), MOMENTS))
    for fg_view, nearby, sums in zip(frames.views.fg, frames.nearby, moments, strict=True):
        fg = fg_view[rows, columns]
        for n, j in enumerate(nearby):
            block_moments(fg, frames.views.bg(j).reshape(-1), width, *taps, ends, sums[n])
    parts = np.split(moments, np.cumsum([len(samples.counts) for samples in sampled.values()])[:-1], axis=2)
    frames.moments.update(zip(sampled, parts, strict=True))


class _BgSamples(NamedTuple):
    """Textured pixels of FG, block by block, and where they lie on BG: see `bilinear_taps`.

    counts   i64 [blocks]   pixels of each
    """

    rows: I64
    columns: I64
    first: NDArray[np.int32]
    across: F32
    down: F32
    counts: I64


def _bg_samples(frames: FramePairs, view: F64) -> _BgSamples | None:
    """The pixels that are compared at a transform in view px; None where too few are visible."""
    parameters = frames.objective
    rows, columns = np.nonzero(frames.visible(view) & frames.strong)
    if len(rows) < parameters.least_pixels:
        return None
    is_few = len(frames.nearby[0]) <= FRAMES_AT_REACH_1
    most = parameters.most_pixels if is_few else parameters.most_pixels_in_time
    chosen = slice(None, None, max(1, len(rows) // most))
    rows, columns = rows[chosen], columns[chosen]
    block = block_of_pixels(rows, columns, parameters.blocks).astype(np.uint8)
    by_block, counts = np.argsort(block, kind="stable"), np.bincount(block)
    rows, columns = rows[by_block], columns[by_block]
    taps = np.empty(len(rows), np.int32), np.empty(len(rows), np.float32), np.empty(len(rows), np.float32)
    bilinear_taps(view, rows.astype(np.int32), columns.astype(np.int32), *frames.views.bg_shape, *taps)
    return _BgSamples(rows, columns, *taps, counts[counts > 0])


def _correlation(
    a: NDArray[np.generic], b: F32, rows: I64, columns: I64, robust: bool, parameters: ObjectiveParameters
) -> F32:
    """f32 [n_a, n_b]: ZNCC of pixels that lie at these rows and columns of a view, [n_a, pixels] and [pixels, n_b].

    robust   without the parts that fit worst; where the few blocks with any detail might be those, the plain ZNCC
             counts if it is higher
    """
    if not robust:
        return column_correlation(a, b)
    trimmed = robust_correlation(a, b.T, rows, columns, parameters.blocks, parameters.ignored_share)
    is_sparse = sparse_rows(a, rows, columns, parameters.blocks, parameters.sparse_share)
    if is_sparse.any():
        trimmed[is_sparse] = np.maximum(trimmed[is_sparse], column_correlation(a[is_sparse], b))
    return trimmed

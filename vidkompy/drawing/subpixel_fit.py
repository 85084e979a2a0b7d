"""Padding by which a scaled clip lies between pixels where it should, on each axis alone.

ffmpeg's scale puts the edges of a picture on whole px. With k px of padding before the clip's n px and m behind, scaled
to N px in all, the clip begins k * N / (n + k + m) px into them: k and m are searched for so that both of its ends come
where they belong. Where the scale is near a ratio of small numbers, such as 3/2, few places can be reached so. The clip
is then scaled a little larger first, by such a ratio that the second step reaches the place.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor
from typing import NamedTuple

import numpy as np

from filtergraphs.resampling import Resampling, ResamplingStep
from vidkompy.parameters import tuned
from vidkompy.records import Record

SCALER_UNIT = 1 << 16  # swscale's steps from px to px are whole numbers of such parts


class SubpixelParameters(Record):
    tolerance: float = tuned(
        0.02,
        unit="px of the canvas that an end lies beside its place at most",
        raising="less padding; 0.3 px cost 18 dB, 0.02 px nothing beside the scaling itself",
        source="measured: tests/drawing/test_subpixel_render.py",
    )
    most_padding: int = tuned(
        64, unit="px on either side", raising="more places are reached in one step, slower", source="measured"
    )
    most_share: float = tuned(
        0.25, unit="of the clip, as padding on either side", raising="large ones grow more", source="chosen by eye"
    )
    harmless: float = tuned(
        128, unit="px of the canvas, as padding on either side", raising="small clips grow more", source="chosen by eye"
    )
    least_growth: float = tuned(
        1.04,
        unit="times the wanted size that a first step makes",
        raising="the second step costs more, and less is lost by it",
        source="measured: 1.05 to 1.3 are alike, less than 1 loses 1 dB",
    )
    most_growth: float = tuned(
        1.3, unit="times the wanted size", raising="more sizes are tried", source="as least_growth"
    )


class AxisFit(NamedTuple):
    """How a clip is scaled along one axis.

    first_after    px of padding behind it in a first step
    first_length   px of what the first step makes
    before, after  px of padding in the second step
    length         px of what that makes
    start          px at which that begins
    error          px by which an end of the clip lies beside its place at most
    """

    first_after: int
    first_length: int
    before: int
    after: int
    length: int
    start: int
    error: float


class Axis(NamedTuple):
    """One axis of what is to be fitted.

    size           px   of the clip
    start, length  px of the canvas, where it belongs
    ends           px of the canvas, first and last, between which errors count
    grid           px of the clip that share a chroma sample
    drawn_grid     px of what is drawn that do
    """

    size: int
    start: float
    length: float
    ends: tuple[float, float]
    grid: int
    drawn_grid: int


def fit_axis(axis: Axis, parameters: SubpixelParameters = SubpixelParameters()) -> AxisFit:
    """The least padding that brings both ends within the tolerance, in one step if it can be; else the least error.

    >>> fit_axis(Axis(100, 10.5, 150, (10.5, 160.5), 1, 1))
    AxisFit(first_after=0, first_length=100, before=1, after=1, length=153, start=9, error=0.001156)
    """
    best = _fit_step(axis, axis.size, 0, parameters)
    for first in _first_lengths(axis, parameters) if best.error > parameters.tolerance else ():
        fit = _fit_step(axis, first, -axis.size % axis.grid, parameters)
        if fit.error < best.error:
            best = fit
        if best.error <= parameters.tolerance:
            break
    return best


def resampling_of(size: tuple[int, int], across: AxisFit, down: AxisFit) -> Resampling:
    """Both axes as steps of one picture. size: of the clip."""
    first = ResamplingStep(0, 0, across.first_after, down.first_after, across.first_length, down.first_length)
    second = ResamplingStep(across.before, down.before, across.after, down.after, across.length, down.length)
    is_single = (first.width, first.height) == size
    return Resampling((second,) if is_single else (first, second), across.start, down.start)


def covered_span(first: float, last: float, canvas: int | None, grid: int, tolerance: float) -> tuple[int, int]:
    """Whole px between two places, and whole chroma samples but where the canvas ends.

    canvas      px that it has; None: it ends nowhere
    tolerance   px that may lack

    >>> covered_span(3.4, 20.99, 64, 2, 0.02)
    (4, 20)
    """
    start, stop = ceil((first - tolerance) / grid) * grid, floor((last + tolerance) / grid) * grid
    return start, stop if canvas is None or last + tolerance < canvas else canvas


def _first_lengths(axis: Axis, parameters: SubpixelParameters) -> Iterator[int]:
    growths = parameters.least_growth, parameters.most_growth
    least, most = (ceil(axis.length * growth / axis.grid) * axis.grid for growth in growths)
    yield from range(least, most + 1, axis.grid)


def _fit_step(axis: Axis, size: int, first_after: int, parameters: SubpixelParameters) -> AxisFit:
    """The best fit of a picture of `size` px, which the clip and first_after px behind it became."""
    clip = size * axis.size / (axis.size + first_after)  # px of the picture that the clip has
    scale = axis.length / clip
    most = min(parameters.most_padding, int(max(parameters.most_share * size, parameters.harmless / scale)))
    before, after = np.arange(most + 1)[:, None], np.arange(most + axis.grid)[None, :]
    whole = size + before + after
    length = np.maximum(np.rint(whole * scale / axis.drawn_grid), 1).astype(np.int64) * axis.drawn_grid
    start = np.rint(axis.start - before * scale) + np.zeros_like(after)
    drawn_scale = SCALER_UNIT / ((whole * SCALER_UNIT + length // 2) // length)
    errors = [np.abs(start + (before + (end - axis.start) / scale) * drawn_scale - end) for end in axis.ends]
    error = np.maximum(*errors)
    # chroma can be moved by one px against luma, and by no more
    error = np.where((whole % axis.grid == 0) & (-before % axis.grid <= 1), error, np.inf)
    is_near = error <= parameters.tolerance
    rank = np.where(is_near, before + after, np.inf) if is_near.any() else error
    i = np.unravel_index(int(rank.argmin()), rank.shape)
    k, m = int(i[0]), int(i[1])
    return AxisFit(first_after, size, k, m, int(length[i]), int(start[i]), round(float(error[i]), 6))

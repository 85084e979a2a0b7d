"""BG's frames in the colours that `--match-colours` gives them, in 8 bits: what a right output shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from av.video.frame import VideoFrame

from filtergraphs import Composition
from filtergraphs.composition import Grade
from filtergraphs.formats import depth
from vidkompy.model import F32, I64, Clip
from vidkompy.verification.expectation import COLORSPACE_OF_TAG, converter_to

LEVELS = 256  # of the frames that come out
DEEP_FORMAT, DEEP_LEVELS = "gbrp12le", 4096  # of a BG of more than 8 bits; of odd width swscale gets rgb48 wrong

_Stages = tuple[list[F32], F32, list[F32]]  # curves' tables, matrix, output curves' tables; none without them


def grader_to(composition: Composition, output: Clip) -> Callable[[VideoFrame, int], VideoFrame]:
    """Turns a frame of BG, and the index of a grade, into what lies below FG."""
    is_deep = depth(composition.bg.pix_fmt) > 8
    levels = DEEP_LEVELS if is_deep else LEVELS
    stages = [_stages(grade, levels) for grade in composition.bg_grades]
    convert = converter_to(output)
    names = composition.bg.colour_space, composition.fg.colour_space
    matrix = next((COLORSPACE_OF_TAG[name] for name in names if name in COLORSPACE_OF_TAG), None)

    def graded(frame: VideoFrame, grade: int) -> VideoFrame:
        samples = frame.to_ndarray(format=DEEP_FORMAT if is_deep else "rgb24", src_colorspace=matrix)
        values = _graded(samples.astype(np.int64), stages[grade]) * (LEVELS - 1)
        return convert(VideoFrame.from_ndarray(values.round().astype(np.uint8), format="rgb24"))

    return graded


def _stages(grade: Grade, levels: int) -> _Stages:
    return _tables(grade.curves, levels), np.array(grade.matrix, np.float32), _tables(grade.output_curves, DEEP_LEVELS)


def _graded(rgb: I64, stages: _Stages) -> F32:
    """f32 [height, width, 3] from 0 to 1. rgb: levels of the curves' tables."""
    curves, matrix, output_curves = stages
    curved = np.stack([curve[rgb[..., k]] for k, curve in enumerate(curves)], axis=-1)
    if not output_curves:
        return np.asarray(np.clip(curved @ matrix.T, 0, 1))
    roots = np.sqrt(np.clip(np.clip(curved, 0, 1) ** 2 @ matrix.T, 0, 1))
    at = (roots * (DEEP_LEVELS - 1)).round().astype(np.uint16)
    graded = np.stack([curve[at[..., k]] for k, curve in enumerate(output_curves)], axis=-1)
    return np.asarray(np.clip(graded, 0, 1))


def _tables(curves: Sequence[Sequence[tuple[float, float]]], levels: int) -> list[F32]:
    """For each channel f32 [levels]: what the curve makes of a level."""
    inputs = np.arange(levels) / (levels - 1)
    return [np.interp(inputs, *np.array(curve).T).astype(np.float32) for curve in curves]

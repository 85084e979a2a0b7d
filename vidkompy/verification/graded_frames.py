"""BG's frames in the colours that `--match-colours` gives them, as far as 8 bits tell: what a right output shows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from av.video.frame import VideoFrame

from filtergraphs import Composition
from filtergraphs.composition import Grade
from vidkompy.model import F32, U8, Clip
from vidkompy.verification.expectation import COLORSPACE_OF_TAG, converter_to

LEVELS = 256


def grader_to(composition: Composition, output: Clip) -> Callable[[VideoFrame, int], VideoFrame]:
    """Turns a frame of BG, and its index, into what lies below FG; a frame that is not drawn takes the grade before."""
    drawn = dict(zip(composition.bg_index, composition.bg_grade_of or [0] * len(composition.bg_index), strict=True))
    tables = [(_tables(grade), np.array(grade.matrix, np.float32)) for grade in composition.bg_grades]
    frames = np.array(sorted(drawn))
    grades = [drawn[int(j)] for j in frames]
    convert = converter_to(output)
    names = composition.bg.colour_space, composition.fg.colour_space
    matrix = next((COLORSPACE_OF_TAG[name] for name in names if name in COLORSPACE_OF_TAG), None)

    def graded(frame: VideoFrame, j: int) -> VideoFrame:
        at = max(int(np.searchsorted(frames, j, side="right")) - 1, 0)
        curves, shares = tables[grades[at]]
        rgb: U8 = frame.to_ndarray(format="rgb24", src_colorspace=matrix)  # type: ignore[assignment]
        curved = np.stack([curve[rgb[..., k]] for k, curve in enumerate(curves)], axis=-1)
        levels = np.clip(curved @ shares.T, 0, LEVELS - 1).round().astype(np.uint8)
        return convert(VideoFrame.from_ndarray(levels, format="rgb24"))

    return graded


def _tables(grade: Grade) -> list[F32]:
    """For each channel f32 [LEVELS]: what the curve makes of a level of 8 bits."""
    levels = np.arange(LEVELS) / (LEVELS - 1)
    curves = [np.array(curve) for curve in grade.curves]
    return [(np.interp(levels, *points.T) * (LEVELS - 1)).astype(np.float32) for points in curves]

"""A small part of one frame that shows something else, in lossy and scaled outputs, where no sample is equal.

A block is altered if its error stands far out of those of its place in the frames before and behind, and of all blocks
there. What an encoder gets wrong, it gets wrong by as much nearby: in the same place, or elsewhere in those frames, or
all over a frame behind a cut. It also leaves an older picture, or an early one of a later: these errors do not count.
What is altered in both neighbours too is not told from what an encoder cannot draw.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vidkompy.model import F32, Mask
from vidkompy.verification.parameters import VerificationParameters


def block_errors(output: F32, sources: Sequence[F32], mask: Mask | None, block_cells: int) -> F32:
    """f32 [rows, columns]: of each square of cells, at each cell, the error against the nearest source.

    output    f32 [rows, columns]   cell means
    sources   the same of the frame that is expected, and of those beside it
    mask      cells that are compared; None: all
    An error is the mean absolute difference in grey levels; 0 where a cell is not compared.
    """
    rows, columns = output.shape
    if rows < block_cells or columns < block_cells:
        return np.zeros((0, 0), np.float32)
    box, inside = (block_cells, block_cells), (slice(rows - block_cells + 1), slice(columns - block_cells + 1))
    blurred = (cv2.blur(cv2.absdiff(output, source), box, anchor=(0, 0))[inside] for source in sources)
    errors: F32 = np.minimum.reduce(list(blurred))
    if mask is not None:
        errors[cv2.erode(mask.view(np.uint8), np.ones(box, np.uint8), anchor=(0, 0))[inside] == 0] = 0
    return errors


class AlteredBlocks:
    """Judges a frame once the next one is there; frames come in order, and one that is left out is no neighbour."""

    def __init__(self, parameters: VerificationParameters):
        self._parameters = parameters
        self._before: F32 | None = None  # of the frame before the last one
        self._last: tuple[int, F32] | None = None
        self.frames: list[int] = []  # in which a block is altered

    def add(self, i: int, errors: F32) -> None:
        """errors: of frame i, as `block_errors` gives them."""
        is_next = self._last is not None and self._last[0] == i - 1 and self._last[1].shape == errors.shape
        self._judge_last(errors if is_next else None)
        self._before = self._last[1] if is_next and self._last else None
        self._last = (i, errors)

    def conclude(self) -> list[int]:
        """All frames in which a block is altered."""
        self._judge_last(None)
        self._last = None
        return self.frames

    def _judge_last(self, behind: F32 | None) -> None:
        neighbours = [errors for errors in (self._before, behind) if errors is not None]
        if self._last is None or not neighbours or not self._last[1].size:
            return
        (i, errors), p = self._last, self._parameters
        excess = float((errors - np.maximum.reduce(neighbours)).max())
        if excess <= p.least_block_excess:  # sorting for the median takes longest
            return
        usual = max(*(float(n.max()) for n in neighbours), p.block_median_ratio * float(np.median(errors)))
        if excess > p.least_block_excess + p.block_excess_ratio * usual:
            self.frames.append(i)

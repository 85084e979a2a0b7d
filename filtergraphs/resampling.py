"""Values: how a clip is scaled so that it lies between pixels, which ffmpeg's scale and crop by themselves cannot do.

scale puts the outer edges of a picture on whole px. A picture that is padded first has its own edges elsewhere: between
px, where the padding is chosen for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

FloatRect = tuple[float, float, float, float]  # x, y, width, height


class ResamplingStep(NamedTuple):
    """A picture that is padded with its outermost px, and then scaled.

    left, top, right, bottom   px of padding
    width, height              px of the whole after scaling
    """

    left: int
    top: int
    right: int
    bottom: int
    width: int
    height: int


@dataclass(frozen=True)
class Resampling:
    """Steps that bring a clip to its place.

    x, y      px of the canvas at which the last step's picture begins, its padding included
    """

    steps: Sequence[ResamplingStep]
    x: int
    y: int

    def rect_of(self, width: int, height: int) -> FloatRect:
        """Where a clip of this size comes to lie, px of the canvas.

        >>> Resampling([ResamplingStep(1, 0, 1, 0, 33, 40)], 4, 2).rect_of(20, 20)
        (5.5, 2.0, 30.0, 40.0)
        """
        left, top, right, bottom = 0.0, 0.0, float(width), float(height)
        for step in self.steps:
            across = step.width / (step.left + width + step.right)
            down = step.height / (step.top + height + step.bottom)
            left, right = (left + step.left) * across, (right + step.left) * across
            top, bottom = (top + step.top) * down, (bottom + step.top) * down
            width, height = step.width, step.height
        return self.x + left, self.y + top, right - left, bottom - top

"""Motion: where one of the clips lies on the canvas frame by frame, while the other one stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor
from operator import sub
from typing import Literal, NamedTuple

Mover = Literal["fg", "bg"]
Outside = Literal["black", "smear", "blur"]  # what the canvas shows where a moving BG does not reach


class Affine(NamedTuple):
    """Where a clip lies: its px x, y is px left + xx * x + xy * y, top + yx * x + yy * y of the canvas.

    Continuous coordinates: pixel k covers k to k + 1.
    """

    left: float
    top: float
    xx: float = 1.0
    xy: float = 0.0
    yx: float = 0.0
    yy: float = 1.0

    @property
    def linear(self) -> tuple[float, float, float, float]:
        """How it is scaled and turned, wherever it lies."""
        return self.xx, self.xy, self.yx, self.yy

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.left + self.xx * x + self.xy * y, self.top + self.yx * x + self.yy * y


UNSCALED = Affine(0, 0).linear


class Extent(NamedTuple):
    """Edges of a box, px of the canvas."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Motion:
    """Places of one clip. Raises ValueError where there are none.

    mover    the clip that moves
    size     px of the mover
    places   of all frames of the drawing, one each
    first    the place of the composition's first frame. Parts of a drawing have all its places: what is chosen by them,
             such as a pixel format, is the same in all parts
    outside  what is shown where a moving BG does not reach
    """

    mover: Mover
    size: tuple[int, int]
    places: Sequence[Affine]
    first: int = 0
    outside: Outside = "black"

    def __post_init__(self) -> None:
        if not 0 <= self.first < len(self.places):
            raise ValueError(
                f"{len(self.places)} places of a moving {self.mover}, the first frame has number {self.first}"
            )

    @cached_property
    def is_whole(self) -> bool:
        """Whether the clip is nowhere scaled or turned, and lies on whole px everywhere."""
        return self.is_unscaled and all(
            place.left == int(place.left) and place.top == int(place.top) for place in self.places
        )

    @cached_property
    def is_unscaled(self) -> bool:
        return all(place.linear == UNSCALED for place in self.places)

    @cached_property
    def extents(self) -> list[Extent]:
        """The box around the clip in each frame."""
        width, height = self.size
        boxes = []
        for left, top, xx, xy, yx, yy in self.places:
            across, down = (xx * width, xy * height), (yx * width, yy * height)
            boxes.append(
                Extent(
                    left + min(across[0], 0) + min(across[1], 0),
                    top + min(down[0], 0) + min(down[1], 0),
                    left + max(across[0], 0) + max(across[1], 0),
                    top + max(down[0], 0) + max(down[1], 0),
                )
            )
        return boxes

    @cached_property
    def reach(self) -> tuple[int, int, int, int]:
        """Whole px around all that the clip covers in any frame: left, top, right, bottom."""
        lefts, tops, rights, bottoms = zip(*self.extents, strict=True)
        return floor(min(lefts)), floor(min(tops)), ceil(max(rights)), ceil(max(bottoms))

    @cached_property
    def innermost(self) -> Extent:
        """How far inside each edge of the box around the clip ever lies."""
        lefts, tops, rights, bottoms = zip(*self.extents, strict=True)
        return Extent(max(lefts), max(tops), min(rights), min(bottoms))

    @cached_property
    def largest(self) -> tuple[int, int]:
        """Whole px of the box around the clip in the frame where it is widest, and where it is highest."""
        lefts, tops, rights, bottoms = zip(*self.extents, strict=True)
        widths, heights = map(sub, rights, lefts), map(sub, bottoms, tops)
        return ceil(max(widths)), ceil(max(heights))

    def lies_on(self, grid_x: int, grid_y: int) -> bool:
        """Whether every place of an unscaled clip is a multiple of the grid."""
        return all(place.left % grid_x == 0 and place.top % grid_y == 0 for place in self.places)

"""Rectangles on the canvas: the part of FG that shows, and the strips of BG around it. All in whole px."""

from math import ceil, floor
from typing import NamedTuple

from filtergraphs.composition import Composition
from filtergraphs.resampling import FloatRect

COMMON_GRID = 4  # px: every format's chroma samples are 1, 2 or 4 px wide and high, so its multiples split none
_ROUNDING = 1e-9  # of floats: far below a px


class Rect(NamedTuple):
    """A rectangle from x, y up to, not including, right, bottom; empty where width or height is 0 or less."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def between(cls, left: int, top: int, right: int, bottom: int) -> "Rect":
        return cls(left, top, right - left, bottom - top)

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    def intersection(self, other: "Rect") -> "Rect":
        """
        >>> Rect(-10, 4, 40, 20).intersection(Rect(0, 0, 96, 16))
        Rect(x=0, y=4, width=30, height=12)
        """
        left, top = max(self.x, other.x), max(self.y, other.y)
        return Rect.between(left, top, min(self.right, other.right), min(self.bottom, other.bottom))

    def relative_to(self, x: int, y: int) -> "Rect":
        """The same rectangle, its place counted from x, y."""
        return Rect(self.x - x, self.y - y, self.width, self.height)


class Edges(NamedTuple):
    """A condition for each edge of FG."""

    left: bool
    top: bool
    right: bool
    bottom: bool


def nearest_multiple(px: float, grid: int) -> int:
    """The multiple of `grid` nearest to `px`, at least one."""
    return max(round(px / grid), 1) * grid


def fg_rect(c: Composition) -> Rect:
    """FG's whole rectangle, which may reach outside the canvas."""
    return Rect(c.x, c.y, c.width, c.height)


def exact_fg_rect(c: Composition) -> FloatRect:
    """FG's whole rectangle as it is drawn, between px where it is resampled."""
    return c.fg_resampling.rect_of(c.fg.width, c.fg.height) if c.fg_resampling else (c.x, c.y, c.width, c.height)


def exact_bg_rect(c: Composition) -> FloatRect:
    """BG's whole rectangle as it is drawn, of which the canvas may leave out a rim."""
    return c.bg_resampling.rect_of(c.bg.width, c.bg.height) if c.bg_resampling else (0, 0, *c.canvas)


def visible(c: Composition) -> Rect:
    """The part of FG's rectangle that shows on the canvas; of a moving FG a box around all that shows in any frame.

    The box ends with whole chroma samples of any format. Raises ValueError when nothing shows.
    """
    canvas = Rect(0, 0, *c.canvas)
    if c.fg_motion:
        reached = _on_grid(Rect.between(*c.fg_motion.reach)).intersection(canvas)
        if reached.is_empty:
            raise ValueError(f"FG moves outside the {canvas.width}x{canvas.height} canvas all the time")
        return reached
    crop = canvas if c.fg_crop is None else Rect.between(*c.fg_crop)
    inset = fg_rect(c).intersection(crop).intersection(canvas)
    if inset.is_empty:
        within = f" within {c.fg_crop}" if c.fg_crop else ""
        raise ValueError(
            f"FG {c.width}x{c.height} at {c.x},{c.y}{within} lies outside the {canvas.width}x{canvas.height} canvas; "
            "wanted at least one pixel on it"
        )
    return inset


def _on_grid(rect: Rect) -> Rect:
    """The smallest rectangle around it whose edges are multiples of COMMON_GRID.

    >>> _on_grid(Rect(-3, 4, 5, 9))
    Rect(x=-4, y=4, width=8, height=12)
    """
    step = COMMON_GRID
    left, top = rect.x // step * step, rect.y // step * step
    return Rect.between(left, top, -(-rect.right // step) * step, -(-rect.bottom // step) * step)


def content(c: Composition) -> Rect:
    """The part of FG inside its crop, in FG's own px; a cut leaves whole chroma samples of any format.

    What lies beyond the canvas belongs to it, and what an FG between px covers of a px in part.
    """
    if c.fg_crop is None:
        return Rect(0, 0, c.fg.width, c.fg.height)
    (x, y, width, height), crop = exact_fg_rect(c), Rect.between(*c.fg_crop)
    left, right = _source_span(crop.x - x, crop.right - x, width, c.fg.width)
    top, bottom = _source_span(crop.y - y, crop.bottom - y, height, c.fg.height)
    return Rect.between(left, top, right, bottom)


def covering(c: Composition) -> tuple[tuple[int, int], Rect]:
    """The least size, px, that covers the canvas in the shape in which FG's content is drawn, and its middle.

    The middle is as large as the canvas and begins with whole chroma samples of any format.
    """
    part, (width, height), (_, _, fg_width, fg_height) = content(c), c.canvas, exact_fg_rect(c)
    across, down = part.width * fg_width / c.fg.width, part.height * fg_height / c.fg.height
    if across * height > down * width:  # wider than the canvas: it covers it once it is as high
        size = ceil(across * height / down - _ROUNDING), height
    else:
        size = width, ceil(down * width / across - _ROUNDING)
    left, top = ((length - shown) // 2 for length, shown in zip(size, c.canvas, strict=True))
    return size, Rect(left - left % COMMON_GRID, top - top % COMMON_GRID, width, height)


def drawn_part(c: Composition) -> Rect:
    """The part of a moving FG that is drawn, in FG's own px: a crop is on the canvas where FG has to stand."""
    if c.fg_crop is None:
        return Rect(0, 0, c.fg.width, c.fg.height)
    part, across, down = Rect.between(*c.fg_crop).relative_to(c.x, c.y), c.fg.width / c.width, c.fg.height / c.height
    return Rect.between(
        round(part.x * across), round(part.y * down), round(part.right * across), round(part.bottom * down)
    )


def _source_span(start: float, stop: float, drawn: float, size: int) -> tuple[int, int]:
    """From px of FG as it is drawn, `drawn` in all, to its own px, `size` in all.

    Rounded inwards to multiples of COMMON_GRID, but for FG's own last px; never empty.

    >>> _source_span(5, 90, 100, 200)
    (12, 180)
    """
    first = max(ceil(start * size / drawn / COMMON_GRID - _ROUNDING) * COMMON_GRID, 0)
    if stop >= drawn:
        return first, size
    return first, max(floor(stop * size / drawn / COMMON_GRID + _ROUNDING) * COMMON_GRID, first + 1)


def feathered_edges(c: Composition) -> Edges:
    """Edges where FG fades into BG: those of a feathered FG that have BG beyond them."""
    inset, (width, height) = visible(c), c.canvas
    if c.feather <= 0:
        return Edges(False, False, False, False)
    if c.fg_motion:
        left, top, right, bottom = c.fg_motion.innermost
        return Edges(left > 0, top > 0, right < width, bottom < height)
    return Edges(inset.x > 0, inset.y > 0, inset.right < width, inset.bottom < height)


def unfeathered(c: Composition) -> Rect:
    """The part of FG that no fading reaches; empty where there is none."""
    inset, edges = visible(c), feathered_edges(c)
    margins = [c.feather if fades else 0 for fades in edges]
    left, top, right, bottom = margins
    return Rect.between(inset.x + left, inset.y + top, inset.right - right, inset.bottom - bottom)


def surrounding_strips(width: int, height: int, inset: Rect) -> list[Rect]:
    """The canvas without `inset`, in at most four rectangles that do not overlap (overlaps race in xstack's threads).

    >>> surrounding_strips(96, 64, Rect(48, 0, 48, 32))
    [Rect(x=0, y=32, width=96, height=32), Rect(x=0, y=0, width=48, height=32)]
    """
    above, below = Rect.between(0, 0, width, inset.y), Rect.between(0, inset.bottom, width, height)
    before = Rect.between(0, inset.y, inset.x, inset.bottom)
    behind = Rect.between(inset.right, inset.y, width, inset.bottom)
    return [strip for strip in (above, below, before, behind) if not strip.is_empty]


def chroma_aligned_parts(width: int, height: int, step_x: int, step_y: int) -> list[Rect]:
    """The frame in pieces of whole chroma samples, apart from one cut off by the right or bottom edge."""
    return [Rect(x, y, w, h) for y, h in _aligned_spans(height, step_y) for x, w in _aligned_spans(width, step_x)]


def _aligned_spans(size: int, step: int) -> list[tuple[int, int]]:
    """Start and length of what is a multiple of `step`, and of what is left, as far as there is any.

    >>> _aligned_spans(95, 2)
    [(0, 94), (94, 1)]
    """
    aligned = size - size % step
    return [(start, length) for start, length in ((0, aligned), (aligned, size - aligned)) if length]

"""Where things lie on the canvas: the part of FG that shows, and the strips of BG around it."""

from typing import NamedTuple

from filtergraphs.composition import Composition


class Rect(NamedTuple):
    x: int
    y: int
    width: int
    height: int


def visible(c: Composition) -> Rect:
    """The part of FG's rectangle that shows on the canvas. Raises ValueError when there is none."""
    width, height = c.canvas
    window = c.window or (0, 0, width, height)
    left, top = max(c.x, window[0], 0), max(c.y, window[1], 0)
    right, bottom = min(c.x + c.width, window[2], width), min(c.y + c.height, window[3], height)
    if right <= left or bottom <= top:
        within = f" within {window}" if c.window else ""
        raise ValueError(
            f"FG {c.width}x{c.height} at {c.x},{c.y}{within} lies outside the {width}x{height} canvas; "
            "wanted at least one pixel on it"
        )
    return Rect(left, top, right - left, bottom - top)


def content(c: Composition) -> Rect:
    """The part of FG inside the window, in FG's own px; a cut leaves whole chroma samples of any format."""
    width, height = c.fg.width, c.fg.height
    x0, y0, x1, y1 = c.window or (c.x, c.y, c.x + c.width, c.y + c.height)
    left, right = _inside(x0 - c.x, x1 - c.x, width, c.width)
    top, bottom = _inside(y0 - c.y, y1 - c.y, height, c.height)
    return Rect(left, top, right - left, bottom - top)


def _inside(low: int, high: int, size: int, drawn: int) -> tuple[int, int]:
    """From drawn px to px of FG: multiples of 4 between both, or FG's own edge."""
    start = max(-(-low * size // (4 * drawn)) * 4, 0)
    return start, size if high >= drawn else max(high * size // (4 * drawn) * 4, start + 1)


class Edges(NamedTuple):
    """Edges of FG that fade."""

    left: bool
    top: bool
    right: bool
    bottom: bool


def faded(c: Composition) -> Edges:
    """Those of a feathered FG that have BG beyond them."""
    hole, (width, height) = visible(c), c.canvas
    fades = c.feather > 0
    right, bottom = hole.x + hole.width < width, hole.y + hole.height < height
    return Edges(fades and hole.x > 0, fades and hole.y > 0, fades and right, fades and bottom)


def untouched(c: Composition) -> Rect:
    """The part of FG that no fading reaches; width or height 0 or less where there is none."""
    hole, edges = visible(c), faded(c)
    left, top = hole.x + c.feather * edges.left, hole.y + c.feather * edges.top
    right = hole.x + hole.width - c.feather * edges.right
    bottom = hole.y + hole.height - c.feather * edges.bottom
    return Rect(left, top, right - left, bottom - top)


def strips(width: int, height: int, hole: Rect) -> list[Rect]:
    """The canvas without `hole`, in at most four rectangles that do not overlap (overlaps race in xstack's threads)."""
    right, bottom = hole.x + hole.width, hole.y + hole.height
    around = (
        Rect(0, 0, width, hole.y),
        Rect(0, bottom, width, height - bottom),
        Rect(0, hole.y, hole.x, hole.height),
        Rect(right, hole.y, width - right, hole.height),
    )
    return [strip for strip in around if strip.width > 0 and strip.height > 0]


def chroma_whole(width: int, height: int, step_x: int, step_y: int) -> list[Rect]:
    """The frame in pieces of whole chroma samples, apart from one cut off by the right or bottom edge."""
    return [Rect(x, y, w, h) for y, h in _spans(height, step_y) for x, w in _spans(width, step_x)]


def _spans(size: int, step: int) -> list[tuple[int, int]]:
    whole = size - size % step
    return [(start, length) for start, length in ((0, whole), (whole, size - whole)) if length]

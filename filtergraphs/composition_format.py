"""The pixel format in which a composition is exact."""

from filtergraphs.composition import Composition
from filtergraphs.formats import chroma_grid, full_chroma, has_alpha, opaque, without_range_prefix
from filtergraphs.geometry import feathered_edges, visible
from filtergraphs.motion import Motion

WIDEST_MOVABLE_CHROMA = 2  # px


def working_format(c: Composition) -> str:
    """Pixel format that keeps every sample: FG's own, or its 4:4:4 sibling if an edge of FG splits a chroma sample.

    Where BG shows through FG, a planar one without alpha. Never a yuvj format: ffmpeg turns it into limited range for
    every encoder that does not list it (measured).
    An odd edge in 4:2:0 makes xstack abort (5.1) or write wrong chroma (9.0), and overlay round the position. Where a
    clip is resampled its chroma can be put anywhere, but swscale moves it by less than the four px of 4:1:1.
    """
    if c.fg_motion:
        is_split = _splits_chroma(c.fg_motion, c.fg.pix_fmt)
        return full_chroma(opaque(c.fg.pix_fmt)) if is_split else opaque(c.fg.pix_fmt)
    (grid_x, grid_y), inset, (width, height) = chroma_grid(c.fg.pix_fmt), visible(c), c.canvas
    is_resampled = c.fg_resampling is not None or c.bg_resampling is not None
    is_split = bool(
        (is_resampled and max(grid_x, grid_y) > WIDEST_MOVABLE_CHROMA)
        or any(edge % grid_x for edge in (c.x, inset.x))
        or any(edge % grid_y for edge in (c.y, inset.y))
        or (inset.right < width and inset.right % grid_x)
        or (inset.bottom < height and inset.bottom % grid_y)
        or (c.bg_motion is not None and any(size % grid for size, grid in _sizes(c.bg_motion, c.canvas, c.fg.pix_fmt)))
    )
    own = opaque(c.fg.pix_fmt) if is_translucent(c) or c.bg_motion else c.fg.pix_fmt
    return full_chroma(own) if is_split else without_range_prefix(own)


def _sizes(motion: Motion, canvas: tuple[int, int], pix_fmt: str) -> list[tuple[int, int]]:
    """Sides of the clip that moves and of the canvas, px, each with that of a chroma sample."""
    grid = chroma_grid(pix_fmt)
    return [*zip(motion.size, grid, strict=True), *zip(canvas, grid, strict=True)]


def _splits_chroma(motion: Motion, pix_fmt: str) -> bool:
    """Whether an edge of the moving clip splits a chroma sample in some frame. New samples are made where they lie."""
    (grid_x, grid_y), (width, height) = chroma_grid(pix_fmt), motion.size
    if width % grid_x or height % grid_y:
        return True
    return motion.is_whole and not motion.lies_on(grid_x, grid_y)


def is_translucent(c: Composition) -> bool:
    """Whether BG shows through FG somewhere."""
    return c.fg_motion is not None or c.blend != "normal" or has_alpha(c.fg.pix_fmt) or any(feathered_edges(c))

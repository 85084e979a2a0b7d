"""What the canvas shows where a moving BG does not reach: black, BG's edges drawn out, or those made soft."""

from filtergraphs.colour import RESIZING_FLAGS
from filtergraphs.composition import Composition
from filtergraphs.composition_format import working_format
from filtergraphs.expressions import mask_around
from filtergraphs.formats import depth
from filtergraphs.geometry import Rect
from filtergraphs.motion import Motion
from filtergraphs.moving import Way, by_plane, on_larger, on_scaled, scaled
from filtergraphs.stream_ops import Stream, merge
from filtergraphs.unmatched_fill import black_levels, is_padded_black

_SOFT = 24  # px that become one before they are drawn out again; chosen by eye


def bg_on_larger(c: Composition, bg: Stream, way: Way, motion: Motion) -> Stream:
    """BG, scaled, on a larger picture, the rest of which shows what is wanted outside of BG."""
    target = working_format(c)
    if motion.outside == "black" and motion.is_unscaled and is_padded_black(c):
        return on_larger(scaled(bg, c.bg, target, way.shape), way, is_smeared=False)
    larger = on_larger(scaled(bg, c.bg, target, way.shape), way, is_smeared=True)
    if motion.outside == "smear":
        return larger
    full, size_and_corner = 2 ** depth(target) - 1, on_scaled(Rect(0, 0, *motion.size), way, motion.size)
    copies = larger.split()
    others = copies[1].split()
    one = others[0].filter("trim", end_frame=1)  # maskedmerge repeats it
    mask = one.filter("geq", **by_plane(target, lambda step: mask_around(*size_and_corner, full, step)))
    if motion.outside == "black":
        around = others[1].filter("trim", end_frame=1).filter("lut", **black_levels(c))
    else:
        around = _softened(others[1], target, (way.across.length, way.down.length))
    return merge(copies[0], around, mask)


def _softened(stream: Stream, target: str, size: tuple[int, int]) -> Stream:
    width, height = (max(length // _SOFT, 2) for length in size)
    small = stream.filter("scale", width=width, height=height, **RESIZING_FLAGS | {"flags": "area"})
    back = small.filter("scale", width=size[0], height=size[1], **RESIZING_FLAGS | {"flags": "bicubic"})
    return back.filter("format", pix_fmts=target)

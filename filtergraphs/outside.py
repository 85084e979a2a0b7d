"""What the canvas shows where a moving BG does not reach: black, BG's edges drawn out, or those made soft."""

from filtergraphs.colour import RESIZING_FLAGS
from filtergraphs.composition import Composition
from filtergraphs.composition_format import working_format
from filtergraphs.course import Course
from filtergraphs.expressions import mask_around
from filtergraphs.formats import depth
from filtergraphs.moving import by_plane, on_larger
from filtergraphs.stream_ops import Stream, merge
from filtergraphs.unmatched_fill import black_levels

_SOFT = 24  # px that become one before they are drawn out again; chosen by eye


def bg_on_larger(c: Composition, bg: Stream, size: tuple[int, int], courses: tuple[Course, Course]) -> Stream:
    """BG on a larger picture, the rest of which shows what is wanted outside of BG.

    size   of BG, px
    """
    larger = on_larger(bg, size, courses, is_smeared=True)
    if c.motion is None or c.motion.outside == "smear":
        return larger
    (across, down), target, full = courses, working_format(c), 2 ** depth(working_format(c)) - 1
    copies = larger.split()
    others = copies[1].split()
    one = others[0].filter("trim", end_frame=1)  # maskedmerge repeats it
    corner = (across.before, down.before)
    mask = one.filter("geq", **by_plane(target, lambda step: mask_around(size, corner, full, step)))
    if c.motion.outside == "black":
        around = others[1].filter("trim", end_frame=1).filter("lut", **black_levels(c))
    else:
        around = _softened(others[1], target, (across.length, down.length))
    return merge(copies[0], around, mask)


def _softened(stream: Stream, target: str, size: tuple[int, int]) -> Stream:
    width, height = (max(length // _SOFT, 2) for length in size)
    small = stream.filter("scale", width=width, height=height, **RESIZING_FLAGS | {"flags": "area"})
    back = small.filter("scale", width=size[0], height=size[1], **RESIZING_FLAGS | {"flags": "bicubic"})
    return back.filter("format", pix_fmts=target)

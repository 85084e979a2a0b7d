"""FG's rectangle where BG shows through: blended, through FG's alpha, at faded edges.

All of it is merged by maskedmerge, which rounds to nearest in every depth and is exact where the mask is 0 or full.
Measured on 5.1 and 9.0: overlay loses 10 and more bits in 5.1, and anything above 10 in 9.0. The frames of maskedmerge
and blend are FG's, one for one: both repeat BG's last one until the next.
"""

from dataclasses import replace

from filtergraphs.colour import conversion, labels
from filtergraphs.composition import Composition, Source
from filtergraphs.composition_format import working_format
from filtergraphs.expressions import ramp
from filtergraphs.formats import chroma_grid, depth, full_chroma, has_alpha, planar_rgb
from filtergraphs.geometry import feathered_edges, visible
from filtergraphs.moving import by_plane
from filtergraphs.stream_ops import Stream, merge

_COLOUR_PLANES, _ALPHA_PLANE = (0, 1, 2), 3


def blend(c: Composition, fg: Stream, below: Stream, moving_mask: Stream | None = None) -> Stream:
    """FG and BG merged into one stream: first by `c.blend`, then through FG's alpha, then at its feathered edges.

    fg, below     FG with its alpha, if any, and BG, both cut to the visible part of FG's rectangle
    moving_mask   full where a moving FG does not cover that part; its feathered edges are in it
    """
    is_blended, is_transparent = c.blend != "normal", has_alpha(c.fg.pix_fmt)
    is_faded = moving_mask is not None or any(feathered_edges(c))
    copies = below.split()
    bottoms = (copies[k] for k in range(3))  # each step takes one more copy of BG
    if is_transparent:
        both = fg.split()
        fg, alpha = _planes(both[0], _COLOUR_PLANES, working_format(c)), _alpha_mask(both[1], working_format(c))
    if moving_mask is not None:
        fading = moving_mask
    elif is_faded:
        both = fg.split()
        fg, fading = both[0], _fading_mask(c, both[1])
    if is_blended:
        fg = _blended(c, fg, next(bottoms))
    if is_transparent:
        fg = merge(fg, next(bottoms), alpha)
    return merge(fg, next(bottoms), fading) if is_faded else fg


def _blended(c: Composition, above: Stream, below: Stream) -> Stream:
    """FG blended with BG in RGB, because the modes are made for it: the difference of equal chroma is 0 in YUV, which
    is green.
    """
    import ffmpeg

    working = replace(c.fg, pix_fmt=working_format(c))
    in_rgb = Source(c.fg.path, c.fg.width, c.fg.height, planar_rgb(working.pix_fmt), colour_range="pc")
    layers = [_converted(stream, working, in_rgb) for stream in (above, below)]
    blended = _converted(ffmpeg.filter(layers, "blend", all_mode=c.blend), in_rgb, working)
    return blended.filter("setparams", **labels(c.fg))


def _converted(stream: Stream, old: Source, new: Source) -> Stream:
    options = conversion(old, new, new.pix_fmt)
    stream = stream.filter("scale", **options) if options else stream
    return stream.filter("format", pix_fmts=new.pix_fmt)


def _fading_mask(c: Composition, fg: Stream) -> Stream:
    """One frame, which maskedmerge repeats: full where BG shows, 0 where only FG does."""
    inset, edges, target = visible(c), feathered_edges(c), working_format(c)
    size, full = (inset.width, inset.height), 2 ** depth(target) - 1
    planes = by_plane(target, lambda step: ramp(size, edges, c.feather, full, step))
    return fg.filter("trim", end_frame=1).filter("geq", **planes)


def _alpha_mask(fg: Stream, target: str) -> Stream:
    """What FG's alpha leaves of BG. swscale takes no part but for the mean over a chroma sample's pixels."""
    mask = _planes(fg, (_ALPHA_PLANE,) * 3, full_chroma(target)).filter("negate")
    if chroma_grid(target) != (1, 1):
        mask = mask.filter("scale", flags="area").filter("format", pix_fmts=target)
    return mask


def _planes(stream: Stream, planes: tuple[int, ...], target: str) -> Stream:
    """A picture of `target` from planes of another one, as they are: swscale loses bits of gbrap12 in 5.1."""
    options = {f"map{k}s": 0 for k in range(3)} | {f"map{k}p": plane for k, plane in enumerate(planes)}
    return stream.filter("mergeplanes", format=target, **options)

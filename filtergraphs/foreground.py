"""FG's part of the graph: its frames, one by one, untouched unless they are scaled, with their alpha, if any."""

from filtergraphs.background import at_constant_rate
from filtergraphs.colour import labels, replication
from filtergraphs.composition import Composition
from filtergraphs.composition_format import working_format
from filtergraphs.formats import has_alpha, with_alpha
from filtergraphs.geometry import Rect, fg_rect
from filtergraphs.moving import moving_foreground
from filtergraphs.resizing import resample, resize
from filtergraphs.stream_ops import Stream, crop, replicate_chroma, to_software_layout


def kept_frames(c: Composition, fg: Stream) -> Stream:
    """FG's frames that are drawn, on a clock that counts them."""
    fg = to_software_layout(fg, c.fg) if c.hwaccel else fg
    count = len(c.fg_pts)
    if c.fg_seek is not None:
        fg = fg.filter("trim", start=f"{c.fg_seek.discard}us").filter("trim", end_frame=count)
        fg = at_constant_rate(c, fg, range(count + 1))
    elif c.fg_first or c.fg_end_pts is not None:
        fg = fg.filter("trim", start_frame=c.fg_first, end_frame=c.fg_first + count)
    return fg.filter("setparams", **labels(c.fg)).filter("settb", expr="1/1").filter("setpts", expr="N")


def foreground_and_mask(c: Composition, fg: Stream, inset: Rect) -> tuple[Stream, Stream | None]:
    """The part of FG that shows, in the working format, and of a moving FG a mask: full where it does not cover that.

    fg      its frames on their clock
    inset   that part on the canvas
    """
    if c.fg_motion is None:
        return foreground(c, fg, inset), None
    target = with_alpha(working_format(c)) if has_alpha(c.fg.pix_fmt) else working_format(c)
    return moving_foreground(c, c.fg_motion, replicate_chroma(fg, c.fg, target), inset)


def foreground(c: Composition, fg: Stream, inset: Rect) -> Stream:
    """The part of FG that shows, in the working format.

    fg      its frames on their clock
    inset   that part on the canvas
    """
    target = with_alpha(working_format(c)) if has_alpha(c.fg.pix_fmt) else working_format(c)
    if c.fg_resampling is not None:
        return resample(fg, c.fg, c.fg_resampling, inset, target, replication(c.fg))
    if c.is_scaled:
        fg = resize(fg, c.fg, (c.width, c.height), target, replication(c.fg))
    else:
        fg = replicate_chroma(fg, c.fg, target)
    return fg if inset == fg_rect(c) else crop(fg, inset.relative_to(c.x, c.y))

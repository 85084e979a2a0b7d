"""FG's part of the graph: its frames, one by one, untouched unless they are scaled, with their alpha, if any."""

from filtergraphs.background import at_rate
from filtergraphs.colour import SHARP, labels, replication
from filtergraphs.composition import Composition
from filtergraphs.formats import has_alpha, with_alpha, working_format
from filtergraphs.geometry import Rect
from filtergraphs.stream_ops import Stream, as_stored, crop, replicated


def counted(c: Composition, fg: Stream) -> Stream:
    """FG's frames that are kept, on a clock that counts them."""
    fg = as_stored(fg, c.fg) if c.hwaccel else fg
    if c.fg_entry is not None:
        count = len(c.fg_pts)
        fg = fg.filter("trim", start=f"{c.fg_entry[1]}us").filter("trim", end_frame=count)
        fg = at_rate(c, fg, list(range(count + 1)))
    elif c.fg_first or c.fg_end is not None:
        fg = fg.filter("trim", start_frame=c.fg_first, end_frame=c.fg_first + len(c.fg_pts))
    return fg.filter("setparams", **labels(c.fg)).filter("settb", expr="1/1").filter("setpts", expr="N")


def foreground(c: Composition, fg: Stream, hole: Rect) -> Stream:
    """The part of FG that shows. fg: its frames on their clock."""
    target = with_alpha(working_format(c)) if has_alpha(c.fg.pix_fmt) else working_format(c)
    if c.is_scaled:
        sharp = replication(c.fg) | SHARP
        fg = fg.filter("scale", width=c.width, height=c.height, **sharp).filter("format", pix_fmts=target)
    else:
        fg = replicated(fg, c.fg, target)
    return fg if hole == Rect(c.x, c.y, c.width, c.height) else crop(fg, Rect(hole.x - c.x, hole.y - c.y, *hole[2:]))

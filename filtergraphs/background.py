"""BG's part of the graph: its frames on FG's clock, in FG's format, cut to the strips around FG."""

from itertools import pairwise

from filtergraphs.colour import SHARP, conversion, labels, replication
from filtergraphs.composition import Composition
from filtergraphs.expressions import selection, table
from filtergraphs.formats import working_format
from filtergraphs.layers import Stream, cut, replicated
from filtergraphs.layout import Rect


def background(c: Composition, bg: Stream, parts: list[Rect]) -> list[Stream]:
    starts = [0, *(i for i, (a, b) in enumerate(pairwise(c.bg_index), 1) if a != b)]
    used = [int(c.bg_index[i]) for i in starts]
    bg = bg.filter("trim", end_frame=used[-1] + 1)
    if len(used) != used[-1] + 1:
        bg = bg.filter("select", expr=selection(used))
    bg = bg.filter("settb", expr="1/1").filter("setpts", expr=table(starts, "N"))
    target = working_format(c)
    bg = _converted(c, bg.filter("setparams", **labels(c.bg)), target).filter("setparams", **labels(c.fg))
    return cut(bg, parts)


def _converted(c: Composition, bg: Stream, target: str) -> Stream:
    options = conversion(c.bg, c.fg, target)
    if c.canvas_size not in (None, (c.bg.width, c.bg.height)):
        options = replication(c.bg) | options | SHARP | {"width": c.canvas[0], "height": c.canvas[1]}
    return bg.filter("scale", **options).filter("format", pix_fmts=target) if options else replicated(bg, c.bg, target)

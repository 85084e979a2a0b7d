"""Both sides of a comparison, frame by frame: FG, and the part of BG that it covers."""

from collections.abc import Sequence

from filtergraphs.background import background
from filtergraphs.bg_readers import passages
from filtergraphs.composition import Composition, Script
from filtergraphs.expressions import selection
from filtergraphs.foreground import counted, foreground
from filtergraphs.geometry import Rect, visible
from filtergraphs.graph import written
from filtergraphs.inputs import bg_input, fg_input
from filtergraphs.stream_ops import crop

FG_SIDE, BG_SIDE = "[fg]", "[bg]"


def compare(c: Composition, kept: Sequence[int], part: Rect) -> Script:
    """A graph that ends in FG_SIDE and BG_SIDE: equally many frames of one size and format, one after another.

    c      FG's frames `kept` and no others, unscaled
    kept   increasing numbers of those frames in FG's file
    part   of BG's file, in whole chroma samples, that is the BG of `c`
    Raises ValueError as `compose` does, and for an FG that is scaled.
    """
    import ffmpeg

    if c.is_scaled or len(kept) != len(c.fg_pts):
        raise ValueError(f"FG is scaled to {c.width}x{c.height}, or {len(kept)} frames are not {len(c.fg_pts)}")
    hole, found = visible(c), passages(c)
    fg = ffmpeg.input("fg")["v:0"].filter("trim", end_frame=kept[-1] + 1).filter("select", expr=selection(kept))
    read = [(passage, crop(ffmpeg.input(f"bg{k}")["v:0"], part)) for k, passage in enumerate(found)]
    bg = background(c, read, fg, [hole])[0]
    graph, sides, names = written(ffmpeg.output(foreground(c, counted(c, fg), hole), bg, "out"))
    opened = {"fg": fg_input(c)} | {f"bg{k}": bg_input(c, passage, len(found)) for k, passage in enumerate(found)}
    ends = (f"{side}null{name}" for side, name in zip(sides, (FG_SIDE, BG_SIDE), strict=True))
    return Script(";".join((graph, *ends)), tuple(word for name in names for word in opened[name]), ())

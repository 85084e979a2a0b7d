"""Both sides of a comparison, frame by frame: FG, and the part of BG that it covers."""

from collections.abc import Sequence

from filtergraphs.background import background
from filtergraphs.bg_readers import readers_of
from filtergraphs.composition import Composition, Script
from filtergraphs.expressions import selection
from filtergraphs.foreground import foreground, kept_frames
from filtergraphs.geometry import visible
from filtergraphs.graph import graph_and_ends
from filtergraphs.inputs import bg_input, fg_input

FG_SIDE, BG_SIDE = "[fg]", "[bg]"


def compare(c: Composition, kept: Sequence[int]) -> Script:
    """A graph that ends in FG_SIDE and BG_SIDE: equally many frames of one size and format, one after another.

    c      FG's frames `kept` and no others, unscaled
    kept   increasing indices of those frames in FG's file, one for each of c.fg_pts
    The script has no output options: whoever takes it appends filters to both sides.
    Raises ValueError as `compose` does, for an FG that is scaled, and where `kept` and `c` differ in length.
    """
    import ffmpeg

    if c.is_scaled or len(kept) != len(c.fg_pts):
        raise ValueError(f"FG is scaled to {c.width}x{c.height}, or {len(kept)} frames are not {len(c.fg_pts)}")
    inset, readers = visible(c), readers_of(c)
    fg = (
        ffmpeg.input("fg")[f"v:{c.fg.stream}"]
        .filter("trim", end_frame=kept[-1] + 1)
        .filter("select", expr=selection(kept))
    )
    bg_streams = [(reader, ffmpeg.input(f"bg{k}")[f"v:{c.bg.stream}"]) for k, reader in enumerate(readers)]
    (bg,) = background(c, bg_streams, fg, [inset])
    graph, sides, names = graph_and_ends(ffmpeg.output(foreground(c, kept_frames(c, fg), inset), bg, "out"))
    inputs = {"fg": fg_input(c)} | {f"bg{k}": bg_input(c, reader, len(readers)) for k, reader in enumerate(readers)}
    ends = (f"{side}null{name}" for side, name in zip(sides, (FG_SIDE, BG_SIDE), strict=True))
    return Script(";".join((graph, *ends)), tuple(word for name in names for word in inputs[name]), ())

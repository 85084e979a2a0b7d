"""BG's part of the graph: one picture for each FG frame, in FG's format, cut to the strips around FG."""

from fractions import Fraction
from math import ceil

from filtergraphs.bg_readers import Passage, changes
from filtergraphs.colour import SHARP, conversion, labels, replication
from filtergraphs.composition import Composition
from filtergraphs.expressions import selection, table
from filtergraphs.formats import working_format
from filtergraphs.geometry import Rect
from filtergraphs.stream_ops import Stream, as_stored, cut, joined, replicated
from filtergraphs.unmatched_fill import filled


def background(c: Composition, read: list[tuple[Passage, Stream]], fg: Stream, parts: list[Rect]) -> list[Stream]:
    """read: BG's passages. fg: FG's frames on their clock: a copy where `needs_fg`."""
    bg = joined([_passage(passage, stream) for passage, stream in read])
    bg = as_stored(bg, c.bg) if c.hwaccel else bg
    target = working_format(c)
    bg = _converted(c, bg.filter("setparams", **labels(c.bg)), target).filter("setparams", **labels(c.fg))
    return cut(filled(c, _repeated(c, bg), fg), parts)


def rate(c: Composition) -> Fraction:
    """FG's nominal rate in numbers that all of ffmpeg's parsers read alike: some cut them off at a million."""
    return c.frame_rate.limit_denominator(max(10**6 // ceil(c.frame_rate), 1)) or Fraction(1, 10**6)


def at_rate(c: Composition, stream: Stream, at: list[int]) -> Stream:
    """Frame k from tick at[k] of FG's rate, which xstack asks for, to before at[k + 1].

    fps loses the last frame it is given: that is one more, and what comes of it is cut off.
    """
    per_second = rate(c)
    stream = stream.filter("tpad", stop=1, stop_mode="clone")
    stream = stream.filter("settb", expr=str(1 / per_second)).filter("setpts", expr=table(at, "N"))
    return stream.filter("fps", fps=str(per_second)).filter("trim", end_frame=at[-1])


def _passage(passage: Passage, bg: Stream) -> Stream:
    used, first = passage.used, 0
    if passage.entry is not None:
        bg, first = bg.filter("trim", start=f"{passage.skip}us"), used[0]
    bg = bg.filter("trim", end_frame=used[-1] - first + 1)
    if len(used) != used[-1] - first + 1:
        bg = bg.filter("select", expr=selection([j - first for j in used]))
    return bg


def _repeated(c: Composition, bg: Stream) -> Stream:
    """Each frame from the first FG frame it lies under to before the next one's, on the clock that counts those."""
    bg = at_rate(c, bg, [*changes(c), len(c.bg_index)])
    return bg.filter("settb", expr="1/1").filter("setpts", expr="N")


def _converted(c: Composition, bg: Stream, target: str) -> Stream:
    options = conversion(c.bg, c.fg, target)
    if c.canvas_size not in (None, (c.bg.width, c.bg.height)):
        options = replication(c.bg) | options | SHARP | {"width": c.canvas[0], "height": c.canvas[1]}
    return bg.filter("scale", **options).filter("format", pix_fmts=target) if options else replicated(bg, c.bg, target)

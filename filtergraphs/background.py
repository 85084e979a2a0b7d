"""BG's part of the graph: one picture for each FG frame, in FG's format, cut to the strips around FG."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from filtergraphs.bg_readers import BgReader, bg_changes
from filtergraphs.colour import conversion, labels
from filtergraphs.composition import Composition
from filtergraphs.composition_format import working_format
from filtergraphs.expressions import selection, table
from filtergraphs.formats import chroma_grid
from filtergraphs.geometry import Rect
from filtergraphs.grading import AVERAGED_CHROMA, graded, with_graded_source
from filtergraphs.motion import Motion
from filtergraphs.moving import cut_each, way_of
from filtergraphs.outside import bg_on_larger
from filtergraphs.resizing import fit_to_canvas, is_resized
from filtergraphs.stream_ops import Stream, concatenate, crop_each, replicate_chroma, to_software_layout
from filtergraphs.turning import turn_picture
from filtergraphs.unmatched_fill import fill_unmatched, is_filled

_MOST_PER_SECOND = 10**6  # numerator and denominator that every parser of rates in ffmpeg reads whole


def background(
    c: Composition, inputs: Sequence[tuple[BgReader, Stream]], fg: Stream, parts: Sequence[Rect]
) -> list[Stream]:
    """`parts` of the canvas under each FG frame, on the clock that counts FG frames.

    inputs   readers of BG and the streams that they give
    fg       FG's frames on their clock: a copy where `fills_with_fg`
    """
    bg = concatenate([_shown_frames(reader, stream) for reader, stream in inputs])
    bg = to_software_layout(bg, c.bg) if c.hwaccel else bg
    bg = bg.filter("setparams", **labels(c.bg))
    if c.bg_grades and _is_graded_in_parts(c, parts):
        return [_repeated(c, _in_fgs_format(c, part)) for part in crop_each(bg, parts)]
    bg = _in_fgs_format(c, bg)
    if c.bg_motion is None:
        return crop_each(fill_unmatched(c, _repeated(c, bg), fg), parts)
    if is_filled(c):
        (bg,) = _moved(c, c.bg_motion, bg, [Rect(0, 0, *c.canvas)])
        return crop_each(fill_unmatched(c, bg, fg), parts)
    return _moved(c, c.bg_motion, bg, parts)


def safe_frame_rate(c: Composition) -> Fraction:
    """FG's nominal rate in numbers that all of ffmpeg's parsers read alike: some cut them off at a million."""
    most = max(_MOST_PER_SECOND // ceil(c.frame_rate), 1)
    return c.frame_rate.limit_denominator(most) or Fraction(1, _MOST_PER_SECOND)


def at_constant_rate(c: Composition, stream: Stream, starts: Sequence[int]) -> Stream:
    """Frame k from tick starts[k] of FG's rate, which xstack asks for, to before starts[k + 1].

    fps loses the last frame it is given: that is one more, and what comes of it is cut off.
    """
    per_second = safe_frame_rate(c)
    stream = stream.filter("tpad", stop=1, stop_mode="clone")
    stream = stream.filter("settb", expr=str(1 / per_second)).filter("setpts", expr=table(starts, "N"))
    return stream.filter("fps", fps=str(per_second)).filter("trim", end_frame=starts[-1])


def _shown_frames(reader: BgReader, bg: Stream) -> Stream:
    """Those frames, of all that a reader decodes, that are drawn.

    ffmpeg counts frames from where reading starts, after what a seek discards.
    """
    first, last = reader.frames[0], reader.frames[-1]
    origin = 0
    if reader.seek is not None:
        bg, origin = bg.filter("trim", start=f"{reader.seek.discard}us"), first
    count = last - origin + 1
    bg = bg.filter("trim", end_frame=count)
    if len(reader.frames) != count:
        bg = bg.filter("select", expr=selection([j - origin for j in reader.frames]))
    return bg


def _in_fgs_format(c: Composition, bg: Stream) -> Stream:
    """BG in the working format and the canvas's size, in FG's colours if they are matched, labelled as FG is."""
    tags = labels(c.fg)
    if c.bg_grades:
        c, bg = with_graded_source(c), graded(c, bg, _grades(c))
    return _converted(c, bg).filter("setparams", **tags)


def _is_graded_in_parts(c: Composition, parts: Sequence[Rect]) -> bool:
    """Whether parts of BG can be cut out before their colours change, so that what FG covers costs nothing."""
    width, height = c.canvas
    (grid_x, grid_y), is_whole = chroma_grid(c.bg.pix_fmt), (width, height) == (c.bg.width, c.bg.height)
    are_samples_whole = all(
        part.x % grid_x == part.y % grid_y == 0
        and (part.right % grid_x == 0 or part.right == width)
        and (part.bottom % grid_y == 0 or part.bottom == height)
        for part in parts
    )
    covers_less = sum(part.width * part.height for part in parts) < width * height
    return is_whole and are_samples_whole and covers_less and not (is_filled(c) or c.bg_motion or c.bg_resampling)


def _grades(c: Composition) -> list[int]:
    """Index of the grade of each BG frame that is shown, in their order."""
    return [c.bg_grade_of[i] if c.bg_grade_of else 0 for i in bg_changes(c)]


def _repeated(c: Composition, bg: Stream) -> Stream:
    """Each frame from the first FG frame it lies under to before the next one's, on the clock that counts those."""
    bg = at_constant_rate(c, bg, [*bg_changes(c), len(c.bg_index)])
    return bg.filter("settb", expr="1/1").filter("setpts", expr="N")


def _moved(c: Composition, motion: Motion, bg: Stream, parts: Sequence[Rect]) -> list[Stream]:
    """What parts of the canvas show of a BG that moves under FG, on the clock that counts FG frames."""
    window = Rect(0, 0, *c.canvas)
    way = way_of(c, motion, window)
    bg = _repeated(c, bg_on_larger(c, bg, way, motion))
    bg = bg if way.turning is None else turn_picture(bg, way.turning, working_format(c))
    return cut_each(bg, way, window, parts)


def _converted(c: Composition, bg: Stream) -> Stream:
    """BG in the working format, with FG's matrix and range, in the canvas's size."""
    target = working_format(c)
    options = conversion(c.bg, c.fg, target)
    if not options and not is_resized(c):
        return replicate_chroma(bg, c.bg, target)
    averaged = AVERAGED_CHROMA if c.bg_grades and not is_resized(c) else {}
    return fit_to_canvas(c, bg, target, options | averaged)

"""A composition as one ffmpeg graph.

Everything runs on a clock that counts FG frames: FG frame i has timestamp i, and so has the BG frame that lies under
it. xstack's output is FG's frames, one for one; then the numbers become FG's timestamps. What ffmpeg makes of those in
the files (container start, edit list) has no effect, nor has the time base: xstack falls back to microseconds where its
denominator is 500000 or more. Only a BG that is entered midway is cut by its own timestamps.
FG is input 0 of xstack because the others are brought to its format.
"""

from fractions import Fraction
from itertools import pairwise

from filtergraphs.background import background
from filtergraphs.bg_readers import passages
from filtergraphs.blending import mixed
from filtergraphs.colour import SMOOTH, labels
from filtergraphs.composition import Composition, Script
from filtergraphs.expressions import table
from filtergraphs.foreground import counted, foreground
from filtergraphs.formats import is_mixed
from filtergraphs.geometry import strips, visible
from filtergraphs.inputs import bg_input, fg_input, opened, sound_input
from filtergraphs.sound import LABEL, sound_graph
from filtergraphs.stream_ops import Stream, stack, upright
from filtergraphs.unmatched_fill import needs_fg


def compose(c: Composition) -> Script:
    """The ffmpeg graph and options that draw `c`, exact in pixels, frame count and timestamps.

    For an encoder that has no full range or not this pixel format ffmpeg converts behind the graph. Frames of one size
    only: a size that changes midway is not noticed.
    Raises ValueError when FG lies outside the canvas, or for a colour matrix that swscale cannot convert.
    """
    import ffmpeg  # 60 ms, and only needed here

    hole = visible(c)
    around = strips(*c.canvas, hole)
    parts = [hole, *around] if is_mixed(c) else around
    opened = {"fg": fg_input(c)}
    fg = counted(c, upright(ffmpeg.input("fg")["v:0"], c.fg))
    copies = fg.split() if parts and needs_fg(c) else [fg, fg]
    video = foreground(c, copies[0], hole)
    if parts:
        found = passages(c)
        opened |= {f"bg{k}": bg_input(c, passage, len(found)) for k, passage in enumerate(found)}
        read = [(passage, upright(ffmpeg.input(f"bg{k}")["v:0"], c.bg)) for k, passage in enumerate(found)]
        below = background(c, read, copies[1], parts)
        if is_mixed(c):
            video = mixed(c, video, below.pop(0))
        video = stack([video, *below], [hole, *around])
    graph, (label,), names = written(ffmpeg.output(_finish(c, video), "out"))
    words = [word for name in names for word in opened[name]]
    if c.sound:
        graph = f"{graph};{sound_graph(c.sound, len(names))}"
        words += sound_input(c)
    return Script(graph, tuple(words), _outputs(c, label))


def join(c: Composition, listing: str) -> Script:
    """FG's company and the sound of `c`, to a video that is drawn already, in the files that `listing` names.

    listing   for the concat demuxer: parts that each start at 0
    """
    late = round((int(c.fg_pts[0]) - c.fg_zero) * c.time_base * 10**6)
    sound = sound_input(c) if c.sound else ()
    number = sound.count("-i") + 1
    shifted = ("-itsoffset", f"{late}us") if late else ()
    inputs = (*fg_input(c), *sound, *shifted, "-f", "concat", "-safe", "0", *opened(listing))
    return Script(sound_graph(c.sound, 1) if c.sound else "", inputs, _outputs(c, f"{number}:v:0", is_drawn=False))


def _outputs(c: Composition, label: str, is_drawn: bool = True) -> tuple[str, ...]:
    """Without passthrough a VFR FG duplicates frames; without enc_time_base distinct timestamps collapse;
    for sound it would be wrong (opus of ffmpeg 5.1: one frame in fifty is kept).

    mov and mp4 round a late start to 1/movie_timescale, by default 1 ms; other muxers ignore the option (measured).
    """
    timing = ("-fps_mode", "passthrough", "-enc_time_base:v", f"{c.time_base.numerator}:{c.time_base.denominator}")
    start = ("-movie_timescale", str(c.time_base.denominator)) if c.fg_pts[0] != c.fg_zero else ()
    audio = ("-map", "0:a", "-c:a", "copy") if c.has_audio else ("-map", LABEL) if c.sound else ()
    return ("-map", label, *timing, *start, *audio, *_cut(c, is_drawn))


def _cut(c: Composition, is_drawn: bool) -> tuple[str, ...]:
    """Sound from 0 on: copied packets that start earlier are left out, or they would delay the video.

    A video that is copied too would lose its first frames to -ss, which goes by the time of decoding.
    """
    from_zero = ("-ss", "0") if is_drawn else ("-bsf:a", _FROM_ZERO, "-bsf:s", _FROM_ZERO)
    first = from_zero if c.fg_first else ()
    last = () if c.fg_end is None else ("-t", f"{round((c.fg_end - c.fg_zero) * c.time_base * 10**6)}us")
    return (*first, *last)


_FROM_ZERO = "noise=drop=lt(pts\\,0)"  # drops packets, and leaves the others as they are


def _finish(c: Composition, video: Stream) -> Stream:
    """Labels, which xstack drops, and FG's timestamps. Scaled pixels are the canvas's, so their shape is BG's."""
    sar = c.bg.sar if c.is_scaled else c.fg.sar
    times = [int(pts) - c.fg_zero for pts in c.fg_pts]
    tags = {**labels(c.fg), "field_mode": c.drawn_field_order or "prog"}
    video = video.filter("setsar", sar=_ratio(sar)).filter("setparams", **tags)
    video = video.filter("settb", expr=_ratio(c.time_base)).filter("setpts", expr=table(times, "N"))
    if c.handed:  # ffmpeg would convert it too, by another matrix, and 9 would go on to call it RGB
        video = video.filter("scale", out_color_matrix="bt709", out_range="limited", **SMOOTH)
        video = video.filter("format", pix_fmts=c.handed)
        video = video.filter("setparams", colorspace="bt709", range="limited")
    return video.filter("format", pix_fmts=c.upload).filter("hwupload") if c.upload else video


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def written(output: Stream) -> tuple[str, list[str], list[str]]:
    """The graph as ffmpeg-python writes it, labels of what comes out, and names of its inputs in their order."""
    words = output.get_args()
    names, labels = ([name for option, name in pairwise(words) if option == wanted] for wanted in ("-i", "-map"))
    return words[words.index("-filter_complex") + 1], labels, names

"""Graphs: a composition as one ffmpeg graph, or as parts that are drawn already and are joined.

Everything runs on a clock that counts FG frames: FG frame i has timestamp i, and so has the BG frame that lies under
it. xstack's output is FG's frames, one for one; then the numbers become FG's timestamps. What ffmpeg makes of those in
the files (container start, edit list) has no effect, nor has the time base: xstack falls back to microseconds where its
denominator is 500000 or more. Only a BG that is entered midway is cut by its own timestamps.
FG is input 0 of xstack because the others are brought to its format.
"""

from fractions import Fraction
from itertools import pairwise

from filtergraphs.background import background
from filtergraphs.bg_readers import readers_of
from filtergraphs.blending import blend
from filtergraphs.colour import CONVERSION_FLAGS, labels
from filtergraphs.composition import Composition, Script
from filtergraphs.composition_format import is_translucent
from filtergraphs.expressions import table
from filtergraphs.foreground import foreground_and_mask, kept_frames
from filtergraphs.geometry import surrounding_strips, visible
from filtergraphs.inputs import bg_input, fg_input, file_input, sound_input
from filtergraphs.sound import SOUND_LABEL, sound_graph
from filtergraphs.stream_ops import Stream, rotate_upright, stack
from filtergraphs.unmatched_fill import fills_with_fg

_DROP_BEFORE_ZERO = "noise=drop=lt(pts\\,0)"  # drops packets, and leaves the others as they are


def compose(c: Composition) -> Script:
    """The ffmpeg graph and options that draw `c`, exact in pixels, frame count and timestamps.

    Output frame i is FG frame i over BG frame c.bg_index[i], in the pixel format `working_format(c)`, at FG's time less
    `c.fg_zero`. Inputs: FG, then BG once for each reader, then BG for its sound. A BG that FG covers is not read.
    For an encoder that has no full range or not this pixel format ffmpeg converts behind the graph. Frames of one size
    only: a size that changes midway is not noticed.
    Raises ValueError when FG lies outside the canvas, for a colour matrix that swscale cannot convert, for an FG with
    alpha below itself, and for numbers that ffmpeg's doubles cannot hold (`table`).
    """
    import ffmpeg  # 60 ms, and only needed here

    video, inputs = drawn(c)
    graph, (label,), names = graph_and_ends(ffmpeg.output(_finish(c, video), "out"))
    arguments = [word for name in names for word in inputs[name]]
    if c.sound:
        graph = f"{graph};{sound_graph(c.sound, len(names), c.fg.scope, c.bg.scope)}"
        arguments += sound_input(c)
    return Script(graph, tuple(arguments), _outputs(c, label))


def drawn(c: Composition) -> tuple[Stream, dict[str, tuple[str, ...]]]:
    """The canvas as it is drawn, on the clock that counts FG frames, and the arguments of its inputs by their names.

    Raises ValueError as `compose` does.
    """
    import ffmpeg

    inset = visible(c)
    around = surrounding_strips(*c.canvas, inset)
    parts = [inset, *around] if is_translucent(c) else around
    inputs = {"fg": fg_input(c)}
    fg = kept_frames(c, rotate_upright(ffmpeg.input("fg")[f"v:{c.fg.stream}"], c.fg))
    copies = fg.split() if parts and fills_with_fg(c) else [fg, fg]
    video, moving_mask = foreground_and_mask(c, copies[0], inset)
    if parts:
        readers = readers_of(c)
        inputs |= {f"bg{k}": bg_input(c, reader, len(readers)) for k, reader in enumerate(readers)}
        label = f"v:{c.bg.stream}"
        bg_streams = [(reader, rotate_upright(ffmpeg.input(f"bg{k}")[label], c.bg)) for k, reader in enumerate(readers)]
        below = background(c, bg_streams, copies[1], parts)
        if is_translucent(c):
            video = blend(c, video, below.pop(0), moving_mask)
        video = stack([video, *below], [inset, *around])
    return video, inputs


def join(c: Composition, listing: str) -> Script:
    """Video that is drawn already, with FG's other streams and the sound of `c`. The video is for -c:v copy.

    c         the whole composition
    listing   path of a file for the concat demuxer: the parts of the video, each of which starts at 0
    Inputs: FG, BG for its sound, the parts. The graph is empty unless sound is drawn.
    """
    late = round((int(c.fg_pts[0]) - c.fg_zero) * c.time_base * 10**6)
    sound = sound_input(c) if c.sound else ()
    number = sound.count("-i") + 1
    shifted = ("-itsoffset", f"{late}us") if late else ()
    inputs = (*fg_input(c), *sound, *shifted, "-f", "concat", "-safe", "0", *file_input(listing))
    return Script(
        sound_graph(c.sound, 1, c.fg.scope, c.bg.scope) if c.sound else "",
        inputs,
        _outputs(c, f"{number}:v:0", is_drawn=False),
    )


def graph_and_ends(output: Stream) -> tuple[str, list[str], list[str]]:
    """The graph as ffmpeg-python writes it, labels of what comes out, and names of its inputs in their order."""
    arguments = output.get_args()
    names, labels = ([name for option, name in pairwise(arguments) if option == wanted] for wanted in ("-i", "-map"))
    return arguments[arguments.index("-filter_complex") + 1], labels, names


def timing_options(c: Composition) -> tuple[str, ...]:
    """Without passthrough a VFR FG duplicates frames; without enc_time_base distinct timestamps collapse;
    for sound it would be wrong (opus of ffmpeg 5.1: one frame in fifty is kept).
    """
    return ("-fps_mode", "passthrough", "-enc_time_base:v", f"{c.time_base.numerator}:{c.time_base.denominator}")


def _outputs(c: Composition, label: str, is_drawn: bool = True) -> tuple[str, ...]:
    """Without movie_timescale mov and mp4 round a late start to 1 ms; other muxers ignore the option (measured)."""
    start = ("-movie_timescale", str(c.time_base.denominator)) if c.fg_pts[0] != c.fg_zero else ()
    audio = ("-map", f"0:{c.fg.scope}a", "-c:a", "copy") if c.has_audio else ("-map", SOUND_LABEL) if c.sound else ()
    return ("-map", label, *timing_options(c), *start, *audio, *_cut(c, is_drawn))


def _cut(c: Composition, is_drawn: bool) -> tuple[str, ...]:
    """Sound from 0 on: copied packets that start earlier are left out, or they would delay the video.

    A video that is copied too would lose its first frames to -ss, which goes by the time of decoding.
    """
    from_zero = ("-ss", "0") if is_drawn else ("-bsf:a", _DROP_BEFORE_ZERO, "-bsf:s", _DROP_BEFORE_ZERO)
    first = from_zero if c.fg_first else ()
    last = () if c.fg_end_pts is None else ("-t", f"{round((c.fg_end_pts - c.fg_zero) * c.time_base * 10**6)}us")
    return (*first, *last)


def _finish(c: Composition, video: Stream) -> Stream:
    """Labels, which xstack drops, and FG's timestamps. Scaled pixels are the canvas's, so their shape is BG's."""
    sar = c.bg.sar if c.is_scaled else c.fg.sar
    times = [int(pts) - c.fg_zero for pts in c.fg_pts]
    tags = {**labels(c.fg), "field_mode": c.drawn_field_order or "prog"}
    video = video.filter("setsar", sar=_ratio(sar)).filter("setparams", **tags)
    video = video.filter("settb", expr=_ratio(c.time_base)).filter("setpts", expr=table(times, "N"))
    if c.encoder_yuv_format:  # ffmpeg would convert it too, by another matrix, and 9 would go on to call it RGB
        video = video.filter("scale", out_color_matrix="bt709", out_range="limited", **CONVERSION_FLAGS)
        video = video.filter("format", pix_fmts=c.encoder_yuv_format)
        video = video.filter("setparams", colorspace="bt709", range="limited")
    return video.filter("format", pix_fmts=c.upload_format).filter("hwupload") if c.upload_format else video


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"

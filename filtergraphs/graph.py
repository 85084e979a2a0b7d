"""A composition as one ffmpeg graph.

Everything runs on a clock that counts FG frames: FG frame i has timestamp i, and a BG frame has the number of the
first FG frame it lies under. xstack repeats BG's last frame until the next, so its output is FG's frames, one for one;
then the numbers become FG's timestamps. What ffmpeg makes of the timestamps in the files (container start, edit list)
has no effect, nor has the time base: xstack falls back to microseconds where its denominator is 500000 or more.
FG is input 0 of xstack because the others are brought to its format.
"""

from fractions import Fraction

from filtergraphs.background import background
from filtergraphs.colour import labels
from filtergraphs.composition import Composition, Script
from filtergraphs.expressions import table
from filtergraphs.foreground import foreground
from filtergraphs.layers import Stream, stack
from filtergraphs.layout import strips, visible
from filtergraphs.sound import LABEL, Sound, sound_graph


def compose(c: Composition) -> Script:
    """The ffmpeg graph and options that draw `c`, exact in pixels, frame count and timestamps.

    That is what the encoder is handed: for one that has no full range or not this pixel format (ffv1 and full range in
    ffmpeg 9) ffmpeg converts behind the graph. Frames of one size only: a size that changes midway is not noticed.
    Raises ValueError when FG lies outside the canvas, or for a colour matrix that swscale cannot convert.
    """
    import ffmpeg  # 60 ms, and only needed here

    hole = visible(c)
    strips_of_bg = strips(c.bg.width, c.bg.height, hole)
    inputs = (c.fg, c.bg) if strips_of_bg else (c.fg,)
    video = foreground(c, ffmpeg.input("fg")["v:0"], hole)
    if strips_of_bg:
        layers = [video, *background(c, ffmpeg.input("bg")["v:0"], strips_of_bg)]
        video = stack(layers, [hole, *strips_of_bg])
    graph, label = _text(ffmpeg.output(_finish(c, video), "out"))
    words = [word for source in inputs for word in _input(c, source.path)]
    if c.sound:
        graph = f"{graph};{sound_graph(c.sound, len(inputs))}"
        words += _sound_input(c.sound)
    return Script(graph, tuple(words), _outputs(c, label))


def _input(c: Composition, path: str) -> tuple[str, ...]:
    """How to open one input.

    One rate for both, or xstack passes none on: x264 then signals level 6.2 and loses the last duration. And no new
    graph when colour tags change midway: ffmpeg 9 makes one, counts frames from 0 again, and reports success.
    """
    return ("-reinit_filter", "0", "-r", str(c.frame_rate), "-i", path)


def _sound_input(sound: Sound) -> tuple[str, ...]:
    """BG once more: its sound is read where its pictures need not be, and never waits for them."""
    return ("-reinit_filter", "0", "-vn", "-sn", "-dn", "-i", sound.bg_path)


def _outputs(c: Composition, label: str) -> tuple[str, ...]:
    """Without passthrough a VFR FG duplicates frames; without enc_time_base distinct timestamps collapse;
    for sound it would be wrong (opus of ffmpeg 5.1: one frame in fifty is kept).

    mov and mp4 round a late start to 1/movie_timescale, by default 1 ms; other muxers ignore the option (measured).
    """
    timing = ("-fps_mode", "passthrough", "-enc_time_base:v", f"{c.time_base.numerator}:{c.time_base.denominator}")
    start = ("-movie_timescale", str(c.time_base.denominator)) if c.fg_pts[0] != c.fg_start else ()
    audio = ("-map", "0:a", "-c:a", "copy") if c.has_audio else ("-map", LABEL) if c.sound else ()
    return ("-map", label, *timing, *start, *audio)


def _finish(c: Composition, video: Stream) -> Stream:
    """Labels, which xstack drops, and FG's timestamps. Scaled pixels are the canvas's, so their shape is BG's."""
    sar = c.bg.sar if c.is_scaled else c.fg.sar
    times = [int(pts) - c.fg_start for pts in c.fg_pts]
    video = video.filter("setsar", sar=_ratio(sar)).filter("setparams", **labels(c.fg))
    return video.filter("settb", expr=_ratio(c.time_base)).filter("setpts", expr=table(times, "N"))


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _text(output: Stream) -> tuple[str, str]:
    """The graph as ffmpeg-python writes it, and the label of what comes out."""
    words = output.get_args()
    return words[words.index("-filter_complex") + 1], words[words.index("-map") + 1]

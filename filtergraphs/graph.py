"""A composition as one ffmpeg graph.

Everything runs on a clock that counts FG frames: FG frame i has timestamp i, and a BG frame has the number of the
first FG frame it lies under. xstack repeats BG's last frame until the next, so its output is FG's frames, one for one;
then the numbers become FG's timestamps. What ffmpeg makes of the timestamps in the files (container start, edit list)
has no effect, nor has the time base: xstack falls back to microseconds where its denominator is 500000 or more.
FG is input 0 of xstack because the others are brought to its format.
"""

from fractions import Fraction
from itertools import pairwise
from typing import Any

from filtergraphs.colour import conversion, labels, replication
from filtergraphs.composition import Composition, Script, Source
from filtergraphs.expressions import selection, table
from filtergraphs.formats import chroma_grid, working_format
from filtergraphs.layout import Rect, chroma_whole, strips, visible

_Stream = Any  # ffmpeg-python has no types
_SHARP = "lanczos+accurate_rnd+full_chroma_int+full_chroma_inp"


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
    video = _foreground(c, ffmpeg.input("fg")["v:0"], hole)
    if strips_of_bg:
        layers = [video, *_background(c, ffmpeg.input("bg")["v:0"], strips_of_bg)]
        video = _stack(layers, [hole, *strips_of_bg])
    graph, label = _text(ffmpeg.output(_finish(c, video), "out"))
    return Script(graph, tuple(word for source in inputs for word in _input(c, source.path)), _outputs(c, label))


def _input(c: Composition, path: str) -> tuple[str, ...]:
    """How to open one input.

    One rate for both, or xstack passes none on: x264 then signals level 6.2 and loses the last duration. And no new
    graph when colour tags change midway: ffmpeg 9 makes one, counts frames from 0 again, and reports success.
    """
    return ("-reinit_filter", "0", "-r", str(c.frame_rate), "-i", path)


def _outputs(c: Composition, label: str) -> tuple[str, ...]:
    """Without passthrough a VFR FG duplicates frames; without enc_time_base distinct timestamps collapse.

    mov and mp4 round a late start to 1/movie_timescale, by default 1 ms; other muxers ignore the option (measured).
    """
    timing = ("-fps_mode", "passthrough", "-enc_time_base", f"{c.time_base.numerator}:{c.time_base.denominator}")
    start = ("-movie_timescale", str(c.time_base.denominator)) if c.fg_pts[0] != c.fg_start else ()
    audio = ("-map", "0:a", "-c:a", "copy") if c.has_audio else ()
    return ("-map", label, *timing, *start, *audio)


def _foreground(c: Composition, fg: _Stream, hole: Rect) -> _Stream:
    fg = fg.filter("setparams", **labels(c.fg)).filter("settb", expr="1/1").filter("setpts", expr="N")
    target = working_format(c)
    if c.is_scaled:
        sharp = replication(c.fg) | {"flags": _SHARP}
        fg = fg.filter("scale", width=c.width, height=c.height, **sharp).filter("format", pix_fmts=target)
    else:
        fg = _replicated(fg, c.fg, target)
    return fg if hole == Rect(c.x, c.y, c.width, c.height) else _crop(fg, Rect(hole.x - c.x, hole.y - c.y, *hole[2:]))


def _background(c: Composition, bg: _Stream, parts: list[Rect]) -> list[_Stream]:
    starts = [0, *(i for i, (a, b) in enumerate(pairwise(c.bg_index), 1) if a != b)]
    used = [int(c.bg_index[i]) for i in starts]
    bg = bg.filter("trim", end_frame=used[-1] + 1)
    if len(used) != used[-1] + 1:
        bg = bg.filter("select", expr=selection(used))
    bg = bg.filter("settb", expr="1/1").filter("setpts", expr=table(starts, "N"))
    target = working_format(c)
    bg = _converted(c, bg.filter("setparams", **labels(c.bg)), target).filter("setparams", **labels(c.fg))
    return _cut(bg, parts)


def _converted(c: Composition, bg: _Stream, target: str) -> _Stream:
    options = conversion(c.bg, c.fg, target)
    return bg.filter("scale", **options).filter("format", pix_fmts=target) if options else _replicated(bg, c.bg, target)


def _replicated(stream: _Stream, source: Source, target: str) -> _Stream:
    """The same samples in `target`, each chroma sample repeated over its pixels if `target` has one for every pixel.

    swscale repeats exactly only by whole factors, and pad loses odd edges: an odd size is done in pieces.
    """
    if target == source.pix_fmt:
        return stream.filter("format", pix_fmts=target)
    is_repeated = chroma_grid(target) != chroma_grid(source.pix_fmt)
    step_x, step_y = chroma_grid(source.pix_fmt) if is_repeated else (1, 1)
    pieces = chroma_whole(source.width, source.height, step_x, step_y)
    parts = _cut(stream, pieces) if len(pieces) > 1 else [stream]
    return _stack([_repeat(part, source, target) for part in parts], pieces)


def _repeat(stream: _Stream, source: Source, target: str) -> _Stream:
    return stream.filter("scale", **replication(source)).filter("format", pix_fmts=target)


def _cut(stream: _Stream, parts: list[Rect]) -> list[_Stream]:
    if len(parts) == 1:
        return [_crop(stream, parts[0])]
    split = stream.split()
    return [_crop(split[k], part) for k, part in enumerate(parts)]


def _stack(streams: list[_Stream], places: list[Rect]) -> _Stream:
    import ffmpeg

    if len(streams) == 1:
        return streams[0]
    corners = "|".join(f"{rect.x}_{rect.y}" for rect in places)
    return ffmpeg.filter(streams, "xstack", inputs=len(streams), layout=corners)


def _crop(stream: _Stream, rect: Rect) -> _Stream:
    """exact=1, or crop rounds odd sizes and positions of subsampled formats."""
    return stream.filter("crop", out_w=rect.width, out_h=rect.height, x=rect.x, y=rect.y, exact=1)


def _finish(c: Composition, video: _Stream) -> _Stream:
    """Labels, which xstack drops, and FG's timestamps. Scaled pixels are the canvas's, so their shape is BG's."""
    sar = c.bg.sar if c.is_scaled else c.fg.sar
    times = [int(pts) - c.fg_start for pts in c.fg_pts]
    video = video.filter("setsar", sar=_ratio(sar)).filter("setparams", **labels(c.fg))
    return video.filter("settb", expr=_ratio(c.time_base)).filter("setpts", expr=table(times, "N"))


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _text(output: _Stream) -> tuple[str, str]:
    """The graph as ffmpeg-python writes it, and the label of what comes out."""
    words = output.get_args()
    return words[words.index("-filter_complex") + 1], words[words.index("-map") + 1]

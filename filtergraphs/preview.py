"""A preview as one ffmpeg graph: what a composition draws, made small, for people to see whether FG lies right."""

from collections.abc import Sequence
from dataclasses import replace

from filtergraphs.background import background
from filtergraphs.bg_readers import readers_of
from filtergraphs.captions import Captions, caption
from filtergraphs.colour import CONVERSION_FLAGS, conversion, labels
from filtergraphs.composition import Composition, Script, Source
from filtergraphs.composition_format import working_format
from filtergraphs.expressions import table
from filtergraphs.foreground import foreground, kept_frames
from filtergraphs.geometry import visible
from filtergraphs.graph import drawn, graph_and_ends, timing_options
from filtergraphs.inputs import bg_input, fg_input
from filtergraphs.preview_layout import PreviewLayout
from filtergraphs.preview_styles import (
    GROUND,
    PreviewStyle,
    difference,
    flickering,
    outlined,
    remarks,
    side_by_side,
    wiped,
)
from filtergraphs.stream_ops import Stream, rotate_upright
from filtergraphs.unmatched_fill import fills_with_fg

_RGB = "gbrp"
_HD_HEIGHT, _HD_WIDTH = 720, 1280  # from where on unlabelled clips have BT.709, as players take it, too
Inputs = dict[str, tuple[str, ...]]  # arguments of ffmpeg's inputs, by their names in the graph


def preview(c: Composition, style: PreviewStyle, layout: PreviewLayout, captions: Captions | None) -> Script:
    """The graph and options that draw frames of `c` in a style, in 4:2:0 of 8 bits, BT.709, limited range.

    captions   None: no text
    Raises ValueError as `compose` does.
    """
    import ffmpeg

    ms = table(_milliseconds(c), "t")
    video, inputs = _pictures(c, style, layout, ms)
    pictures, (width, height) = layout.pictures, layout.frame
    if (pictures.width, pictures.height) != layout.frame:
        place = {"x": pictures.x, "y": pictures.y, "color": GROUND}
        video = video.filter("pad", width=width, height=height, **place)
    if captions is not None:
        video = caption(video, c, captions, remarks(style, ms), layout)
    graph, (label,), names = graph_and_ends(ffmpeg.output(_finished(c, video), "out"))
    arguments = tuple(word for name in names for word in inputs[name])
    return Script(graph, arguments, ("-map", label, *timing_options(c)))


def _pictures(c: Composition, style: PreviewStyle, layout: PreviewLayout, ms: str) -> tuple[Stream, Inputs]:
    if style == "outline":
        composite, inputs = drawn(c)
        return outlined(_scaled(_in_rgb(c, composite), layout), c, layout), inputs
    fg, bg, inputs = _sides(c)
    fg, bg = _in_rgb(c, fg), _in_rgb(c, bg)
    if style == "difference":  # of the px that are drawn: those of a smaller picture hide what is off by one
        return _scaled(difference(fg, bg), layout), inputs
    fg, bg = _scaled(fg, layout), _scaled(bg, layout)
    if style == "side":
        return side_by_side(fg, bg, layout), inputs
    return (wiped if style == "wipe" else flickering)(fg, bg, layout, ms), inputs


def _sides(c: Composition) -> tuple[Stream, Stream, Inputs]:
    """FG as it is drawn, and the part of BG that it covers, frame by frame."""
    import ffmpeg

    inset, readers = visible(c), readers_of(c)
    fg = kept_frames(c, rotate_upright(ffmpeg.input("fg")[f"v:{c.fg.stream}"], c.fg))
    copies = fg.split() if fills_with_fg(c) else [fg, fg]
    label = f"v:{c.bg.stream}"
    streams = [(reader, rotate_upright(ffmpeg.input(f"bg{k}")[label], c.bg)) for k, reader in enumerate(readers)]
    (bg,) = background(c, streams, copies[1], [inset])
    inputs = {"fg": fg_input(c)} | {f"bg{k}": bg_input(c, reader, len(readers)) for k, reader in enumerate(readers)}
    return foreground(c, copies[0], inset), bg, inputs


def _in_rgb(c: Composition, stream: Stream) -> Stream:
    """From FG's samples, whatever those are, to 8-bit RGB."""
    space = c.fg.colour_space
    if space in ("", "unknown", "unspecified", "reserved") and (c.fg.height >= _HD_HEIGHT or c.fg.width >= _HD_WIDTH):
        space = "bt709"
    own = replace(c.fg, pix_fmt=working_format(c), colour_space=space)
    options = conversion(own, Source("", own.width, own.height, _RGB, colour_range="pc"), _RGB)
    return stream.filter("scale", **(options or CONVERSION_FLAGS)).filter("format", pix_fmts=_RGB)


def _scaled(stream: Stream, layout: PreviewLayout) -> Stream:
    width, height = layout.panel
    return stream.filter("scale", width=width, height=height, **CONVERSION_FLAGS).filter("setsar", sar="1/1")


def _finished(c: Composition, video: Stream) -> Stream:
    """At FG's times, in what every player takes."""
    times = [int(pts) - c.fg_zero for pts in c.fg_pts]
    base = f"{c.time_base.numerator}/{c.time_base.denominator}"
    video = video.filter("scale", out_color_matrix="bt709", out_range="limited", **CONVERSION_FLAGS)
    tags = labels(c.fg) | {"range": "limited", "colorspace": "bt709", "field_mode": "prog"}
    video = video.filter("format", pix_fmts="yuv420p").filter("setsar", sar="1/1").filter("setparams", **tags)
    return video.filter("settb", expr=base).filter("setpts", expr=table(times, "N"))


def _milliseconds(c: Composition) -> Sequence[int]:
    """Of each frame, since the first."""
    first = int(c.fg_pts[0])
    return [round((int(pts) - first) * c.time_base * 1000) for pts in c.fg_pts]

"""What lies below FG frames that resemble no BG frame: the BG frame before them, black, or FG itself."""

from filtergraphs.colour import RESIZING_FLAGS, full_or_limited, labels, replication
from filtergraphs.composition import Composition
from filtergraphs.composition_format import working_format
from filtergraphs.expressions import table
from filtergraphs.formats import depth, has_alpha, is_yuv
from filtergraphs.geometry import COMMON_GRID, Rect, content, covering
from filtergraphs.stream_ops import Stream, crop, stack

# FG frames. xstack looks for the filling's next frame: without any it would have FG decoded to its end
_FG_INTERVAL = 16


def fill_unmatched(c: Composition, bg: Stream, fg: Stream) -> Stream:
    """BG with what `c.unmatched_fill` puts below unmatched FG frames.

    bg   one picture for each FG frame, in the working format
    fg   FG's frames on their clock: a copy where `fills_with_fg`
    Raises ValueError for an FG with alpha below itself.
    """
    if not is_filled(c):
        return bg
    flags = [int(is_unmatched) for is_unmatched in c.unmatched]
    if c.unmatched_fill == "black":
        return bg.filter("lut", **black_levels(c), enable=table(flags, "n"))
    unmatched = fg.filter("select", expr=f"not(mod(n,{_FG_INTERVAL}))+({table(flags, 'n')})")
    return _either(c, bg, _covering(c, unmatched), table(flags, "n"))


def is_filled(c: Composition) -> bool:
    """Whether anything lies below unmatched FG frames but the BG frame before them."""
    return c.unmatched_fill != "hold" and any(c.unmatched)


def fills_with_fg(c: Composition) -> bool:
    return c.unmatched_fill == "foreground" and any(c.unmatched)


def _either(c: Composition, first: Stream, second: Stream, choice: str) -> Stream:
    """Both under each other, and of those the half that `choice`, an expression, names: 0 is `first`, 1 is `second`.

    Not by a filter of two inputs with enable: ffmpeg 5.1 asks that of the frame after the one it is about.
    """
    width, height = c.canvas
    second_y = height + -height % COMMON_GRID
    both = stack([first, second], [Rect(0, 0, width, height), Rect(0, second_y, width, height)])
    return both.filter("crop", out_w=width, out_h=height, x=0, y=f"{second_y}*({choice})", exact=1)


def _covering(c: Composition, fg: Stream) -> Stream:
    """What is drawn of FG, in the shape it is drawn in, as small as covers the canvas, its middle."""
    if has_alpha(c.fg.pix_fmt):
        raise ValueError(
            f"FG has alpha ({c.fg.pix_fmt}) and cannot lie below itself; wanted black or the BG frame held"
        )
    (width, height), middle = covering(c)
    fg = crop(fg, content(c)) if c.fg_crop else fg
    fg = fg.filter("scale", width=width, height=height, **(replication(c.fg) | RESIZING_FLAGS))
    fg = fg.filter("format", pix_fmts=working_format(c)).filter("setparams", **labels(c.fg))
    return crop(fg, middle)


def black_levels(c: Composition) -> dict[str, int]:
    """Options of lut: black in the working format and FG's range."""
    pix_fmt = working_format(c)
    if not is_yuv(pix_fmt):
        return {"c0": 0} if pix_fmt.startswith("gray") else {"c0": 0, "c1": 0, "c2": 0}
    level = 1 << (depth(pix_fmt) - 8)  # one level of 8 bits
    luma = 0 if full_or_limited(c.fg) == "full" else 16 * level
    return {"c0": luma, "c1": 128 * level, "c2": 128 * level}


def is_padded_black(c: Composition) -> bool:
    """Whether `pad` paints black as `black_levels` says: 5.1 knows no range but that of a pixel format's name.

    In 10 bits both paint chroma of 514, in 12 luma of 257 and chroma of 2056.
    """
    pix_fmt = working_format(c)
    return is_yuv(pix_fmt) and depth(pix_fmt) == 8 and full_or_limited(c.fg) != "full"

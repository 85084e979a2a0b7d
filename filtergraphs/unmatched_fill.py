"""What lies below FG frames that resemble no BG frame: the BG frame before them, black, or FG itself."""

from filtergraphs.colour import SHARP, full_or_limited, labels, replication
from filtergraphs.composition import Composition
from filtergraphs.expressions import table
from filtergraphs.formats import depth, has_alpha, is_yuv, working_format
from filtergraphs.geometry import Rect, content
from filtergraphs.stream_ops import Stream, crop, stack

_AT_LEAST = 16  # FG frames; xstack looks for the filling's next one: without any it would have FG decoded to its end


def filled(c: Composition, bg: Stream, fg: Stream) -> Stream:
    """bg: one picture for each FG frame, in the working format. fg: FG's on their clock. Raises ValueError."""
    flags = [int(is_unmatched) for is_unmatched in c.unmatched]
    if c.filling == "hold" or not any(flags):
        return bg
    if c.filling == "black":
        return bg.filter("lut", **_black(c), enable=table(flags, "n"))
    wanted = fg.filter("select", expr=f"not(mod(n,{_AT_LEAST}))+({table(flags, 'n')})")
    return _either(c, bg, _covering(c, wanted), table(flags, "n"))


def needs_fg(c: Composition) -> bool:
    return c.filling == "foreground" and any(c.unmatched)


def _either(c: Composition, first: Stream, second: Stream, chosen: str) -> Stream:
    """Both under each other, and the half that is wanted: 1 is `second`.

    Not by a filter of two inputs with enable: ffmpeg 5.1 asks that of the frame after the one it is about.
    """
    width, height = c.canvas
    below = height + -height % 4  # whole chroma samples of any format
    both = stack([first, second], [Rect(0, 0, width, height), Rect(0, below, width, height)])
    return both.filter("crop", out_w=width, out_h=height, x=0, y=f"{below}*({chosen})", exact=1)


def _covering(c: Composition, fg: Stream) -> Stream:
    """What is drawn of FG, in the shape it is drawn in, as small as covers the canvas, its middle."""
    if has_alpha(c.fg.pix_fmt):
        raise ValueError(
            f"FG has alpha ({c.fg.pix_fmt}) and cannot lie below itself; wanted black or the BG frame held"
        )
    part, (width, height) = content(c), c.canvas
    across, down = part.width * c.width * c.fg.height, part.height * c.height * c.fg.width
    if across * height > down * width:
        size = (-(-across * height // down), height)
    else:
        size = (width, -(-down * width // across))
    fg = fg if c.window is None else crop(fg, part)
    fg = fg.filter("scale", width=size[0], height=size[1], **(replication(c.fg) | SHARP))
    fg = fg.filter("format", pix_fmts=working_format(c)).filter("setparams", **labels(c.fg))
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return crop(fg, Rect(left - left % 4, top - top % 4, width, height))  # whole chroma samples of any format


def _black(c: Composition) -> dict[str, int]:
    """Options of lut: black in the working format and FG's range."""
    pix_fmt = working_format(c)
    if not is_yuv(pix_fmt):
        return {"c0": 0} if pix_fmt.startswith("gray") else {"c0": 0, "c1": 0, "c2": 0}
    scale = 1 << (depth(pix_fmt) - 8)
    luma = 0 if full_or_limited(c.fg) == "full" else 16 * scale
    return {"c0": luma, "c1": 128 * scale, "c2": 128 * scale}

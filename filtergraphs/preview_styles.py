"""The pictures of a preview: FG and the BG it lies on beside each other, in turns, split, subtracted; or all, outlined.

Streams are 8-bit planar RGB on the clock that counts FG frames. `ms` are expressions of that count, for milliseconds
since the first frame: turns take the same time whatever the frame rates.
"""

from typing import Literal

from filtergraphs.captions import BG_COLOUR, FG_COLOUR, Remark
from filtergraphs.composition import Composition
from filtergraphs.geometry import Rect, visible
from filtergraphs.preview_layout import GAP_PX, PreviewLayout
from filtergraphs.stream_ops import Stream, stack

PreviewStyle = Literal["side", "wipe", "flicker", "difference", "outline"]

AMPLIFICATION = 4  # of differences: one of 64 levels, which is a wrong picture, becomes white
TURN_MS = 500  # in which flicker shows one clip: long enough to look, short enough to remember
SWEEP_MS = 4000  # there and back of wipe's line: slow enough to follow
LINE_PX = 2  # width of wipe's line and of an outline's two colours
GROUND = "0x181818"  # behind panels and text


def side_by_side(fg: Stream, bg: Stream, layout: PreviewLayout) -> Stream:
    width, height = layout.panel
    left = fg.filter("pad", width=width + GAP_PX, height=height, x=0, y=0, color=GROUND)
    return stack([left, bg], [Rect(0, 0, width, height), Rect(width + GAP_PX, 0, width, height)])


def wiped(fg: Stream, bg: Stream, layout: PreviewLayout, ms: str) -> Stream:
    """FG left of a line, BG right of it.

    FG is given as much ground before it as it is wide. A window as wide as FG that slides over both, and is laid on BG
    as far left as it has not yet slid, shows each px of FG where it belongs.
    """
    import ffmpeg

    width, height = layout.panel
    line = wipe_line(width, ms)
    slid = fg.filter("pad", width=2 * width, height=height, x=width, y=0, color=GROUND)
    slid = slid.filter("crop", out_w=width, out_h=height, x=line, y=0, exact=1)
    slid = slid.filter("pad", width=width + LINE_PX, height=height, x=0, y=0, color="white")
    return ffmpeg.filter([bg, slid], "overlay", x=f"{line}-{width}", y=0, format="gbrp")


def wipe_line(width: int, ms: str) -> str:
    """Expression for px of the panel left of the line: from the middle to the right, to the left, and so on.

    >>> wipe_line(640, "t")
    'floor(640*abs(1-mod((t)+3000,4000)/2000))'
    """
    quarter = SWEEP_MS // 4
    return f"floor({width}*abs(1-mod(({ms})+{3 * quarter},{SWEEP_MS})/{2 * quarter}))"


def flickering(fg: Stream, bg: Stream, layout: PreviewLayout, ms: str) -> Stream:
    """Both under each other, and of those the one whose turn it is. Not by a filter with enable: `unmatched_fill`."""
    width, height = layout.panel
    both = stack([fg, bg], [Rect(0, 0, width, height), Rect(0, height, width, height)])
    return both.filter("crop", out_w=width, out_h=height, x=0, y=f"{height}*({_turn(ms)})", exact=1)


def difference(fg: Stream, bg: Stream) -> Stream:
    """Amplified absolute difference, in RGB: that of equal chroma is 0 in YUV, which is green."""
    import ffmpeg

    amplified = f"val*{AMPLIFICATION}"
    return ffmpeg.filter([fg, bg], "blend", all_mode="difference").filter(
        "lut", c0=amplified, c1=amplified, c2=amplified
    )


def outlined(composite: Stream, c: Composition, layout: PreviewLayout) -> Stream:
    """The canvas with a line around FG, dark outside, so that it shows on any picture."""
    for distance, colour in ((2 * LINE_PX, "black"), (LINE_PX, FG_COLOUR)):
        box = outline_box(c, layout, distance)
        composite = composite.filter("drawbox", x=box.x, y=box.y, w=box.width, h=box.height, color=colour, t=LINE_PX)
    return composite


def outline_box(c: Composition, layout: PreviewLayout, distance: int) -> Rect:
    """FG's rectangle in the panel, so many px larger on each side, as far as the panel reaches."""
    (width, height), (canvas_width, canvas_height), area = layout.panel, c.canvas, visible(c)
    left, right = (x * width // canvas_width for x in (area.x, area.right))
    top, bottom = (y * height // canvas_height for y in (area.y, area.bottom))
    around = Rect.between(left - distance, top - distance, right + distance, bottom + distance)
    inset = 2 * LINE_PX - distance  # at the panel's edge, where there is no room outside
    return around.intersection(Rect.between(inset, inset, width - inset, height - inset))


def remarks(style: PreviewStyle, ms: str) -> list[Remark]:
    """What the text says of a style."""
    if style == "flicker":
        return [
            Remark("flicker", "FG", FG_COLOUR, f"not({_turn(ms)})"),
            Remark("flicker", "BG", BG_COLOUR, _turn(ms)),
        ]
    named = {"wipe": ("wipe", "FG|BG"), "difference": ("difference", f"x{AMPLIFICATION}")}
    return [Remark(*named[style])] if style in named else []


def _turn(ms: str) -> str:
    """Expression: 0 while FG is shown, 1 while BG is."""
    return f"mod(floor(({ms})/{TURN_MS}),2)"

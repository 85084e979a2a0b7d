"""Where a preview has its pictures and its text: panels in a row, and below them two lines on a plain ground."""

from dataclasses import dataclass
from fractions import Fraction

from filtergraphs.composition import Composition
from filtergraphs.geometry import Rect, visible

HALF = Fraction(1, 2)  # of the size in which a render is drawn
GAP_PX = 4  # between two panels: wide enough to see where one ends
MAX_SIDE_PX = 4096  # which decoders of H.264 take wherever there are any
MIN_FONT_PX = 14  # the least that is read at a glance
MAX_FONT_SHARE = 14  # panels are at least so many times as high as the letters
HALF_LINE_EMS = 15  # what half a line holds: a name, a frame number, a time; letters of usual fonts are 0.6 em wide
LINE_EMS = Fraction(3, 2)  # from one line to the next


@dataclass(frozen=True)
class PreviewLayout:
    """Sizes in px of the preview.

    panel        width and height of one picture
    panels       how many lie side by side
    frame        width and height of all, both even
    font         height of letters; 0: no text
    text_height  of the ground that they stand on, which is the lowest part of the frame
    """

    panel: tuple[int, int]
    panels: int
    frame: tuple[int, int]
    font: int
    text_height: int

    @property
    def pictures(self) -> Rect:
        """All panels with the gaps between them."""
        width, height = self.panel
        across = self.panels * (width + GAP_PX) - GAP_PX
        frame_width, frame_height = self.frame
        left, top = (frame_width - across) // 2, (frame_height - self.text_height - height) // 2
        return Rect(left, top, across, height)


def preview_layout(c: Composition, style: str, is_full_size: bool, has_text: bool) -> PreviewLayout:
    """Half the size in which FG, or for an outline the canvas, is drawn, in square pixels.

    It is larger where text would not fit, and smaller where players would not take it.
    """
    size = c.canvas if style == "outline" else (visible(c).width, visible(c).height)
    width, height = size[0] * _pixel_shape(c), Fraction(size[1])
    panels = 2 if style == "side" else 1
    least = 2 * HALF_LINE_EMS * MIN_FONT_PX if has_text else 2
    factor = Fraction(1) if is_full_size else min(max(HALF, Fraction(least) / (panels * width)), Fraction(1))
    factor = min(factor, Fraction(MAX_SIDE_PX - GAP_PX) / (panels * width), Fraction(MAX_SIDE_PX) / height)
    panel = even(width * factor), even(height * factor)
    across = max(panels * (panel[0] + GAP_PX) - GAP_PX, least)
    font = max(min(across // (2 * HALF_LINE_EMS), panel[1] // MAX_FONT_SHARE), MIN_FONT_PX) if has_text else 0
    text_height = even(2 * font * LINE_EMS + Fraction(font, 2)) if font else 0
    return PreviewLayout(panel, panels, (across, panel[1] + text_height), font, text_height)


def even(px: Fraction) -> int:
    """The even number nearest to `px`, at least 2."""
    return max(2 * round(px / 2), 2)


def _pixel_shape(c: Composition) -> Fraction:
    """Width of the pixels that are drawn over their height: those of the canvas, if FG is scaled to it."""
    return (c.bg.sar if c.is_scaled else c.fg.sar) or Fraction(1)

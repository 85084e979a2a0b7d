"""What the margins are called that are left out around FG's content: bars, or a rim where they are as thin as those."""

from __future__ import annotations

from typing import NamedTuple

from vidkompy.model import PixelBox

WIDEST_RIM = 6  # px, as RimParameters.widest


class Margins(NamedTuple):
    """Words: the margins with their verb, and what they are referred to by, as subject with a verb and as object."""

    are: str
    they_were: str
    them: str


BARS, RIM = Margins("bars are", "they were", "them"), Margins("rim is", "it was", "it")


def margins_of(content: PixelBox, size: tuple[int, int]) -> Margins:
    """
    >>> margins_of((0, 20, 640, 340), (640, 360)).are, margins_of((2, 0, 640, 356), (640, 360)).are
    ('bars are', 'rim is')
    """
    return RIM if max(margin_px(content, size).values()) <= WIDEST_RIM else BARS


def margin_px(content: PixelBox, size: tuple[int, int]) -> dict[str, int]:
    """px of FG by side."""
    (left, top, right, bottom), (width, height) = content, size
    return {"left": left, "top": top, "right": width - right, "bottom": height - bottom}

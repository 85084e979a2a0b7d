"""Sizes of previews: even, half of what is drawn, never less than text needs nor more than players take."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filtergraphs import Composition, Source
from filtergraphs.preview_layout import MAX_SIDE_PX, MIN_FONT_PX, preview_layout

STYLES = ("side", "wipe", "outline")
C = Composition(
    Source("bg.mp4", 1920, 1080, "yuv420p"),
    Source("fg.mp4", 1280, 720, "yuv420p"),
    *(101, 53, 1280, 720),
    *((0,), (0,), Fraction(1, 25), Fraction(25)),
)


@pytest.mark.parametrize(
    ("style", "is_full_size", "panel", "width"),
    [
        ("side", False, (640, 360), 1284),
        ("side", True, (1280, 720), 2564),
        ("wipe", False, (640, 360), 640),
        ("outline", False, (960, 540), 960),
        ("outline", True, (1920, 1080), 1920),
    ],
)
def test_half_of_what_is_drawn_unless_all_is_wanted(
    style: str, is_full_size: bool, panel: tuple[int, int], width: int
) -> None:
    layout = preview_layout(C, style, is_full_size, has_text=True)
    assert (layout.panel, layout.frame) == (panel, (width, panel[1] + layout.text_height))
    assert preview_layout(C, style, is_full_size, has_text=False).frame == (width, panel[1])


def test_pixels_become_square() -> None:
    wide = replace(C, fg=replace(C.fg, sar=Fraction(4, 3)))
    assert preview_layout(wide, "wipe", is_full_size=True, has_text=False).panel == (1706, 720)


@given(st.sampled_from(STYLES), st.integers(1, 8000), st.integers(1, 8000), st.booleans(), st.booleans())
def test_every_preview_can_be_encoded_and_read(
    style: str, width: int, height: int, is_full_size: bool, has_text: bool
) -> None:
    fg = replace(C.fg, width=width, height=height)
    c = replace(C, fg=fg, bg=replace(C.bg, width=width, height=height), x=0, y=0, width=width, height=height)
    layout = preview_layout(c, style, is_full_size, has_text)
    assert all(side % 2 == 0 and 2 <= side <= MAX_SIDE_PX + layout.text_height for side in layout.frame)
    assert layout.pictures.x >= 0
    assert layout.pictures.right <= layout.frame[0]
    assert layout.pictures.bottom <= layout.frame[1] - layout.text_height
    if has_text:
        assert layout.font >= MIN_FONT_PX
        assert layout.frame[0] >= 30 * layout.font

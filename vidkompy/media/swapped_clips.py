"""Signs that BG and FG were given the wrong way round, and what to type then."""

from __future__ import annotations

import shlex

from vidkompy.model import Clip, Placement

SWAPPED = "BG and FG look swapped"  # what a reason or a message about it begins with


def swapping_command(bg: Clip, fg: Clip) -> str:
    """The command that takes BG for FG and FG for BG."""
    return f"vidkompy analyze {shlex.quote(str(fg.path))} {shlex.quote(str(bg.path))}"


def hides_and_exceeds(placement: Placement, bg: Clip, excess: float) -> bool:
    """Whether FG hides all of the canvas and is larger: excess, its area over that of the canvas."""
    left, top, right, bottom = placement.drawn
    is_hidden = left <= 0 and top <= 0 and right >= bg.width and bottom >= bg.height
    return is_hidden and (right - left) * (bottom - top) >= excess * bg.width * bg.height

"""What can be wished of a drawing: options of render, compose and verify."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unmatched = Literal["hold", "black", "foreground"]
Trim = Literal["all", "matched"]


@dataclass(frozen=True)
class Drawing:
    """What is drawn beyond what was measured."""

    unmatched: Unmatched = "hold"
    """around FG frames that resemble no BG frame: the BG frame before them, black, or FG itself, scaled up"""
    trim: Trim = "all"
    """FG frames that are kept: all, or those from the first matched to the last"""

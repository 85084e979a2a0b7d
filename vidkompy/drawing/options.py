"""Drawing options: what the user chooses of a drawing, in render, compose and verify."""

from __future__ import annotations

from typing import Literal, Optional

from filtergraphs.motion import Outside
from vidkompy.errors import UsageError
from vidkompy.records import Record

DEFAULT_FEATHER_PX = 16  # chosen by eye
MAX_FEATHER_PX = 10_000

Canvas = Literal["auto", "bg", "fg"]
Unmatched = Literal["hold", "black", "foreground"]
Trim = Literal["all", "matched"]
Audio = Literal["auto", "fg", "bg", "mix", "none"]
Pitch = Literal["follow", "keep"]
PreviewStyle = Literal["side", "wipe", "flicker", "difference", "outline"]
BlendMode = Literal[
    "normal",
    "addition",
    "addition128",
    "and",
    "average",
    "bleach",
    "burn",
    "darken",
    "difference",
    "difference128",
    "divide",
    "dodge",
    "exclusion",
    "extremity",
    "freeze",
    "geometric",
    "glow",
    "grainextract",
    "grainmerge",
    "hardlight",
    "hardmix",
    "hardoverlay",
    "harmonic",
    "heat",
    "interpolate",
    "lighten",
    "linearlight",
    "multiply",
    "multiply128",
    "negation",
    "or",
    "overlay",
    "phoenix",
    "pinlight",
    "reflect",
    "screen",
    "softdifference",
    "softlight",
    "stain",
    "subtract",
    "vividlight",
    "xor",
]


class DrawingOptions(Record):
    """What is drawn and heard beyond what was measured."""

    smooth: bool = False
    """fade FG's edges into BG, where BG shows beyond them"""
    feather: Optional[int] = None
    """px over which they fade (default: 16); smooth edges even without --smooth"""
    match_colours: bool = False
    """bring BG's colours to FG's, as the analysis measured them; FG stays as it is"""
    blend: BlendMode = "normal"
    """how FG is mixed with the BG below it, as ffmpeg's blend does; difference shows whether FG lies right"""
    keep_bars: bool = False
    """draw FG's letterbox bars and dark or blurred rim too (default: BG shows where they were found)"""
    canvas: Canvas = "auto"
    """whose pixels stay as they are, where FG is scaled or moves: BG's, or FG's on a BG that is scaled or moves; auto:
    FG's where its place shakes on BG, as BG then is what shakes, else BG's"""
    outside: Outside = "black"
    """what is seen where a BG that moves below FG does not reach: black, its edges drawn out, or those made soft"""
    steady: bool = False
    """draw FG at one place, though it was found to move over BG"""
    unmatched: Unmatched = "hold"
    """below FG frames that resemble no BG frame: the BG frame before them, black, or FG itself, scaled up"""
    trim: Trim = "all"
    """FG frames that are kept: all, or those from the first matched to the last"""
    audio: Audio = "auto"
    """whose sound is heard; auto: FG's if it has any, else BG's"""
    pitch: Pitch = "follow"
    """what becomes of BG's pitch where its speed changes"""

    @property
    def feather_px(self) -> int:
        """Width of the fade, px of the canvas; 0: edges are sharp."""
        return self.feather or (DEFAULT_FEATHER_PX if self.smooth else 0)


def check_drawing_options(drawing: DrawingOptions) -> None:
    """Raises UsageError for a feather that is no width of 1 to MAX_FEATHER_PX."""
    if drawing.feather is not None and not 1 <= drawing.feather <= MAX_FEATHER_PX:
        raise UsageError(f"--feather is {drawing.feather}; wanted 1 to {MAX_FEATHER_PX} px")

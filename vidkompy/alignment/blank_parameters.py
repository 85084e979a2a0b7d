"""Tuned numbers of `blank_frames`; a module of its own, because --help reads it: it imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from vidkompy.parameters import tuned

BY_EYE = "chosen by eye"


@dataclass(frozen=True)
class BlankFrameParameters:
    """blank_frames: FG frames that show nothing, and the BG frames that they may lie on."""

    noise_factor: float = tuned(
        2.0,
        unit="standard deviations of the residual of matched frames",
        raising="fainter pictures count as blank",
        source="chosen by eye: a picture of twice its noise still correlates at 0.87, above the floor of matches",
    )
    least_contrast: float = tuned(
        1.0,
        unit="grey levels, standard deviation over cells",
        raising="faint pictures of clean clips count as blank",
        source="chosen by eye: three times what rounding to 8 bits makes",
    )
    largest_contrast: float = tuned(
        6.0,
        unit="grey levels, standard deviation over cells",
        raising="faint pictures of clips that match badly count as blank",
        source=BY_EYE,
    )
    largest_share: float = tuned(
        0.25,
        unit="share of the median contrast of matched frames",
        raising="pictures of clips of low contrast count as blank",
        source=BY_EYE,
    )
    largest_level_difference: float = tuned(
        64.0,
        unit="grey levels between the mean of a blank FG frame and that of BG as FG shows it",
        raising="white may lie on black",
        source="chosen by eye: grading lifts black by less",
    )
    speed_frames: int = tuned(
        24,
        unit="matched FG frames beside a stretch that its local speed is taken from",
        raising="the speed is steadier, and changes of it are seen later",
        source=BY_EYE,
    )
    sample: int = tuned(
        200, unit="matched frames", raising="noise, gain and offset are steadier, at more cost", source=BY_EYE
    )
    fade_frames: int = tuned(
        8,
        unit="FG frames from the frame beside a stretch to the one that its contrast is compared with",
        raising="short fades are taken for longer ones, long ones are found",
        source=BY_EYE,
    )
    faded_share: float = tuned(
        0.5,
        unit="contrast of the frame beside a stretch over that of the one `fade_frames` further away",
        raising="chance changes of contrast count as fades",
        source=BY_EYE,
    )
    carried_confidence: float = tuned(
        0.25, unit="probability", raising="carried frames are surer", source="chosen by eye: that of doubted frames"
    )
    forced_confidence: float = tuned(
        0.9,
        unit="probability, where the matched frames around leave one path of the local speed",
        raising="such frames are surer",
        source=BY_EYE,
    )
    block: int = tuned(1024, unit="frames looked at at once", raising="more memory", source=BY_EYE)

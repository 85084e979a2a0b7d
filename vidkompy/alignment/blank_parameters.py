"""Tuned numbers of `fades`, `blank_frames` and `still_stretches`; --help reads them: nothing heavy is imported here."""

from __future__ import annotations

from vidkompy.parameters import tuned
from vidkompy.records import Record

BY_EYE = "chosen by eye"


class ToneParameters(Record):
    """tones: grey levels of frames, and how FG shows those of BG."""

    least_contrast: float = tuned(
        1.0,
        unit="grey levels, standard deviation over cells",
        raising="faint pictures of clean clips count as blank, and tell less of FG's gain",
        source="chosen by eye: three times what rounding to 8 bits makes",
    )
    sample: int = tuned(
        200, unit="matched frames", raising="noise, gain and offset are steadier, at more cost", source=BY_EYE
    )
    block: int = tuned(1024, unit="frames looked at at once", raising="more memory", source=BY_EYE)


class BlankFrameParameters(Record):
    """blank_frames: FG frames that show nothing, and the BG frames that they may lie on."""

    noise_factor: float = tuned(
        2.0,
        unit="standard deviations of the residual of matched frames",
        raising="fainter pictures count as blank",
        source="chosen by eye: a picture of twice its noise still correlates at 0.87, above the floor of matches",
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
    tones: ToneParameters = ToneParameters()


class FadeParameters(Record):
    """fades: FG frames whose brightness tells their time."""

    least_slope: float = tuned(
        1.0,
        unit="grey levels per BG frame",
        raising="only faster fades tell a time",
        source="chosen by eye: means of a re-encoded FG lie within 0.3 of BG's in made pairs",
    )
    reach: int = tuned(
        12, unit="BG frames either side of the map's", raising="frames that lie further off are found", source=BY_EYE
    )
    least_frames: int = tuned(5, unit="FG frames in a row", raising="only longer fades are looked at", source=BY_EYE)
    whole_tolerance: float = tuned(
        0.25,
        unit="BG frames between the time that the brightness tells and a whole frame",
        raising="clips whose levels relate badly are believed",
        source=BY_EYE,
    )
    least_whole: float = tuned(
        0.8,
        unit="share of a fade's frames within that tolerance",
        raising="fewer fades are believed",
        source="by meaning: half of all times lie within it by chance, and 4 of 5 of them once in 6 fades of 5 frames",
    )
    misfit_ratio: float = tuned(
        1.5,
        unit="1 - ZNCC at the time of the brightness over that at the map's",
        raising="brightness goes before the picture",
        source="made pairs: 1.2 at most in fades; 4.7 where brightness changes with the picture",
    )
    least_misfit: float = tuned(1e-4, unit="1 - ZNCC", raising="the same, in clean copies", source=BY_EYE)
    confidence: float = tuned(
        0.97, unit="probability", raising="frames of fades are surer", source="chosen by eye: one of the levels"
    )


class StillStretchParameters(Record):
    """still_stretches: frames that many BG frames fit as well, and what is left of their confidence."""

    least_width: int = tuned(
        4,
        unit="BG frames in a row that fit as well",
        raising="fewer frames count as still",
        source="by meaning: of three in a row, the middle one is a frame off at most",
    )
    speed_frames: int = tuned(
        24,
        unit="FG frames beside a stretch that its line is taken from",
        raising="the speed is steadier, and changes of it are seen later",
        source=BY_EYE,
    )
    largest_gap: float = tuned(
        1.5,
        unit="BG frames between two lines",
        raising="stretches in which frames were dropped count as measured",
        source="by meaning: one frame, and rounding",
    )
    misfit_ratio: float = tuned(
        1.5,
        unit="1 - ZNCC on the line over that on the path",
        raising="more frames of stills may lie on their line",
        source="chosen by eye: two encodings of a still differ by up to 1.3 in made pairs",
    )
    least_misfit: float = tuned(1e-4, unit="1 - ZNCC", raising="the same, in clean copies", source=BY_EYE)
    block: int = tuned(1024, unit="frames looked at at once", raising="more memory", source=BY_EYE)
    most_off: float = tuned(
        0.25,
        unit="share of a stretch's frames whose pictures keep them off its line",
        raising="more stretches are put on their lines",
        source=BY_EYE,
    )
    confidence: float = tuned(
        0.25, unit="probability", raising="frames of unsettled stretches are surer", source="one of the levels"
    )

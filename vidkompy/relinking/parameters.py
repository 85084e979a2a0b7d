"""Tuned numbers of relinking: when pictures are those of a signature, and when that is sure.

Chosen on 13 kinds of made footage, each in 14 forms: encodings, sizes, trimmed, mirrored, backwards, cropped, at
another frame rate, with frames missing. tests/relinking/test_forms_of_footage.py repeats most of it, and has 8 kinds
that nothing was chosen on.
"""

from __future__ import annotations

from vidkompy.parameters import tuned
from vidkompy.records import Record


class SignatureParameters(Record):
    """Limits of the comparison of a clip with a signature. A residual is what a gain and an offset leave."""

    most_difference: float = tuned(
        2.5,
        unit="grey levels, rms of the residual",
        raising="copies that were changed more are known again, and clips that look alike are confused",
        source="made footage: copies at crf 30 leave 1.3 at most, cropped ones 3.5 at least but in the dark",
    )
    encoder_noise: float = tuned(
        0.5,
        unit="grey levels, rms of the residual that any encoder leaves",
        raising="other takes of scenes in which little moves pass",
        source="made footage: 0.3 to 0.6 at crf 23",
    )
    most_unexplained: float = tuned(
        0.2,
        unit="share of the old pictures' variance in time that the residual has beyond the noise",
        raising="copies that were changed more are known again, and other takes of a scene pass",
        source="made footage: 0.1 at most at crf 30; backwards 0.3 at least",
    )
    rounding: float = tuned(
        0.3,
        unit="grey levels, rms that rounding to whole levels leaves",
        raising="shifts by a frame are harder to tell",
        source="by meaning: sqrt(1/12)",
    )
    rival_excess: float = tuned(
        0.083,
        unit="share of the squared residual by which the next best shift has to be worse",
        raising="more trimmed clips count as unsure",
        source="made footage: two clips found a frame off had 0.04 at most, those found right 0.04 to 100",
    )
    shift_excess: float = tuned(
        0.25,
        unit="share of the squared residual by which another shift has to be better where the frames are as many",
        raising="a clip of as many frames counts as unshifted though its frames fit better a little later",
        source="made footage: 0.12 at crf 40, where the encoder lags",
    )
    drift_excess: float = tuned(
        0.1,
        unit="share of the squared residual that a part of the frames gains by a shift, times its share of them",
        raising="missing and repeated frames pass where little moves",
        source="made footage: 0.05 at most at crf 30, 0.12 at least with a frame missing where more than lips move",
    )
    drift_reach: int = tuned(
        12,
        unit="frames that a part may lie off",
        raising="longer pieces that are missing inside are noticed, at more cost",
        source="chosen by eye: two frames off are found as a drift of one",
    )
    elsewhere_excess: float = tuned(
        0.5,
        unit="share of the squared residual by which the middle one of all shifts has to be worse",
        raising="clips in which little moves count as unsure",
        source="made footage: 1.5 at least where lips move",
    )
    still: float = tuned(
        0.15,
        unit="grey levels, rms of the old pictures' change in time",
        raising="more clips count as still: then their frames cannot be told apart, and need not be",
        source="by meaning: half of what rounding leaves",
    )
    least_contrast: float = tuned(
        3.0,
        unit="grey levels, standard deviation of all old pictures",
        raising="more clips count as too blank to be known again",
        source="chosen by eye: black frames have 0, a night scene 3.7",
    )
    least_frames: int = tuned(
        6,
        unit="frames of the signature that are in what is left",
        raising="short remains of long clips are known again less often",
        source="chosen by eye",
    )
    least_overlap: float = tuned(
        0.5,
        unit="share of the shorter of old and new clip that both show",
        raising="clips that were cut elsewhere are known again less often",
        source="chosen by eye: less of it is found by chance, as in fades from black",
    )
    dense_frames: int = tuned(
        1024,
        unit="frames that are compared where the old pictures are still at hand",
        raising="shorter remains of long clips are known again, at more cost",
        source="chosen by eye",
    )

"""Tuned numbers of the Viterbi search: what a pair of frames costs, and what a step from one to the next.

Costs of steps are read as negative log probabilities: a cost of 6 stands for odds of e^6 : 1. Costs of pairs are
squared distances brought to that scale by `sharpness`, a heuristic exchange rate: see `viterbi.cost_scale`.
Alignment nests both. `placement.time_path`, whose samples lie many FG frames apart, weighs pictures as they stand here,
and states numbers of its own for jumps and free steps.
"""

from __future__ import annotations

from vidkompy.parameters import tuned
from vidkompy.records import Record


class LocalCostParameters(Record):
    """Cost of one pair of frames, from how far apart the two pictures are."""

    sharpness: float = tuned(
        40.0,
        unit="cost of a pair as bad as the median best one",
        raising="pictures weigh more against steps",
        source="chosen on the 41 pairs that docs/design.md names",
    )
    least_misfit: float = tuned(
        1e-5,
        unit="squared distance of unit rows",
        raising="clips that fit very well are compared less sharply",
        source="chosen by eye: about what rounding to 8 bits makes",
    )
    cap: float = tuned(
        1e4, unit="cost", raising="one hopeless pair weighs more against the remaining path", source="chosen by eye"
    )


class TransitionParameters(Record):
    """Cost of a step from the BG frame of one FG frame to that of the next."""

    step_count: int = tuned(
        13,
        unit="BG frames: steps of 0 .. 12 have costs of their own",
        raising="higher speeds are followed frame by frame; the search takes longer",
        source="chosen by eye",
    )
    jump: float = tuned(
        30.0, unit="cost of any longer step", raising="removed scenes need more evidence", source="chosen by eye"
    )
    leap: float = tuned(
        200.0,
        unit="cap on the cost of any step, where scenes may be re-ordered; every step back costs that",
        raising="re-ordered scenes need more evidence",
        source="chosen by eye; 60 makes spurious leaps (measured)",
    )
    odd_step_probability: float = tuned(
        0.03,
        unit="probability that is not on the two whole steps around the speed alone: spread over all by odd_step_decay",
        raising="drops and repeats cost less",
        source="chosen by eye",
    )
    odd_step_decay: float = tuned(
        0.5, unit="factor for each frame of distance", raising="large odd steps cost less", source="chosen by eye"
    )
    least_share: float = tuned(
        0.02,
        unit="share of either whole step around the speed",
        raising="the less likely of both neighbours of the speed costs less",
        source="chosen by eye",
    )
    first_deviation: float = tuned(
        6.0,
        unit="cost of a step one frame off the trend",
        raising="single drops and repeats are smoothed away",
        source="lambda 6 in the prototype that docs/design.md names",
    )
    further_deviation: float = tuned(
        1.5, unit="cost of each frame more", raising="short scenes are smoothed away", source="chosen by eye"
    )

"""The stages of the search, cheapest first, and when it ends before the last of them."""

from __future__ import annotations

from typing import NamedTuple

from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.candidates import CandidateSource
from vidkompy.records import Record

# They need not apply to a pair of clips: then their stage is left out.
OPTIONAL_SOURCES = {"audio", "full_frame", "shots"}


class SearchStage(NamedTuple):
    """One way to search.

    source            of the candidates
    scale_groups      groups of candidates of about one scale that are followed
    starts            of the coarse fit, in each group
    most_registered   coarse fits that are registered, the best among them, in each group
    is_robust         altered parts of FG are ignored, and its scenes may come in any order: see CoarseProblem
    most_cost         coarse cost of the best fit, above which its group waits for the last cheap stage, if that follows
    only_to_confirm   left out unless the best place is sure, and all fits there but what was altered
    """

    source: CandidateSource
    scale_groups: int
    starts: int
    most_registered: int
    is_robust: bool
    most_cost: float = float("inf")
    only_to_confirm: bool = False


LAST_CHEAP_STAGE = SearchStage("spread_samples", scale_groups=3, starts=3, most_registered=3, is_robust=False)
# FG drawn out over the canvas: the coarse fit costs 0.03 at most where that is right, 0.18 where it leads to the right
# place, and up to 0.29 elsewhere, where a wrong place takes long to register: keypoints come first (184 made pairs).
FULL_FRAME_STAGE = SearchStage(
    "full_frame", scale_groups=1, starts=1, most_registered=1, is_robust=False, most_cost=0.18
)
CONFIRMING_STAGE = SearchStage(
    "other_samples", scale_groups=3, starts=3, most_registered=3, is_robust=False, only_to_confirm=True
)
STAGES = (
    SearchStage("audio", scale_groups=3, starts=3, most_registered=3, is_robust=False),
    FULL_FRAME_STAGE,
    LAST_CHEAP_STAGE,
    CONFIRMING_STAGE,
    SearchStage("shots", scale_groups=3, starts=3, most_registered=3, is_robust=False),
    SearchStage("more_spread_samples", scale_groups=3, starts=8, most_registered=3, is_robust=False),
    SearchStage("template_matching", scale_groups=3, starts=4, most_registered=2, is_robust=False),
    SearchStage("spread_samples", scale_groups=2, starts=8, most_registered=3, is_robust=True),
    SearchStage("more_spread_samples", scale_groups=2, starts=8, most_registered=3, is_robust=True),
    SearchStage("template_matching", scale_groups=2, starts=3, most_registered=1, is_robust=True),
)


class StopRule(Record):
    """When the search ends before its last stage."""

    confidence: float = tuned(
        0.95,
        unit="confidence of a registration whose plain cost is low, too",
        raising="more stages are run",
        source="chosen by eye",
    )
    plain_cost: float = tuned(
        0.03,
        unit="plain cost below which all of FG is taken to fit",
        raising="fewer stages are run, and worse fits end the search",
        source=without_effect("scrolling pages"),
    )
    unaltered_cost: float = tuned(
        0.005,
        unit="robust cost below which all of FG is taken to fit but for what was altered",
        raising="places of altered FGs are confirmed by fewer frames, some of them wrong",
        source="a logo, a banner, bars: 0.0006 to 0.0037; places that move: 0.014 and more, of 184 made pairs",
    )
    agreed_confidence: float = tuned(
        0.5,
        unit="confidence, where two stages agree",
        raising="more stages are run",
        source=without_effect("altered FGs that two stages place alike"),
    )
    agreement_px: float = tuned(
        0.5,
        unit="canvas px between corners",
        raising="stages agree more often",
        source=without_effect("altered FGs that two stages place alike"),
    )

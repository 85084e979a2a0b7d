"""Tuned numbers of the search for FG's place, and of all that it uses."""

from __future__ import annotations

from vidkompy.model import F64
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.candidates import CandidateParameters
from vidkompy.placement.letterbox import LetterboxParameters
from vidkompy.placement.letterbox_exact import ExactLetterboxParameters
from vidkompy.placement.level_curve import LevelCurveParameters
from vidkompy.placement.registration import RegistrationParameters
from vidkompy.placement.rim import RimParameters
from vidkompy.placement.search_stages import LAST_CHEAP_STAGE, STAGES, SearchStage, StopRule
from vidkompy.placement.unaltered_parts import UnalteredPartsParameters
from vidkompy.records import Record


class ScaleRange(Record):
    """Canvas px per FG px that are looked for; both the same: that scale, and at 1 a place on whole px."""

    low: float = tuned(0.2, unit="canvas px per FG px", raising="small FGs are not found", source="chosen by eye")
    high: float = tuned(5.0, unit="canvas px per FG px", raising="larger FGs are found", source="chosen by eye")

    @property
    def is_fixed(self) -> bool:
        return self.low == self.high

    def contains(self, transform: F64, slack: float) -> bool:
        """slack: factor that the transform's scales may be off the bounds."""
        scales = transform[:2]
        return bool(self.low / slack <= scales.min() and scales.max() <= self.high * slack)


class SearchParameters(Record):
    stages: tuple[SearchStage, ...] = tuned(
        STAGES, unit="stages, cheapest first", raising="more clips are found, at more cost", source="chosen by eye"
    )
    last_cheap_stage: SearchStage = tuned(
        LAST_CHEAP_STAGE,
        unit="stage",
        raising="mirrored and swapped clips are recognised later",
        source="scripts/bench cost --stages: those after it take most of the time of a refusal",
    )
    stop: StopRule = StopRule()
    short_fg_confidence: float = tuned(
        0.995,
        unit="confidence that ends the search for a short FG, whether stages agree or not",
        raising="more stages are run for it",
        source="chosen by eye",
    )
    scale_slack: float = tuned(
        1.02,
        unit="factor that a measured scale may be off its bounds",
        raising="the bounds hold less exactly",
        source=without_effect("scales that the user bounds"),
    )
    rival_px: float = tuned(
        2.0,
        unit="canvas px between corners",
        raising="a place further off counts as the same",
        source=without_effect("repeating content"),
    )
    hopeless_cost: float = tuned(
        0.2,
        unit="robust cost from which a registration is too bad to be polished and to measure its evidence",
        raising="worse fits are polished and measured, at more cost",
        source="150 made pairs: of 13 with best costs of 0.2 to 0.4 polishing saved none; above 0.2 confidence is "
        "below 0.001, see EvidenceParameters.even_cost",
    )
    hopeless_ratio: float = tuned(
        30.0,
        unit="a rival's robust cost before it is fitted over the ranking cost of the best, from which it is not",
        raising="more rivals are fitted, at more cost",
        source="chosen by eye; hopeless_cost holds, too: of 184 made pairs, rivals that end as good as the best cost "
        "0.02 at most before, others 0.15 and more",
    )
    contested_ratio: float = tuned(
        4.0,
        unit="a rival's ranking cost over that of the best, below which the best is refined in time",
        raising="more registrations are refined, at more cost",
        source=without_effect("repeating content"),
    )
    loose_share: float = tuned(
        0.1,
        unit="information share below which the best is refined in time",
        raising="more registrations are refined, at more cost",
        source=without_effect(
            "dollies", "chosen by eye; a dolly is below, hand-held above: tests/placement/test_registration.py"
        ),
    )
    blank_levels: int = tuned(
        4,
        unit="grey levels between darkest and brightest pixel of a frame that shows nothing",
        raising="fainter pictures are refused",
        source=without_effect("clips of one colour"),
    )


class PlacementParameters(Record):
    search: SearchParameters = SearchParameters()
    candidates: CandidateParameters = CandidateParameters()
    registration: RegistrationParameters = RegistrationParameters()
    unaltered_parts: UnalteredPartsParameters = UnalteredPartsParameters()
    letterbox: LetterboxParameters = LetterboxParameters()
    exact_letterbox: ExactLetterboxParameters = ExactLetterboxParameters()
    rim: RimParameters = RimParameters()
    level_curve: LevelCurveParameters = LevelCurveParameters()

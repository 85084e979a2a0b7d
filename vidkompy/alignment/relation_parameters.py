"""Tuned numbers of how FG's frames relate to BG's: beyond its ends."""

from __future__ import annotations

from dataclasses import dataclass

from vidkompy.parameters import tuned


@dataclass(frozen=True)
class ExtentParameters:
    """extent: FG frames before BG's first and after its last frame."""

    neighbours: int = tuned(
        24,
        unit="matched FG frames next to an end of BG whose misfits are the usual ones there",
        raising="what is usual is steadier, and less that of the end",
        source="chosen by eye: about a second",
    )
    usual_quantile: float = tuned(
        0.9, unit="share of them", raising="frames that fit worse stay held", source="chosen by eye"
    )
    misfit_ratio: float = tuned(
        2.0,
        unit="misfit of a frame held on BG's end, over the usual one",
        raising="frames that move on from BG's end stay held",
        source="14 made pairs of bikes, bottle and monster: 1.9 at most inside BG, 2.2 and more beyond unless still; "
        "checked on bbb, frog and car",
    )
    least_misfit: float = tuned(
        1e-4,
        unit="1 - ZNCC",
        raising="frames beyond BG stay held in clips that fit very well",
        source="chosen by eye: about what rounding to 8 bits makes",
    )
    clear_ratio: float = tuned(
        2.0,
        unit="the same, over misfit_ratio",
        raising="fewer frames are surely beyond BG",
        source="chosen by eye",
    )
    clear_confidence: float = tuned(
        0.97, unit="probability", raising="frames clearly beyond BG are surer to be", source="chosen by eye"
    )
    likely_confidence: float = tuned(
        0.75, unit="probability", raising="frames that just leave BG are surer to be beyond it", source="chosen by eye"
    )
    least_inside: float = tuned(
        0.1,
        unit="share of FG's frames that BG shows at least",
        raising="where BG is much shorter, frames beyond it pass for usual ones",
        source="chosen by eye",
    )
    clear_misfit: float = tuned(
        0.02,
        unit="1 - ZNCC with the best BG frame, from which an FG frame may lie clearly beyond BG",
        raising="fewer frames do",
        source="chosen by eye: frames that lie inside have less than 0.005 in the same pairs",
    )
    clear_misfit_ratio: float = tuned(
        8.0,
        unit="the same over that of the frames that fit best",
        raising="fewer frames lie clearly beyond BG",
        source="chosen by eye",
    )
    bg_sample: int = tuned(
        4000, unit="BG frames", raising="more are compared with frames that seem beyond BG", source="chosen by eye"
    )
    fg_sample: int = tuned(
        48, unit="FG frames that seem beyond BG", raising="more are compared with all of BG", source="chosen by eye"
    )
    largest_share: float = tuned(
        0.5,
        unit="share of that sample that fits BG elsewhere",
        raising="scenes in another order pass for frames beyond BG",
        source="chosen by eye",
    )


@dataclass(frozen=True)
class RelationParameters:
    """All of them."""

    extent: ExtentParameters = ExtentParameters()

"""What a search has found so far, and what need not be looked at again because of it.

Most of a dear search went into places that were known already, or that fit far worse than a known one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidkompy.model import F64, Box
from vidkompy.parameters import tuned
from vidkompy.placement.transforms import corner_shift
from vidkompy.records import Record


class PruningParameters(Record):
    """When starts are not fitted, and fits are not registered."""

    known_px: float = tuned(
        1.0,
        unit="px of BG view between corners",
        raising="more fits count as known places, and are not registered again",
        source="chosen by eye: as CoarseFitParameters.distinct_px, and may differ",
    )
    known_gain: float = tuned(
        0.8,
        unit="coarse cost of a fit at a known place over that of the known one",
        raising="known places are registered again for smaller gains",
        source="chosen by eye",
    )
    hopeless_rise: float = tuned(
        0.35,
        unit="1 - ZNCC of a start above the cost of the best known place, from which it is not fitted",
        raising="more starts are fitted, at more cost",
        source="most of 81 made pairs: fits save 0.3 at most, where they end at the right place",
    )
    hopeless_start: float = tuned(
        0.5,
        unit="1 - ZNCC of a start from which it is not fitted, if another was",
        raising="clips with nothing in common cost more",
        source="most of 81 made pairs: 0.32 at most where the fit ends at the right place",
    )
    hopeless_fit: float = tuned(
        0.4,
        unit="coarse cost from which a fit is not registered, if another was",
        raising="clips with nothing in common cost more",
        source="as SearchParameters.hopeless_cost, and may differ; most of 81 made pairs: 0.16 at most at the right "
        "place",
    )
    hopeless_unaltered: float = tuned(
        0.2,
        unit="the same without altered parts, for a first fit that is as bad",
        raising="clips with nothing in common, and wrong places of long BGs, cost more",
        source="a banner over half of FG: 0.03 at its place; other places and contents: 0.3 and more",
    )


class KnownPlaces(Record, eq=False):
    """Coarse fits that were registered before, of a search that treats altered parts alike.

    transforms   f64 [4] each, frame px, the best one first
    costs        of the coarse fits
    is_first     nothing was registered at all
    """

    transforms: Sequence[F64] = ()
    costs: Sequence[float] = ()
    is_first: bool = True

    @property
    def least_cost(self) -> float:
        return min(self.costs, default=float("inf"))

    def is_best(self, view_transform: F64, view_per_frame: F64, box: Box, parameters: PruningParameters) -> bool:
        """Whether a transform in view px is that of the best place; box: content, view px."""
        return bool(self.transforms) and self._is_near(0, view_transform, view_per_frame, box, parameters)

    def is_hopeless_start(self, cost: float, is_fitted: bool, parameters: PruningParameters) -> bool:
        """Whether a start that costs so much need not be fitted; is_fitted: another of its group was."""
        if cost > self.least_cost + parameters.hopeless_rise:
            return True
        return (is_fitted or not self.is_first) and cost > parameters.hopeless_start

    def is_worth_registering(
        self,
        view_transform: F64,
        cost: float,
        most_rise: float,
        view_per_frame: F64,
        box: Box,
        parameters: PruningParameters,
    ) -> bool:
        """Whether a fit may be another place, or the same one fitted better; most_rise: above the least cost."""
        if self.is_first:
            return True
        if cost >= min(self.least_cost + most_rise, parameters.hopeless_fit):
            return False
        return not any(
            self._is_near(k, view_transform, view_per_frame, box, parameters)
            and cost > parameters.known_gain * self.costs[k]
            for k in range(len(self.costs))
        )

    def _is_near(
        self, k: int, view_transform: F64, view_per_frame: F64, box: Box, parameters: PruningParameters
    ) -> bool:
        known: F64 = np.asarray(self.transforms[k] * view_per_frame)
        return corner_shift(view_transform, known, box) < parameters.known_px


NOTHING_KNOWN = KnownPlaces()

"""The default engine: the cheapest path through all frames, on zero-mean unit-norm luma of the placed crop."""

from __future__ import annotations

from dataclasses import replace

from vidkompy.alignment.banded_scores import zncc_band
from vidkompy.alignment.cell_weights import cell_weights
from vidkompy.alignment.crops import Features
from vidkompy.alignment.encoder_lag import align_despite_lag
from vidkompy.alignment.engine_contract import CalibrationCurve, SearchOptions
from vidkompy.alignment.path_choice import map_along_cheaper_path
from vidkompy.model import FrameMap
from vidkompy.parameters import tuned
from vidkompy.records import Record


class PreciseParameters(Record):
    side: int = tuned(
        64, unit="cells", raising="slower", source="docs/design.md: 32 is 0.7 points less exact, 128 gains nothing"
    )
    calibration: CalibrationCurve = tuned(
        CalibrationCurve(-1.44, 2.09), unit="log odds", raising="surer", source="scripts/bench sureness"
    )


PARAMETERS = PreciseParameters()


def align(fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    """The map by all cells alike, then by cells that count as they fit along that map."""
    first = _align(fg, bg, search)
    weights = cell_weights(fg, bg, first, search.parameters.cell_weights)
    if weights is None:
        return first
    return _align(replace(fg, weights=weights), replace(bg, weights=weights), search)


def _align(fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    score = zncc_band(fg, bg, search)
    return align_despite_lag(score, fg, bg, search, map_along_cheaper_path)

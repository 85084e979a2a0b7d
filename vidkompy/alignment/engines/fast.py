"""The quick engine: `precise` on a coarser grid, and the free path only.

Fails where `precise` does, and also where small motion vanishes in cells twice as wide, and on steady speeds other than
a whole number, where rounding decides between neighbours that look alike and no second path follows the local speed.
"""

from __future__ import annotations

from vidkompy.alignment.banded_scores import zncc_band
from vidkompy.alignment.crops import Features
from vidkompy.alignment.encoder_lag import align_despite_lag
from vidkompy.alignment.engine_contract import CalibrationCurve, SearchOptions
from vidkompy.alignment.path_choice import map_along_free_path
from vidkompy.model import FrameMap
from vidkompy.parameters import tuned
from vidkompy.records import Record


class FastParameters(Record):
    side: int = tuned(
        32,
        unit="cells",
        raising="slower, sharper",
        source="docs/design.md: 0.7 points less exact than 64, a quarter of the cells",
    )
    calibration: CalibrationCurve = tuned(
        CalibrationCurve(-0.21, 1.56), unit="log odds", raising="surer", source="scripts/bench sureness"
    )


PARAMETERS = FastParameters()


def align(fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    score = zncc_band(fg, bg, search)
    return align_despite_lag(score, fg, bg, search, map_along_free_path)

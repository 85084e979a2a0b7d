"""Direct pixel comparison on the whole crop, within a window of the last match; see `sliding_window`.

Fails on contrast that was changed (differences are not normalised), where BG has two stretches longer than
`search.window` frames that FG lacks (one is bridged from both ends), and where the first or last frames also look like
another part of BG. Foreign frames come out as unmatched.
"""

from __future__ import annotations

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import CalibrationCurve, SearchOptions
from vidkompy.alignment.sliding_window import align_in_window
from vidkompy.model import FrameMap
from vidkompy.parameters import tuned
from vidkompy.records import Record


class TunnelFullParameters(Record):
    side: int = tuned(64, unit="cells", raising="slower", source="as in `precise`")
    calibration: CalibrationCurve = tuned(
        CalibrationCurve(-1.46, 1.44), unit="log odds", raising="surer", source="scripts/bench sureness"
    )


PARAMETERS = TunnelFullParameters()


def align(fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    return align_in_window(fg, bg, search)

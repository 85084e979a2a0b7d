"""`precise` without what is burnt into FG. Mask here = the caller's mask less cells still in FG while BG changes there.

The caller's mask already leaves out what differs on the whole; this finds what it misses, such as a logo as bright as
what is behind. Stillness is judged along the better half of a first path, so that an FG cut from a long BG is compared
with its own part. Fails where overlays move, and where little but overlays would remain; foreign frames are unmatched.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.banded_scores import rough_path, zncc_band
from vidkompy.alignment.crops import Features
from vidkompy.alignment.encoder_lag import align_despite_lag
from vidkompy.alignment.engine_contract import CalibrationCurve, SearchOptions
from vidkompy.alignment.motion_mask import moving_cells, temporal_deviation
from vidkompy.alignment.parameters import MotionMaskParameters
from vidkompy.alignment.path_choice import map_along_cheaper_path
from vidkompy.errors import NoMatch
from vidkompy.model import U8, FrameMap
from vidkompy.parameters import tuned
from vidkompy.records import Record


class MaskParameters(Record):
    side: int = tuned(64, unit="cells", raising="slower", source="as in `precise`")
    calibration: CalibrationCurve = tuned(
        CalibrationCurve(-1.43, 2.07), unit="log odds", raising="surer", source="scripts/bench sureness"
    )
    static_ratio: float = tuned(
        0.25,
        unit="of BG's change: FG below that does not follow it, whatever its grade",
        raising="more cells are left out",
        source="chosen by eye",
    )
    least_cells: int = tuned(
        16,
        unit="cells that can still tell frames apart",
        raising="more clips are refused",
        source="chosen by eye",
    )


PARAMETERS = MaskParameters()


def align(fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    score = zncc_band(fg, bg, search)
    path = rough_path(score, search)
    path_score = score.along(path)
    is_better = path_score >= np.median(path_score)  # no foreign frame; a large overlay may push all below the floor
    overlay = _static_overlay(fg.luma[is_better], bg.luma[path[is_better]], search.parameters.motion_mask)
    mask = fg.mask & ~overlay
    if int(mask.sum()) < PARAMETERS.least_cells:
        raise NoMatch(
            f"only {int(mask.sum())} of {int(fg.mask.sum())} cells of FG follow BG, at least "
            f"{PARAMETERS.least_cells} are needed; FG stands still where BG moves: use --engine border"
        )
    fg_masked, bg_masked = replace(fg, mask=mask), replace(bg, mask=mask)
    score = zncc_band(fg_masked, bg_masked, search)
    return align_despite_lag(score, fg_masked, bg_masked, search, map_along_cheaper_path)


def _static_overlay(fg: U8, bg: U8, motion: MotionMaskParameters) -> NDArray[np.bool_]:
    """bool [h, w]: cells that do not change in FG although they do in the BG frames that belong to it."""
    is_lower = temporal_deviation(fg, motion) < PARAMETERS.static_ratio * temporal_deviation(bg, motion)
    is_static: NDArray[np.bool_] = moving_cells(bg, motion) & is_lower
    return is_static

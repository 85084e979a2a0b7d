"""`tunnel_full` on moving cells. Mask here = those cells of the caller's mask that change in time in FG and in BG.

Sharper where a small mover crosses a still picture, and blind to burnt-in logos. Fails as `tunnel_full` does. Still
cells are left out, so fewer cells decide whether a frame is foreign.
"""

from __future__ import annotations

from dataclasses import replace

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import CalibrationCurve, SearchOptions
from vidkompy.alignment.motion_mask import moving_cells
from vidkompy.alignment.sliding_window import align_in_window
from vidkompy.errors import NoMatch
from vidkompy.model import FrameMap
from vidkompy.parameters import tuned
from vidkompy.records import Record


class TunnelMaskParameters(Record):
    side: int = tuned(64, unit="cells", raising="slower", source="as in `precise`")
    calibration: CalibrationCurve = tuned(
        CalibrationCurve(-1.31, 1.34), unit="log odds", raising="surer", source="scripts/bench sureness"
    )
    least_cells: int = tuned(
        16,
        unit="cells that can still tell frames apart",
        raising="more clips are refused",
        source="chosen by eye, as in `mask`",
    )


PARAMETERS = TunnelMaskParameters()


def align(fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    motion = search.parameters.motion_mask
    mask = fg.mask & moving_cells(fg.luma, motion) & moving_cells(bg.luma, motion)
    if int(mask.sum()) < PARAMETERS.least_cells:
        raise NoMatch(
            f"only {int(mask.sum())} of {int(fg.mask.sum())} cells change in time in FG and BG beyond noise, at least "
            f"{PARAMETERS.least_cells} are needed; use --engine precise"
        )
    return align_in_window(replace(fg, mask=mask), replace(bg, mask=mask), search)

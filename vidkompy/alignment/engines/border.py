"""Compares only a ring just inside those edges of FG beyond which BG is visible: for FGs whose interior was altered.

Only content that crosses FG's edge is compared, and the seam is where a wrong frame would show. Fails with NoMatch
where the ring does not change in time (a tripod with the subject in the middle) and where FG covers the canvas. A ring
has few cells: foreign frames that happen to look like BG along the edge pass as matched more easily than in `precise`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.banded_scores import zncc_band
from vidkompy.alignment.crops import Features
from vidkompy.alignment.encoder_lag import align_despite_lag
from vidkompy.alignment.engine_contract import CalibrationCurve, SearchOptions
from vidkompy.alignment.motion_mask import moving_cells
from vidkompy.alignment.path_choice import map_along_cheaper_path
from vidkompy.errors import NoMatch
from vidkompy.model import FrameMap
from vidkompy.parameters import tuned
from vidkompy.records import Record


class BorderParameters(Record):
    side: int = tuned(128, unit="cells", raising="slower", source="a ring of 16 px of a 640 px FG is then 3 cells wide")
    calibration: CalibrationCurve = tuned(
        CalibrationCurve(-0.52, 1.59), unit="log odds", raising="surer", source="scripts/bench sureness"
    )
    least_moving: float = tuned(
        0.05, unit="share of the ring's cells", raising="more clips are refused", source="chosen by eye"
    )


PARAMETERS = BorderParameters()


def align(fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    ring = _ring_cells(fg, search.margin)
    share = float(moving_cells(bg.luma, search.parameters.motion_mask)[ring].mean())
    least_share = PARAMETERS.least_moving
    if share < least_share:
        raise NoMatch(
            f"the {search.margin} px ring inside FG's edges is static: {share:.1%} of its cells change in BG beyond "
            f"noise, at least {least_share:.0%} are needed; widen it with --margin or use --engine precise"
        )
    fg_ring, bg_ring = replace(fg, mask=ring), replace(bg, mask=ring)
    score = zncc_band(fg_ring, bg_ring, search)
    return align_despite_lag(score, fg_ring, bg_ring, search, map_along_cheaper_path)


def _ring_cells(fg: Features, margin: int) -> NDArray[np.bool_]:
    """bool [h, w]: cells of the mask within `margin` FG px of an edge with BG beyond. Raises NoMatch if none are."""
    width = max(1, round(margin / fg.pitch))
    left, top, right, bottom = fg.has_bg_beyond
    ring = np.zeros_like(fg.mask)
    ring[:, :width] |= left
    ring[:width] |= top
    ring[:, -width:] |= right
    ring[-width:] |= bottom
    if not ring.any():
        raise NoMatch(
            "no edge of FG has BG beyond it, a border needs at least one; FG covers the canvas: use --engine precise"
        )
    ring &= fg.mask
    if not ring.any():
        raise NoMatch(
            f"every cell of the {margin} px ring inside FG's edges was altered, a border needs some that were not; "
            "widen it with --margin or use --engine mask"
        )
    return ring

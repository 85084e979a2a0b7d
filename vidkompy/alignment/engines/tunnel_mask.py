"""`tunnel_full` on those cells of the mask only that change in time, in FG and in BG.

Sharper where a small mover crosses a still picture, and blind to burnt-in logos. Fails as `tunnel_full` does. Still
cells being left out, a foreign frame is told by the moving ones alone, so fewer cells decide.
"""

from __future__ import annotations

from dataclasses import replace

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.motion_mask import moving_cells
from vidkompy.alignment.sliding_window import align_in_window
from vidkompy.errors import NoMatch
from vidkompy.model import FrameMap

SIDE = 64
SURENESS = (-1.31, 1.34)
FEWEST = 16  # cells that can still tell frames apart


def align(fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    kept = fg.mask & moving_cells(fg.luma) & moving_cells(bg.luma)
    if int(kept.sum()) < FEWEST:
        raise NoMatch(
            f"only {int(kept.sum())} of {int(fg.mask.sum())} cells change in time in FG and BG beyond noise, at least "
            f"{FEWEST} are needed; use --engine precise"
        )
    return align_in_window(replace(fg, mask=kept), replace(bg, mask=kept), search)

"""Slow pans: an error of the place may hide in time.

Where BG's picture creeps, FG a little beside its place fits BG frames a little earlier or later as well. What tells
such an answer from the right one is its map: motion is never quite even, so that the frames that reach a wrong place
come unevenly. Where it is even, what is left of the error makes FG's frames look like blends of BG's, though both run
at one speed. So do those of an FG that was made so: only pixels tell which it is (`standing_rivals`).
"""

from __future__ import annotations

import numpy as np

from vidkompy.alignment.blended_frames import MatchedFrames
from vidkompy.alignment.parameters import AlignmentParameters
from vidkompy.alignment.path_choice import irregularity
from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F64, UNMATCHED, Placement
from vidkompy.tracking.bg_motion import bg_motion
from vidkompy.tracking.rival_parameters import HiddenErrorParameters


def may_hide_error(
    bg: Proxies,
    placement: Placement,
    matched: MatchedFrames,
    alignment: AlignmentParameters,
    parameters: HiddenErrorParameters,
) -> bool:
    """Whether the map looks like that of a wrong place, and one small error is made up for by other BG frames all over.

    matched   the frame map at the placement, and whether FG's frames seem to lie between BG's
    """
    path = matched.frame_map.bg[matched.frame_map.bg != UNMATCHED]
    start = max(len(path) - parameters.most_frames, 0) // 2
    path = path[start : start + parameters.most_frames]
    if len(path) < parameters.frames or not (
        irregularity(path, alignment) >= parameters.least_unevenness * len(path)
        or (matched.kind and (np.diff(path) == 1).mean() >= parameters.least_even)
    ):
        return False
    frames = np.unique(path)
    sample = frames[evenly_spaced(len(frames), parameters.frames)].tolist()
    motions = [_motions(bg, placement, j, parameters.reach) / bg.small_factor for j in sample]
    errors = np.concatenate(motions)
    sizes = np.hypot(*errors.T)
    errors = errors[(sizes > parameters.least_error) & (sizes < parameters.most_error)]
    counts = [sum(_is_reached(error, near, parameters) for near in motions) for error in errors]
    return max(counts, default=0) >= parameters.least_share * len(motions)


def _motions(bg: Proxies, placement: Placement, j: int, reach: int) -> F64:
    """f64 [k, 2]: canvas px from BG frame j to those around."""
    around = range(max(j - reach, 0), min(j + reach + 1, len(bg.small)))
    return np.array([bg_motion(bg, placement, j, k) for k in around if k != j]).reshape(-1, 2)


def _is_reached(error: F64, motions: F64, parameters: HiddenErrorParameters) -> bool:
    return bool((np.hypot(*(motions - error).T) < parameters.tolerance).any())

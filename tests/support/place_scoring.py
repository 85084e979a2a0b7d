"""How right the place of an answer is, frame by frame: at the true place of each FG frame."""

import numpy as np
import numpy.typing as npt

from support.places import F64, corners
from support.truth_cases import Truth
from vidkompy.model import Sidecar


def placement_at(sidecar: Sidecar, frame: int) -> F64:
    """The answer's place of one FG frame, float64 [5] as in `places`."""
    if sidecar.track is not None:
        moving: F64 = sidecar.track.at[frame]
        return moving
    at = sidecar.placement
    return np.array([at.x, at.y, at.width, at.height, 0.0])


def claimed_fixed(sidecar: Sidecar) -> npt.NDArray[np.bool_]:
    """bool [n_fg]  whether the answer says that a frame lies where `Sidecar.placement` says, within half a pixel."""
    if sidecar.track is not None:
        return sidecar.track.corner_distances(sidecar.placement) <= 0.5
    return np.ones(len(sidecar.frame_map.bg), np.bool_)


def place_errors(sidecar: Sidecar, truth: Truth) -> F64:
    """Farthest that a corner lies from its true place along either axis, canvas px, float64 [n_fg].

    NaN for frames without a match, which have no place.
    """
    answered = np.array([placement_at(sidecar, i) for i in range(len(truth.map))])
    true = np.array([truth.at(i) for i in range(len(truth.map))])
    error: F64 = np.abs(corners(answered) - corners(true)).max(axis=(1, 2))
    return np.where(truth.map >= 0, error, np.nan)

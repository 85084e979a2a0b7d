"""Where FG is followed to, it stays large enough to be recognised, and zooms no further than a camera does."""

import numpy as np
import pytest

from vidkompy.tracking.parameters import TrackingParameters
from vidkompy.tracking.revision import _are_plausible_sizes

SIZE = (640.0, 360.0)  # FG at scale 1, canvas px


def poses(*scales: float) -> np.ndarray:
    """Turned by various angles, which change no size."""
    angles = np.linspace(0, 1, len(scales))
    at = np.array(scales)
    return np.column_stack([at * np.cos(angles), at * np.sin(angles), 100 + 0 * at, 50 + 0 * at])


@pytest.mark.parametrize(
    ("scales", "is_plausible"),
    [((1.0, 1.3, 1.5), True), ((0.06, 0.07), True), ((1.0, 2.9), True), ((1.0, 3.1), False), ((0.04, 0.045), False)],
)
def test_sizes_of_a_track(scales: tuple[float, ...], is_plausible: bool) -> None:
    assert _are_plausible_sizes(poses(*scales), SIZE, TrackingParameters()) == is_plausible

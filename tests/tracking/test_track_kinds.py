"""Sentences on how a place moves."""

import numpy as np
import pytest
from support.placed_proxies import H, W

from vidkompy.model import F64, Track
from vidkompy.tracking.parameters import TrackKindParameters
from vidkompy.tracking.track_kinds import describe_track


def said(scale: F64) -> list[str]:
    """Of an FG whose size on BG is `scale` times its own, about one centre."""
    size = np.column_stack([scale * W, scale * H])
    at = np.column_stack([200 - size / 2, size, np.zeros(len(scale))])
    return list(describe_track(Track(at), [], (W, H), TrackKindParameters()))


@pytest.mark.parametrize(
    ("scale", "wanted"),
    [
        (np.linspace(1.0, 0.8, 60), ["FG zooms from 1.00 to 1.25 of BG's size"]),
        (1 - 0.2 * np.sin(np.linspace(0, np.pi, 60)), ["FG zooms between 1.01 and 1.25 of BG's size"]),
        (np.where(np.arange(60) == 30, 0.98, 1.0), []),
        (np.ones(60), []),
    ],
    ids=["in", "in and out, but for the ends", "one frame off", "standing"],
)
def test_zooms_are_named(scale: F64, wanted: list[str]) -> None:
    assert said(scale) == wanted

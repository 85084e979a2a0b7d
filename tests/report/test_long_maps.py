"""Maps of 200,000 frames: their plots stay small, whatever happens in them."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from support import constructed_maps
from support.constructed_maps import I64
from support.invented_sidecars import FilmPair, invented

from vidkompy.model import UNMATCHED, Sidecar, Track
from vidkompy.report.map_events import events_of
from vidkompy.report.page import page_text
from vidkompy.report.pictures import CanvasPicture
from vidkompy.report.plots import plots_of
from vidkompy.report.svg import svg_of

FRAMES = 200_000
PICTURE = CanvasPicture(0, 0, np.zeros((360, 640, 3), np.uint8))
RATE = Fraction(25)
MAX_PAGE = 3_000_000  # bytes without pictures
RNG = np.random.default_rng(5)


def broken(frames: I64) -> I64:
    """Every third frame unmatched, at random."""
    return np.where(RNG.random(len(frames)) < 1 / 3, UNMATCHED, frames)


MAPS = {
    "one run": constructed_maps.offset(FRAMES),
    "drops": constructed_maps.drops(constructed_maps.offset(FRAMES), 0.05),
    "irregular": constructed_maps.irregular(FRAMES),
    "broken": broken(constructed_maps.offset(FRAMES)),
    "cuts": constructed_maps.reordered(constructed_maps.offset(FRAMES), (*RNG.permutation(2000).tolist(),)),
}


def restless(bg: I64) -> Sidecar:
    """A sidecar with that map, each frame of its own confidence and place."""
    sidecar = invented(FilmPair(bg, RATE, RATE))
    n = len(bg)
    at = np.column_stack([*RNG.normal(100, 5, (2, n)), np.full(n, 640.0), np.full(n, 360.0), RNG.normal(0, 1, n)])
    frame_map = replace(sidecar.frame_map, confidence=RNG.random(n).astype(np.float32))
    return replace(sidecar, frame_map=frame_map, track=Track(at))


@pytest.mark.slow
@pytest.mark.parametrize("name", MAPS)
def test_a_page_of_a_long_map_is_small(name: str) -> None:
    sidecar = restless(MAPS[name])
    events = events_of(sidecar)
    plots = plots_of(sidecar, events, PICTURE)
    assert [plot.name for plot in plots] == ["placement", "map", "deviation", "confidence", "track"]
    assert len(page_text(sidecar, events, plots, {})) < MAX_PAGE


def test_a_map_is_drawn_from_its_runs() -> None:
    """A hundred times as many frames of one speed need no more than other ticks."""
    sizes = []
    for frames in (1_000, 100_000):
        sidecar = invented(FilmPair(constructed_maps.offset(frames), RATE, RATE))
        (drawn,) = (plot for plot in plots_of(sidecar, events_of(sidecar), PICTURE) if plot.name == "map")
        sizes.append(len(svg_of(drawn, is_narrow=False)))
    assert abs(sizes[1] - sizes[0]) < 5000

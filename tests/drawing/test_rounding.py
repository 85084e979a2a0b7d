"""What is said where an FG that is not scaled lies between pixels: it is drawn at whole ones, beside its place."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.back_and_forth import back_and_forth
from support.program_runs import Vidkompy

from vidkompy.drawing.notes import measurement_notes
from vidkompy.drawing.options import DrawingOptions
from vidkompy.drawing.plan import plan_layout
from vidkompy.model import Placement, Sidecar, Track
from vidkompy.sidecar.document import read_sidecar, write_sidecar


def notes(sidecar: Sidecar, drawing: DrawingOptions = DrawingOptions()) -> list[str]:
    return list(measurement_notes(sidecar, plan_layout(sidecar, drawing)))


@pytest.mark.parametrize(
    ("where", "note"),
    [
        (Placement(8, 8, 32, 24), ""),
        (Placement(8.09, 7.92, 32, 24), ""),
        (Placement(8.4, 8, 32, 24), "FG is drawn at 8,8: up to 0.4 px beside where it was found"),
        (Placement(8.25, -3.8, 32, 24), "FG is drawn at 8,-4: up to 0.2 px beside where it was found"),
        (Placement(8, 8, 40.4, 24), ""),  # it is scaled, and drawn where it was found
        (Placement(8.25, -3.8, 40.5, 30), ""),
    ],
)
def test_a_place_between_pixels_is_said_with_how_far_off_fg_is_drawn(
    tmp_path: Path, where: Placement, note: str
) -> None:
    sidecar = replace(back_and_forth(tmp_path, 1), placement=where)
    assert notes(sidecar) == ([note] if note else [])


def test_on_a_canvas_of_fgs_pixels_bg_lies_where_it_was_found(tmp_path: Path) -> None:
    """BG is drawn twice as large: FG, 10.2 px from its left edge, belongs 20.4 px from that of the canvas."""
    sidecar = replace(back_and_forth(tmp_path, 1), placement=Placement(10.2, 6, 16, 12))
    assert not notes(sidecar, DrawingOptions(canvas="fg"))


@pytest.mark.parametrize(("side", "x"), [(1.0, "8"), (0.5, "8.4")])  # a scaled FG lies between px
def test_of_a_place_that_moves_only_how_far_it_does_is_said(tmp_path: Path, side: float, x: str) -> None:
    width, height = 32 * side, 24 * side
    sidecar = replace(back_and_forth(tmp_path, 1), placement=Placement(8.4, 8, width, height))
    at = np.tile([8.4, 8.0, width, height, 0.0], (3, 1))
    at[2, 0] += 5
    moves, *others = notes(replace(sidecar, track=Track(at)), DrawingOptions(steady=True))
    assert moves.startswith(f"FG's place moves, and is drawn at x={x} y=8 all the time: 1 of 3 frames")
    assert not others


def test_render_and_report_say_it(vidkompy: Vidkompy, sidecar: Path) -> None:
    known = read_sidecar(sidecar)
    write_sidecar(replace(known, placement=replace(known.placement, x=known.placement.x + 0.4)), sidecar)
    x, y, _, _ = known.placement.drawn
    text = f"drawn at {x},{y}: up to 0.4 px beside where it was found"
    outcome = vidkompy("render", sidecar.name, "-o", "out.mkv", "--dry-run")
    assert f"note: FG is {text}\n" in outcome.err
    assert vidkompy("report", sidecar.name, "-o", "out.html").code == 0
    assert re.search(rf"Place</dt>\s*<dd>[^<]*; {text}</dd>", Path("out.html").read_text())

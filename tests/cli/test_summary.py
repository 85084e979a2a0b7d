"""Results in lines of text: what comes first."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.program_runs import sidecar_of
from support.truth_cases import Case

from vidkompy.cli.summary import analysis_lines
from vidkompy.media.swapped_clips import SWAPPED
from vidkompy.model import Quality


def test_that_clips_look_swapped_comes_first_and_once(pair: Case) -> None:
    sidecar = replace(sidecar_of(pair), quality=Quality(reasons=("a doubt", f"{SWAPPED}: type this")))
    lines = list(analysis_lines(sidecar, Path("x y.json")))
    assert lines[0] == f"doubt  {SWAPPED}: type this"
    assert lines[-2:] == ["doubt  a doubt", "next   vidkompy review 'x y.json'"]
    assert len([line for line in lines if SWAPPED in line]) == 1


def test_other_doubts_come_last(pair: Case) -> None:
    sidecar = replace(sidecar_of(pair), quality=Quality(reasons=("a doubt", "another")))
    assert list(analysis_lines(sidecar, Path("x y.json")))[-3:-1] == ["doubt  a doubt", "doubt  another"]


@pytest.mark.parametrize(("placed", "is_said"), [(0.34, True), (0.95, False), (None, False)])
def test_frames_of_a_doubtful_place_are_sure_only_if_it_is_right(
    pair: Case, placed: float | None, is_said: bool
) -> None:
    sidecar = sidecar_of(pair)
    levels = np.full(len(sidecar.frame_map.bg), 0.99, np.float32)
    sidecar = replace(
        sidecar,
        placement=replace(sidecar.placement, confidence=placed),
        frame_map=replace(sidecar.frame_map, confidence=levels),
    )
    (line,) = [line for line in analysis_lines(sidecar, Path("x.json")) if "a frame is right" in line]
    assert line.endswith(", if the place is right") == is_said

"""Results in lines of text: what comes first."""

from dataclasses import replace
from pathlib import Path

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

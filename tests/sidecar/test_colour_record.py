"""Grades in a sidecar: few numbers, and back; what no analysis writes is refused with its place."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.invented_sidecars import invented

from vidkompy.colours import KNOTS, ColourGrade, ColourMatch, GradedShot
from vidkompy.errors import MalformedError
from vidkompy.model import Sidecar
from vidkompy.sidecar.document import document_of, parse_document, read_sidecar, write_sidecar

PLACE = r"\$\.colours\."
LINE = tuple(np.round(np.linspace(0.02, 0.98, KNOTS), 4).tolist())
WARM = ColourGrade((LINE, LINE, LINE), ((0.9, 0.1, 0.0), (0.0, 1.0, 0.0), (-0.05, 0.0, 1.05)), 8.25, 0.5, 0.97)
COOL = replace(WARM, before=5.0, output_curves=(LINE, LINE, LINE))
MATCH = ColourMatch((WARM, COOL), (GradedShot(0, 30, 1), GradedShot(30, 30, 0)))


def pair() -> Sidecar:
    sidecar = invented("equal rates")
    return replace(sidecar, fg=replace(sidecar.fg, size=1), bg=replace(sidecar.bg, size=1))


def test_grades_come_back(tmp_path: Path) -> None:
    path = tmp_path / "x.vidkompy.json"
    write_sidecar(replace(pair(), colours=MATCH), path)
    back = read_sidecar(path)
    assert back.colours == MATCH
    assert back.colours is not None
    assert back.colours.grade_of_frame.tolist() == [1] * 30 + [0] * 30


def test_a_sidecar_without_grades_is_valid(tmp_path: Path) -> None:
    """As older versions wrote it."""
    path = tmp_path / "x.vidkompy.json"
    write_sidecar(pair(), path)
    assert "colours" not in path.read_text()
    assert read_sidecar(path).colours is None


def test_a_grade_without_curves_behind_its_matrix_says_nothing_of_them(tmp_path: Path) -> None:
    """As older versions wrote and read it."""
    document = document_of(replace(pair(), colours=MATCH), tmp_path)
    assert ["output" in grade for grade in document["colours"]["grades"]] == [False, True]


def test_a_grade_takes_one_short_line(tmp_path: Path) -> None:
    path = tmp_path / "x.vidkompy.json"
    write_sidecar(replace(pair(), colours=MATCH), path)
    (line,) = (line for line in path.read_text().splitlines() if '"before": 8.25' in line)
    assert len(line) < 800


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda c: c["grades"][1]["green"].__setitem__(4, 0.9), r"falls from 0.9 to 0.32 @ GRADES\[1\]\.green\[5\]"),
        (lambda c: c["grades"][0]["matrix"][2].__setitem__(0, 0.5), r"sums to 1.5500, .* @ GRADES\[0\]\.matrix\[2\]"),
        (lambda c: c["grades"][0]["red"].pop(), r"GRADES\[0\]\.red"),
        (lambda c: c["grades"][1]["output"]["blue"].__setitem__(4, 0.9), r"falls .* @ GRADES\[1\]\.output\.blue\[5\]"),
        (lambda c: c["grades"][1]["output"].pop("red"), r"GRADES\[1\]\.output"),
        (lambda c: c["shots"][1].update(fg=31), r"starts at FG frame 31, wanted 30.* @ SHOTS\[1\]\.fg"),
        (lambda c: c["shots"][1].update(grade=2), r"grade 2 of 2, counted from 0 @ SHOTS\[1\]\.grade"),
        (lambda c: c["shots"][1].update(count=29), r"shots cover 59 FG frames, but FG has 60 @ SHOTS"),
    ],
)
def test_what_no_analysis_writes_is_refused(edit: Callable[[Any], object], message: str, tmp_path: Path) -> None:
    document = document_of(replace(pair(), colours=MATCH), tmp_path)
    edit(document["colours"])
    with pytest.raises(
        MalformedError, match=message.replace("GRADES", PLACE + "grades").replace("SHOTS", PLACE + "shots")
    ):
        parse_document(document, tmp_path / "x.json")

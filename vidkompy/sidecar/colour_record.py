"""Grades in a sidecar's JSON, and back: one line each, and the shots that they are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from vidkompy.colours import ColourGrade, ColourMatch, Curves, GradedShot, Triple
from vidkompy.errors import MalformedError
from vidkompy.model import Clip, Json

CHANNELS = ("red", "green", "blue")
MOST_OFF_ONE = 0.01  # of a row's sum: four decimals are kept, and a hand may round more


def colours_json(match: ColourMatch) -> Json:
    return {"grades": [_grade_json(grade) for grade in match.grades], "shots": [asdict(shot) for shot in match.shots]}


def colours_from_json(colours: Mapping[str, list[Json]], fg: Clip, path: Path) -> ColourMatch:
    """Raises MalformedError where curves fall, or shots do not cover FG without gaps."""
    grades = tuple(_grade(g, path, f"$.colours.grades[{n}]") for n, g in enumerate(colours["grades"]))
    shots = tuple(GradedShot(s["fg"], s["count"], s["grade"]) for s in colours["shots"])
    free = 0
    for n, shot in enumerate(shots):
        if shot.fg != free:
            problem = f"shot starts at FG frame {shot.fg}, wanted {free}, where the last ended"
            raise MalformedError(path, problem, f"$.colours.shots[{n}].fg")
        if shot.grade >= len(grades):
            problem = f"grade {shot.grade} of {len(grades)}, counted from 0"
            raise MalformedError(path, problem, f"$.colours.shots[{n}].grade")
        free += shot.count
    if free != fg.frames:
        raise MalformedError(path, f"shots cover {free} FG frames, but FG has {fg.frames}", "$.colours.shots")
    return ColourMatch(grades, shots)


def _grade_json(grade: ColourGrade) -> Json:
    matrix = [list(row) for row in grade.matrix]
    numbers = {"before": grade.before, "after": grade.after, "confidence": grade.confidence}
    record = numbers | _curves_json(grade.curves) | {"matrix": matrix}
    return record if grade.output_curves is None else record | {"output": _curves_json(grade.output_curves)}


def _curves_json(curves: Curves) -> Json:
    return {name: list(curve) for name, curve in zip(CHANNELS, curves, strict=True)}


def _curves(record: Json, path: Path, json_path: str) -> Curves:
    for name in CHANNELS:
        falls = np.flatnonzero(np.diff(record[name]) < 0)
        if len(falls):
            n = int(falls[0]) + 1
            problem = f"the curve falls from {record[name][n - 1]} to {record[name][n]}"
            raise MalformedError(path, problem, f"{json_path}.{name}[{n}]")
    red, green, blue = (tuple(float(value) for value in record[name]) for name in CHANNELS)
    return red, green, blue


def _grade(g: Json, path: Path, json_path: str) -> ColourGrade:
    curves = _curves(g, path, json_path)
    rows: list[Triple] = [(float(r), float(g), float(b)) for r, g, b in g["matrix"]]
    for n, row in enumerate(rows):
        if abs(sum(row) - 1) > MOST_OFF_ONE:
            problem = f"the row sums to {sum(row):.4f}, wanted 1, so that grey stays grey"
            raise MalformedError(path, problem, f"{json_path}.matrix[{n}]")
    before, after, confidence = (float(g[name]) for name in ("before", "after", "confidence"))
    output = _curves(g["output"], path, f"{json_path}.output") if "output" in g else None
    return ColourGrade(curves, (rows[0], rows[1], rows[2]), before, after, confidence, output)

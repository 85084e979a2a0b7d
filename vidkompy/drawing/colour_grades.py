"""The sidecar's grades as those of a composition: `--match-colours`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from filtergraphs.composition import Grade
from vidkompy.colour_matching.grading import curve_at
from vidkompy.colours import ColourGrade, Curves
from vidkompy.errors import RenderError
from vidkompy.model import Sidecar

CURVE_POINTS = 65  # of a curve between which ffmpeg goes straight: off by less than a level of 12 bits
NOTABLE_DIFFERENCE = 2.0  # median Delta E 2000; from about there on an edge is seen
LEAST_CONFIDENCE = 0.5  # of grades that are drawn: BG's colours would be no better than they were


def bg_grades(sidecar: Sidecar) -> tuple[Grade, ...]:
    """Raises RenderError where none were measured, or not surely enough to draw them."""
    if sidecar.colours is None:
        raise RenderError(
            "--match-colours, but the sidecar does not say how BG's colours become FG's; analyse again, or leave it out"
        )
    if sidecar.quality.is_forced:
        raise RenderError(
            "--match-colours, but the answer was forced: where FG does not lie its colours say nothing of BG's; leave "
            "one of them out"
        )
    for n, grade in enumerate(sidecar.colours.grades):
        if grade.confidence < LEAST_CONFIDENCE:
            first = next(shot.fg for shot in sidecar.colours.shots if shot.grade == n)
            raise RenderError(
                f"--match-colours, but BG's colours do not become FG's from FG frame {first} on: of its pixels "
                f"{grade.confidence:.0%} would come within 3 Delta E of FG's, wanted {LEAST_CONFIDENCE:.0%}; "
                "leave it out"
            )
    return tuple(_grade(grade) for grade in sidecar.colours.grades)


def grade_notes(sidecar: Sidecar) -> Iterator[str]:
    """How near BG's colours come to FG's, and where they do not come as near as one would think."""
    grades = () if sidecar.colours is None else sidecar.colours.grades
    for n, grade in enumerate(grades):
        of = "" if len(grades) == 1 else f" in {_shots_text(sidecar, n)}"
        yield (
            f"BG's colours are brought to FG's{of}: median difference {grade.before:.1f} -> {grade.after:.1f} Delta E"
        )
        if grade.after > NOTABLE_DIFFERENCE:
            yield f"the edge of FG may still show{of}: no curves and matrix make more of BG's colours FG's"


def _shots_text(sidecar: Sidecar, n: int) -> str:
    shots = [] if sidecar.colours is None else [shot for shot in sidecar.colours.shots if shot.grade == n]
    first = f"FG frames {shots[0].fg} to {shots[0].fg + shots[0].count - 1}"
    return first if len(shots) == 1 else f"{first} and {len(shots) - 1} more shots"


def _grade(grade: ColourGrade) -> Grade:
    return Grade(_points(grade.curves), grade.matrix, _points(grade.output_curves) if grade.output_curves else ())


def _points(curves: Curves) -> tuple[tuple[tuple[float, float], ...], ...]:
    inputs = np.linspace(0, 1, CURVE_POINTS)
    return tuple(tuple(zip(inputs.tolist(), curve_at(c, inputs).tolist(), strict=True)) for c in curves)

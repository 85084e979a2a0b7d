"""How BG's colours become FG's, as measured: grades, and the FG frames that each is for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidkompy.records import Record

KNOTS = 17  # of a curve: evenly spaced inputs from black, 0, to white, 1

Triple = tuple[float, float, float]
Curves = tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]


class ColourGrade(Record):
    """BG's red, green and blue, gamma-coded as in the file, 0 black and 1 white -> FG's: curves, then a matrix.

    curves          for each channel KNOTS values, none below the one before
    matrix          a row for each channel of FG: its shares of BG's three, whose sum is 1, so that grey stays grey
    before, after   median Delta E 2000 between FG and BG where both are seen, without the grade and with it
    confidence      probability that a pixel of BG comes out within 3 Delta E of FG's, where FG is not altered
    output_curves   None, or curves behind the matrix, which then mixes light: its inputs are squares of values cut off
                    to 0..1, and the square roots of what it makes, cut off to 0..1, go through these curves
    """

    curves: Curves
    matrix: tuple[Triple, Triple, Triple]
    before: float
    after: float
    confidence: float
    output_curves: Curves | None = None


class GradedShot(Record):
    """FG frames from `fg` on, `count` of them, for which BG takes the grade with this index."""

    fg: int
    count: int
    grade: int


class ColourMatch(Record):
    """Grades, and shots that cover FG without gaps."""

    grades: tuple[ColourGrade, ...]
    shots: tuple[GradedShot, ...]

    def of_frames(self, first: int, count: int) -> ColourMatch:
        """That of `count` FG frames from `first` on, counted from there.

        >>> ColourMatch((), (GradedShot(0, 2, 1), GradedShot(2, 3, 0))).of_frames(1, 2).shots
        (GradedShot(fg=0, count=1, grade=1), GradedShot(fg=1, count=1, grade=0))
        """
        bounds = [(max(s.fg - first, 0), min(s.fg + s.count - first, count), s.grade) for s in self.shots]
        return ColourMatch(self.grades, tuple(GradedShot(a, b - a, grade) for a, b, grade in bounds if a < b))

    @property
    def grade_of_frame(self) -> NDArray[np.int64]:
        """i64 [n_fg]: index of each FG frame's grade.

        >>> ColourMatch((), (GradedShot(0, 2, 1), GradedShot(2, 1, 0))).grade_of_frame.tolist()
        [1, 1, 0]
        """
        grades, counts = [shot.grade for shot in self.shots], [shot.count for shot in self.shots]
        return np.repeat(np.array(grades, np.int64), counts)

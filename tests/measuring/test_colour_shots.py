"""Grades of shots: each its own where they differ, one where they do not, and none of what is not BG's."""

import numpy as np
import pytest
from support.graded_pairs import F64, SDR, answer, cut, pictures, proxies, whole

from vidkompy.colour_matching.colour_difference import colour_differences
from vidkompy.colour_matching.grading import apply_grade
from vidkompy.colour_matching.parameters import ColourParameters
from vidkompy.colours import ColourMatch
from vidkompy.measuring.colour_measurement import measure_colours
from vidkompy.measuring.colour_shots import shot_starts
from vidkompy.model import UNMATCHED

LENGTHS = (12, 9, 15)  # frames of the shots
STARTS = [0, 12, 21]
COUNT = sum(LENGTHS)


@pytest.fixture(scope="module")
def film() -> F64:
    kinds = ("handheld", "tripod", "pan")
    return np.concatenate([pictures(n, kind, seed=k) for k, (n, kind) in enumerate(zip(LENGTHS, kinds, strict=True))])


def bright(rgb: F64) -> F64:
    return np.asarray(rgb**0.6)


def warm(rgb: F64) -> F64:
    return np.asarray(rgb * [0.95, 1, 0.75] + [0.05, 0, 0])


def measured(fg_rgb: F64, bg_rgb: F64) -> ColourMatch:
    fg = proxies(cut(fg_rgb))
    match = measure_colours(fg, proxies(bg_rgb), whole(fg), answer(COUNT))
    assert match is not None
    return match


def spans(match: ColourMatch) -> list[tuple[int, int]]:
    return [(shot.fg, shot.count) for shot in match.shots]


def test_cuts_of_fg_and_jumps_of_the_map_begin_shots(film: F64) -> None:
    luma, numbers = proxies(cut(film)).small, ColourParameters()
    steady = np.arange(COUNT)
    assert shot_starts(luma, steady, numbers) == STARTS
    jumping = np.where(steady < 5, steady, steady + 40)
    jumping[7:9] = UNMATCHED
    assert shot_starts(luma, jumping, numbers) == [0, 5, *STARTS[1:]]


def test_shots_that_differ_have_their_own_grades(film: F64) -> None:
    """Two grades for three shots: the third is graded as the first."""
    graded = film.copy()
    graded[:12], graded[12:21], graded[21:] = bright(film[:12]), warm(film[12:21]), bright(film[21:])
    match = measured(graded, film)
    assert spans(match) == list(zip(STARTS, LENGTHS, strict=True))
    assert len(match.grades) == 2
    for i in range(0, COUNT, 3):
        grade = match.grades[match.grade_of_frame[i]]
        bg, wanted = film[i, 5:30].reshape(-1, 3), graded[i, 5:30].reshape(-1, 3)
        off = colour_differences(np.clip(apply_grade(grade, bg), 0, 1), np.clip(wanted, 0, 1), SDR)
        assert np.median(off) < 1.0, i


def test_one_grade_of_a_film_with_cuts_is_one(film: F64) -> None:
    match = measured(bright(film), film)
    assert spans(match) == [(0, COUNT)]
    assert match.grades[0].after < 1.0


def test_a_shot_that_shows_something_else_takes_the_grade_of_the_others(film: F64) -> None:
    replaced = bright(film)
    replaced[12:21] = pictures(9, "animation", seed=9)
    match = measured(replaced, film)
    assert spans(match) == [(0, COUNT)]
    assert match.grades[0].after < 1.0
    assert match.grades[0].confidence > 0.9


def test_a_shot_too_dull_to_tell_goes_with_the_shot_before(film: F64) -> None:
    graded, bg = bright(film), film.copy()
    graded[12:], bg[12:21], graded[12:21] = warm(film[12:]), 0.0, 0.0
    match = measured(graded, bg)
    frames = match.grade_of_frame
    assert frames[0] != frames[-1]
    assert frames[12] in (frames[0], frames[-1])

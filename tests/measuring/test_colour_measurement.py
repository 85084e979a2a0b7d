"""BG's colours measured against FG's, on graded footage of which parts are altered."""

import logging
from dataclasses import replace

import numpy as np
import pytest
from support.graded_pairs import F64, INSET, SDR, Grading, answer, cut, pictures, proxies, whole, without_chroma

from vidkompy.colour_matching.colour_difference import colour_differences
from vidkompy.colour_matching.grading import apply_grade
from vidkompy.colours import ColourMatch
from vidkompy.measuring.colour_measurement import measure_colours
from vidkompy.media.proxies import Proxies
from vidkompy.model import UNMATCHED, FrameMap, Track

_log = logging.getLogger(__name__)
COUNT = 24
LUMA = np.array([0.2126, 0.7152, 0.0722])
GRADINGS: dict[str, Grading] = {
    "none": lambda rgb: rgb,
    "gamma": lambda rgb: rgb**0.75,
    "warm": lambda rgb: rgb * [0.95, 1, 0.8] + [0.05, 0, 0],
    "pale": lambda rgb: 0.4 * rgb + 0.6 * (rgb @ LUMA)[..., None],
    "contrast": lambda rgb: 1.35 * (rgb - 0.5) + 0.52,
    "black and white": lambda rgb: np.repeat((rgb @ LUMA)[..., None], 3, axis=-1),
}


@pytest.fixture(scope="module")
def bg_rgb() -> F64:
    return pictures(COUNT)


def measured(fg: Proxies, bg: Proxies) -> ColourMatch:
    match = measure_colours(fg, bg, whole(fg), answer(COUNT))
    assert match is not None
    return match


@pytest.mark.parametrize("altered", [0.0, 0.3])
@pytest.mark.parametrize("name", GRADINGS)
def test_bg_comes_out_in_fgs_colours_beside_fg(bg_rgb: F64, name: str, altered: float) -> None:
    """At the seam, in pixels that were never compared."""
    grading = GRADINGS[name]
    fg_rgb = cut(np.clip(grading(bg_rgb), 0, 1)).copy()
    covered = round(altered * INSET.width)
    fg_rgb[:, :, :covered] = pictures(1, "tripod", seed=5)[0, : INSET.height, :covered]
    match = measured(proxies(fg_rgb), proxies(bg_rgb))
    (grade,) = match.grades
    seam = np.s_[:, INSET.y - 6 : INSET.y, INSET.x : INSET.x + INSET.width]
    bg, wanted = bg_rgb[seam].reshape(-1, 3), np.clip(grading(bg_rgb[seam]), 0, 1).reshape(-1, 3)
    before = np.median(colour_differences(bg, wanted, SDR))
    after = np.median(colour_differences(np.clip(apply_grade(grade, bg), 0, 1), wanted, SDR))
    _log.info("%s, %.0f %% altered: %.2f -> %.2f Delta E; told %s", name, 100 * altered, before, after, grade)
    assert after < 1.0
    assert grade.confidence > 0.9
    assert [(shot.fg, shot.count) for shot in match.shots] == [(0, COUNT)]


def test_what_it_says_is_what_is_seen(bg_rgb: F64) -> None:
    fg = proxies(cut(np.clip(bg_rgb**0.75, 0, 1)))
    (grade,) = measured(fg, proxies(bg_rgb)).grades
    inside = cut(bg_rgb).reshape(-1, 3)
    assert grade.before == pytest.approx(np.median(colour_differences(inside, inside**0.75, SDR)), rel=0.15)
    assert grade.after < 1.0


def test_a_grey_bg_does_not_become_fgs_colours(bg_rgb: F64) -> None:
    (grade,) = measured(proxies(cut(bg_rgb)), without_chroma(proxies(bg_rgb))).grades
    assert grade.confidence < 0.5
    assert grade.after > 3


def test_other_pictures_are_not_matched(bg_rgb: F64) -> None:
    fg = proxies(pictures(COUNT, "tripod", seed=3)[:, : INSET.height, : INSET.width])
    assert all(grade.confidence < 0.5 for grade in measured(fg, proxies(bg_rgb)).grades)


def test_no_matched_frame_tells_no_colours(bg_rgb: F64) -> None:
    fg, bg = proxies(cut(bg_rgb)), proxies(bg_rgb)
    nothing = replace(answer(COUNT), frame_map=FrameMap(np.full(COUNT, UNMATCHED)))
    assert measure_colours(fg, bg, whole(fg), nothing) is None


def test_the_place_of_each_frame_counts(bg_rgb: F64) -> None:
    """FG pans over BG: at its first place it shows something else."""
    shifts = np.arange(COUNT) * 4 - 48
    fg_rgb = np.stack([np.roll(picture, -shift, axis=1) for picture, shift in zip(bg_rgb, shifts, strict=True)])
    fg = proxies(cut(np.clip(fg_rgb**0.75, 0, 1)))
    at = np.column_stack([INSET.x + shifts, *(np.full(COUNT, v) for v in (INSET.y, INSET.width, INSET.height, 0))])
    moving = replace(answer(COUNT), track=Track(at.astype(np.float64)))
    match = measure_colours(fg, proxies(bg_rgb), whole(fg), moving)
    assert match is not None
    assert match.grades[0].after < 1.2


def test_ignored_boxes_and_bars_tell_nothing(bg_rgb: F64) -> None:
    """Half of FG is covered, which is more than the fit would bear."""
    fg_rgb = cut(bg_rgb**0.75).copy()
    fg_rgb[:, :64] = [0.8, 0.1, 0.1]
    fg_rgb[:, :, :16] = 0
    fg = replace(proxies(fg_rgb), ignored=((0, 0, INSET.width, 64),))
    match = measure_colours(fg, proxies(bg_rgb), (16, 0, INSET.width, INSET.height), answer(COUNT))
    assert match is not None
    assert match.grades[0].after < 1.2
    assert match.grades[0].confidence > 0.9

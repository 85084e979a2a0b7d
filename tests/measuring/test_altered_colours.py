"""FG of which much is altered: BG around it takes the grade of the rest, or is told to be unsure."""

from collections.abc import Callable

import numpy as np
import pytest
from support import tone_mapped
from support.graded_pairs import F64, INSET, SDR, answer, cut, pictures, proxies, whole

from vidkompy.colour_matching.colour_difference import colour_differences
from vidkompy.colour_matching.grading import apply_grade
from vidkompy.colour_matching.parameters import ColourPairParameters
from vidkompy.colours import ColourGrade
from vidkompy.measuring.colour_measurement import measure_colours
from vidkompy.measuring.pair_weights import pair_weights, shared_variance
from vidkompy.model import Colour

Cover = Callable[[F64], None]  # of FG, [n, height, width, 3]

COUNT = 6
REACH = 8  # px around FG
KINDS = "handheld", "crowd", "game", "anime", "night"
SURE = 0.8
PARAMETERS = ColourPairParameters()


def plain(share: float, *colour: float) -> Cover:
    def cover(fg: F64) -> None:
        fg[:, :, : round(share * INSET.width)] = colour

    return cover


def banner(fg: F64) -> None:
    fg[:, round(0.65 * INSET.height) :] = 0.1, 0.2, 0.7


def picture(fg: F64) -> None:
    width = round(0.45 * INSET.width)
    fg[:, :, :width] = pictures(1, "tripod", seed=5)[0, : INSET.height, :width]


def boxes(fg: F64) -> None:
    """About half of FG, in 14 colours."""
    rng = np.random.default_rng(3)
    for _ in range(14):
        x, y = rng.integers(0, INSET.width - 40), rng.integers(0, INSET.height - 24)
        fg[:, y : y + 24, x : x + 40] = rng.random(3)


COVERS: dict[str, Cover] = {
    "30 % grey": plain(0.3, 0.5, 0.5, 0.5),
    "45 % grey": plain(0.45, 0.5, 0.5, 0.5),
    "30 % dark": plain(0.3, 0.05, 0.05, 0.05),
    "half red": plain(0.5, 0.8, 0.1, 0.1),
    "banner": banner,
    "picture": picture,
    "boxes": boxes,
}


def warm(rgb: F64) -> F64:
    return np.clip(rgb**0.8 * [0.95, 1, 0.8] + [0.05, 0, 0], 0, 1)


def seam(bg: F64, wanted: F64, altered: F64, bg_colour: Colour = SDR) -> tuple[ColourGrade, float]:
    """The grade, and the median Delta E 2000 of BG around FG when it is graded."""
    fg, below = proxies(altered), proxies(bg, bg_colour)
    match = measure_colours(fg, below, whole(fg), answer(COUNT))
    assert match is not None
    (grade,) = match.grades
    around = np.zeros(bg.shape[1:3], np.bool_)
    around[INSET.y - REACH : INSET.y + INSET.height + REACH, INSET.x - REACH : INSET.x + INSET.width + REACH] = True
    around[INSET.y : INSET.y + INSET.height, INSET.x : INSET.x + INSET.width] = False
    graded = np.clip(apply_grade(grade, bg[:, around].reshape(-1, 3)), 0, 1)
    return grade, float(np.median(colour_differences(graded, wanted[:, around].reshape(-1, 3), SDR)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", COVERS)
def test_what_covers_fg_does_not_colour_bg(name: str, kind: str) -> None:
    bg = pictures(COUNT, kind)
    altered = cut(warm(bg)).copy()
    COVERS[name](altered)
    grade, off = seam(bg, warm(bg), altered)
    assert off < 1.5
    assert grade.confidence > 0.5
    assert grade.after < 1.5  # of what is not altered


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", COVERS)
def test_hdr_is_met_beside_what_covers_fg_or_not_surely(name: str, kind: str) -> None:
    light = tone_mapped.hdr_light(kind, COUNT, is_wide=False)
    wanted = tone_mapped.sdr(tone_mapped.channels_of_sdr(light, tone_mapped.hable))
    altered = cut(wanted).copy()
    COVERS[name](altered)
    grade, off = seam(tone_mapped.pq(light), wanted, altered, tone_mapped.PQ)
    assert off < 1.5 or grade.confidence < SURE
    if name != "boxes":
        assert off < 1.5


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_with_colours_of_its_own_costs_confidence(kind: str) -> None:
    """Its structure is that of BG: only colours tell."""
    bg = pictures(COUNT, kind)
    altered = cut(warm(bg)).copy()
    width = round(0.3 * INSET.width)
    altered[:, :, :width] = np.roll(altered[:, :, :width], 1, axis=-1) * 0.8 + 0.1
    grade, off = seam(bg, warm(bg), altered)
    assert off < 1.5
    assert 0.5 < grade.confidence < 0.9


def test_another_picture_shares_no_variance_and_a_grade_shares_all() -> None:
    rng = np.random.default_rng(0)
    bg, other = rng.uniform(20, 200, (2, 24, 32))
    np.testing.assert_allclose(shared_variance(0.4 * bg + 60, bg, PARAMETERS), 1, atol=0.01)
    assert np.median(shared_variance(other, bg, PARAMETERS)) < 0.1
    assert np.median(shared_variance(np.full_like(bg, 128), bg, PARAMETERS)) < 0.01
    assert shared_variance(200 - bg, bg, PARAMETERS).max() == 0


def test_flat_parts_share_all_whatever_they_show() -> None:
    flat = np.full((8, 8), 40.0)
    np.testing.assert_allclose(shared_variance(flat, flat + 90, PARAMETERS), 1)


def test_the_less_flat_clip_counts_alone() -> None:
    flat, none = np.full((8, 8), 40.0), np.zeros((8, 8))
    rough = np.full((8, 8), 3 * PARAMETERS.flat_levels**2)
    for fg, bg in ((rough, none), (none, rough), (rough, rough)):
        np.testing.assert_allclose(pair_weights(flat, flat, fg, bg, PARAMETERS), 0.25)

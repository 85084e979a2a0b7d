"""BG in FG's colours: what ffmpeg draws against what numpy makes of the same patches, in every kind of format."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.drawn_films import INSET, X264, assert_rectangle, composition, decode, draw, lossless
from support.patched_films import PATCH, Patches, codes_of, graded, patch_codes, patched
from support.program_runs import in_turn

from filtergraphs import Composition, compose, working_format
from filtergraphs.composition import Grade
from filtergraphs.expressions import polyline
from filtergraphs.formats import depth

FRAMES = 8
XY = (32, 16)  # px of FG, on the grid of the patches
_log = logging.getLogger(__name__)


def curve(gamma: float, low: float = 0.0, high: float = 1.0) -> tuple[tuple[float, float], ...]:
    x = np.linspace(0, 1, 65)
    return tuple(zip(x.tolist(), (low + (high - low) * x**gamma).tolist(), strict=True))


NONE = Grade((curve(1),) * 3, ((1, 0, 0), (0, 1, 0), (0, 0, 1)))
WARM = Grade((curve(0.8, 0.05), curve(1.0), curve(1.3, 0.0, 0.9)), ((0.9, 0.1, 0), (0.05, 0.9, 0.05), (-0.05, 0.05, 1)))
# curves that leave 0..1, which the matrix brings back
VIVID = Grade((curve(1, -0.2, 1.2),) * 3, ((0.6, 0.3, 0.1), (0.2, 0.7, 0.1), (0.2, 0.3, 0.5)))
# light of BT.2020 to BT.709, then a bright tone curve for each channel
LIGHT = Grade(
    (curve(1.1), curve(1.0), curve(0.9)),
    ((1.66, -0.59, -0.07), (-0.12, 1.13, -0.01), (-0.02, -0.1, 1.12)),
    (curve(0.8), curve(0.9, 0.02), curve(0.7, 0, 0.95)),
)
GRADES = {"none": NONE, "warm": WARM, "beyond": VIVID, "light": LIGHT}


def drawn_over(bg: Patches, fg: Patches, grades: tuple[Grade, ...], which: list[int] | None = None) -> Composition:
    c = composition(bg.film, fg.film, list(range(FRAMES)), XY)
    return replace(c, bg_grades=grades, bg_grade_of=which or ())


def suffix(pix_fmt: str) -> str:
    """Of a container that holds the format, and its matrix where it has one."""
    return "nut" if pix_fmt.startswith("gbr") else "mkv"


def errors(
    ffmpeg: str, c: Composition, bg: Patches, fg: Patches, grades: list[Grade], matrix: str, is_full: bool, out: Path
) -> np.ndarray:
    """Levels of 8 bits, f64 [frames, planes, rows, columns], by which patches of BG are off; 0 below FG."""
    codec = X264 if is_full else (lossless(working_format(c)),)
    _, frames = draw(ffmpeg, compose(c), out, codec)
    assert_rectangle(c, fg.film, frames)
    assert decode(out)[2] == [pts * c.time_base for pts in c.fg_pts]
    target = working_format(c)
    off = []
    for planes, colours, grade in zip(frames, bg.colours, grades, strict=True):
        wanted = codes_of(graded(grade, colours), target, matrix, is_full)
        off.append((patch_codes(planes, target) - wanted) / 2 ** (depth(target) - 8))
    x, y, width, height = (length // PATCH for length in (*XY, *INSET))
    result = np.array(off)
    result[:, :, y : y + height, x : x + width] = 0
    return result


FORMATS = [  # of FG, of BG, whether both have the full range
    ("yuv420p", "yuv420p", False),
    ("yuv420p10le", "yuv420p10le", False),
    ("yuv422p", "yuv420p10le", False),
    ("yuv444p", "yuv420p", True),
    ("gbrp", "yuv420p", False),
    ("yuv420p", "gbrp", False),
    ("gbrp10le", "gbrp10le", False),
]


@pytest.mark.parametrize(("formats", "name", "ffmpeg"), in_turn(FORMATS, [*GRADES]))
def test_bg_has_the_colours_that_the_grade_makes(
    formats: tuple[str, str, bool], name: str, ffmpeg: str, tmp_path: Path
) -> None:
    """Within a level of 8 bits on average over a patch, FG to the last bit."""
    fg_format, bg_format, is_full = formats
    bg = patched(tmp_path / f"bg.{suffix(bg_format)}", bg_format, FRAMES, is_full=is_full)
    fg = patched(tmp_path / f"fg.{suffix(fg_format)}", fg_format, FRAMES, is_full=is_full, size=INSET)
    c = drawn_over(bg, fg, (GRADES[name],))
    off = errors(ffmpeg, c, bg, fg, [GRADES[name]] * FRAMES, "bt709", is_full, tmp_path / f"out.{suffix(fg_format)}")
    numbers = np.sqrt((off**2).mean()), np.abs(off).max()
    _log.info("%s over %s, %s: %.2f levels, %.2f at most", fg_format, bg_format, name, *numbers)
    assert np.abs(off).max() < 1


def test_dark_steps_stay_apart_where_a_matrix_mixes_light(ffmpeg: str, tmp_path: Path) -> None:
    """Colours of the darkest tenth, through squares and roots that change nothing: within two levels of 10 bits."""
    bg = patched(tmp_path / "bg.mkv", "yuv420p10le", FRAMES, span=(0.0, 0.1))
    fg = patched(tmp_path / "fg.mkv", "yuv420p10le", FRAMES, size=INSET)
    for name, grade in {"curves only": NONE, "light": replace(NONE, output_curves=NONE.curves)}.items():
        off = errors(ffmpeg, drawn_over(bg, fg, (grade,)), bg, fg, [grade] * FRAMES, "bt709", False, tmp_path / "o.mkv")
        _log.info("dark, %s: %.2f levels, %.2f at most", name, np.sqrt((off**2).mean()), np.abs(off).max())
        assert np.abs(off).max() < 0.6


def test_a_matrix_that_only_one_clip_names_is_both_clips(ffmpeg: str, tmp_path: Path) -> None:
    bg = patched(tmp_path / "bg.mkv", "yuv420p", FRAMES)
    fg = patched(tmp_path / "fg.mkv", "yuv420p", FRAMES, size=INSET)
    c = drawn_over(bg, fg, (WARM,))
    for unknown in ("bg", "fg"):
        one = replace(c, **{unknown: replace(getattr(c, unknown), colour_space="unknown")})
        off = errors(ffmpeg, one, bg, fg, [WARM] * FRAMES, "bt709", False, tmp_path / f"no-{unknown}.mkv")
        assert np.abs(off).max() < 1


def test_clips_of_different_matrices_meet(ffmpeg: str, tmp_path: Path) -> None:
    bg = patched(tmp_path / "bg.mkv", "yuv420p", FRAMES, matrix="smpte170m")
    fg = patched(tmp_path / "fg.mkv", "yuv420p", FRAMES, size=INSET)
    off = errors(ffmpeg, drawn_over(bg, fg, (WARM,)), bg, fg, [WARM] * FRAMES, "bt709", False, tmp_path / "out.mkv")
    assert np.abs(off).max() < 1


def test_each_frame_has_the_grade_of_its_shot(ffmpeg: str, tmp_path: Path) -> None:
    """And a BG frame that is held keeps the one under which it came."""
    bg = patched(tmp_path / "bg.mkv", "yuv420p", FRAMES)
    fg = patched(tmp_path / "fg.mkv", "yuv420p", FRAMES, size=INSET)
    which = [0, 0, 1, 1, 1, 2, 0, 1]
    grades = (WARM, NONE, VIVID)
    c = drawn_over(bg, fg, grades, which)
    off = errors(ffmpeg, c, bg, fg, [grades[k] for k in which], "bt709", False, tmp_path / "out.mkv")
    assert np.abs(off).max() < 1
    shown = [0, 1, 2, 2, 2, 2, 6, 7]
    held, as_shown = replace(c, bg_index=shown), Patches(bg.film, bg.colours[shown])
    off = errors(ffmpeg, held, as_shown, fg, [grades[which[j]] for j in shown], "bt709", False, tmp_path / "held.mkv")
    assert np.abs(off).max() < 1


def test_polylines_are_balanced() -> None:
    """ffmpeg does not parse what is nested more than about 100 deep."""
    text = polyline([(k, k * k / 1000) for k in range(1000)], "val")
    depths = np.cumsum([{"(": 1, ")": -1}.get(letter, 0) for letter in text])
    assert depths.max() < 30
    assert depths[-1] == 0


def test_a_grade_for_each_fg_frame_or_none(tmp_path: Path) -> None:
    bg = patched(tmp_path / "bg.mkv", "yuv420p", FRAMES)
    with pytest.raises(ValueError, match="3 indices of grades for 8 FG frames"):
        drawn_over(bg, bg, (WARM,), [0, 0, 0])

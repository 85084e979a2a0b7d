"""--match-colours from the sidecar to the file: BG in FG's colours, FG as it was, and messages where that cannot be."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import constructed_maps
from support.clips import planes
from support.picture_edits import Box, Grade
from support.program_runs import FFMPEGS, Vidkompy, refused
from support.truth_cases import Case, Recipe, build, write_bg
from support.wave_films import standing_track, wave_pair

from vidkompy.colours import KNOTS, ColourGrade, ColourMatch, GradedShot
from vidkompy.model import UNMATCHED, FrameMap, Sidecar
from vidkompy.sidecar.document import read_sidecar, write_sidecar

LOSSLESS = ("--", "-c:v", "ffv1")
FLICKER = 0.2  # levels between frames of a shot
LINE = np.linspace(0, 1, KNOTS)
IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_log = logging.getLogger(__name__)


def grade(gamma: float, confidence: float = 0.95) -> ColourGrade:
    curve = tuple(np.round(LINE**gamma, 4).tolist())
    return ColourGrade((curve, curve, curve), IDENTITY, 8.0, 0.5, confidence)


def with_grades(path: Path, *grades: ColourGrade, cut: int | None = None) -> Sidecar:
    """The sidecar at `path` with one grade for all FG, or two that change at a frame."""
    sidecar = read_sidecar(path)
    frames = sidecar.fg.frames
    shots = (GradedShot(0, frames, 0),) if cut is None else (GradedShot(0, cut, 0), GradedShot(cut, frames - cut, 1))
    changed = replace(sidecar, colours=ColourMatch(grades, shots))
    write_sidecar(changed, path)
    return changed


@pytest.mark.parametrize("ffmpeg", FFMPEGS, ids=lambda path: Path(path).name[:8])
@pytest.mark.parametrize("options", [(), ("--smooth",), ("--canvas", "fg"), ("--unmatched", "black")], ids=" ".join)
def test_a_render_is_right_by_its_own_options_only(
    vidkompy: Vidkompy, sidecar: Path, ffmpeg: Path, options: tuple[str, ...]
) -> None:
    """FG to the last bit; without the option verify takes BG for altered."""
    with_grades(sidecar, grade(0.6))
    wanted = ("--match-colours", *options)
    outcome = vidkompy("render", sidecar, "-o", "out.mkv", "--ffmpeg", ffmpeg, *wanted, *LOSSLESS)
    assert outcome.code == 0, outcome.err
    assert "BG's colours are brought to FG's: median difference 8.0 -> 0.5 Delta E" in outcome.err
    outcome = vidkompy("verify", sidecar, "out.mkv", *wanted)
    lines = outcome.out.splitlines()
    assert (outcome.code, lines[-1]) == (0, "result  right"), outcome.out
    (of_fg,) = (line for line in lines if line.startswith("FG "))
    assert of_fg.endswith("bit-exact; none wrong")
    outcome = vidkompy("verify", sidecar, "out.mkv", *options)
    assert outcome.code == 1, outcome.out
    assert of_fg in outcome.out.splitlines()


def test_each_shot_has_its_grade_in_chunks_too(vidkompy: Vidkompy, sidecar: Path, pair: Case) -> None:
    """BG's mean follows the grades to the frame, and a grade of none leaves BG as it is, within half a level."""
    cut = 17
    truth = with_grades(sidecar, grade(1.0), grade(0.5), cut=cut)
    bg = [frame[0][:40].mean() for frame in planes(pair.bg)]  # above FG
    for chunks in ("1", "2"):
        options = ("-o", f"{chunks}.mkv", "--match-colours", "--chunks", chunks)
        assert vidkompy("render", sidecar, *options, *LOSSLESS).code == 0
        drawn = np.array([frame[0][:40].mean() for frame in planes(Path(f"{chunks}.mkv"))])
        rises = drawn - [bg[j] for j in truth.frame_map.bg]
        _log.info("BG's luma is off by %.3f levels before the cut", np.abs(rises[:cut]).max())
        assert np.abs(rises[:cut]).max() < 0.5
        assert np.ptp(rises[:cut]) < FLICKER
        assert (rises[cut:] > 15).all()


@pytest.mark.parametrize("ffmpeg", FFMPEGS, ids=lambda path: Path(path).name[:8])
def test_one_grade_does_not_flicker(vidkompy: Vidkompy, sidecar: Path, ffmpeg: Path) -> None:
    """All FG frames lie on one BG frame: what is dithered differs in no plane's mean."""
    truth = with_grades(sidecar, grade(0.6))
    held = np.full(truth.fg.frames, int(truth.frame_map.bg[0]))
    write_sidecar(replace(truth, frame_map=FrameMap(held)), sidecar)
    outcome = vidkompy("render", sidecar, "-o", "out.mkv", "--ffmpeg", ffmpeg, "--match-colours", *LOSSLESS)
    assert outcome.code == 0, outcome.err
    means = np.array([[plane[:20].mean() for plane in frame] for frame in planes(Path("out.mkv"))])  # above FG
    _log.info("planes' means differ by %s levels", np.ptp(means, axis=0))
    assert len(means) == truth.fg.frames
    assert np.ptp(means, axis=0).max() < FLICKER


def test_a_preview_shows_it(vidkompy: Vidkompy, sidecar: Path) -> None:
    with_grades(sidecar, grade(0.5))
    sizes = []
    for name, option in (("a.mp4", ()), ("b.mp4", ("--match-colours",))):
        assert vidkompy("preview", sidecar, "-o", name, "--style", "wipe", "--no-text", *option).code == 0
        sizes.append(np.mean([frame[0].mean() for frame in planes(Path(name))]))
    assert sizes[1] > sizes[0] + 5


def test_a_sidecar_that_says_nothing_of_colours(vidkompy: Vidkompy, sidecar: Path) -> None:
    message = refused(vidkompy, "render", sidecar, "--match-colours")
    assert "the sidecar does not say how BG's colours become FG's; analyse again, or leave it out" in message


def test_an_answer_that_was_forced(vidkompy: Vidkompy, sidecar: Path) -> None:
    truth = with_grades(sidecar, grade(0.6))
    write_sidecar(replace(truth, quality=replace(truth.quality, is_forced=True)), sidecar)
    assert "the answer was forced" in refused(vidkompy, "render", sidecar, "--match-colours")


def test_colours_that_do_not_become_fgs(vidkompy: Vidkompy, sidecar: Path) -> None:
    with_grades(sidecar, grade(1.0), grade(0.6, confidence=0.31), cut=12)
    message = refused(vidkompy, "render", sidecar, "--match-colours")
    assert "from FG frame 12 on: of its pixels 31% would come within 3 Delta E of FG's, wanted 50%" in message


def test_a_seam_that_may_still_show_is_said(vidkompy: Vidkompy, sidecar: Path) -> None:
    with_grades(sidecar, replace(grade(0.6, confidence=0.6), after=2.7))
    outcome = vidkompy("render", sidecar, "-o", "out.mkv", "--match-colours", *LOSSLESS)
    assert "the edge of FG may still show" in outcome.err


@pytest.mark.parametrize("ffmpeg", FFMPEGS, ids=lambda path: Path(path).name[:8])
def test_a_bg_that_is_drawn_between_pixels_lies_there_with_a_grade_too(
    vidkompy: Vidkompy, sidecar: Path, tmp_path: Path, ffmpeg: Path
) -> None:
    """A grade that changes nothing draws what no grade draws; half a px elsewhere it is 2 levels and more."""
    placed = with_grades(sidecar, grade(1.0))
    at = replace(placed.placement, x=12.3, y=7.45, width=placed.fg.width / 1.37, height=placed.fg.height / 1.37)
    write_sidecar(replace(placed, placement=at), sidecar)
    shown = []
    for name, options in (("plain", ()), ("graded", ("--match-colours",))):
        outcome = vidkompy(
            "render", sidecar, "-o", f"{name}.mkv", "--canvas", "fg", "--ffmpeg", ffmpeg, *options, *LOSSLESS
        )
        assert outcome.code == 0, outcome.err
        shown.append(np.stack(list(planes(tmp_path / f"{name}.mkv"))).astype(float)[:, 0])
    off = np.abs(shown[0] - shown[1])
    assert off.mean() < 0.6
    assert np.abs(np.roll(shown[0], 1, axis=2) - shown[0]).mean() > 2


def test_a_graded_pair_from_analysis_to_verification(vidkompy: Vidkompy, tmp_path: Path) -> None:
    """FG brighter, paler and warmer: what analyze says comes true, and the difference goes below what is seen."""
    source = write_bg(tmp_path / "source.mp4", "handheld", 40, size=(320, 180))
    look = Grade(brightness=12, gamma=1.2, saturation=0.7, tint=(-6, 5))
    recipe = Recipe(Box(64, 36, 192, 110), constructed_maps.offset(40, 3), grade=look)
    case = build(recipe, source, tmp_path / "pair")
    assert vidkompy("analyze", case.bg, case.fg, "-o", "pair.json").code == 0
    colours = read_sidecar("pair.json").colours
    assert colours is not None
    (found,) = colours.grades
    _log.info("%.2f -> %.2f Delta E, confidence %.2f", found.before, found.after, found.confidence)
    assert found.before > 5
    assert found.after < 1.5
    assert found.confidence > 0.9
    assert vidkompy("render", "pair.json", "-o", "out.mkv", "--match-colours", "--smooth", *LOSSLESS).code == 0
    outcome = vidkompy("verify", "pair.json", "out.mkv", "--match-colours", "--smooth")
    assert outcome.out.splitlines()[-1] == "result  right", outcome.out


@pytest.mark.parametrize("kind", ["held across the cut", "unmatched across the cut", "shown again"])
def test_a_bg_frame_below_two_shots_is_judged_as_it_is_drawn(vidkompy: Vidkompy, sidecar: Path, kind: str) -> None:
    """Also where a part of the drawing begins amid a BG frame that is held. The other shot's grade is found wrong."""
    cut = 17
    truth = with_grades(sidecar, grade(1.0), grade(0.5), cut=cut)
    index = truth.frame_map.bg
    if kind == "held across the cut":
        index[cut : cut + 3] = index[cut - 1]
    elif kind == "unmatched across the cut":
        index[cut - 2 : cut + 3] = UNMATCHED
    else:
        index[cut:] = index[: len(index) - cut]
    write_sidecar(truth, sidecar)
    for chunks in ("1", "2"):
        options = ("-o", f"{chunks}.mkv", "--match-colours", "--chunks", chunks)
        assert vidkompy("render", sidecar, *options, *LOSSLESS).code == 0
        outcome = vidkompy("verify", sidecar, f"{chunks}.mkv", "--match-colours")
        assert (outcome.code, outcome.out.splitlines()[-1]) == (0, "result  right"), outcome.out
    whole, parts = (list(planes(Path(name))) for name in ("1.mkv", "2.mkv"))
    np.testing.assert_array_equal(whole, parts)
    with_grades(sidecar, grade(1.0), grade(0.5), cut=cut + 6)
    outcome = vidkompy("verify", sidecar, "1.mkv", "--match-colours")
    assert (outcome.code, "6 wrong: " in outcome.out or "3 wrong: " in outcome.out) == (1, True), outcome.out


def test_a_deep_bg_of_odd_width_is_judged_as_it_is_drawn(vidkompy: Vidkompy, tmp_path: Path) -> None:
    """swscale's packed RGB of 16 bits is wrong by half of all levels there."""
    size = (96, 56)
    pair = wave_pair(tmp_path, standing_track(12, 40, 20, size), size, (191, 108), "yuv420p10le")
    truth = replace(pair.sidecar, track=None, colours=ColourMatch((grade(0.7),), (GradedShot(0, 12, 0),)))
    write_sidecar(truth, "odd.vidkompy.json")
    assert vidkompy("render", "odd.vidkompy.json", "-o", "out.mkv", "--match-colours", *LOSSLESS).code == 0
    outcome = vidkompy("verify", "odd.vidkompy.json", "out.mkv", "--match-colours")
    assert (outcome.code, outcome.out.splitlines()[-1]) == (0, "result  right"), outcome.out
    assert vidkompy("verify", "odd.vidkompy.json", "out.mkv").code == 1

"""The measuring half end to end, on pairs whose placement and map are known by construction."""

from fractions import Fraction
from pathlib import Path

import maps
import numpy as np
import pytest
from cases import Case, Recipe, build, write_bg
from clips import Encoding
from pixels import Box, Grade, Patch
from scoring import corner_error, score

from vidkompy.analyze import analyze
from vidkompy.errors import NoMatch
from vidkompy.model import Sidecar

COUNT = 90
SIZE = (320, 180)
CROP = Box(61, 37, 192, 108)


@pytest.fixture(scope="module")
def backgrounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bg")
    kinds = ("tripod", "handheld", "pan", "talk", "cuts")
    return {kind: write_bg(folder / f"{kind}.mp4", kind, COUNT, size=SIZE) for kind in kinds}


def assert_right(case: Case, *, share: float = 1.0) -> Sidecar:
    """Unscaled placements have to be exact integers; `share` of the frames right or look-alikes, all within one."""
    found = analyze(case.bg, case.fg)
    where = found.placement
    assert corner_error((where.x, where.y, where.width, where.height), case.truth) == 0
    result = score(found.frame_map.bg, case.truth, case)
    assert result.exact >= share
    assert result.within_one == 1
    return found


@pytest.mark.parametrize("kind", ["tripod", "handheld", "pan", "cuts"])
def test_a_late_odd_crop_is_found_exactly(kind: str, backgrounds: dict[str, Path], tmp_path: Path) -> None:
    recipe = Recipe(CROP, maps.offset(COUNT, 23, 85))
    found = assert_right(build(recipe, backgrounds[kind], tmp_path / "pair"))
    assert len(found.frame_map.runs()) == 1


def test_a_nearly_still_scene_is_placed_exactly(backgrounds: dict[str, Path], tmp_path: Path) -> None:
    case = build(Recipe(CROP, maps.offset(COUNT, 23, 85)), backgrounds["talk"], tmp_path / "pair")
    where = analyze(case.bg, case.fg).placement
    assert (where.x, where.y, where.width, where.height) == (61, 37, 192, 108)


@pytest.mark.parametrize(
    ("name", "frames"),
    [
        ("472/483", maps.ratio(COUNT, 472, 483)),
        ("30 to 24", maps.ratio(COUNT, 5, 4, start=3)),
        ("25 to 30", maps.ratio(COUNT, 5, 6, start=2)),
        ("4 % drops", maps.drops(maps.offset(COUNT, 5), 0.04, seed=1)),
        ("4 % repeats", maps.duplicates(maps.offset(COUNT, 5), 0.04, seed=2)),
        ("a removed scene", maps.without(maps.offset(COUNT, 2), 30, 25)),
    ],
)
def test_changes_of_time_are_followed(
    name: str, frames: maps.I64, backgrounds: dict[str, Path], tmp_path: Path
) -> None:
    recipe = Recipe(CROP, frames, encoding=Encoding(crf=23))
    assert_right(build(recipe, backgrounds["handheld"], tmp_path / name.replace("/", "_")))


def test_the_middle_frames_need_not_correspond(backgrounds: dict[str, Path], tmp_path: Path) -> None:
    """FG's middle frame shows BG frame 75, BG's middle frame is 45: comparing the middles finds nothing."""
    recipe = Recipe(CROP, maps.offset(COUNT, 62, 88))
    assert_right(build(recipe, backgrounds["tripod"], tmp_path / "pair"))


@pytest.mark.parametrize(("x", "y"), [(0, 0), (1, 0), (0, 1), (127, 71), (-20, -11), (150, 90)])
def test_any_place_on_or_over_the_edge_is_found(x: int, y: int, backgrounds: dict[str, Path], tmp_path: Path) -> None:
    recipe = Recipe(Box(x, y, 192, 108), maps.offset(COUNT, 10, 70))
    assert_right(build(recipe, backgrounds["tripod"], tmp_path / "pair"))


def test_a_variable_frame_rate_keeps_its_timestamps(backgrounds: dict[str, Path], tmp_path: Path) -> None:
    case = build(Recipe(CROP, maps.offset(COUNT, 8, 60), is_variable_rate=True), backgrounds["tripod"], tmp_path / "p")
    found = assert_right(case)
    assert len(set(np.diff(found.fg.pts).tolist())) > 2
    assert found.fg.time_base <= Fraction(1, 1000)


def test_grade_compression_and_a_changed_centre_do_not_mislead(backgrounds: dict[str, Path], tmp_path: Path) -> None:
    recipe = Recipe(
        CROP,
        maps.offset(COUNT, 11, 80),
        encoding=Encoding(crf=28),
        grade=Grade(8, 1.15, 0.85, 1.3, (4, -5)),
        patch=Patch(0.35, 0.35, 0.3, 0.3),
    )
    assert_right(build(recipe, backgrounds["handheld"], tmp_path / "pair"), share=0.95)


@pytest.mark.parametrize(("bg", "other"), [("tripod", "handheld"), ("pan", "cuts"), ("talk", "tripod")])
def test_unrelated_clips_are_refused(bg: str, other: str, backgrounds: dict[str, Path], tmp_path: Path) -> None:
    case = build(Recipe(CROP, maps.offset(COUNT)), backgrounds[bg], tmp_path / "p", source=backgrounds[other])
    with pytest.raises(NoMatch, match="was not found in"):
        analyze(case.bg, case.fg)


def test_progress_reaches_the_end_of_every_stage(backgrounds: dict[str, Path], tmp_path: Path) -> None:
    case = build(Recipe(CROP, maps.offset(COUNT, 3, 50)), backgrounds["tripod"], tmp_path / "pair")
    seen: dict[str, tuple[int, int]] = {}
    analyze(case.bg, case.fg, report=lambda stage, done, total: seen.__setitem__(stage, (done, total)))
    assert seen == {"background": (90, 90), "foreground": (47, 47), "placing": (0, 2), "aligning": (2, 2)}

"""The measuring half end to end, on pairs whose placement and map are known by construction."""

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support import constructed_maps
from support.clips import Encoding
from support.picture_edits import Bars, Box, Grade, Patch
from support.program_runs import EMBEDDED
from support.scoring import corner_error, score
from support.truth_cases import Case, Recipe, build, write_bg

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.parameters import AlignmentParameters, BandParameters
from vidkompy.analysis import AnalysisOptions, AnalysisParameters, analyze
from vidkompy.errors import NoMatch, UsageError
from vidkompy.model import Placement, Sidecar
from vidkompy.parameters import with_number
from vidkompy.placement.search import PlaceCheck
from vidkompy.placement.search_stages import STAGES

COUNT = 90
SIZE = (320, 180)
CROP = Box(61, 37, 192, 108)
LARGE = (480, 270)
LARGE_CROP = Box(77, 41, 288, 160)
SUBPIXEL = 0.15  # canvas px a corner of a scaled FG may be off


@pytest.fixture(scope="module")
def backgrounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bg")
    kinds = ("tripod", "handheld", "pan", "talk", "cuts")
    return {kind: write_bg(folder / f"{kind}.mp4", kind, COUNT, size=SIZE) for kind in kinds}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("large")
    return {kind: write_bg(folder / f"{kind}.mp4", kind, 60, size=LARGE) for kind in ("tripod", "handheld")}


def assert_right(case: Case, *, share: float = 1.0) -> Sidecar:
    """Unscaled placements have to be exact integers; `share` of the frames right or look-alikes, all within one."""
    found = analyze(case.bg, case.fg)
    where = found.placement
    assert corner_error((where.x, where.y, where.width, where.height), case.truth) == 0
    result = score(found.frame_map.bg, case.truth, case)
    assert result.exact >= share
    assert result.within_one == 1
    return found


@pytest.mark.parametrize(("least_sure", "searches"), [(0.9, 1), (1.1, 2)])
def test_a_search_that_ended_early_for_nothing_is_done_to_its_end(
    backgrounds: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least_sure: float, searches: int
) -> None:
    """The first place seems to move, and does not: it is surer than it has to be, or never sure enough."""
    asked: list[bool] = []

    def check(may_move: bool, *_: object) -> PlaceCheck:
        asked.append(may_move)
        return lambda *_: may_move

    monkeypatch.setattr("vidkompy.analysis.moving_place_check", check)
    recipe = Recipe(CROP, constructed_maps.offset(COUNT, 23, 60))
    case = build(recipe, backgrounds["handheld"], tmp_path / "pair")
    parameters = with_number(AnalysisParameters(), "tracking.check.sure_placement", least_sure)
    found = analyze(case.bg, case.fg, parameters=parameters)
    assert asked == [True, False][:searches]
    assert (found.placement.x, found.placement.y) == (CROP.x, CROP.y)
    np.testing.assert_array_equal(found.frame_map.bg, case.truth.map)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tripod", "handheld", "pan", "cuts"])
def test_a_late_odd_crop_is_found_exactly(kind: str, backgrounds: dict[str, Path], tmp_path: Path) -> None:
    recipe = Recipe(CROP, constructed_maps.offset(COUNT, 23, 85))
    found = assert_right(build(recipe, backgrounds[kind], tmp_path / "pair"))
    assert len(found.frame_map.runs()) == 1


def test_a_nearly_still_scene_is_placed_exactly(backgrounds: dict[str, Path], tmp_path: Path) -> None:
    case = build(Recipe(CROP, constructed_maps.offset(COUNT, 23, 85)), backgrounds["talk"], tmp_path / "pair")
    where = analyze(case.bg, case.fg).placement
    assert (where.x, where.y, where.width, where.height) == (61, 37, 192, 108)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "frames"),
    [
        ("472/483", constructed_maps.ratio(COUNT, 472, 483)),
        ("30 to 24", constructed_maps.ratio(COUNT, 5, 4, start=3)),
        ("25 to 30", constructed_maps.ratio(COUNT, 5, 6, start=2)),
        ("4 % drops", constructed_maps.drops(constructed_maps.offset(COUNT, 5), 0.04, seed=1)),
        ("4 % repeats", constructed_maps.duplicates(constructed_maps.offset(COUNT, 5), 0.04, seed=2)),
        ("a removed scene", constructed_maps.without(constructed_maps.offset(COUNT, 2), 30, 25)),
    ],
)
def test_changes_of_time_are_followed(
    name: str, frames: constructed_maps.I64, backgrounds: dict[str, Path], tmp_path: Path
) -> None:
    recipe = Recipe(CROP, frames, encoding=Encoding(crf=23))
    assert_right(build(recipe, backgrounds["handheld"], tmp_path / name.replace("/", "_")))


def test_the_middle_frames_need_not_correspond(backgrounds: dict[str, Path], tmp_path: Path) -> None:
    """FG's middle frame shows BG frame 75, BG's middle frame is 45: comparing the middles finds nothing."""
    recipe = Recipe(CROP, constructed_maps.offset(COUNT, 62, 88))
    assert_right(build(recipe, backgrounds["tripod"], tmp_path / "pair"))


@pytest.mark.slow
@pytest.mark.parametrize(("x", "y"), [(0, 0), (1, 0), (0, 1), (127, 71), (-20, -11), (150, 90)])
def test_any_place_on_or_over_the_edge_is_found(x: int, y: int, backgrounds: dict[str, Path], tmp_path: Path) -> None:
    recipe = Recipe(Box(x, y, 192, 108), constructed_maps.offset(COUNT, 10, 70))
    assert_right(build(recipe, backgrounds["tripod"], tmp_path / "pair"))


def test_a_variable_frame_rate_keeps_its_timestamps(backgrounds: dict[str, Path], tmp_path: Path) -> None:
    case = build(
        Recipe(CROP, constructed_maps.offset(COUNT, 8, 60), is_variable_rate=True),
        backgrounds["tripod"],
        tmp_path / "p",
    )
    found = assert_right(case)
    assert len(set(np.diff(found.fg.pts).tolist())) > 2
    assert found.fg.time_base <= Fraction(1, 1000)


@pytest.mark.slow
def test_grade_compression_and_a_changed_centre_do_not_mislead(backgrounds: dict[str, Path], tmp_path: Path) -> None:
    recipe = Recipe(
        CROP,
        constructed_maps.offset(COUNT, 11, 80),
        encoding=Encoding(crf=28),
        grade=Grade(8, 1.15, 0.85, 1.3, (4, -5)),
        patch=Patch(0.35, 0.35, 0.3, 0.3),
    )
    assert_right(build(recipe, backgrounds["handheld"], tmp_path / "pair"), share=0.95)


@pytest.mark.slow
@pytest.mark.parametrize(
    "bars",
    [
        pytest.param(Bars(top=24, bottom=24), id="black letterbox"),
        pytest.param(Bars(top=20, bottom=28, yuv=(70, 138, 120)), id="coloured letterbox"),
        pytest.param(Bars(top=22, bottom=22, yuv=(235, 128, 128)), id="white letterbox"),
        pytest.param(Bars(left=36, right=36), id="black pillars"),
        pytest.param(Bars(left=36, right=40, yuv=(70, 138, 120)), id="coloured pillars"),
        pytest.param(Bars(left=30, top=20, right=30, bottom=20, yuv=(40, 110, 140)), id="frame"),
    ],
)
def test_bars_of_any_colour_belong_to_fg_but_not_to_the_match(
    bars: Bars, backgrounds: dict[str, Path], tmp_path: Path
) -> None:
    recipe = Recipe(CROP, constructed_maps.drops(constructed_maps.offset(COUNT, 12, 84), 0.04, seed=5), bars=bars)
    assert_right(build(recipe, backgrounds["handheld"], tmp_path / "pair"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        pytest.param("handheld", Patch(0.72, 0.05, 0.24, 0.2, is_opaque=True), id="logo"),
        pytest.param("tripod", Patch(0.0, 0.78, 1.0, 0.22, is_opaque=True), id="banner"),
        pytest.param("handheld", Patch(0.25, 0.25, 0.5, 0.5), id="blurred centre"),
    ],
)
def test_an_altered_part_does_not_mislead(
    kind: str, patch: Patch, backgrounds: dict[str, Path], tmp_path: Path
) -> None:
    recipe = Recipe(CROP, constructed_maps.drops(constructed_maps.offset(COUNT, 9, 83), 0.04, seed=4), patch=patch)
    assert_right(build(recipe, backgrounds[kind], tmp_path / "pair"))


@pytest.mark.slow
@pytest.mark.parametrize("at", [0, 30, 66])
def test_an_inserted_title_lies_on_no_bg_frame(at: int, backgrounds: dict[str, Path], tmp_path: Path) -> None:
    """At the start, inside, at the end."""
    frames = constructed_maps.with_foreign(constructed_maps.offset(COUNT, 12, 78), at, 20)
    found = assert_right(build(Recipe(CROP, frames), backgrounds["handheld"], tmp_path / "pair"))
    assert np.flatnonzero(found.frame_map.bg < 0).tolist() == list(range(at, at + 20))
    assert found.quality.unmatched == 20


@pytest.mark.slow
@pytest.mark.parametrize("scale", [0.5, 0.77, 1.25])
@pytest.mark.parametrize("kind", ["tripod", "handheld"])
def test_a_scaled_fg_is_found_to_a_fraction_of_a_pixel(
    kind: str, scale: float, large: dict[str, Path], tmp_path: Path
) -> None:
    recipe = Recipe(
        LARGE_CROP, constructed_maps.drops(constructed_maps.offset(60, 6, 55), 0.04, seed=6), (scale, scale)
    )
    case = build(recipe, large[kind], tmp_path / "pair")
    found = analyze(case.bg, case.fg)
    where = found.placement
    assert corner_error((where.x, where.y, where.width, where.height), case.truth) <= SUBPIXEL
    assert score(found.frame_map.bg, case.truth, case).exact == 1


def test_a_container_is_known_by_content_not_by_name(backgrounds: dict[str, Path], tmp_path: Path) -> None:
    case = build(Recipe(CROP, constructed_maps.offset(COUNT, 8, 60)), backgrounds["tripod"], tmp_path / "pair")
    matroska = case.fg.with_name("matroska.mp4")
    subprocess.run([EMBEDDED, "-v", "error", "-i", case.fg, "-c", "copy", "-f", "matroska", matroska], check=True)
    case.fg.unlink()
    found = assert_right(replace(case, fg=matroska))
    assert found.fg.time_base == Fraction(1, 1000)


@pytest.mark.slow
@pytest.mark.parametrize(("bg", "other"), [("tripod", "handheld"), ("pan", "cuts"), ("talk", "tripod")])
def test_unrelated_clips_are_refused(bg: str, other: str, backgrounds: dict[str, Path], tmp_path: Path) -> None:
    case = build(
        Recipe(CROP, constructed_maps.offset(COUNT)), backgrounds[bg], tmp_path / "p", source=backgrounds[other]
    )
    with pytest.raises(NoMatch, match="was not found in"):
        analyze(case.bg, case.fg)


def test_progress_reaches_the_end_of_every_stage(backgrounds: dict[str, Path], tmp_path: Path) -> None:
    case = build(Recipe(CROP, constructed_maps.offset(COUNT, 3, 50)), backgrounds["tripod"], tmp_path / "pair")
    last_counts: dict[str, tuple[int, int]] = {}
    analyze(case.bg, case.fg, on_progress=lambda stage, done, total: last_counts.__setitem__(stage, (done, total)))
    assert last_counts == {
        "reading": (2, 2),
        "background": (90, 90),
        "foreground": (47, 47),
        "placing": (len(STAGES), len(STAGES)),
        "aligning": (2, 2),
    }


@pytest.mark.slow
def test_each_effort_to_place_is_reported(backgrounds: dict[str, Path], tmp_path: Path) -> None:
    """Unrelated clips take all but the one that confirms; what need not be there, such as sound, is passed at once."""
    case = build(
        Recipe(CROP, constructed_maps.offset(COUNT)), backgrounds["tripod"], tmp_path / "p", source=backgrounds["pan"]
    )
    counts: list[tuple[int, int]] = []
    with pytest.raises(NoMatch):
        analyze(
            case.bg, case.fg, on_progress=lambda stage, *count: counts.append(count) if stage == "placing" else None
        )
    run = [n for n, stage in enumerate(STAGES) if not stage.only_to_confirm]
    assert counts == [(n, len(STAGES)) for n in (*run, len(STAGES))]


def test_a_placement_set_by_hand_is_kept_and_the_frames_found_there(
    backgrounds: dict[str, Path], tmp_path: Path
) -> None:
    case = build(Recipe(CROP, constructed_maps.offset(COUNT, 23, 85)), backgrounds["handheld"], tmp_path / "pair")
    found = analyze(case.bg, case.fg, AnalysisOptions(at=Placement(61, 37, 192, 108)))
    assert found.placement == Placement(61, 37, 192, 108)
    assert found.quality.reasons[0] == "the placement was set by hand"
    np.testing.assert_array_equal(found.frame_map.bg, case.truth.map)


def test_a_wrong_placement_set_by_hand_matches_nothing(backgrounds: dict[str, Path], tmp_path: Path) -> None:
    case = build(Recipe(CROP, constructed_maps.offset(COUNT, 23, 85)), backgrounds["tripod"], tmp_path / "pair")
    with pytest.raises(NoMatch, match="frames resemble a BG frame"):
        analyze(case.bg, case.fg, AnalysisOptions(at=Placement(5, 60, 192, 108)))


def test_one_file_for_both_is_told_also_by_another_name(tmp_path: Path) -> None:
    bg = write_bg(tmp_path / "bg.mp4", "tripod", 30, size=(192, 108))
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(bg.read_bytes())
    for fg in (bg, copy):
        found = analyze(bg, fg)
        assert "FG and BG are one file, byte for byte: if another one was meant, name that" in found.quality.reasons
        assert np.array_equal(found.frame_map.bg, np.arange(30))


def test_numbers_of_the_alignment_are_refused_where_they_would_be_overwritten() -> None:
    search = SearchOptions(parameters=AlignmentParameters(bands=BandParameters(most_cells=4000)))
    with pytest.raises(UsageError, match=r"give AnalysisParameters\(alignment=\.\.\.\) instead"):
        analyze("bg.mp4", "fg.mp4", AnalysisOptions(search=search))

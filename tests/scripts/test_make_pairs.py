"""The truth cases are true: what the builder says of a pair is what its files show."""

import dataclasses
import itertools
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from support import catalogue, constructed_maps, footage
from support.clips import Encoding, planes
from support.picture_edits import Bars, Box, Grade, Patch
from support.scoring import corner_error, in_motion, score
from support.timestamps import presentation_time
from support.truth_cases import Case, Recipe, Sound, build, read, write_bg

SIZE = (192, 108)
N_BG = 60
CROP = Box(33, 21, 120, 70)
ALL = constructed_maps.offset(N_BG)
NEARLY_LOSSLESS = Encoding(crf=2)
REAL_KINDS = sorted(footage.KINDS.keys() - {"title"})


@pytest.fixture(scope="module")
def bg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bg(tmp_path_factory.mktemp("bg") / "pan.mp4", "pan", N_BG, size=SIZE)


@pytest.fixture(scope="module")
def film(bg: Path) -> list[np.ndarray]:
    return [frame[0].astype(np.float32) for frame in planes(bg)]


def lumas(path: Path) -> list[np.ndarray]:
    return [frame[0].astype(np.float32) for frame in planes(path)]


def cut(luma: np.ndarray, at: Box) -> np.ndarray:
    return luma[at.y : at.y + at.height, at.x : at.x + at.width]


def corners_off(wanted: np.ndarray, actual: np.ndarray) -> float:
    """Farthest shift of a corner in the affine registration of two pictures, px."""
    inside = np.zeros(wanted.shape, np.uint8)
    inside[4:-4, 4:-4] = 255
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 80, 1e-6)
    _, warp = cv2.findTransformECC(wanted, actual, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, stop, inside, 3)
    height, width = wanted.shape
    ends = np.array([(x, y, 1) for x in (0, width) for y in (0, height)])
    return float(np.abs(ends @ warp.T - ends[:, :2]).max())


# ---- footage


@pytest.mark.slow
@pytest.mark.parametrize("kind", REAL_KINDS)
def test_footage_repeats_for_a_seed_and_differs_for_another(kind: str) -> None:
    first, again = (list(footage.frames(kind, 8, size=(160, 90), seed=1)) for _ in range(2))
    other = list(footage.frames(kind, 8, size=(160, 90), seed=2))
    assert [frame.shape for frame in first] == [(90, 160, 3)] * 8
    assert first[0].dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert np.mean(np.array(first) != np.array(other)) > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(set(REAL_KINDS) - {"animation", "screen"}))
def test_no_picture_comes_back(kind: str) -> None:
    assert len({frame.tobytes() for frame in footage.frames(kind, 90, size=(160, 90))}) == 90


def test_every_drawing_of_an_animation_lasts_two_frames() -> None:
    pictures = [frame.tobytes() for frame in footage.frames("animation", 41, size=(160, 90))]
    assert pictures[:40:2] == pictures[1::2]
    assert len(set(pictures)) == 21


def test_a_screen_recording_stands_still_most_of_the_time() -> None:
    pictures = np.array(list(footage.frames("screen", 200, size=(160, 90))))
    still = np.mean([(a == b).all() for a, b in itertools.pairwise(pictures)])
    assert 0.2 < still < 0.9


def test_a_talking_head_leaves_most_of_the_frame_alone() -> None:
    pictures = np.array(list(footage.frames("talk", 60)))
    assert np.mean(pictures.max(axis=0) - pictures.min(axis=0) > 8) < 0.1


# ---- maps


@pytest.mark.parametrize("recipe", sorted(catalogue.RECIPES))
def test_map_of_each_recipe_stays_in_its_bg(recipe: str) -> None:
    made = catalogue.RECIPES[recipe](catalogue.Stage(480, 270, 200, Fraction(30)))
    assert made.map.dtype == np.int64
    assert -1 <= made.map.min() <= made.map.max() < 200
    assert len(made.map) > 60


def test_ratio_keeps_its_rate_to_the_end() -> None:
    assert len(constructed_maps.ratio(483, 483, 472)) == 472
    assert constructed_maps.ratio(483, 483, 472)[-1] == 481
    assert constructed_maps.ratio(30, 5, 4)[:6].tolist() == [0, 1, 2, 3, 5, 6]
    assert constructed_maps.ratio(25, 5, 6)[:8].tolist() == [0, 0, 1, 2, 3, 4, 5, 5]


def test_ramp_runs_from_slow_to_fast() -> None:
    steps = np.diff(constructed_maps.ramp(300))
    assert steps[:60].mean() == pytest.approx(0.82, abs=0.04)
    assert steps[-60:].mean() == pytest.approx(1.18, abs=0.04)


def test_edits_change_only_what_they_say() -> None:
    frames = constructed_maps.offset(100, 10)
    assert len(constructed_maps.drops(frames)) == 86
    assert set(constructed_maps.drops(frames)) < set(frames)
    assert len(constructed_maps.duplicates(frames)) == 94
    assert np.unique(constructed_maps.duplicates(frames)).tolist() == frames.tolist()
    assert constructed_maps.without(frames, 5, 70).tolist() == [*range(10, 15), *range(85, 100)]
    assert constructed_maps.with_foreign(frames, 2, 3)[:6].tolist() == [10, 11, -1, -1, -1, 12]
    assert constructed_maps.frozen(frames, 1, 2)[:5].tolist() == [10, 11, 11, 11, 12]
    assert constructed_maps.reordered(frames, (1, 0)).tolist() == [*range(55, 100), *range(10, 55)]


# ---- pairs


@pytest.mark.parametrize("seed", [0, 1])
def test_fg_frame_shows_the_bg_crop_of_its_map(bg: Path, film: list[np.ndarray], tmp_path: Path, seed: int) -> None:
    frames = constructed_maps.duplicates(constructed_maps.drops(constructed_maps.offset(N_BG, 7), seed=seed), seed=seed)
    case = build(Recipe(CROP, frames), bg, tmp_path / "case")
    actual = lumas(case.fg)
    assert len(actual) == len(frames)
    for luma, j in zip(actual, frames, strict=True):
        off = [np.abs(cut(other, CROP) - luma).mean() for other in film]
        assert np.argmin(off) == j
        assert off[j] < 4
    assert (case.truth.x, case.truth.y, case.truth.width, case.truth.height) == CROP


def test_an_odd_crop_keeps_its_size_and_a_step_back_finds_its_frame(
    bg: Path, film: list[np.ndarray], tmp_path: Path
) -> None:
    crop = Box(12, 9, 101, 63)
    frames = constructed_maps.reordered(ALL, (2, 0, 1))
    actual = lumas(build(Recipe(crop, frames, encoding=NEARLY_LOSSLESS), bg, tmp_path / "case").fg)
    assert actual[0].shape == (63, 101)
    for luma, j in zip(actual, frames, strict=True):
        assert np.abs(cut(film[j], crop) - luma).mean() < 1


def test_foreign_frames_show_nothing_of_bg(bg: Path, film: list[np.ndarray], tmp_path: Path) -> None:
    case = build(Recipe(CROP, constructed_maps.with_foreign(ALL, 20, 6)), bg, tmp_path / "case")
    for luma in lumas(case.fg)[20:26]:
        assert max(np.corrcoef(cut(other, CROP).ravel(), luma.ravel())[0, 1] for other in film) < 0.5


@pytest.mark.parametrize("scale", [(0.5, 0.5), (0.77, 0.77), (1.25, 1.25), (0.9, 0.75), (3.0, 3.0)])
def test_scaled_placement_fits_the_pixels(tmp_path: Path, scale: tuple[float, float]) -> None:
    bg = write_bg(tmp_path / "bg.mp4", "tripod", 2, size=(480, 270))
    recipe = Recipe(
        Box(75, 41, 289, 161), constructed_maps.offset(2), scale, encoding=NEARLY_LOSSLESS, bars=Bars(left=10, top=6)
    )
    case = build(recipe, bg, tmp_path / "case")
    truth, actual, source = case.truth, lumas(case.fg)[0], lumas(bg)[0]
    sx, sy = actual.shape[1] / truth.width, actual.shape[0] / truth.height
    source = cv2.GaussianBlur(source, (0, 0), max(0.45 / min(scale), 0.3))
    warp = np.array([[1 / sx, 0, truth.x + 0.5 / sx - 0.5], [0, 1 / sy, truth.y + 0.5 / sy - 0.5]])
    wanted = cv2.warpAffine(source, warp, actual.shape[::-1], flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    off = corners_off(cut(wanted, truth.content), cut(actual, truth.content))
    assert (
        off / min(sx, sy) < 0.1
    )  # canvas px; 0.08 measured at 0.5, else 0.01; a half-pixel slip would be 0.15 (at 1.25) to 0.5
    assert (sx, sy) == pytest.approx(scale, rel=0.01)


def test_bars_extend_the_placement_and_frame_the_content(bg: Path, tmp_path: Path) -> None:
    bars = Bars(left=12, right=8, top=4, yuv=(70, 138, 120))
    truth = (case := build(Recipe(CROP, ALL, bars=bars), bg, tmp_path / "case")).truth
    assert (truth.x, truth.y, truth.width, truth.height) == (21, 17, 140, 74)
    assert truth.content == (12, 4, 120, 70)
    assert truth.visible == CROP
    luma = lumas(case.fg)[30]
    assert luma[:, :10] == pytest.approx(70, abs=8)
    assert cut(luma, truth.content).std() > 15


def test_fg_beyond_the_canvas_is_visible_only_inside_it(bg: Path, film: list[np.ndarray], tmp_path: Path) -> None:
    case = build(Recipe(Box(-20, -11, 120, 70), ALL, encoding=NEARLY_LOSSLESS), bg, tmp_path / "case")
    assert (case.truth.x, case.truth.y) == (-20, -11)
    assert case.truth.visible == (0, 0, 100, 59)
    luma = lumas(case.fg)[9]
    assert np.abs(luma[11:, 20:] - film[9][:59, :100]).mean() < 1
    assert luma[:11].std() > 10


def test_alterations_change_what_they_name_and_nothing_else(bg: Path, tmp_path: Path) -> None:
    plain = Recipe(CROP, ALL[:4], encoding=NEARLY_LOSSLESS)
    before = lumas(build(plain, bg, tmp_path / "plain").fg)[2]
    patch = Patch(0.25, 0.2, 0.5, 0.6)
    for is_opaque in (False, True):
        made = dataclasses.replace(plain, patch=dataclasses.replace(patch, is_opaque=is_opaque))
        case = build(made, bg, tmp_path / f"patch{is_opaque}")
        change = np.abs(lumas(case.fg)[2] - before)
        assert change[14:56, 30:90].mean() > 10
        assert change[:12].mean() < 1.5
        assert case.truth.covered == (Box(63, 35, 60, 42) if is_opaque else None)
    bright = build(dataclasses.replace(plain, grade=Grade(brightness=12)), bg, tmp_path / "grade")
    assert np.median(lumas(bright.fg)[2] - before) == 12


def test_timestamps_are_even_at_a_constant_rate_and_not_at_a_variable_one(bg: Path, tmp_path: Path) -> None:
    steps = {}
    for is_variable in (False, True):
        recipe = Recipe(CROP, ALL[:30], rate=Fraction(24), is_variable_rate=is_variable)
        with av.open(build(recipe, bg, tmp_path / f"case{is_variable}").fg) as container:
            steps[is_variable] = np.diff(
                [float(presentation_time(frame.pts, frame.time_base)) for frame in container.decode(video=0)]
            )
    assert steps[False] == pytest.approx(1 / 24)
    assert steps[True].min() > 0
    assert steps[True].max() > 3 * steps[True].min()


@pytest.mark.parametrize("delay_ms", [0, 120])
def test_fg_sound_starts_with_its_first_bg_frame(tmp_path: Path, delay_ms: int) -> None:
    bg = write_bg(tmp_path / "bg.mp4", "screen", 90, size=(96, 54), has_sound=True)
    case = build(
        Recipe(Box(0, 0, 96, 54), constructed_maps.offset(90, 30), sound=Sound(delay_ms)), bg, tmp_path / "case"
    )
    fg_sound, full = (_samples(path) for path in (case.fg, case.bg))
    n = len(fg_sound) + len(full)
    likeness = np.fft.irfft(np.fft.rfft(full, n) * np.conj(np.fft.rfft(fg_sound, n)), n)
    assert np.argmax(likeness) / footage.SOUND_RATE == pytest.approx(1 - delay_ms / 1000, abs=0.0005)


def _samples(path: Path) -> np.ndarray:
    with av.open(path) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


def test_a_case_is_read_back_as_it_was_built(bg: Path, tmp_path: Path) -> None:
    recipe = Recipe(
        CROP, constructed_maps.with_foreign(ALL, 3, 2), (0.77, 0.6), patch=Patch(0, 0, 1, 0.2, is_opaque=True)
    )
    related = build(recipe, bg, tmp_path / "related", tags=["tuning"])
    unrelated = build(recipe, bg, tmp_path / "unrelated", source=bg)
    for case in (related, unrelated):
        np.testing.assert_equal(dataclasses.asdict(read(case.fg.parent)), dataclasses.asdict(case))
    assert (unrelated.truth.map == -1).all()
    assert np.isnan(unrelated.truth.x)


# ---- score


@pytest.fixture(scope="module")
def moving(bg: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return build(
        Recipe(CROP, constructed_maps.with_foreign(ALL, 20, 10)), bg, tmp_path_factory.mktemp("moving") / "case"
    )


def test_truth_scores_full_marks(moving: Case) -> None:
    result = score(moving.truth.map, moving.truth, moving)
    assert (result.exact, result.within_one, result.max_error, result.found, result.false) == (1, 1, 0, 1, 0)


def test_one_frame_late_is_near_but_not_exact(moving: Case) -> None:
    late = np.where(moving.truth.map >= 0, moving.truth.map + 1, -1)
    result = score(late, moving.truth, moving)
    assert (result.exact, result.within_one, result.mean_error, result.max_error) == (10 / 70, 1, 1, 1)


def test_missed_and_invented_foreign_frames_are_counted(moving: Case) -> None:
    claimed = moving.truth.map.copy()
    claimed[20:25] = 4
    claimed[40:46] = -1
    result = score(claimed, moving.truth, moving)
    assert (result.found, result.false, result.exact) == (0.5, 0.1, 59 / 70)


def test_look_alikes_count_as_right_but_are_not_chained(tmp_path: Path) -> None:
    pictures = list(footage.frames("animation", 8, size=SIZE))
    bg = write_bg(tmp_path / "bg.mp4", "animation", 8, size=SIZE)
    case = build(Recipe(Box(0, 0, *SIZE), constructed_maps.offset(8)), bg, tmp_path / "case")
    assert (pictures[4] == pictures[5]).all()
    claimed = np.array([0, 0, 2, 2, 4, 4, 6, 6])
    drawn = lumas(bg)
    same = [np.abs(drawn[a] - drawn[b]).mean() < 0.05 for a, b in enumerate(claimed)]
    result = score(claimed, case.truth, case)
    assert result.exact == np.mean(same)
    assert result.max_error == 1 - min(same)
    assert score(np.minimum(constructed_maps.offset(8) + 2, 7), case.truth, case).exact <= 0.25


def test_only_frames_that_differ_visibly_from_their_neighbours_are_in_motion(moving: Case, tmp_path: Path) -> None:
    assert in_motion(moving).tolist() == (moving.truth.map >= 0).tolist()
    bg = write_bg(tmp_path / "bg.mp4", "talk", 8, size=SIZE)
    still = build(Recipe(CROP, constructed_maps.offset(8)), bg, tmp_path / "still")
    assert not in_motion(still).any()
    assert np.isnan(score(still.truth.map, still.truth, still).exact_moving)


def test_corner_error_is_the_farthest_corner(moving: Case) -> None:
    assert corner_error(CROP, moving.truth) == 0
    assert corner_error((33.25, 21, 119.5, 71), moving.truth) == 1


# ---- catalogue


def test_catalogue_names_only_what_exists() -> None:
    stock = catalogue.SYNTHETIC | catalogue.REAL
    used = {recipe for piece in stock.values() for recipe in piece.recipes.split()}
    assert used == catalogue.RECIPES.keys()
    assert {other for piece in stock.values() for other in piece.others.split()} <= stock.keys()
    assert {piece.kind for piece in catalogue.SYNTHETIC.values()} == set(REAL_KINDS)


def test_about_a_third_of_the_kinds_is_held_out() -> None:
    synthetic = catalogue.SYNTHETIC.values()
    held_out = {piece.kind for piece in synthetic if piece.is_held_out}
    assert 0.3 <= len(held_out) / len(REAL_KINDS) <= 0.4
    assert not held_out & {piece.kind for piece in synthetic if not piece.is_held_out}


def test_held_out_are_the_kinds_of_unseen_and_bikes() -> None:
    unseen = {name for name, kind in footage.KINDS.items() if "held_out" in kind.__module__}
    assert {piece.kind for piece in catalogue.SYNTHETIC.values() if piece.is_held_out} == unseen
    assert [name for name, clip in catalogue.REAL.items() if clip.is_held_out] == ["bikes"]


def test_entries_say_what_a_pair_is_by_its_name() -> None:
    known = catalogue.entries()
    assert known["bottle-detection-scale77_graded"] == catalogue.Entry("bottle-detection", "scale77_graded", False)
    assert known["crowd_two-crf28"] == catalogue.Entry("crowd", "crf28", True)
    assert known["crowd-unrelated-crowd_two"] == catalogue.Entry("crowd", "unrelated", True)


@pytest.mark.slow
def test_footage_has_the_rate_it_asks_for(tmp_path: Path) -> None:
    (case,) = catalogue.make(tmp_path, catalogue.Choice("pal-to30"))
    rates = []
    for path in (case.bg, case.fg):
        with av.open(path) as container:
            rates.append(container.streams.video[0].average_rate)
    assert rates == [25, 30]


@pytest.mark.slow
def test_make_pairs_writes_the_requested_pair(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "scripts" / "make_pairs"
    argv: list[str | Path] = [sys.executable, script, tmp_path / "out", "--synthetic", "--only", "talk_two-offset"]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    assert done.stdout == "talk_two-offset offset tuning\n"
    made = tmp_path / "out" / "talk_two-offset"
    assert sorted(path.name for path in made.iterdir()) == ["bg.mp4", "fg.mp4", "truth.json"]
    assert read(made).truth.map.tolist() == constructed_maps.offset(200, 32, 190).tolist()

"""What a user can know or wish beforehand: each option changes the answer as it says, and nonsense is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import av
import numpy as np
import pytest
from support import constructed_maps
from support.picture_edits import Box
from support.program_runs import FFMPEGS, Vidkompy, refused
from support.truth_cases import Case, Recipe, Sound, build, write_bg

from vidkompy import read_sidecar
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.analysis import AnalysisOptions, analyze
from vidkompy.errors import NoMatch, UsageError
from vidkompy.model import UNMATCHED, Placement
from vidkompy.placement.search_parameters import ScaleRange
from vidkompy.sidecar.pins import pinned_frames

COUNT = 120
CROP = Box(61, 37, 192, 108)


@pytest.fixture(scope="module")
def background(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4 s at 30 fps, hand-held, with sound."""
    folder = tmp_path_factory.mktemp("bg")
    return write_bg(folder / "bg.mp4", "handheld", COUNT, size=(320, 180), has_sound=True)


@pytest.fixture(scope="module")
def plain(background: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """FG shows BG frames 20 to 99."""
    return build(
        Recipe(CROP, constructed_maps.offset(COUNT, 20, 100)), background, tmp_path_factory.mktemp("plain") / "pair"
    )


# ---- pins


@pytest.mark.slow
@pytest.mark.parametrize("engine", get_args(EngineName))
def test_a_pinned_frame_lies_where_it_was_pinned(plain: Case, engine: EngineName) -> None:
    """Even where the picture says otherwise; the frames around give way."""
    pins = ((30, 53), (31, 54))
    found = analyze(plain.bg, plain.fg, AnalysisOptions(engine=engine, search=SearchOptions(pins=pins))).frame_map
    assert [int(found.bg[i]) for i, _ in pins] == [53, 54]
    assert found.confidence is not None
    assert np.isnan(found.confidence[[30, 31]]).all()  # set by hand, against the pictures: nothing is claimed
    matched = found.bg[found.bg != UNMATCHED]
    assert (np.diff(matched) >= 0).all()


def test_a_pin_that_contradicts_the_pictures_is_doubted(plain: Case) -> None:
    message = analyze(
        plain.bg, plain.fg, AnalysisOptions(search=SearchOptions(pins=((30, 119),)), force=True)
    ).quality.reasons
    said = "pin 30=119 contradicts the pictures: frame 30 shows BG frame 50, and the pin lies 69 frames later"
    assert said in message


def test_true_pins_change_nothing(plain: Case) -> None:
    pins = tuple((i, i + 20) for i in (0, 13, 44, 79))
    found = analyze(plain.bg, plain.fg, AnalysisOptions(search=SearchOptions(pins=pins)))
    np.testing.assert_array_equal(found.frame_map.bg, plain.truth.map)
    assert pinned_frames(found.pins) == dict(pins)


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        (((80, 50),), r"pin 80=50 is out of range; wanted an FG frame of 0\.\.79 and a BG frame of 0\.\.119"),
        (((3, 120),), r"pin 3=120 is out of range"),
        (((3, 50), (3, 51)), "pins 3=50 and 3=51 exclude each other: one frame has one place"),
        (((3, 50), (4, 49)), "pins 3=50 and 4=49 exclude each other: time goes back between them; --reorder allows"),
    ],
)
def test_impossible_pins_are_refused(plain: Case, pins: tuple[tuple[int, int], ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        analyze(plain.bg, plain.fg, AnalysisOptions(search=SearchOptions(pins=pins)))


@pytest.mark.usefixtures("pair")
def test_a_sidecar_is_refined_with_its_pins_and_new_ones(vidkompy: Vidkompy) -> None:
    """Pins may be written into the sidecar by hand; it keeps its placement, which is not searched again."""
    assert vidkompy("analyze", "bg.mp4", "fg.mp4").code == 0
    path = Path("fg.vidkompy.json")
    text = path.read_text().replace('"pins": []', '"pins": [{"fg": 4, "bg": 10}]').replace('"x": 61.0', '"x": 60.0')
    path.write_text(text)
    assert "exists" in refused(vidkompy, "refine", path, code=2)
    assert vidkompy("refine", path, "--pin", "20=30", "--overwrite").code == 0
    found = read_sidecar(path)
    assert pinned_frames(found.pins) == {4: 10, 20: 30}
    assert (int(found.frame_map.bg[4]), int(found.frame_map.bg[20])) == (10, 30)
    assert found.placement.x == 60
    assert vidkompy("refine", path, "-o", "other.vidkompy.json", "--pin", "20=29").code == 0
    assert pinned_frames(read_sidecar(Path("other.vidkompy.json")).pins) == {4: 10, 20: 29}
    assert pinned_frames(read_sidecar(path).pins) == {4: 10, 20: 30}


@pytest.mark.usefixtures("pair")
def test_a_sidecar_is_refined_in_the_part_that_was_searched(vidkompy: Vidkompy) -> None:
    """FG's frames show BG frames 3 to 46; BG frame 30 is shown after 1 s."""
    path = Path("fg.vidkompy.json")
    assert vidkompy("analyze", "bg.mp4", "fg.mp4", "--search", "0.05-1.0", "--force").code == 0
    assert read_sidecar(path).searched == (0.05, 1.0)
    first = path.read_bytes()
    assert vidkompy("refine", path, "--overwrite").code == 0
    assert read_sidecar(path).searched == (0.05, 1.0)
    assert read_sidecar(path).frame_map.bg.max() < 30
    assert vidkompy("refine", path, "--overwrite", "--search", "0-").code == 0
    assert read_sidecar(path).searched == (0.0, None)
    assert read_sidecar(path).frame_map.bg.max() == 46
    path.write_text(
        json.dumps({k: v for k, v in json.loads(first).items() if k != "searched"})
    )  # as it was once written
    assert vidkompy("refine", path, "--overwrite").code == 0
    assert read_sidecar(path).frame_map.bg.max() == 46


# ---- order


@pytest.mark.slow
def test_reordered_scenes_are_found_where_that_is_allowed(background: Path, tmp_path: Path) -> None:
    frames = constructed_maps.reordered(constructed_maps.offset(COUNT, 5, 115), (2, 0, 1))
    case = build(Recipe(CROP, frames), background, tmp_path / "pair")
    found = analyze(case.bg, case.fg, AnalysisOptions(search=SearchOptions(reorder=True))).frame_map.bg
    np.testing.assert_array_equal(found, frames)
    ordered = analyze(case.bg, case.fg)
    matched = ordered.frame_map.bg[ordered.frame_map.bg != UNMATCHED]
    assert (np.diff(matched) >= 0).all()
    assert any("out of order: try --reorder" in reason for reason in ordered.quality.reasons)
    wrong = ordered.frame_map.bg != frames
    assert ordered.frame_map.confidence is not None
    assert wrong.any()
    assert (ordered.frame_map.confidence[wrong] <= 0.5).mean() > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_reordered_scenes_are_drawn(background: Path, vidkompy: Vidkompy, tmp_path: Path, ffmpeg: str) -> None:
    frames = constructed_maps.reordered(constructed_maps.offset(COUNT, 5, 115), (2, 0, 1))
    case = build(Recipe(CROP, frames), background, tmp_path / "pair")
    words = ("compose", case.bg, case.fg, "-o", "out.mkv", "--reorder", "--ffmpeg", ffmpeg, "--", "-c:v", "ffv1")
    assert vidkompy(*words).code == 0
    assert read_sidecar("out.vidkompy.json").frame_map.bg.tolist() == frames.tolist()
    verdict = vidkompy("verify", "out.vidkompy.json", "out.mkv")
    assert verdict.out.count(f"{len(frames)} of {len(frames)} bit-exact; none wrong") == 2


def test_frames_beyond_bg_are_not_sure(plain: Case) -> None:
    """FG is cut from the whole of BG, BG is its middle: moving frames pile up at its first and last one."""
    found = analyze(plain.fg, plain.bg, AnalysisOptions(at=Placement(-61, -37, 320, 180), force=True)).frame_map
    assert found.confidence is not None
    truth = np.arange(COUNT) - 20
    beyond = (truth < -1) | (truth > 80)
    assert (found.bg[20:100] == truth[20:100]).all()
    assert ((found.bg[beyond] == UNMATCHED) | (found.confidence[beyond] < 0.5)).all()


def test_tunnels_do_not_turn_back(plain: Case) -> None:
    with pytest.raises(UsageError, match="tunnel_full walks through BG in its order; with --reorder use --engine prec"):
        analyze(plain.bg, plain.fg, AnalysisOptions(engine="tunnel_full", search=SearchOptions(reorder=True)))


# ---- the part of BG that is searched


def test_only_the_part_to_search_is_used(plain: Case) -> None:
    found = analyze(plain.bg, plain.fg, AnalysisOptions(search_seconds=(0.5, 3.5)))
    np.testing.assert_array_equal(found.frame_map.bg, plain.truth.map)
    assert found.bg.frames == COUNT
    assert found.frame_map.low is not None
    assert (found.frame_map.low <= found.frame_map.bg).all()


def test_pins_count_all_of_bg_whatever_part_is_searched(plain: Case) -> None:
    options = AnalysisOptions(search_seconds=(0.5, 3.5), search=SearchOptions(pins=((10, 30),)))
    np.testing.assert_array_equal(analyze(plain.bg, plain.fg, options).frame_map.bg, plain.truth.map)
    with pytest.raises(UsageError, match=r"pin 10=14 is out of range; .* a BG frame of 15\.\.104"):
        analyze(plain.bg, plain.fg, replace(options, search=SearchOptions(pins=((10, 14),))))


@pytest.mark.slow
def test_frames_outside_the_part_to_search_are_unmatched(plain: Case) -> None:
    found = analyze(plain.bg, plain.fg, AnalysisOptions(search_seconds=(0, 2.0), force=True)).frame_map.bg
    np.testing.assert_array_equal(found[:40], np.arange(20, 60))
    assert (found[43:] == UNMATCHED).all()


def test_a_part_without_frames_is_refused(plain: Case) -> None:
    with pytest.raises(
        UsageError, match=r"--search 5-9 leaves 0 BG frames; wanted at least 2 of the 120 .* to 3\.97 s"
    ):
        analyze(plain.bg, plain.fg, AnalysisOptions(search_seconds=(5, 9)))


# ---- size


@pytest.mark.slow
def test_without_scale_only_places_are_tried(background: Path, plain: Case, tmp_path: Path) -> None:
    where = analyze(plain.bg, plain.fg, AnalysisOptions(scale_range=ScaleRange(1, 1))).placement
    assert (where.x, where.y, where.width, where.height) == (61, 37, 192, 108)
    half = build(Recipe(CROP, constructed_maps.offset(COUNT, 20, 100), (0.5, 0.5)), background, tmp_path / "half")
    with pytest.raises(NoMatch):
        analyze(half.bg, half.fg, AnalysisOptions(scale_range=ScaleRange(1, 1)))


@pytest.mark.slow
def test_a_range_of_sizes_is_kept_to(vidkompy: Vidkompy, background: Path, tmp_path: Path) -> None:
    """FG has half the size: 0.5 FG px per canvas px."""
    build(Recipe(CROP, constructed_maps.offset(COUNT, 20, 100), (0.5, 0.5)), background, tmp_path / "half")
    words = ("analyze", "half/bg.mp4", "half/fg.mp4", "--scale-range")
    assert vidkompy(*words, "0.4,0.6").code == 0
    assert read_sidecar(Path("half/fg.vidkompy.json")).placement.width == pytest.approx(192, abs=0.3)
    assert "was not found" in refused(vidkompy, *words, "0.8,2", "--overwrite", code=3)


# ---- how sure


@pytest.mark.slow
def test_an_answer_less_sure_than_wanted_is_refused_unless_forced(vidkompy: Vidkompy, pair: Case) -> None:
    write_bg(pair.fg.with_name("other.mp4"), "animation", 40, size=(320, 180), seed=9)
    words = ("analyze", "bg.mp4", "other.mp4")
    refused(vidkompy, *words, code=3)
    done = vidkompy(*words, "--force")
    assert done.code == 0
    assert "doubt  less sure than wanted: this answer was forced" in done.err
    found = read_sidecar(Path("other.vidkompy.json")).quality
    assert found.is_forced
    assert found.confidence is not None
    assert found.confidence < 0.05


@pytest.mark.usefixtures("pair")
def test_what_is_sure_enough_needs_no_force(vidkompy: Vidkompy) -> None:
    assert vidkompy("analyze", "bg.mp4", "fg.mp4", "--force", "--min-confidence", "0.9").code == 0
    found = read_sidecar(Path("fg.vidkompy.json")).quality
    assert not found.is_forced
    assert found.confidence is not None
    assert found.confidence > 0.9
    message = refused(vidkompy, "analyze", "bg.mp4", "fg.mp4", "--min-confidence", "1", "--overwrite", code=3)
    assert "wanted at least 1" in message


# ---- the cache


@pytest.mark.slow
@pytest.mark.usefixtures("pair")
def test_a_second_analysis_decodes_nothing(vidkompy: Vidkompy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIDKOMPY_CACHE", str(tmp_path / "cache"))
    assert vidkompy("analyze", "bg.mp4", "fg.mp4").code == 0
    first = Path("fg.vidkompy.json").read_bytes()

    opened: list[str] = []
    really_open = av.open

    def recorded(path: Path, *words: Any, **options: Any) -> Any:
        opened.append(str(path).removeprefix("file:"))
        return really_open(path, *words, **options)

    monkeypatch.setattr("av.open", recorded)
    assert vidkompy("analyze", "bg.mp4", "fg.mp4", "--overwrite").code == 0
    assert Path("fg.vidkompy.json").read_bytes() == first
    for words in (["--engine", "hash"], ["--pin", "0=3"], ["--at", "61,37,192x110"]):
        assert vidkompy("analyze", "bg.mp4", "fg.mp4", "--overwrite", *words).code == 0
    assert opened == ["bg.mp4", "fg.mp4"] * 4  # to say which streams they hold
    opened.clear()
    assert vidkompy("analyze", "bg.mp4", "fg.mp4", "--overwrite", "--no-cache").code == 0
    assert len(opened) > 2


# ---- sound


@pytest.mark.slow
@pytest.mark.parametrize("delay_ms", [0, 120])
def test_sound_that_lies_elsewhere_than_the_picture_is_reported(
    background: Path, tmp_path: Path, delay_ms: int
) -> None:
    recipe = Recipe(CROP, constructed_maps.offset(COUNT, 20, 110), sound=Sound(delay_ms=delay_ms))
    case = build(recipe, background, tmp_path / "pair")
    found = analyze(case.bg, case.fg)
    np.testing.assert_array_equal(found.frame_map.bg, case.truth.map)
    assert found.quality.sound_late_ms == pytest.approx(delay_ms, abs=5)
    sound_reasons = [reason for reason in found.quality.reasons if "FG's sound" in reason]
    assert sound_reasons == (["FG's sound comes 120 ms late against its picture, by BG's sound"] if delay_ms else [])


# ---- words that make no sense

WANTED_PIN = (
    "wanted FG=BG, each a frame (120), seconds (4.2s), a time (0:01:04.2) or a timecode (00:01:04:05), or FG=none for "
    "an FG frame, or frames A-B, that BG does not have"
)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--pin 3", f"--pin is '3'; {WANTED_PIN}"),
        ("--pin 3=-1", f"--pin is '3=-1'; {WANTED_PIN}"),
        ("--search 9", "--search is '9'; wanted A-B, A- or -B in seconds or H:MM:SS, such as 60-90 or 1:00-"),
        (
            "--search 0-9999999999",
            "--search is '0-9999999999'; wanted A-B, A- or -B in seconds or H:MM:SS, such as 60-90 or 1:00-",
        ),
        (f"--pin {'9' * 5000}=1", f"--pin is '{'9' * 60}'; {WANTED_PIN}"),
        ("--search 9-3", "--search is '9-3'; wanted A-B, A- or -B in seconds or H:MM:SS, such as 60-90 or 1:00-"),
        (
            "--scale-range 2",
            "a range has two ends, and 2 is one; type: vidkompy analyze bg.mp4 fg.mp4 --scale-range 2,2",
        ),
        ("--scale-range 2,1", "--scale-range is '2,1'; wanted A,B with 0.000001 <= A <= B <= 1000000, such as 0.5,2"),
        ("--scale-range 1,2 --no-scale", "--scale-range 1,2 and --no-scale exclude each other; wanted one of them"),
        (
            "--scale-range 1,1000001",
            "--scale-range is '1,1000001'; wanted A,B with 0.000001 <= A <= B <= 1000000, such as 0.5,2",
        ),
        (f"--at {'9' * 400},0", f"--at is '{'9' * 60}'; wanted no number above 1000000"),
        ("--window 1000001", "--window is 1000001, --margin 16; wanted 1 to 1000000 of each"),
        ("--margin 0", "--window is 30, --margin 0; wanted 1 to 1000000 of each"),
        ("--min-confidence 2", "--min-confidence is 2; wanted a probability, 0 to 1"),
    ],
)
@pytest.mark.usefixtures("pair")
def test_nonsense_is_refused(vidkompy: Vidkompy, words: str, message: str) -> None:
    assert refused(vidkompy, "analyze", "bg.mp4", "fg.mp4", *words.split(), code=2) == message


@pytest.mark.parametrize("count", ["0", "-1"])
@pytest.mark.usefixtures("pair")
def test_at_least_one_frame_is_located(vidkompy: Vidkompy, count: str) -> None:
    assert refused(vidkompy, "locate", "bg.mp4", "fg.mp4", "--count", count, code=2).startswith(f"--count is {count}")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("60-90", (60, 90)), ("-90", (0, 90)), ("1:00-", (60, None)), ("0:01:00.5-1:00:00", (60.5, 3600))],
)
def test_times_can_be_written_in_several_ways(text: str, seconds: tuple[float, float | None]) -> None:
    from vidkompy.cli.parsing import parse_seconds_range

    assert parse_seconds_range(text) == seconds

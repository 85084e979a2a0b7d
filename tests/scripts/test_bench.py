"""What scripts/bench prints follows from the results it was given."""

import math
import multiprocessing
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import catalogue, constructed_maps, difficult_catalogue
from support.picture_edits import Box
from support.truth_cases import Recipe, build, write_bg

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from benchmarks import accuracy, causes, films, long, tables  # noqa: E402
from benchmarks.results import Found, Pair, line_of, pair_of, read  # noqa: E402

RIGHT = Found(0.5, "", [10, 11, 12, 13], [0, 0, 0, 0], [1, 1, 1, 1], [9.0] * 4, [0.9, 0.9, 0.6, 0.6])
ONE_LATE = replace(RIGHT, bg=[10, 11, 13, 13], error=[0, 0, 1, 0], exact=[1, 1, 0, 1])
FAR_AND_FALSE = replace(RIGHT, bg=[10, 17, -1, 13], error=[0, 6, 13, 0], exact=[1, 0, 0, 1])
REFUSED = Found(0.25, "no")
PLACED = {"x": 1.0, "y": 2.0, "width": 3.0, "height": 4.0, "score": 0.99, "runner_up": None, "confidence": 0.995}


def pair(found: Found, recipe: str = "offset", kind: str = "tripod", **changes: Any) -> Pair:
    truth = [10, 11, 12, 13]
    made = Pair(f"{kind}-{recipe}", kind, recipe, False, True, truth, [0, 1, 1, 1], 2.0, 2.5, "", 0.25, PLACED)
    return replace(made, found={"precise": found}, **changes)


def unrelated(found: Found) -> Pair:
    return pair(found, "unrelated", is_related=False, truth=[-1] * 4, moving=[0] * 4, corner_px=None)


def cells(table: str) -> list[dict[str, str]]:
    """Rows of a Markdown table by the names of their columns."""
    lines = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table.splitlines()]
    assert all(re.fullmatch("-+:?", cell) for cell in lines[1])
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


def test_an_engine_is_summed_up_over_the_pairs_it_found() -> None:
    pairs = [pair(RIGHT), pair(ONE_LATE), pair(FAR_AND_FALSE), pair(REFUSED), unrelated(REFUSED), unrelated(RIGHT)]
    (row,) = cells(tables.by_engine(pairs, ["precise"]))
    assert row == {
        "engine": "`precise`",
        "set": "tuning",
        "pairs": "4",
        "refused": "1",
        "exact %": "75.0",  # 100, 75, 50
        "moving %": "66.7",  # 3, 2, 1 of 3
        "±1 %": "83.3",  # 100, 100, 50
        "mean off": "0.75",  # 0, 1/4, 6/3
        "max off": "6",
        "unmatched found %": "-",
        "false %": "8.3",  # 0, 0, 1/4
        "unrelated found": "1 of 2",
        "surest wrong place, frame": "0.995, 0.900",  # of the unrelated one; of a frame 6 off
    }


def test_held_out_pairs_have_rows_of_their_own() -> None:
    rows = cells(tables.by_engine([pair(RIGHT), pair(ONE_LATE, is_held_out=True)], ["precise"]))
    assert [(row["set"], row["exact %"]) for row in rows] == [("tuning", "100.0"), ("held-out", "75.0")]


def test_foreign_frames_found_are_counted() -> None:
    foreign = pair(replace(RIGHT, bg=[10, -1, 5, 13], exact=[1, 1, 0, 1]), truth=[10, -1, -1, 13])
    assert cells(tables.by_engine([foreign], ["precise"]))[0]["unmatched found %"] == "50.0"


def test_an_engine_that_did_not_run_on_a_pair_did_not_refuse_it() -> None:
    (row,) = cells(tables.by_engine([pair(RIGHT), replace(pair(RIGHT), found={"fast": RIGHT})], ["precise"]))
    assert (row["pairs"], row["refused"]) == ("1", "0")


def test_cases_are_grouped_by_what_they_try() -> None:
    pairs = [pair(RIGHT, "pillars"), pair(ONE_LATE, "letterbox", corner_px=0.75), pair(REFUSED, "title")]
    bars, title = cells(tables.by_case([*pairs, unrelated(RIGHT)], "precise"))[:2]
    assert (bars["case"], bars["pairs"], bars["exact %"], bars["corner px, max"]) == ("bars", "2", "87.5", "0.75")
    assert (title["case"], title["exact %"], title["wrongly refused"]) == ("title inserted", "-", "1")
    assert cells(tables.by_case([unrelated(RIGHT)], "precise"))[0]["wrongly found"] == "1"


def test_footage_is_named_by_what_makes_it_hard() -> None:
    rows = cells(tables.by_kind([pair(RIGHT, kind="talk"), pair(RIGHT), pair(ONE_LATE)], "precise"))
    assert [(row["footage"], row["pairs"]) for row in rows] == [("near-static talk", "1"), ("tripod", "2")]


def test_cpu_counts_placement_and_matching_against_decoding_alone() -> None:
    assert pair(RIGHT).ratio("precise") == (2.5 + 0.5) / 2.0
    pairs = [pair(RIGHT), pair(RIGHT, place_cpu=3.5), pair(RIGHT, place_cpu=99.5)]
    assert cells(tables.by_case(pairs, "precise"))[0]["CPU x decode"] == "2.00"


def test_every_recipe_is_a_case() -> None:
    named = [recipe for recipes in tables.CASES.values() for recipe in recipes.split()]
    assert sorted(named) == sorted([*catalogue.RECIPES, "unrelated", *difficult_catalogue.KINDS])
    assert causes.CAUSES.keys() <= set(difficult_catalogue.KINDS)


@pytest.mark.parametrize(
    ("claimed", "label"),
    [(0.0, "0 - 0.5"), (0.5, "0.5 - 0.7"), (0.949, "0.9 - 0.95"), (0.999, "0.999 - 1"), (1.0, "0.999 - 1")],
)
def test_a_confidence_falls_into_the_bin_it_starts(claimed: float, label: str) -> None:
    assert cells(tables.calibration([(False, claimed, True)]))[0]["claimed"] == label


def test_calibration_compares_claims_with_what_was_right() -> None:
    claims = [(False, 0.8, True), (False, 0.82, False), (False, 0.3, False), (False, 0.4, False), (True, 1.0, True)]
    low, high, total, held_out, _ = cells(tables.calibration(claims))
    assert list(low.values()) == ["tuning", "0 - 0.5", "2", "0.350", "0.000"]
    assert list(high.values()) == ["tuning", "0.8 - 0.9", "2", "0.810", "0.500"]
    assert list(total.values()) == ["tuning", "all, mean gap 0.330", "4", "0.580", "0.250"]  # (0.35 + 0.31) / 2
    assert (held_out["set"], held_out["n"]) == ("held-out", "1")


def test_placements_of_unrelated_pairs_count_as_wrong() -> None:
    pairs = [pair(RIGHT), pair(RIGHT, corner_px=1.5), unrelated(RIGHT), pair(REFUSED, placement={})]
    assert tables.placements_claimed(pairs) == [(False, 0.995, right) for right in (True, False, False)]


def test_frames_without_confidence_make_no_rows() -> None:
    silent = pair(replace(RIGHT, confidence=[]), placement=PLACED | {"confidence": None})
    assert tables.frames_claimed([pair(ONE_LATE), silent, pair(REFUSED)], "precise") == [
        (False, 0.9, True),
        (False, 0.9, True),
        (False, 0.6, False),
        (False, 0.6, True),
    ]
    assert "confidence" not in tables.all_tables([silent])


def test_the_surest_wrong_answer_is_shown() -> None:
    assert tables.surest_wrong([pair(RIGHT), pair(ONE_LATE), pair(REFUSED)], "precise") == "-, -"  # 1 off is near
    assert tables.surest_wrong([pair(RIGHT, corner_px=1.5), pair(FAR_AND_FALSE)], "precise") == "0.995, 0.900"
    unmatched = pair(replace(RIGHT, bg=[10, 11, -1, 13], confidence=[0.9, 0.9, 0.7, 0.6]))
    assert tables.surest_wrong([unmatched], "precise") == "-, 0.700"
    assert tables.surest_wrong([pair(RIGHT, corner_px=9.0, fixed_px=0.5)], "precise") == "-, -"  # said to move
    assert tables.surest_wrong([pair(RIGHT, corner_px=9.0, fixed_px=9.0)], "precise") == "0.995, -"


def test_swapped_clips_may_be_found_if_the_answer_says_so() -> None:
    silent = replace(unrelated(RIGHT), recipe="swapped")
    honest = replace(silent, reasons=["BG and FG look swapped"])
    path = replace(silent, found={"precise": Found(0.5, "'/a/tripod-swapped/fg.mp4' was not found in '/a/bg.mp4'")})
    assert [causes.is_wrongly_found(p, "precise") for p in (silent, honest, path)] == [True, False, False]
    assert [causes.names_cause(p, "precise") for p in (silent, honest, path)] == [False, True, False]
    assert tables.surest_wrong([honest], "precise") == "-, -"
    (row,) = cells(tables.causes_named([silent, honest, path], "precise"))
    assert list(row.values()) == ["swapped", "tuning", "1 of 3"]


def test_pairs_with_faults_are_listed_with_what_was_said() -> None:
    refused = pair(Found(0.5, "'/some/where/fg.mp4' was not found | in\n'/x/bg.mp4'"), "weave")
    pairs = [pair(RIGHT), refused, pair(RIGHT, corner_px=2.0, reasons=["check it"]), unrelated(REFUSED)]
    rows = cells(tables.by_pair([*pairs, pair(ONE_LATE)], "precise"))
    assert [(row["exact %"], row["corner px"], row["says"]) for row in rows] == [
        ("-", "-", "'fg.mp4' was not found / in 'bg.mp4'"),
        ("100.0", "2.00", "check it"),
        ("75.0", "0.25", "-"),
    ]
    assert tables.by_pair([pair(RIGHT)], "precise") == ""


@pytest.mark.slow
def test_a_pair_that_fails_or_kills_its_process_does_not_lose_the_others(tmp_path: Path) -> None:
    bg = write_bg(tmp_path / "bg.mp4", "pan", 60, size=(320, 180))
    recipe = Recipe(Box(41, 25, 200, 120), constructed_maps.offset(60, 6))
    sound, broken = (build(recipe, bg, tmp_path / name) for name in ("sound", "broken"))
    broken.fg.write_bytes(b"no video")
    first, last = accuracy.results([broken, sound], ["fast"], 1)
    assert first.found["fast"].refusal.startswith("FAILED: ")
    assert last.is_found("fast")
    assert last.corner_px == pytest.approx(0, abs=0.3)
    workers = accuracy.Workers(1, ["fast"])
    waiting = workers.submit(sound)
    for process in multiprocessing.active_children():
        process.kill()
    assert workers.result(sound, waiting).is_found("fast")
    assert workers.result(sound, workers.submit(sound)).is_found("fast")
    workers.close()


def test_an_interval_is_judged_by_the_frame_it_should_hold() -> None:
    wide = replace(RIGHT, low=[10, 10, 12, -1], high=[11, 13, 15, -1])  # of 10, 11, 12; then one left out
    past = replace(RIGHT, low=[11, 11, 12, 12], high=[12, 12, 13, 14])
    (row,) = cells(tables.intervals([pair(wide), pair(past), pair(RIGHT), pair(REFUSED)], ["precise"]))
    assert list(row.values()) == ["`precise`", "tuning", "7", f"{12 / 7:.2f}", f"{400 / 7:.1f}", f"{600 / 7:.2f}"]
    assert tables.intervals([pair(RIGHT)], ["precise"]) == ""


def test_results_are_read_back_as_they_were_kept(tmp_path: Path) -> None:
    pairs = [pair(ONE_LATE), pair(REFUSED, refusal="no", corner_px=None, placement={})]
    assert pair_of(line_of(pairs[0])) == pairs[0]
    kept = tmp_path / "kept"
    kept.write_text("".join(map(line_of, pairs)))
    assert read([kept, kept]) == pairs * 2
    done = subprocess.run([sys.executable, ROOT / "scripts" / "bench", "tables", kept], capture_output=True, text=True)
    assert done.stdout == tables.all_tables(pairs) + "\n"


def test_means_leave_out_what_could_not_be_counted() -> None:
    assert tables.mean([1.0, math.nan, 2.0]) == "1.50"
    assert tables.mean([math.nan]) == tables.worst([]) == "-"


def test_a_simulated_film_never_repeats_and_shows_its_map() -> None:
    bg, truth = long.pictures(3000, seed=1), long.film_map(3000)
    assert len(np.unique(bg.reshape(3000, -1), axis=0)) == 3000
    assert (np.diff(truth) > 0).all()
    assert np.diff(truth).max() > 100  # a scene is missing
    off = np.abs(long.noisy(bg, truth, seed=2).astype(int) - bg[truth]).mean()
    assert off == pytest.approx(long.NOISE_DEVIATION * math.sqrt(2 / math.pi), rel=0.1)


@pytest.mark.slow
def test_the_cost_of_a_render_is_set_against_what_it_cannot_do_without() -> None:
    tiny = "--size 96 64 --seconds 0.2 --minutes 0.01 --entries 20 --repeat 1"
    done = subprocess.run([ROOT / "scripts" / "bench", "render", *tiny.split()], capture_output=True, text=True)
    rows = cells(done.stdout)
    assert [row["compared with"] for row in rows] == [
        "decode both + encode, medium",
        "the same, odd place (4:4:4)",
        "decode both + encode, veryfast",
        "the same, `--smooth`",
        "OpenCV, numpy, mp4v, ffmpeg for sound",
        "the same without, `--match-colours`, veryfast",
        "scaled FG on whole px, between px, veryfast",
        "decode both + encode, veryfast; track: FG moves by whole px",
        "decode both + encode, veryfast; track: BG shakes below FG by whole px",
        "decode both + encode, veryfast; track: BG shakes below FG between px",
        "decode both + encode, veryfast; track: FG zooms",
        "a short clip: peak memory",
        "no map",
        "that map",
    ], done.stderr
    for row in rows:
        that, drawn = (float(row[name].removesuffix(" MiB")) for name in ("that, s", "render, s"))
        assert that > 0
        assert float(row["ratio"]) == pytest.approx(drawn / that, rel=0.3)  # printed in few digits
    assert [row["measured on"] for row in rows[-2:]] == [
        "320x180, map of 20 entries",
        "320x180, track of 20 places, whole px",
    ]


@pytest.mark.slow
def test_what_a_batch_costs_is_split_into_pairs_and_engine() -> None:
    tiny = "--pairs 1 --seconds 0.5 --workers 1 --tasks 3 30"
    done = subprocess.run([ROOT / "scripts" / "bench", "batch", *tiny.split()], capture_output=True, text=True)
    title, real, trivial = done.stdout.split("\n\n")
    assert title == "1 pairs of 0.5 s, 854x480", done.stderr
    (row,) = cells(real)
    spent, own = float(row["CPU s"]), float(row["CPU s of pairs"])
    beside = own * (float(row["engine, %"]) + float(row["starting workers, %"])) / 100
    assert spent == pytest.approx(own + beside, abs=0.2)  # printed in tenths
    assert float(row["pairs a CPU minute"]) == pytest.approx(60 / spent, rel=0.1)
    few, many = cells(trivial)
    assert [few["trivial pairs"], many["trivial pairs"]] == ["3", "30"]
    assert all(float(row["peak MiB"]) > 10 for row in (few, many))


@pytest.mark.slow
def test_a_film_is_decoded_once_and_a_run_after_one_that_was_killed_goes_on(tmp_path: Path) -> None:
    bg = films.write_film(tmp_path / "bg.mp4", 1500)
    fgs = [films.cut(bg, tmp_path / f"{start}.mp4", start, 150) for start in (400, 1100)]
    assert films.analysed(bg, fgs[0], tmp_path / "cache", 400).decoded == 1500
    assert films.analysed(bg, fgs[1], tmp_path / "cache", 1100).decoded == 0
    killed_at = films.kill_at(bg, fgs[0], tmp_path / "killed", 900)
    assert killed_at >= 900
    decoded = films.analysed(bg, fgs[0], tmp_path / "killed", 400).decoded
    assert decoded < 1500 - 595 + 251  # of segments of 595 frames one is kept; a group of pictures leads to its end

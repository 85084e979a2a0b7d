"""`vidkompy batch` on real pairs: what is made is right, what is finished is not made again, and faults are named."""

import json
import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import av
import jsonschema
import numpy as np
import pyarrow
import pytest
from pyarrow import parquet
from support import constructed_maps
from support.folder_state import on_disk
from support.picture_edits import Box
from support.private_mounts import own_mounts
from support.program_runs import Vidkompy, environment, refused
from support.truth_cases import Case, Recipe, build, write_bg

from vidkompy.batch.journal import read_journal
from vidkompy.batch.pair_task import ENDINGS
from vidkompy.sidecar.document import read_sidecar

FRAMES, LATE = 30, 3  # of BG, and of it before FG begins
BOXES = {"one": Box(37, 22, 116, 66), "two": Box(8, 31, 116, 66)}
LINE_SCHEMA = json.loads(files("vidkompy.batch").joinpath("result.schema.json").read_bytes())


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    """Two FGs of one BG, at two places, and another BG."""
    folder = tmp_path_factory.mktemp("films")
    bg = write_bg(folder / "bg.mp4", "tripod", FRAMES, size=(192, 108))
    write_bg(folder / "other.mp4", "handheld", FRAMES, size=(192, 108), seed=5)
    late = constructed_maps.offset(FRAMES, LATE)
    return {name: build(Recipe(box, late), bg, folder / name) for name, box in BOXES.items()}


@pytest.fixture
def clips(films: dict[str, Case], tmp_path: Path, vidkompy: Vidkompy) -> Path:
    """The test's folder, which it works in: bgs/bg.mp4, bgs/other.mp4, one.mp4 and two.mp4."""
    assert Path.cwd() == tmp_path, vidkompy
    Path("bgs").mkdir()
    for name, case in films.items():
        shutil.copy2(case.fg, f"{name}.mp4")
        shutil.copy2(case.bg, "bgs/bg.mp4")
        shutil.copy2(case.bg.parents[1] / "other.mp4", "bgs/other.mp4")
    return tmp_path


def write_csv(text: str, path: str = "m.csv") -> str:
    Path(path).write_text(text)
    return path


def check_right(sidecar: Path, case: Case) -> None:
    found = read_sidecar(sidecar)
    assert (found.placement.x, found.placement.y) == pytest.approx((case.truth.x, case.truth.y), abs=0.5)
    assert np.array_equal(found.frame_map.bg, case.truth.map)


def lines(path: str = "out/results.jsonl") -> dict[str, dict[str, Any]]:
    records = [json.loads(line) for line in Path(path).read_text().splitlines()]
    for record in records:
        jsonschema.Draft202012Validator(LINE_SCHEMA).validate(record)
    return {record["name"]: record for record in records}


def write_manifest(path: str, rows: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if path.endswith(".csv"):
        cells = [[str(row.get(name, "")) for name in names] for row in [dict(zip(names, names, strict=True)), *rows]]
        Path(path).write_text("".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in cells))
    elif path.endswith(".jsonl"):
        Path(path).write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        parquet.write_table(pyarrow.table({name: [row.get(name) for row in rows] for name in names}), path)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_pairs_of_each_kind_of_manifest_are_right_and_made_once(
    vidkompy: Vidkompy, clips: Path, films: dict[str, Case], ending: str
) -> None:
    rows: list[dict[str, Any]] = [
        {"bg": "bgs/bg.mp4", "fg": "one.mp4", "no_scale": True, "pin": "4=7;6=9"},
        {"bg": str(clips / "bgs" / "bg.mp4"), "fg": "two.mp4", "name": "zwei", "at": "8,31"},
    ]
    write_manifest(f"m.{ending}", rows)
    done = vidkompy("batch", f"m.{ending}", "--out", "out", "--engine", "fast", "--json")
    assert done.code == 0, done
    facts = json.loads(done.out)
    assert (facts["results"], facts["pairs"], facts["counts"]["done"]) == ("out/results.jsonl", 2, 2)
    for name, case in (("one", films["one"]), ("zwei", films["two"])):
        check_right(Path(f"out/{name}/{name}.vidkompy.json"), case)
    assert {read_sidecar(Path(f"out/{name}/{name}.vidkompy.json")).engine for name in ("one", "zwei")} == {"fast"}
    assert len(read_sidecar(Path("out/one/one.vidkompy.json")).pins) == 2
    assert lines().keys() == {"one", "zwei"}
    before = on_disk(clips)
    again = vidkompy("batch", f"m.{ending}", "--out", "out", "--engine", "fast", "--jobs", "2")
    assert (again.code, again.err) == (0, "2 of 2 pairs already finished\n")
    assert again.out.splitlines()[0] == "done        2"
    assert on_disk(clips) == before


@pytest.mark.slow
def test_composites_and_reports_lie_beside_their_sidecars(vidkompy: Vidkompy, clips: Path) -> None:
    assert clips
    write_csv("bg,fg,encoder,smooth\nbgs/bg.mp4,one.mp4,libx265,true\nbgs/other.mp4,two.mp4,,\n")
    done = vidkompy("batch", "m.csv", "-o", "a/b/out", "--render", "--report", "--jobs", "2")
    assert (done.code, done.out.splitlines()[:2]) == (1, ["done        1", "refused     1"])
    made = {f"one{ending}" for ending in (*ENDINGS, ".timecodes.txt", ".result.json")}
    assert {path.name for path in Path("a/b/out/one").iterdir()} == made
    assert {path.name for path in Path("a/b/out").iterdir()} == {"one", "index.html", "results.jsonl"}
    results = lines("a/b/out/results.jsonl")
    assert {*results["one"]["files"]} == {f"one/{name}" for name in made}
    assert (results["two"]["status"], results["two"]["exit_code"], results["two"]["files"]) == ("refused", 3, [])
    assert f"two: refused: {results['two']['message']}\n" in done.err
    assert vidkompy("verify", "a/b/out/one/one.vidkompy.json", "a/b/out/one/one.composite.mp4", "--smooth").code == 0


@pytest.mark.slow
def test_a_touched_clip_is_skipped_and_a_changed_one_is_worked_on(
    vidkompy: Vidkompy, clips: Path, films: dict[str, Case]
) -> None:
    write_csv("bg,fg\nbgs/bg.mp4,one.mp4\nbgs/bg.mp4,late.mp4\n")
    first = vidkompy("batch", "m.csv", "--out", "out")
    assert first.code == 1
    assert lines()["late"]["status"] == "failed"  # it is not there
    assert lines()["late"]["message"].startswith(f"cannot read '{clips}/late.mp4' as video: ")
    os.utime("one.mp4")
    before = on_disk(clips)
    again = vidkompy("batch", "m.csv", "--out", "out")
    assert again.code == 1
    assert again.err.startswith("2 of 2 pairs already finished, 1 without success: --retry failed")
    assert on_disk(clips) == before
    shutil.copy("two.mp4", "one.mp4")
    shutil.copy("two.mp4", "late.mp4")  # it has come: nobody has to say --retry
    changed = vidkompy("batch", "m.csv", "--out", "out")
    assert (changed.code, changed.err) == (0, "")
    for name in ("one", "late"):
        check_right(Path(f"out/{name}/{name}.vidkompy.json"), films["two"])


@pytest.mark.slow
def test_corrections_are_not_replaced_unless_that_is_said(vidkompy: Vidkompy, clips: Path) -> None:
    assert clips
    write_csv("bg,fg\nbgs/bg.mp4,one.mp4\n")
    assert vidkompy("batch", "m.csv", "--out", "out").code == 0
    sidecar = Path("out/one/one.vidkompy.json")
    assert vidkompy("refine", sidecar, "--nudge", "1,0", "--overwrite").code == 0
    edited = sidecar.read_bytes()
    assert vidkompy("batch", "m.csv", "--out", "out").code == 0
    assert sidecar.read_bytes() == edited
    message = refused(vidkompy, "batch", "m.csv", "--out", "out", "--no-scale", code=2)
    assert message.startswith("'out/one' would be made again, but hold sidecars that were changed since")
    done = vidkompy("batch", "m.csv", "--out", "out", "--no-scale", "--overwrite")
    assert (done.code, done.err) == (0, "one: done: what was changed since it was made lies in 'one.old-1'\n")
    assert sidecar.read_bytes() != edited
    assert Path("out/one.old-1/one.vidkompy.json").read_bytes() == edited
    assert sorted(path.name for path in Path("out").iterdir()) == ["index.html", "one", "one.old-1", "results.jsonl"]
    assert "what was changed since it was made lies in" in Path("out/index.html").read_text()


@pytest.mark.slow
def test_an_answer_of_other_clips_does_not_stay_where_there_is_none(vidkompy: Vidkompy, clips: Path) -> None:
    write_csv("bg,fg\nbgs/bg.mp4,one.mp4\n")
    assert vidkompy("batch", "m.csv", "--out", "out", "--render", "--report").code == 0
    shutil.copy(clips / "bgs/other.mp4", clips / "bgs/bg.mp4")
    assert vidkompy("batch", "m.csv", "--out", "out", "--render", "--report").code == 1
    said = vidkompy("batch", "status", "out", "--failures").out
    assert said.startswith("one: refused: ")
    assert "; what was found before lies in 'one.old-1'\n" in said
    assert sorted(path.name for path in Path("out").iterdir()) == ["index.html", "one.old-1", "results.jsonl"]


@pytest.mark.slow
def test_of_many_bgs_the_right_one_is_found(vidkompy: Vidkompy, clips: Path, films: dict[str, Case]) -> None:
    shutil.copy("two.mp4", clips / "fg [1] 'x' $(false).mp4")
    rows = [
        {"bg": "bgs/*.mp4", "fg": "one.mp4"},
        {"bg": "bgs/o*.mp4", "fg": "one.mp4", "name": "none"},
        {"bg": "bgs/bg.mp4", "fg": "fg [1] 'x' $(false).mp4", "name": "-ü 'x' $(false); %s"},
    ]
    write_manifest("m.jsonl", rows)
    done = vidkompy("batch", "m.jsonl", "--out", "out")
    assert (done.code, done.out.splitlines()[:2]) == (1, ["done        2", "refused     1"]), done
    results = lines()
    (other,) = results["one"]["others"]
    assert (results["one"]["bg"], other["bg"]) == (f"{clips}/bgs/bg.mp4", f"{clips}/bgs/other.mp4")
    assert other["confidence"] is None or other["confidence"] < results["one"]["confidence"]
    check_right(Path("out/one/one.vidkompy.json"), films["one"])
    name = str(rows[2]["name"])
    check_right(Path("out") / name / f"{name}.vidkompy.json", films["two"])
    failures = vidkompy("batch", "status", "out", "--failures")
    assert failures.out.splitlines()[0] == f"none: refused: {results['none']['message']}"


@pytest.mark.slow
def test_a_full_disk_stops_the_batch_and_with_room_it_goes_on(clips: Path) -> None:
    write_csv("bg,fg\nbgs/bg.mp4,one.mp4\nbgs/bg.mp4,two.mp4\n")
    Path("out").mkdir()
    inside = """
        mount -t tmpfs -o size=12k tmpfs out && "$@"
        echo "code $?, parts $(ls out | grep -c part-)"
        mount -o remount,size=4m out && "$@"
        echo "code $?, parts $(ls out | grep -c part-)"
        cp -r out kept
    """
    batch = [sys.executable, "-m", "vidkompy", "batch", "m.csv", "--out", "out", "--jobs", "1"]
    argv = [*own_mounts(), "sh", "-c", inside, "sh", *batch]
    done = subprocess.run(argv, cwd=clips, env=environment(), capture_output=True, text=True)
    words = done.stdout.splitlines()
    assert [line for line in words if line.startswith("code")] == ["code 1, parts 0", "code 0, parts 0"], done
    full = next(line for line in done.stderr.splitlines() if line.startswith("vidkompy: "))
    assert full.startswith("vidkompy: cannot write ")
    assert full.endswith(" no space left on device; make room, and run the same command again: it goes on")
    assert {name: result.status for name, result in read_journal(Path("kept/results.jsonl")).items()} == {
        "one": "done",
        "two": "done",
    }


@pytest.mark.slow
def test_two_folders_make_a_manifest_and_work_begins(vidkompy: Vidkompy, clips: Path, films: dict[str, Case]) -> None:
    assert clips
    Path("fgs").mkdir()
    shutil.move("one.mp4", "fgs/bg.mp4")
    shutil.move("two.mp4", "fgs/alone.mp4")
    made = vidkompy("batch", "lists/m.csv", "--from-folders", "bgs", "fgs")
    assert made.err == ("vidkompy: output folder 'lists' does not exist; create it, or name another output with -o\n")
    Path("lists").mkdir()
    made = vidkompy("batch", "lists/m.csv", "--from-folders", "bgs", "fgs", "--json")
    assert (made.code, json.loads(made.out)["manifest"]) == (0, "lists/m.csv")
    assert made.err == "'lists/m.csv': 1 pair; 1 FGs have no BG, such as 'fgs/alone.mp4'\n"
    assert Path("lists/m.csv").read_text() == "bg,fg,name\n../bgs/bg.mp4,../fgs/bg.mp4,bg\n"
    done = vidkompy("batch", "lists/m.csv", "--from-folders", "bgs", "fgs", "--overwrite", "--out", "out")
    assert done.code == 0
    check_right(Path("out/bg/bg.vidkompy.json"), films["one"])


GOOD = "bg,fg\nb.mp4,f.mp4\n"


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        (GOOD, (), "batch writes into a folder; name it: vidkompy batch 'm.csv' --out FOLDER"),
        (GOOD, ("--out", "out", "--timeout", "0"), "--timeout is 0; wanted seconds above 0"),
        (GOOD, ("--out", "out", "--jobs", "0"), "--jobs is 0; wanted 1 or more"),
        (GOOD, ("--out", "out", "--max-memory", "lots"), "--max-memory is 'lots'; wanted a size such as 4G or 800M"),
        (GOOD, ("--out", "out", "--shard", "3/2"), "--shard is '3/2'; wanted I/N with I from 1 to N, such as 2/8"),
        (GOOD, ("--out", "out", "--shard", "0/2"), "--shard is '0/2'; wanted I/N with I from 1 to N, such as 2/8"),
        (GOOD, ("--out", "out", "--stage", "s3://x"), "--stage is 's3://x', and clips are read where they are unless "),
        (GOOD, ("--out", "out", "--dask", "local", "--stage", "/x"), "--stage is '/x'; wanted a URL, such as s3://"),
        (GOOD, ("--out", "out", "--dask", "tcp://x:1", "--stage", "memory://x"), "--stage is 'memory://x', which no "),
        (
            GOOD,
            ("--out", "out", "--", "-crf", "9"),
            "arguments behind -- go to the encoder, and nothing is drawn withou",
        ),
        (GOOD, ("--out", "out", "--render", "--", "-t", "9"), "'m.csv' line 2: '-t 9' behind -- would cut the output"),
        (
            "bg,fg,encoder\nb,f,libx265\n",
            ("--out", "out", "--render", "--", "-c:v", "ffv1"),
            "'m.csv' line 2: --encoder libx265 and ffv1 behind -- exclude each other",
        ),
        (GOOD, ("--from-folders", "bgs"), "--from-folders has 1 folders; wanted BG_DIR FG_DIR"),
        (GOOD, ("--from-folders", "bgs", "fgs"), "output 'm.csv' exists; add --overwrite to replace it"),
        ("bg,fg,window\nb,f,9\nb,g,x\n", ("--out", "out"), "'m.csv' line 3: analyze does not take --window=x: "),
        ("bg,fg,blend\nb,f,odd\n", ("--out", "out", "--render"), "'m.csv' line 2: render does not take --blend=odd: "),
        (
            "bg,fg,smooth\nb,f,1\n",
            ("--out", "out"),
            "'m.csv' line 2: 'smooth' is an option of render; nothing is drawn",
        ),
        (
            "bg,fg,output\nb,f,1\n",
            ("--out", "out"),
            "'m.csv' line 2: 'output' is no column; wanted some of at, audio, ",
        ),
    ],
)
def test_a_fault_is_named_before_any_work(vidkompy: Vidkompy, text: str, words: tuple[str, ...], message: str) -> None:
    write_csv(text)
    assert refused(vidkompy, "batch", "m.csv", *words, code=2).startswith(message)


@pytest.mark.parametrize(
    ("variable", "value", "words", "message"),
    [
        ("VIDKOMPY_CACHE_LIMIT", "abc", (), "VIDKOMPY_CACHE_LIMIT is 'abc'; wanted a size, such as 500M or 8G"),
        ("VIDKOMPY_FFMPEG", "/nope", ("--render",), "cannot run ffmpeg '/nope' from VIDKOMPY_FFMPEG: no such file or "),
        (
            "VIDKOMPY_FFMPEG",
            "",
            ("--render", "--ffmpeg", "/no"),
            "cannot run ffmpeg '/no' from --ffmpeg '/no': no such",
        ),
        ("VIDKOMPY_FFMPEG", "", ("--render", "--hwaccel", "none-such"), "'"),
        ("PATH", "", ("--render", "--", "-c:v", "none-such"), "no ffmpeg can do this: "),
    ],
)
@pytest.mark.parametrize("dask", [(), ("--dask", "local")])
def test_what_would_fail_each_pair_stops_the_batch_before_any(
    vidkompy: Vidkompy,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    words: tuple[str, ...],
    message: str,
    dask: tuple[str, ...],
) -> None:
    write_csv(GOOD)
    monkeypatch.setenv(variable, value)
    said = refused(vidkompy, "batch", "m.csv", "--out", "out", *dask, *words, code=2)
    assert said.startswith(message)
    assert said.endswith("; no pair was begun")


def test_without_the_extra_a_report_is_refused_before_any_pair(
    vidkompy: Vidkompy, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_csv(GOOD)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    said = refused(vidkompy, "batch", "m.csv", "--out", "out", "--report", code=2)
    assert said == (
        "a report is drawn by matplotlib, which is not installed: pip install 'vidkompy[report]'; no pair was begun"
    )


def test_output_options_of_ffmpeg_go_to_all_composites(vidkompy: Vidkompy, clips: Path) -> None:
    write_csv("bg,fg,name\nbgs/bg.mp4,one.mp4,one\n")
    words = ("batch", "m.csv", "--out", "out", "--render")
    assert vidkompy(*words, "--", "-c:v", "mpeg4", "-q:v", "5").code == 0
    assert codec(clips / "out/one/one.composite.mp4") == "mpeg4"
    assert vidkompy(*words, "--", "-c:v", "mpeg4", "-q:v", "5").err == "1 of 1 pair already finished\n"
    assert vidkompy(*words).code == 0
    assert codec(clips / "out/one/one.composite.mp4") == "h264"


def codec(video: Path) -> str:
    with av.open(str(video)) as container:
        return container.streams.video[0].codec_context.name


def test_faults_of_folders_are_named(vidkompy: Vidkompy, tmp_path: Path) -> None:
    assert tmp_path
    message = refused(vidkompy, "batch", "m.jsonl", "--from-folders", "a", "b", code=2)
    assert message == "'m.jsonl' ends in '.jsonl'; --from-folders writes a .csv"
    Path("empty").mkdir()
    no_results = "has no results.jsonl; wanted a folder that batch wrote, as --out named it"
    for command in ("status", "merge"):
        assert refused(vidkompy, "batch", command, "empty") == f"'empty' {no_results}"
    write_csv(GOOD)
    Path("out").write_text("a file")
    assert refused(vidkompy, "batch", "m.csv", "--out", "out").startswith("cannot write 'out': ")


def test_what_stands_for_a_pair_already_is_not_replaced(vidkompy: Vidkompy) -> None:
    write_csv(GOOD)
    Path("out/f").mkdir(parents=True)
    Path("out/f/mine.txt").touch()
    message = refused(vidkompy, "batch", "m.csv", "--out", "out", code=2)
    assert message.startswith(
        "'out/f' would be made again, but hold sidecars that were changed since, or other files; "
    )

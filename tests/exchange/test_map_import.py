"""Maps that come back as csv or json: the same frames, what is still known of them, or the line that is wrong."""

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import constructed_maps, pictureless_pairs
from support.program_runs import Vidkompy, refused
from support.sidecar_strategies import frame_maps

from vidkompy import Sidecar, read_sidecar, write_sidecar
from vidkompy.exchange.export import export
from vidkompy.exchange.map_import import import_map, with_frame_map
from vidkompy.model import UNMATCHED, FrameMap, Run, Track
from vidkompy.sidecar.pins import pinned_frames
from vidkompy.sidecar.schemas import schema

SHOWN = constructed_maps.with_foreign(constructed_maps.ratio(60, 5, 4, start=3), 10, 3)  # 49 frames, 3 foreign


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with x.vidkompy.json, and map.csv and map.json of it. FG frame 5 looks like its neighbours."""
    folder = tmp_path_factory.mktemp("written")
    sidecar = pictureless_pairs.pair(folder, SHOWN)
    low, high = SHOWN.copy(), np.where(SHOWN == UNMATCHED, UNMATCHED, SHOWN + 1)
    low[5], high[5] = low[5] - 1, high[5] + 1
    known = replace(sidecar.frame_map, low=low, high=high)
    sidecar = replace(sidecar, frame_map=known, pins=(Run(7, 11, 1),), content=(0, 4, 64, 44))
    write_sidecar(sidecar, folder / "x.vidkompy.json")
    export("csv", folder / "x.vidkompy.json", folder / "map.csv")
    export("json", folder / "x.vidkompy.json", folder / "map.json")
    return folder


@pytest.fixture
def small(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sidecar:
    """All that in the test's own folder."""
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return read_sidecar("x.vidkompy.json")


def edited(name: str, *swaps: tuple[str, str]) -> None:
    text = Path(name).read_text()
    for old, new in swaps:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    Path(name).write_text(text)


# ---- the same map


@given(st.data())
@settings(max_examples=25)
def test_a_map_comes_back_as_it_went(data: st.DataObject) -> None:
    bg_numbers = data.draw(st.lists(st.integers(-1, 30), min_size=2, max_size=40))
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        sidecar = pictureless_pairs.pair(folder, np.array([*bg_numbers, 30], np.int64))
        known = data.draw(frame_maps([*bg_numbers, 30], sidecar.bg.frames))
        write_sidecar(replace(sidecar, frame_map=known), folder / "x.vidkompy.json")
        for name in ("csv", "json"):
            export(name, folder / "x.vidkompy.json", folder / "map", overwrite=True)
            base = folder / "x.vidkompy.json" if name == "csv" else None
            assert import_map(folder / "map", folder / "y.vidkompy.json", base, overwrite=True).changed == 0
            assert (folder / "y.vidkompy.json").read_bytes() == (folder / "x.vidkompy.json").read_bytes()


@pytest.mark.usefixtures("small")
def test_the_program_takes_over_what_it_wrote(vidkompy: Vidkompy) -> None:
    for name, base in (("csv", ("--sidecar", "x.vidkompy.json")), ("json", ())):
        outcome = vidkompy("import", f"map.{name}", "-o", f"{name}.vidkompy.json", *base)
        assert (outcome.code, outcome.out) == (0, f"{name}.vidkompy.json\n")
        assert outcome.err == "none of 49 FG frames changed\n"
        assert Path(f"{name}.vidkompy.json").read_text() == Path("x.vidkompy.json").read_text()


@pytest.mark.usefixtures("small")
def test_a_json_map_meets_its_schema_and_knows_its_clips_from_where_it_lies(vidkompy: Vidkompy) -> None:
    jsonschema.Draft202012Validator.check_schema(schema("map"))
    Path("sub").mkdir()
    assert vidkompy("export", "x.vidkompy.json", "--to", "json", "-o", "sub/map.json").err == ""  # nothing is lost
    document = json.loads(Path("sub/map.json").read_text())
    jsonschema.Draft202012Validator(schema("map")).validate(document)
    assert document["clips"]["fg"]["path"] == "../fg.mp4"
    assert [row["bg"] for row in document["frames"]] == [None if j == UNMATCHED else j for j in SHOWN.tolist()]
    assert vidkompy("import", "sub/map.json", "-o", "y.vidkompy.json").code == 0
    assert Path("y.vidkompy.json").read_text() == Path("x.vidkompy.json").read_text()


def test_both_schemas_say_the_same_of_what_both_documents_hold() -> None:
    sidecar, table = schema(), schema("map")
    assert sidecar["$defs"] == table["$defs"]
    for name in sidecar["properties"].keys() & table["properties"].keys() - {"schema"}:
        assert sidecar["properties"][name] == table["properties"][name], name


@pytest.mark.parametrize(
    "change",
    [
        lambda t: "\ufeff" + t.replace("\n", "\r\n"),
        lambda t: t.replace(",", ";") + ";;;\n",
        lambda t: t.replace(",", "\t") + "\n\n",
        lambda t: t.replace(",", " , ").replace("fg_index", "FG_Index"),
        lambda t: "\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in t.splitlines()),
        lambda t: "\n".join(",".join(line.split(",")[::-1]) for line in t.splitlines()),
        lambda t: "\n".join(",".join(line.split(",")[:2]) for line in t.splitlines()).replace(",-1", ","),
        lambda t: "\n\n" + t,
    ],
    ids=["windows", "semicolons", "tabs", "spaces", "quotes", "reordered", "two-columns", "blank-head"],
)
@pytest.mark.usefixtures("small")
def test_what_spreadsheets_do_to_a_table_is_no_fault(vidkompy: Vidkompy, change: Any) -> None:
    Path("map.csv").write_bytes(change(Path("map.csv").read_text()).encode())
    outcome = vidkompy("import", "map.csv", "-o", "x.vidkompy.json", "--overwrite")
    assert (outcome.code, outcome.err) == (0, "none of 49 FG frames changed\n")


@pytest.mark.usefixtures("small")
def test_a_column_that_is_not_read_is_named(vidkompy: Vidkompy) -> None:
    lines = Path("map.csv").read_text().splitlines()
    Path("map.csv").write_text("\n".join([lines[0] + ",mood", *(line + ",good" for line in lines[1:])]))
    outcome = vidkompy("import", "map.csv", "-o", "x.vidkompy.json", "--overwrite")
    assert outcome.err.splitlines()[1] == "note: columns that are not read: 'mood'"


# ---- edits


@pytest.mark.parametrize("name", ["csv", "json"])
def test_an_edit_is_taken_over_and_what_was_known_of_that_frame_goes(
    vidkompy: Vidkompy, small: Sidecar, name: str
) -> None:
    swaps = {
        "csv": (("20,24,60000,72000", "20,30,60000,90000"), ("11,-1,33000,", "11,14,,")),
        "json": (
            ('"fg": 20, "bg": 24, "fg_pts": 60000, "bg_pts": 72000', '"fg": 20, "bg": 30'),
            ('"fg": 11, "bg": null, "fg_pts": 33000, "bg_pts": null', '"fg": 11, "bg": 14'),
        ),
    }
    edited(f"map.{name}", *swaps[name])
    base = ("--sidecar", "x.vidkompy.json") if name == "csv" else ()
    outcome = vidkompy("import", f"map.{name}", "-o", "y.vidkompy.json", *base)
    assert (outcome.code, outcome.err) == (0, "2 of 49 FG frames changed\n")
    found, wanted = read_sidecar("y.vidkompy.json"), SHOWN.copy()
    wanted[[11, 20]] = 14, 30
    assert found.frame_map.bg.tolist() == wanted.tolist()
    assert found.frame_map.confidence is not None
    assert np.flatnonzero(np.isnan(found.frame_map.confidence)).tolist() == [11, 20]
    assert pinned_frames(found.pins) == {7: 11, 11: 14, 20: 30}
    assert (found.content, found.placement) == (small.content, small.placement)
    assert (found.quality.unmatched, found.quality.reasons[-1]) == (2, "2 FG frames were set by hand")
    assert vidkompy("render", "y.vidkompy.json", "--dry-run").code == 1  # made-up clips: but read it was
    assert vidkompy("export", "y.vidkompy.json", "--to", "json").out.count('"confidence": null') == 2


@pytest.mark.usefixtures("small")
def test_bg_index_decides_where_bg_pts_was_left_as_exported(vidkompy: Vidkompy) -> None:
    """Also when the table is taken over again, after one more row was edited."""
    edited("map.csv", ("20,24,60000,72000", "20,30,60000,72000"), ("21,25,63000,75000", "21,-1,63000,75000"))
    outcome = vidkompy("import", "map.csv", "-o", "x.vidkompy.json", "--overwrite")
    said = "2 of 49 FG frames changed\nnote: bg_index decides: 2 bg_pts still say what was exported\n"
    assert (outcome.code, outcome.err) == (0, said)
    edited("map.csv", ("22,26,66000,78000", "22,31,66000,78000"))
    outcome = vidkompy("import", "map.csv", "-o", "x.vidkompy.json", "--overwrite")
    said = "1 of 49 FG frames changed\nnote: bg_index decides: 3 bg_pts still say what was exported\n"
    assert (outcome.code, outcome.err) == (0, said)
    assert read_sidecar("x.vidkompy.json").frame_map.bg[[20, 21, 22]].tolist() == [30, -1, 31]


@pytest.mark.parametrize("name", ["csv", "json"])
def test_a_track_comes_back_with_its_map(small: Sidecar, name: Any) -> None:
    n = len(SHOWN)
    x = np.where(np.arange(n) < 20, 3.0, 9.25)
    moving = replace(small, track=Track(np.column_stack([x, 0 * x, 0 * x + 40, 0 * x + 30, 0 * x + 1.5])))
    write_sidecar(moving, "moving.vidkompy.json")
    export(name, Path("moving.vidkompy.json"), Path(f"moving.{name}"))
    sidecar = Path("x.vidkompy.json") if name == "csv" else None  # without a track of its own
    back = import_map(Path(f"moving.{name}"), Path("back.vidkompy.json"), sidecar).sidecar
    assert back.track is not None
    assert np.abs(back.track.at - moving.track.at).max() < 0.02  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("a,0,40,30,0", "'t.csv' line 2: x is 'a'; wanted a number of px or degrees"),
        ("1,0,nan,30,0", "'t.csv' line 2: width is 'nan', wanted 1000000 at most"),
        ("1,0,0,30,0", "'t.csv' line 2: FG is 0x30 px, wanted a size above 0"),
    ],
)
def test_a_place_that_cannot_be_is_refused(vidkompy: Vidkompy, small: Sidecar, place: str, message: str) -> None:
    del small
    lines = Path("map.csv").read_text().splitlines()
    rows = [f"{lines[0]},x,y,width,height,angle", f"{lines[1]},{place}", *(f"{line},1,0,40,30,0" for line in lines[2:])]
    Path("t.csv").write_text("\n".join(rows) + "\n")
    said = refused(vidkompy, "import", "t.csv", "-o", "new.json", "--sidecar", "x.vidkompy.json")
    assert said == message


def test_another_frame_that_looks_the_same_keeps_its_confidence(small: Sidecar) -> None:
    bg = SHOWN.copy()
    bg[5] += 1
    found = with_frame_map(small, bg).frame_map
    assert found.confidence is not None
    assert found.low is not None
    assert not np.isnan(found.confidence).any()
    assert (found.low[5], found.bg[5]) == (SHOWN[5] - 1, SHOWN[5] + 1)


def test_a_map_of_which_nothing_was_known_is_taken_over(small: Sidecar) -> None:
    bare = replace(small, frame_map=FrameMap(SHOWN), pins=())
    found = with_frame_map(bare, SHOWN[::-1].copy())
    assert found.frame_map.confidence is None
    assert found.quality.confidence is None


# ---- errors


CSV: list[tuple[tuple[str, str], str]] = [
    (("20,24,60000,72000", "20,24,60000"), "line 22: 3 cells, wanted 4: fg_index, bg_index, fg_pts, bg_pts"),
    (("20,24,60000,72000", "20,24.5,60000,72000"), "line 22: bg_index is '24.5'; wanted a whole number"),
    (("20,24,60000,72000", ",24,60000,72000"), "line 22: fg_index is ''; wanted a whole number"),
    (
        ("20,24,60000,72000\n", ""),
        "line 22: fg_index is 21, wanted 20, which is missing: one row for each FG frame, in order",
    ),
    (
        ("20,24,60000,72000", "19,24,,72000"),
        "line 22: fg_index is 19 again, wanted 20: one row for each FG frame, in order",
    ),
    (
        ("20,24,60000,72000\n21,25,", "21,24,,\n20,25,"),
        "line 22: fg_index is 21, wanted 20, which comes later: one row for each FG frame, in order",
    ),
    (
        ("20,24,60000,72000", "-4,24,,"),
        "line 22: fg_index is -4, wanted 20, which is missing: one row for each FG frame, in order",
    ),
    (("20,24,60000,72000", "20,70,60000,"), "line 22: bg_index is 70, but BG 'bg.mp4' has frames 0..69"),
    (("20,24,60000,72000", "20,-2,60000,"), "line 22: bg_index is -2, but BG 'bg.mp4' has frames 0..69"),
    (
        ("20,24,60000,72000", "20,24,60000,75000"),
        "line 22: bg_pts is 75000, but BG frame 24 is at 72000 (ticks of 1/90000 s): correct one of them, or leave "
        "this one empty",
    ),
    (
        ("20,24,60000,72000", "20,25,60000,78000"),
        "line 22: bg_pts is 78000, but BG frame 25 is at 75000 (ticks of 1/90000 s): correct one of them, or leave "
        "this one empty",
    ),
    (
        ("20,24,60000,72000", "20,-1,60000,75000"),
        "line 22: bg_pts is 75000, but the row shows no BG frame: leave it empty",
    ),
    (("20,24,60000,72000", "20,70,60000,72000"), "line 22: bg_index is 70, but BG 'bg.mp4' has frames 0..69"),
    (
        ("20,24,60000,72000", "20,24,60001,72000"),
        "line 22: fg_pts is 60001, but FG frame 20 is at 60000 (ticks of 1/90000 s): correct one of them, or leave "
        "this one empty",
    ),
    (
        ("48,59,144000,177000\n", ""),
        "line 49: fg_index of the last row is 47, but FG 'fg.mp4' has 49 frames: say them all",
    ),
    (("48,59,144000,177000", "48,59,,\n49,59,,"), "line 51: fg_index is 49, but FG 'fg.mp4' has frames 0..48"),
    (
        ("bg_index,", "background,"),
        "line 1: no column bg_index in 'fg_index', 'background', 'fg_pts', 'bg_pts'; wanted "
        "fg_index,bg_index,fg_pts,bg_pts",
    ),
    (("fg_pts", "bg_index"), "line 1: column bg_index is there 2 times; wanted one"),
    (("20,24,60000", '20,"24"x,60000'), "line 22: ',' expected after '\"'; wanted cells with closed quotes"),
]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("swap", "message"), CSV, ids=[message[:40] for _, message in CSV])
def test_a_fault_in_a_table_is_reported_with_its_line(vidkompy: Vidkompy, swap: tuple[str, str], message: str) -> None:
    edited("map.csv", swap)
    assert refused(vidkompy, "import", "map.csv", "-o", "x.vidkompy.json", "--overwrite") == f"'map.csv' {message}"


JSON: list[tuple[tuple[str, str], str]] = [
    (('"fg": 20, "bg": 24', '"fg": 20, "bg": "24"'), "line 99: is '24', wanted a whole number @ $.frames[20].bg"),
    (('"fg": 20, "bg": 24', '"fg": 20'), "line 99: bg is missing @ $.frames[20]"),
    (('"fg": 20,', '"fg": null,'), "line 99: fg is null, wanted a whole number @ $.frames[20].fg"),
    (
        ('"fg": 20, "bg": 24', '"fg": 20, "bg": 70'),
        "line 99: bg is 70, but BG 'bg.mp4' has frames 0..69 @ $.frames[20].bg",
    ),
    (
        ('"fg": 20, "bg": 24', '"fg": 19, "bg": 24'),
        "line 99: fg is 19 again, wanted 20: one row for each FG frame, in order @ $.frames[20].fg",
    ),
    (
        ('"bg_pts": 72000', '"bg_pts": 72001'),
        "line 99: bg_pts is 72001, but BG frame 24 is at 72000 (ticks of 1/90000 s): correct one of them, or leave "
        "this one empty @ $.frames[20].bg_pts",
    ),
    (
        ('"bg": 24, "fg_pts": 60000, "bg_pts": 72000, "confidence": 0.9', '"bg": 24, "confidence": 9'),
        "line 99: is 9, wanted a probability, 0 to 1, or null @ $.frames[20].confidence",
    ),
    (
        ('"low": 24, "high": 25', '"low": 24, "high": 71'),
        "line 99: 24 up to 71 are no BG frames; BG has 0..69 @ $.frames[20].low",
    ),
    (
        ('"vidkompy.map/1"', '"vidkompy.map/2"'),
        "line 2: schema is 'vidkompy.map/2', wanted 'vidkompy.map/1' @ $.schema",
    ),
    (('"frames": [', '"rows": ['), "line 1: no rows; wanted one for each FG frame @ $.frames"),
    (('"x": 5', '"x": "left"'), 'line 5: "left" is not of type "number" @ $.placement.x'),
    (('"engine"', '"runs": [], "engine"'), "line 26: runs has no place here: the rows of frames say it @ $.runs"),
    (('"clips"', '"clip"'), 'line 1: "clips" is a required property @ $'),
    (('"engine": "precise",', '"engine": "precise"'), "line 27: not JSON: "),
]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("swap", "message"), JSON, ids=[message[:40] for _, message in JSON])
def test_a_fault_in_a_json_map_is_reported_with_its_line_and_place(
    vidkompy: Vidkompy, swap: tuple[str, str], message: str
) -> None:
    edited("map.json", swap)
    found = refused(vidkompy, "import", "map.json", "-o", "y.vidkompy.json").removeprefix("'map.json' ")
    assert (found[: len(message)] if message.endswith(": ") else found) == message


@pytest.mark.usefixtures("small")
def test_what_cannot_be_imported_is_refused(vidkompy: Vidkompy) -> None:
    assert refused(vidkompy, "import", "map.csv", "-o", "y.vidkompy.json", code=2) == (
        "'map.csv' says when, not which clips and where; name the sidecar it was exported from with --sidecar"
    )
    assert refused(vidkompy, "import", "map.csv", "-o", "x.vidkompy.json", code=2).startswith(
        "output 'x.vidkompy.json' exists; add --overwrite"
    )
    words = ("import", "map.json", "-o", "y.vidkompy.json", "--sidecar", "x.vidkompy.json")
    assert refused(vidkompy, *words, code=2) == "'map.json' is json, which names its clips itself; leave out --sidecar"
    Path("map.csv").write_bytes(b"\xff\xfef\0g\0")
    assert refused(vidkompy, "import", "map.csv", "-o", "y.vidkompy.json") == (
        "'map.csv' is not UTF-8 text (byte 0); save it as that, or export anew"
    )
    Path("map.csv").write_bytes(b"\n")
    words = ("import", "map.csv", "-o", "y.vidkompy.json", "--sidecar", "x.vidkompy.json")
    assert (
        refused(vidkompy, *words)
        == "'map.csv' is empty; wanted a table that begins with fg_index,bg_index,fg_pts,bg_pts"
    )
    assert (
        refused(vidkompy, "import", "gone", "-o", "y.vidkompy.json") == "cannot read 'gone': no such file or directory"
    )
    Path("bg.mp4").unlink()
    assert refused(vidkompy, "import", "map.json", "-o", "y.vidkompy.json") == (
        "cannot read 'bg.mp4', named by 'map.json': no such file or directory; correct its path there"
    )

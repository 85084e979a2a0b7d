"""Rows of a manifest become tasks: paths, names and options, checked before any work."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from vidkompy.batch.manifest import ManifestRow
from vidkompy.batch.pair_task import PairTask
from vidkompy.batch.pair_tasks import BatchDefaults, OptionTable, check_options, pair_tasks
from vidkompy.cli.batch_options import check_command_options, option_tables
from vidkompy.cli.main import parsed_command
from vidkompy.errors import UsageError

ANALYSIS = OptionTable(
    "analyze", {"at": "value", "no_scale": "flag", "pin": "list", "mask": "value"}, frozenset(["mask"])
)
DRAWING = OptionTable("render", {"feather": "value", "ffmpeg": "value"})


def tasks(folder: Path, *rows: Mapping[str, object], **defaults: object) -> list[PairTask]:
    placed = [ManifestRow(f"line {n}", dict(row)) for n, row in enumerate(rows, start=2)]
    given: dict[str, object] = {"analysis": {}, "drawing": {}, **defaults}
    return pair_tasks(placed, (ANALYSIS, DRAWING), BatchDefaults(folder, **given))  # type: ignore[arg-type]


def test_paths_begin_in_the_manifests_folder(tmp_path: Path) -> None:
    rows = ({"bg": "b.mp4", "fg": "sub/f.mp4"}, {"bg": "/abs/b.mp4", "fg": "s3://bucket/g.mov"})
    first, second = tasks(tmp_path, *rows)
    assert (first.name, first.fg, first.bgs) == ("f", f"{tmp_path}/sub/f.mp4", (f"{tmp_path}/b.mp4",))
    assert (second.name, second.fg, second.bgs) == ("g", "s3://bucket/g.mov", ("/abs/b.mp4",))
    assert (first.place, first.analysis, first.drawing, first.has_report) == ("line 2", (), None, False)


def test_rows_have_options_before_those_of_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "m.png").write_bytes(b"mask")
    row = {"bg": "b", "fg": "f", "at": "-1,2", "no-scale": "TRUE", "pin": "3=4; 5=none;", "mask": "m.png"}
    defaults = {"analysis": {"at": "9,9", "pin": ("1=1",)}, "drawing": {"feather": 3}, "is_drawn": True}
    first, second = tasks(tmp_path, row, {"bg": "b", "fg": "g", "feather": 30.0, "no_scale": False}, **defaults)
    assert first.analysis == ("--at=-1,2", f"--mask={tmp_path}/m.png", "--no-scale", "--pin=3=4", "--pin=5=none")
    assert first.drawing == ("--feather=3",)
    assert second.analysis == ("--at=9,9", "--pin=1=1")
    assert second.drawing == ("--feather=30",)


@pytest.mark.parametrize("folder_name", ["plain", "[x] * ?", "-a 'b' & c"])
def test_a_pattern_stands_for_files_in_order(tmp_path: Path, folder_name: str) -> None:
    folder = tmp_path / folder_name
    (folder / "takes" / "deep").mkdir(parents=True)
    for name in ("takes/2.mp4", "takes/1.mp4", "takes/deep/3.mp4", "b[1].mp4", "b1.mp4"):
        (folder / name).touch()
    patterns = ("takes/*.mp4", "takes/**/*.mp4", "b[1].mp4", "b[0-9].mp4", str(tmp_path / "*" / "b1.mp4"))
    found = [tasks(folder, {"bg": pattern, "fg": "f"})[0].bgs for pattern in patterns]
    files = (("1.mp4", "2.mp4"), ("1.mp4", "2.mp4", "3.mp4"), ("b[1].mp4",), ("b1.mp4",), ("b1.mp4",))
    assert [tuple(Path(bg).name for bg in bgs) for bgs in found] == list(files)
    assert all(Path(bg).is_file() for bgs in found for bg in bgs)


@pytest.mark.parametrize("is_on_the_command_line", [False, True])
def test_another_picture_for_a_mask_is_another_question(tmp_path: Path, is_on_the_command_line: bool) -> None:
    mask = tmp_path / "m.png"
    row = {"bg": "b", "fg": "f"} if is_on_the_command_line else {"bg": "b", "fg": "f", "mask": "m.png"}
    defaults = {"analysis": {"mask": str(mask)} if is_on_the_command_line else {}}
    keys = []
    for content in (b"left half", b"right half", b"left half"):
        mask.write_bytes(content)
        keys += [task.key for task in tasks(tmp_path, row, **defaults)]
    assert keys[0] == keys[2] != keys[1]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"fg": "f"}, "bg is missing; wanted a text"),
        ({"bg": "b", "fg": 3}, "fg is 3; wanted a text"),
        ({"bg": "b", "fg": "f", "name": ["x"]}, "name is ['x']; wanted a text"),
        (
            {"bg": "b", "fg": "f", "speed": 1},
            "'speed' is no column; wanted some of at, bg, feather, ffmpeg, fg, mask, ",
        ),
        ({"bg": "b", "fg": "f", "no_scale": 2}, "no_scale is 2; wanted true or false"),
        ({"bg": "b", "fg": "f", "feather": 2}, "'feather' is an option of render; nothing is drawn without --render"),
        ({"bg": "*.mp4", "fg": "f"}, "no file is called '*.mp4' in 'FOLDER'"),
        ({"bg": "f", "fg": "./f"}, "bg and fg are one file, 'FOLDER/f'; correct one of them, or leave the row out"),
        ({"bg": "s3://b/f", "fg": "s3://b/f"}, "bg and fg are one file, 's3://b/f'; correct one of them"),
        ({"bg": "b", "fg": "f", "mask": "m.png"}, "mask 'FOLDER/m.png' cannot be read here; wanted the path of a file"),
        ({"bg": "b", "fg": "f", "mask": "s3://b/m.png"}, "mask 's3://b/m.png' cannot be read here; wanted the path"),
        ({"bg": "b", "fg": "f", "no_scale": 1, "no-scale": 1}, "a column is there twice, with _ and with -"),
    ],
)
def test_a_fault_names_its_line(tmp_path: Path, row: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as fault:
        tasks(tmp_path, {"bg": "b", "fg": "good"}, row)
    assert str(fault.value).startswith(f"line 3: {message}".replace("FOLDER", str(tmp_path)))


def test_one_file_by_two_paths_is_no_pair_but_two_streams_of_it_are(tmp_path: Path) -> None:
    (tmp_path / "f.mp4").touch()
    (tmp_path / "g.mp4").symlink_to("f.mp4")
    with pytest.raises(UsageError, match=r"line 2: bg and fg are one file"):
        tasks(tmp_path, {"bg": "g.mp4", "fg": "f.mp4"})
    (tmp_path / "h.mp4").touch()
    (task,) = tasks(tmp_path, {"bg": "*.mp4", "fg": "f.mp4"})
    assert task.bgs == (str(tmp_path / "h.mp4"),)
    rows = [ManifestRow("line 2", {"bg": "f.mp4", "fg": "f.mp4", "bg_stream": 1})]
    (task,) = pair_tasks(rows, option_tables(), BatchDefaults(tmp_path, {}, {}))
    assert (task.fg, *task.bgs) == (str(tmp_path / "f.mp4"),) * 2


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a/b", "has characters that file names cannot have"),
        ("..\\x", "has characters that file names cannot have"),
        ("a\nb", "has characters that file names cannot have"),
        ("a\0", "has characters that file names cannot have"),
        ("what?", "has characters that file names cannot have"),
        ("\ud800", "has characters that file names cannot have"),
        ("..", "begins or ends with a dot or a space"),
        (".vidkompy-1", "begins or ends with a dot or a space"),
        ("a ", "begins or ends with a dot or a space"),
        ("NUL", "is a device's on Windows"),
        ("com1.mp4", "is a device's on Windows"),
        ("ü" * 91, "is too long"),
        ("results.jsonl", "is a file's of the batch itself, or looks like what it has not finished or put aside"),
        (
            "Results-1-of-2.jsonl",
            "is a file's of the batch itself, or looks like what it has not finished or put aside",
        ),
        ("a.old-1", "is a file's of the batch itself, or looks like what it has not finished or put aside"),
        ("index.html", "is a file's of the batch itself, or looks like what it has not finished or put aside"),
        (
            "a.part-0123456789abcdef",
            "is a file's of the batch itself, or looks like what it has not finished or put aside",
        ),
    ],
)
def test_a_name_that_is_no_name_of_a_folder_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(UsageError) as fault:
        tasks(tmp_path, {"bg": "b", "fg": "f", "name": name})
    assert str(fault.value).startswith("line 2: name ")
    assert str(fault.value).endswith(f" {problem}; give the pair another in a column 'name'")


@pytest.mark.parametrize(
    "name", ["-x", "--help", "a;b'c$(d)`e`", "ü" * 90, "%s{}", "a.part-1", "a.old", "a.old-x", "results", "con1", "#"]
)
def test_a_name_that_is_odd_but_possible_is_taken(tmp_path: Path, name: str) -> None:
    (task,) = tasks(tmp_path, {"bg": "b", "fg": "f", "name": name})
    (tmp_path / f"{task.name}.part-0123456789abcdef").mkdir()
    assert task.name == name


@pytest.mark.parametrize("other", ["a", "A"])
def test_no_two_pairs_have_one_name(tmp_path: Path, other: str) -> None:
    rows = ({"bg": "b", "fg": "a.mp4"}, {"bg": "b", "fg": "x", "name": other})
    message = rf"^line 3: '{other}' is the name of line 2, too; give each pair its name$"
    with pytest.raises(UsageError, match=message):
        tasks(tmp_path, *rows)


def check(command: str, options: tuple[str, ...]) -> None:
    check_command_options(parsed_command, command, options)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"engine": "quick"}, "analyze does not take --engine=quick: "),
        ({"engine": "--"}, "analyze does not take --engine=--: "),
        ({"engine": "--help"}, "analyze does not take --engine=--help: "),
        ({"window": "many"}, "analyze does not take --window=many: "),
        ({"at": "here"}, "--at is 'here'"),
        ({"feather": "-3"}, "--feather is -3; wanted 1 to 10000 px"),
        ({"encoder": "mpeg4"}, "--encoder is 'mpeg4'; wanted one of "),
        ({"chunks": 0}, "--chunks is 0; wanted 1 to "),
        ({"blend": "--json"}, "render does not take --blend=--json: "),
    ],
)
def test_a_wrong_option_names_its_line(
    tmp_path: Path, values: dict[str, object], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [ManifestRow("line 2", {"bg": "b", "fg": "f", **values})]
    made = pair_tasks(rows, option_tables(), BatchDefaults(tmp_path, {}, {}, is_drawn=True))
    with pytest.raises(UsageError) as fault:
        check_options(made, check)
    assert str(fault.value).startswith(f"line 2: {problem}")
    assert capsys.readouterr() == ("", "")


def test_every_option_has_a_column(tmp_path: Path) -> None:
    """But for what a batch decides itself: outputs, what is replaced, and what is printed."""
    row = {
        "engine": "fast",
        "at": "-10,-5,20x30",
        "no_scale": True,
        "search": "0-5",
        "pin": ["1=2", "3=none"],
        "ignore": ["1,2,3x4"],
        "min_confidence": 0.5,
        "bg-stream": 0,
        "smooth": "yes",
        "encoder": "libx264",
        "ffmpeg": "ffmpeg",
    }
    rows = [ManifestRow("line 2", {"bg": "b", "fg": "f", **row})]
    (task,) = pair_tasks(rows, option_tables(), BatchDefaults(tmp_path, {}, {}, is_drawn=True))
    check_options([task], check)
    assert "--at=-10,-5,20x30" in task.analysis
    assert task.drawing == ("--encoder=libx264", "--ffmpeg=ffmpeg", "--smooth")

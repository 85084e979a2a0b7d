"""Tables of pairs: three formats say the same; a fault names its line."""

import json
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from vidkompy.batch import manifest
from vidkompy.batch.manifest import ManifestRow, read_manifest
from vidkompy.errors import UsageError

ROWS = [
    {"bg": "b.mp4", "fg": "ü, x.mp4", "name": "one", "at": "3,4"},
    {"bg": "b.mp4", "fg": 'say "a".mp4', "engine": "fast"},
]
WANTED = "wanted a manifest with columns bg and fg: .csv, .jsonl or .parquet"


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def values(path: Path) -> list[dict[str, object]]:
    return [row.values for row in read_manifest(path)]


def test_three_formats_say_the_same(tmp_path: Path) -> None:
    csv = 'bg,fg,name,at,engine\nb.mp4,"ü, x.mp4",one,"3,4",\nb.mp4,"say ""a"".mp4",,,fast\n'
    assert values(written(tmp_path / "m.csv", csv)) == ROWS
    assert values(written(tmp_path / "m.jsonl", "\n".join(map(json.dumps, ROWS)))) == ROWS
    names = ("bg", "fg", "name", "at", "engine")
    table = pyarrow.table({name: [row.get(name) for row in ROWS] for name in names})
    parquet.write_table(table, tmp_path / "m.parquet")
    assert values(tmp_path / "m.parquet") == ROWS


def test_places_are_lines_as_an_editor_counts_them(tmp_path: Path) -> None:
    text = 'bg,fg\nb,f\n\n"two\nlines",g\n   \nb,h\n'
    rows = read_manifest(written(path := tmp_path / "m.csv", text))
    assert [row.place for row in rows] == [f"'{path}' line {n}" for n in (2, 5, 7)]
    rows = read_manifest(written(path := tmp_path / "m.jsonl", '{"bg": "b"}\n\n{"bg": "c"}\n'))
    assert rows == [ManifestRow(f"'{path}' line 1", {"bg": "b"}), ManifestRow(f"'{path}' line 3", {"bg": "c"})]
    parquet.write_table(pyarrow.table({"bg": ["b", "c"]}), path := tmp_path / "m.parquet")
    assert [row.place for row in read_manifest(path)] == [f"'{path}' row 1", f"'{path}' row 2"]


def test_what_spreadsheets_and_pandas_write_is_read(tmp_path: Path) -> None:
    assert values(written(tmp_path / "m.CSV", "\ufeffbg, fg ,window\r\n b.mp4 ,f.mp4,\r\n")) == [
        {"bg": "b.mp4", "fg": "f.mp4"}
    ]
    assert values(written(tmp_path / "m.ndjson", '{"bg": "b", "fg": "f", "window": NaN, "at": null, "pin": []}')) == [
        {"bg": "b", "fg": "f", "pin": []}
    ]


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x7f"])
def test_a_line_of_json_ends_at_a_line_feed_alone(tmp_path: Path, character: str) -> None:
    row = {"bg": f"a{character}b.mp4", "fg": "f"}
    assert values(written(tmp_path / "m.jsonl", json.dumps(row, ensure_ascii=False) + "\r\n")) == [row]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("m.txt", "", f"PATH ends in '.txt'; {WANTED}"),
        ("m", "", f"PATH ends in ''; {WANTED}"),
        ("m.csv", "", f"PATH has no pairs; {WANTED}, and a line for each pair"),
        ("m.csv", "bg,fg\n\n", f"PATH has no pairs; {WANTED}, and a line for each pair"),
        ("m.csv", "bg,fg,bg\na,b,c\n", "PATH names a column twice: bg, fg, bg"),
        ("m.csv", "bg,fg\na,b\na,b,c\n", "PATH line 3 has 3 values, and the first line names 2 columns"),
        ("m.csv", 'bg,fg\na,"b"c\n', f"PATH is no csv: ',' expected after '\"'; {WANTED}"),
        ("m.csv", b"bg,fg\na,\xff\n", "PATH is no csv: 'utf-8' codec can't decode byte 0xff"),
        (
            "m.jsonl",
            '{"bg": 1}\n{"bg"}\n',
            "PATH line 2 is not JSON: Expecting ':' delimiter: line 1 column 6 (char 5)",
        ),
        ("m.jsonl", "[" * 100_000, "PATH line 1 is not JSON: maximum recursion depth exceeded"),
        (
            "m.jsonl",
            '["a", "b"]',
            'PATH line 1 is [\'a\', \'b\']; wanted an object, such as {"bg": "a.mp4", "fg": "b.mp4"}',
        ),
        ("m.parquet", "bg,fg\n", "PATH is no Parquet: "),
    ],
)
def test_a_fault_says_where(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    path = written(tmp_path / name, content)
    with pytest.raises(UsageError) as fault:
        read_manifest(path)
    assert str(fault.value).startswith(message.replace("PATH", f"'{path}'"))


def test_what_cannot_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"^cannot read manifest '.*/m.csv': no such file or directory$"):
        read_manifest(tmp_path / "m.csv")
    path = written(tmp_path / "m.csv", "bg,fg\na,b\n")
    monkeypatch.setattr(manifest, "MAX_MANIFEST_BYTES", 9)
    with pytest.raises(UsageError, match=rf"^'.*' has 10 bytes; {WANTED} of 9 at most$"):
        read_manifest(path)


def test_without_pyarrow_parquet_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"^manifests in Parquet need pyarrow: pip install 'vidkompy\[batch\]'$"):
        read_manifest(written(tmp_path / "m.parquet", ""))

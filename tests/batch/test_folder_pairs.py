"""Two folders of clips make a manifest of the pairs whose names say so."""

from pathlib import Path

import pytest

from vidkompy.batch.folder_pairs import folder_pairs, manifest_text
from vidkompy.batch.manifest import read_manifest
from vidkompy.errors import UsageError


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return made(tmp_path / "bgs"), made(tmp_path / "fgs")


def made(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def names(pairs: list[tuple[Path, Path]]) -> list[tuple[str, str]]:
    return [(bg.name, fg.name) for bg, fg in pairs]


def test_equal_stems_are_pairs_and_the_rest_is_named(folders: tuple[Path, Path]) -> None:
    bgs, fgs = (
        made(folders[0], "a.mov", "b.MP4", "z.mp4", "a.txt"),
        made(folders[1], "b.mkv", "a.mp4", "c.mp4", "a.srt"),
    )
    (fgs / "z.mp4").mkdir()
    pairs, alone = folder_pairs(bgs, fgs, "stem")
    assert names(pairs) == [("a.mov", "a.mp4"), ("b.MP4", "b.mkv")]
    assert [path.name for path in alone] == ["c.mp4"]


@pytest.mark.parametrize("match", [r"^(\d+)_", r"^\d+", r"^(?:scene|sc)?(\d+)"])
def test_an_expression_finds_what_names_share(folders: tuple[Path, Path], match: str) -> None:
    bgs, fgs = made(folders[0], "01_master.mov", "02_master.mov"), made(folders[1], "02_b.mp4", "02_a.mp4", "x.mp4")
    pairs, alone = folder_pairs(bgs, fgs, match)
    assert names(pairs) == [("02_master.mov", "02_a.mp4"), ("02_master.mov", "02_b.mp4")]
    assert [path.name for path in alone] == ["x.mp4"]


def test_the_manifest_leads_back_to_the_clips(folders: tuple[Path, Path], tmp_path: Path) -> None:
    bgs, fgs = made(folders[0], "a,1.mov", 'q"".mov'), made(folders[1], "a,1.mp4", "a,1.mkv", 'q"".mp4')
    pairs, _ = folder_pairs(bgs, fgs, "stem")
    lists = made(tmp_path / "lists")
    (lists / "m.csv").write_text(manifest_text(pairs, lists))
    rows = [row.values for row in read_manifest(lists / "m.csv")]
    assert [row["name"] for row in rows] == ["a,1_mkv", "a,1_mp4", 'q""']
    found = [((lists / row["bg"]).resolve(), (lists / row["fg"]).resolve()) for row in rows]
    assert found == [(bg.resolve(), fg.resolve()) for bg, fg in pairs]


def test_faults_say_what_is_wanted(folders: tuple[Path, Path], tmp_path: Path) -> None:
    bgs, fgs = made(folders[0], "a_1.mov", "a_2.mov"), made(folders[1], "b.mp4")
    with pytest.raises(UsageError) as none:
        folder_pairs(bgs, fgs, "stem")
    assert str(none.value).startswith(f"no video in '{fgs}' has its BG in '{bgs}' by --match stem; wanted 'stem', or a")
    with pytest.raises(UsageError) as two:
        folder_pairs(bgs, fgs, "^(.)_")
    names = f"'{bgs / 'a_1.mov'}' and '{bgs / 'a_2.mov'}'"
    assert str(two.value) == f"{names} both have 'a' in their names; wanted one BG for an FG"
    with pytest.raises(UsageError, match=r"^--match '\(' is no regular expression: .*; wanted stem, or one$"):
        folder_pairs(bgs, fgs, "(")
    with pytest.raises(UsageError, match=r"^cannot list '.*/absent': no such file or directory$"):
        folder_pairs(tmp_path / "absent", fgs, "stem")

"""File URLs and relative paths, both ways, whatever stands in a name."""

import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vidkompy.media.file_urls import file_url, path_of_url, relative_path

NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/tmp/a b.mp4", "file:///tmp/a%20b.mp4"),
        ("/tmp/50%#1?.mp4", "file:///tmp/50%25%231%3F.mp4"),
        ('/tmp/it\'s "so" & <so>.mp4', "file:///tmp/it%27s%20%22so%22%20%26%20%3Cso%3E.mp4"),
        ("/tmp/a:b.mp4", "file:///tmp/a%3Ab.mp4"),
        ("/tmp/Füße 東.mp4", "file:///tmp/F%C3%BC%C3%9Fe%20%E6%9D%B1.mp4"),
        ("C:\\My Clips\\a.mp4", "file:///C:/My%20Clips/a.mp4"),
        ("\\\\server\\share\\a b.mp4", "file://server/share/a%20b.mp4"),
    ],
)
def test_urls_are_percent_encoded_and_read_back(path: str, url: str) -> None:
    assert file_url(path) == url
    assert path_of_url(url).replace("\\", "/") == path.replace("\\", "/")


def test_a_url_has_no_step_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "y").mkdir()
    (tmp_path / "x" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "x" / "deep")
    monkeypatch.chdir(tmp_path / "y")
    assert file_url("../a.mp4") == f"file://{tmp_path.resolve()}/a.mp4"
    assert file_url("../link/../a.mp4") == f"file://{tmp_path.resolve()}/x/a.mp4"  # as the system reads it


@given(st.lists(NAMES.filter(lambda name: name not in (".", "..")), min_size=1, max_size=3))
def test_any_name_comes_back(parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    assume(not re.match("/[A-Za-z]:/", path))  # taken for a drive's
    url = file_url(path)
    assert url.isascii()
    assert path_of_url(url) == path


def test_a_plain_path_is_its_own(tmp_path: Path) -> None:
    assert path_of_url("a b%20.mp4") == "a b%20.mp4"
    assert path_of_url("file://localhost/tmp/x.mp4") == "/tmp/x.mp4"
    assert path_of_url(file_url("/tmp/\udcff.mp4")) == "/tmp/\udcff.mp4"
    assert path_of_url("file://[::1/x.mp4") == "file://[::1/x.mp4"
    (tmp_path / "a").mkdir()
    assert relative_path(tmp_path / "x.mp4", tmp_path / "a") == "../x.mp4"

"""cache: what lies on disk is said and removed, and nothing of the user's."""

from pathlib import Path

import pytest
from support.cached_clips import SIZE, clip_of, find, keep
from support.json_results import result_of
from support.program_runs import Vidkompy

from vidkompy.media import cache_files
from vidkompy.media.cache import Cache
from vidkompy.media.cache_folder import ENTRY_SUFFIX


@pytest.fixture
def cache(vidkompy: Vidkompy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cache:  # noqa: ARG001 - its environment
    """As a user has it, of two clips, one of them probed, and something of the user's beside them."""
    monkeypatch.setenv("VIDKOMPY_CACHE", str(tmp_path / "cache"))
    cache = Cache(tmp_path / "cache")
    for content in "ab":
        keep(cache, content)
    cache.store_clip(clip_of("a"))
    (tmp_path / "cache" / "holiday.mp4").write_bytes(bytes(SIZE))
    return cache


def test_info_says_what_there_is(cache: Cache, vidkompy: Vidkompy, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache.folder is not None
    other = cache.folder / f"{cache_files.ENTRY_FORMAT}-0123456789ab-small-{'0' * 40}{ENTRY_SUFFIX}"
    other.write_bytes(bytes(7))
    monkeypatch.setenv("VIDKOMPY_CACHE_LIMIT", "1M")
    facts = result_of(vidkompy("cache", "info", "--json"))
    assert (facts["folder"], facts["limit"], facts["files"]) == (str(cache.folder), 1 << 20, 4)
    assert list(facts["kinds"]) == ["clip", "small", "other"]
    assert facts["kinds"]["small"]["files"] == 2
    assert 2 * SIZE < facts["kinds"]["small"]["bytes"] < 2 * SIZE + 1200
    assert facts["kinds"]["other"] == {"files": 1, "bytes": 7}
    assert facts["bytes"] == sum(kind["bytes"] for kind in facts["kinds"].values())
    lines = vidkompy("cache", "info").out.splitlines()
    assert lines[0] == f"folder  {cache.folder}"
    assert lines[1].endswith("of 1.0 MiB in 4 files")
    assert lines[-1].split() == ["7", "B", "of", "other", "versions", "(1)"]


def test_clear_removes_all_that_is_ours(cache: Cache, vidkompy: Vidkompy) -> None:
    assert cache.folder is not None
    assert vidkompy("cache", "clear").out.startswith("3 files removed, ")
    assert [path.name for path in cache.folder.iterdir()] == ["holiday.mp4"]
    assert find(cache, "a") is None
    assert result_of(vidkompy("cache", "clear", "--json"))["files"] == 0


def test_clear_leaves_a_lock_that_is_held(cache: Cache, vidkompy: Vidkompy) -> None:
    assert cache.folder is not None
    with cache.exclusive("a"):
        vidkompy("cache", "clear")
        (lock,) = cache.folder.glob("lock-*")
    assert not lock.exists()
    lock.touch()  # as a killed run leaves it
    vidkompy("cache", "clear")
    assert not lock.exists()


def test_without_a_folder_there_is_nothing(vidkompy: Vidkompy) -> None:
    facts = result_of(vidkompy("cache", "info", "--json"))
    assert (facts["files"], facts["kinds"]) == (0, {})
    assert vidkompy("cache", "clear").out == "0 files removed, 0 B\n"


def test_a_limit_that_is_no_size_is_refused(vidkompy: Vidkompy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDKOMPY_CACHE_LIMIT", "plenty")
    outcome = vidkompy("cache", "info")
    assert (outcome.code, outcome.out) == (2, "")
    assert "VIDKOMPY_CACHE_LIMIT is 'plenty'; wanted a size, such as 500M or 8G" in outcome.err

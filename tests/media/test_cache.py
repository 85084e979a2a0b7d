"""What is kept comes back equal, or not at all; and keeping it never gets in the way."""

import os
import resource
import shutil
import stat
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from support import constructed_maps
from support.cached_clips import (
    SIZE,
    assert_equal,
    assert_kept,
    assert_same,
    clip_of,
    copies_of,
    entry,
    find,
    keep,
    segments_of,
)
from support.folder_state import on_disk
from support.picture_edits import Box
from support.truth_cases import Case, Recipe, build, write_bg

from vidkompy.errors import MediaError, UsageError
from vidkompy.media import cache_files as module
from vidkompy.media import cache_folder
from vidkompy.media.cache import NO_CACHE, Cache, user_cache
from vidkompy.media.cache_folder import CACHE_LIMIT
from vidkompy.media.probe import probe
from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.model import FrameSpan


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """40 BG frames with sound, and an FG of uneven timestamps."""
    folder = tmp_path_factory.mktemp("clips")
    bg = write_bg(folder / "source.mp4", "tripod", 40, size=(384, 216), has_sound=True)
    return build(
        Recipe(Box(61, 37, 192, 110), constructed_maps.ratio(40, 1, 1), is_variable_rate=True), bg, folder / "pair"
    )


def total(cache: Cache) -> int:
    assert cache.folder is not None
    return sum(path.stat().st_size for path in cache.folder.iterdir())


# ---- what comes back


def test_a_probed_and_decoded_clip_comes_back_equal_without_its_file(cache: Cache, case: Case, tmp_path: Path) -> None:
    for source in (case.bg, case.fg):
        path = Path(shutil.copy2(source, tmp_path))
        clip = probe(path)
        cache.store_clip(clip)
        decoded = make_proxies(clip, 5, cache=cache)
        path.unlink()
        found = cache.load_clip(path, clip.sha256)
        assert_equal(found, clip)
        assert found is not None
        assert_same(make_proxies(found, 5, cache=cache), decoded)


def test_large_copies_stay_in_the_cache_until_they_are_asked_for(cache: Cache, case: Case, tmp_path: Path) -> None:
    path = Path(shutil.copy2(case.bg, tmp_path))
    decoded = make_proxies(probe(path), 5, cache=cache)
    path.unlink()
    found = make_proxies(replace(decoded.clip), 5, cache=cache, needs_large=False)
    assert not found.large_frames
    for a, b in zip(found.large([0, 7, 39]), decoded.large([0, 7, 39]), strict=True):
        np.testing.assert_array_equal(a, b)


def test_proxies_that_come_back_can_be_written_to_and_stay_as_they_were_in_the_cache(cache: Cache) -> None:
    keep(cache, "a")
    found = find(cache, "a")
    assert found is not None
    found.small[:] = 0
    assert_kept(find(cache, "a"), "a")


def test_a_record_comes_back_to_the_last_digit(cache: Cache) -> None:
    record = {"placement": {"x": 0.1 + 0.2, "y": -1e-17, "score": None}, "pairs": [[0, 3], [5, 8]], "box": "\u00e9"}
    cache.store_record("fg bg", record)
    assert cache.load_record("fg bg", dict) == record
    assert cache.load_record("bg fg", dict) is None


# ---- what decides


def test_a_renamed_file_is_known_by_its_content(cache: Cache, case: Case, tmp_path: Path) -> None:
    old, new = Path(shutil.copy2(case.fg, tmp_path / "old.mp4")), tmp_path / "new name.mp4"
    cache.store_clip(probe(old))
    old.rename(new)
    fresh = probe(new)
    assert_equal(cache.load_clip(new, fresh.sha256), fresh)


def test_changed_content_is_another_clip(cache: Cache, case: Case, tmp_path: Path) -> None:
    path = Path(shutil.copy2(case.fg, tmp_path))
    cache.store_clip(probe(path))
    with path.open("ab") as file:
        file.write(b"\x00\x00\x00\x08free")
    assert cache.load_clip(path, probe(path).sha256) is None


def test_a_span_is_its_own_entry(cache: Cache, case: Case, tmp_path: Path) -> None:
    path = Path(shutil.copy2(case.bg, tmp_path))
    clip = probe(path)
    whole = make_proxies(clip, 5, cache=cache)
    part = make_proxies(clip, 5, FrameSpan(10, 20), cache=cache)
    path.unlink()
    assert_same(make_proxies(clip, 5, cache=cache), whole)
    assert_same(make_proxies(clip, 5, FrameSpan(10, 20), cache=cache), part)
    with pytest.raises(MediaError):
        make_proxies(clip, 5, FrameSpan(10, 21), cache=cache)


@pytest.mark.parametrize("change", ["ENTRY_FORMAT", "_code_fingerprint"])
def test_another_format_or_other_code_finds_nothing(cache: Cache, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    cache.store_clip(clip_of("a"))
    monkeypatch.setattr(module, change, 99 if change == "ENTRY_FORMAT" else lambda: "other code")
    assert cache.load_clip(Path("clip.mp4"), "a") is None


def test_the_code_that_decides_is_all_modules_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "media").mkdir()
    for name in ("media/decode.py", "model.py", "notes.txt"):
        (tmp_path / name).write_text("1")
    monkeypatch.setattr(module, "files", lambda _: tmp_path)
    first = module._code_fingerprint.__wrapped__()
    (tmp_path / "notes.txt").write_text("2")
    assert module._code_fingerprint.__wrapped__() == first
    (tmp_path / "media" / "decode.py").write_text("2")
    assert module._code_fingerprint.__wrapped__() != first


# ---- room


def used_at(cache: Cache, content: str, second: int) -> None:
    """As if `content` was last used then."""
    assert cache.folder is not None
    os.utime(module.entry_path(cache.folder, "small", f"small {content} 0:4"), (second, second))


def test_least_recently_used_entries_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 4 * SIZE)
    for second, content in enumerate("abc"):
        keep(cache, content)
        used_at(cache, content, second)
    assert_kept(find(cache, "a"), "a")
    keep(cache, "d")
    assert [name for name in "abcd" if find(cache, name)] == ["a", "c", "d"]


def test_all_entries_stay_within_the_limit(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 5 * SIZE)
    for n in range(20):
        keep(cache, str(n))
        cache.store_record(str(n), {"n": n})
        assert total(cache) <= cache.limit
    assert total(cache) > cache.limit - 2 * SIZE


def test_an_entry_beyond_the_limit_is_not_kept_and_drives_nothing_out(tmp_path: Path) -> None:
    cache = Cache(tmp_path, SIZE)
    cache.store_record("small", {})
    before = on_disk(tmp_path)
    keep(cache, "a")
    assert on_disk(tmp_path) == before


def test_what_is_not_ours_is_neither_counted_nor_deleted(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 2 * SIZE)
    (tmp_path / "holiday.mp4").write_bytes(bytes(9 * SIZE))
    os.utime(tmp_path / "holiday.mp4", (0, 0))
    keep(cache, "a")
    keep(cache, "b")
    assert (tmp_path / "holiday.mp4").exists()
    assert_kept(find(cache, "b"), "b")


def test_what_a_killed_process_left_goes_in_its_turn(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 2 * SIZE)
    stale = tmp_path / ("part-1" + cache_folder.ENTRY_SUFFIX)
    stale.write_bytes(bytes(SIZE))
    os.utime(stale, (0, 0))
    keep(cache, "a")
    assert not stale.exists()
    assert_kept(find(cache, "a"), "a")


def test_writers_and_readers_at_once_see_whole_entries_only(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 4 * SIZE)

    def work(n: int) -> int:
        content = "abcdef"[n % 6]
        keep(cache, content)
        found = find(cache, content)
        if found is not None:
            assert_kept(found, content)
        return found is not None

    with ThreadPoolExecutor(8) as pool:
        loaded_count = sum(pool.map(work, range(300)))
    assert loaded_count > 0
    keep(cache, "a")
    assert total(cache) <= cache.limit
    assert not list(tmp_path.glob("part-*"))


# ---- where nothing can be kept


def test_off_writes_nothing_and_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    NO_CACHE.store_clip(clip_of("a"))
    keep(NO_CACHE, "a")
    NO_CACHE.store_record("a", {})
    for empty in (NO_CACHE, Cache(tmp_path / "new")):
        assert empty.load_clip(Path("clip.mp4"), "a") is None
        assert find(empty, "a") is None
        assert empty.load_record("a", dict) is None
    assert not on_disk(tmp_path)


@pytest.mark.parametrize("where", ["a file", "a file/below", "a dangling link"])
def test_a_folder_that_cannot_be_is_no_cache(tmp_path: Path, where: str) -> None:
    (tmp_path / "a file").write_text("mine")
    (tmp_path / "a dangling link").symlink_to("nowhere")
    before = on_disk(tmp_path)
    cache = Cache(tmp_path / where)
    cache.store_clip(clip_of("a"))
    assert cache.load_clip(Path("clip.mp4"), "a") is None
    assert on_disk(tmp_path) == before


def refuse(*_: object, **__: object) -> None:
    raise PermissionError("read-only file system")


def test_a_folder_to_read_only_serves_what_it_has(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.store_clip(clip_of("a"))
    for owner, name in ((os, "utime"), (tempfile, "mkstemp"), (Path, "unlink")):
        monkeypatch.setattr(owner, name, refuse)
    cache.store_clip(clip_of("b"))
    assert cache.load_clip(Path("clip.mp4"), "b") is None
    assert_equal(cache.load_clip(Path("clip.mp4"), "a"), clip_of("a"))


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """A write beyond it fails, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 10, SIZE // 2])
def test_a_full_disk_leaves_the_last_entry_and_nothing_else(cache: Cache, size: int) -> None:
    keep(cache, "a")
    path = entry(cache)
    with files_at_most(size):
        segments_of(cache, "a").store_small(range(4), copies_of("b"))
        keep(cache, "b")
    assert entry(cache) == path
    assert_kept(find(cache, "a"), "a")


def test_an_interrupted_write_leaves_nothing(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        cache.store_clip(clip_of("a"))
    assert cache.folder is not None
    assert not list(cache.folder.iterdir())


def test_entries_are_for_their_owner_only(cache: Cache) -> None:
    before = os.umask(0)
    try:
        cache.store_clip(clip_of("a"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(entry(cache).stat().st_mode) == 0o600
    assert stat.S_IMODE(entry(cache).parent.stat().st_mode) == 0o700


# ---- whose folder


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = tmp_path / "usual"
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: usual)
    monkeypatch.chdir(tmp_path)
    for chosen, folder in ((str(tmp_path / "a"), tmp_path / "a"), ("here", tmp_path / "here"), ("", usual)):
        monkeypatch.setenv("VIDKOMPY_CACHE", chosen)
        assert user_cache() == Cache(folder)
    monkeypatch.delenv("VIDKOMPY_CACHE")
    assert user_cache() == Cache(usual)
    usual = Path("~/.cache/vidkompy")  # what a user without a home gets
    assert user_cache() == NO_CACHE
    assert not on_disk(tmp_path)


def test_the_environment_says_how_large_it_may_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    for chosen, limit in {"": CACHE_LIMIT, "1000": 1000, "500M": 500 << 20, "1.5 GiB": 3 << 29, "2t": 2 << 40}.items():
        monkeypatch.setenv("VIDKOMPY_CACHE_LIMIT", chosen)
        assert user_cache().limit == limit
    for chosen in ("much", "-1", "8X", "1e9"):
        monkeypatch.setenv("VIDKOMPY_CACHE_LIMIT", chosen)
        with pytest.raises(UsageError, match="wanted a size, such as 500M or 8G"):
            user_cache()


def test_entries_of_other_formats_go_at_once_and_of_other_code_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 3 * SIZE)
    old = tmp_path / ("0" * 64 + cache_folder.ENTRY_SUFFIX)
    old.write_bytes(bytes(10))
    keep(cache, "a")
    assert not old.exists()
    os.utime(entry(cache), (0, 0))
    other = tmp_path / f"{module.ENTRY_FORMAT}-0123456789ab-small-{'0' * 40}{cache_folder.ENTRY_SUFFIX}"
    other.write_bytes(bytes(SIZE))
    keep(cache, "b")
    assert not other.exists()
    assert [name for name in "ab" if find(cache, name)] == ["a", "b"]


def test_the_key_follows_every_module_that_an_answer_follows_from() -> None:
    root = Path(str(files("vidkompy"))).parent  # which may be an installed copy
    wanted = {path.relative_to(root) for name in ("vidkompy", "filtergraphs") for path in (root / name).rglob("*.py")}
    assert {Path(str(source)).relative_to(root) for source in module.source_files()} == wanted
    assert {Path("filtergraphs/formats.py"), Path("vidkompy/alignment/engines/precise.py")} <= wanted

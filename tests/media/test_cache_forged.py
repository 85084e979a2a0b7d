"""A damaged or forged entry is not there: it is neither believed, nor waited for, nor does it take memory."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cached_clips import SIZE, assert_equal, assert_kept, clip_of, copies_of, entry, find, keep
from support.program_runs import environment

from vidkompy.media import cache_entries
from vidkompy.media import cache_files as module
from vidkompy.media.cache import Cache
from vidkompy.media.cache_folder import ENTRY_SUFFIX
from vidkompy.model import U8, AudioLags, Clip, Placement

NOTHING = np.empty(0, np.uint8)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """For many examples of one test, each of which writes its entry anew."""
    return Cache(tmp_path_factory.mktemp("cache"))


# ---- damage


TORN = [(kept, b"") for kept in (0, 1, 15, 20, 25, 100, SIZE, -1)]
FOREIGN = [(0, b"\n"), (0, b"{}"), (0, b"\x93NUMPY"), (0, bytes(SIZE)), (20, bytes(SIZE)), (2 * SIZE, b"more")]


@pytest.mark.parametrize(("kept", "garbage"), TORN + FOREIGN)
def test_a_damaged_entry_is_not_there_and_is_replaced(cache: Cache, kept: int, garbage: bytes) -> None:
    keep(cache, "a")
    path = entry(cache)
    path.write_bytes(path.read_bytes()[:kept] + garbage)
    assert find(cache, "a") is None
    keep(cache, "a")
    assert_kept(find(cache, "a"), "a")
    assert entry(cache) == path


def test_no_changed_byte_goes_unnoticed(cache: Cache) -> None:
    cache.store_clip(clip_of("a"))
    path = entry(cache)
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :])
        assert cache.load_clip(Path("clip.mp4"), "a") is None, at
    path.write_bytes(whole)
    assert_equal(cache.load_clip(Path("clip.mp4"), "a"), clip_of("a"))


def test_an_entry_under_the_name_of_another_is_not_there(cache: Cache) -> None:
    cache.store_clip(clip_of("a"))
    other = entry(cache).rename(entry(cache).with_name("other"))
    cache.store_clip(clip_of("b"))
    assert cache.folder is not None
    (path,) = cache.folder.glob("*" + ENTRY_SUFFIX)
    other.replace(path)
    assert cache.load_clip(Path("clip.mp4"), "b") is None


# ---- forged: whoever can write an entry can seal it

PLACED = {
    "box": [0.0, 3.0, 1601.0, 400.0],
    "placement": {"x": 1.0, "y": 2.0, "width": 800.0, "height": 200.0, "score": 0.9, "runner_up": None}
    | {"confidence": 0.8},
    "pairs": [[0, 3], [1, 2]],
    "ended_early": False,
}
AUDIO_LAGS = {"at": [0.5, 1.5], "lag": [3.0, 3.0], "strength": [7.0, 8.0]}
FULL_SIZE = {"shift": [[0.1, -0.2], [0.0, 0.3]], "place_gain": [0.9, 1.0], "step": [1, -3]} | {
    "time_gain": [2.5, 7.0],
    "step_px": [0.2, 4.0],
}
Load = Callable[[Cache], object]


def load_placed(cache: Cache) -> object:
    return cache.load_record(
        "a", lambda record: cache_entries.placement_from_record(record, clip_of("a"), clip_of("a"), 4)
    )


KINDS: dict[str, tuple[str, dict[str, Any], U8, Load]] = {  # key, JSON, body, and who asks for it
    "clip": (
        "clip a",
        cache_entries.clip_facts(clip_of("a")),
        cache_entries.timestamp_bytes(clip_of("a").pts),
        lambda cache: cache.load_clip(Path("clip.mp4"), "a"),
    ),
    "small": (
        "small a 0:4",
        cache_entries.small_segment(copies_of("a").votes, 4),
        np.concatenate(
            [
                cache_entries.timestamp_bytes(copies_of("a").pts),
                copies_of("a").small.ravel(),
                copies_of("a").chroma.ravel(),
            ]
        ),
        lambda cache: find(cache, "a"),
    ),
    "placed": ("record a", PLACED, NOTHING, load_placed),
    "audio lags": (
        "record a",
        AUDIO_LAGS,
        NOTHING,
        lambda cache: cache.load_record("a", cache_entries.audio_lags_from_record),
    ),
    "full size": (
        "record a",
        FULL_SIZE,
        NOTHING,
        lambda cache: cache.load_record("a", cache_entries.full_size_fields),
    ),
}
ODD = st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**400, 1e308, float("nan"), float("inf"), -0.0, True, None]) | (
    st.sampled_from(["", "1/0", "0/1", "-1", "9" * 5000, "\ud800", "a\nb", "\x00", "1e9", "x" * 100_000])
)
VALUES = st.recursive(
    ODD | st.integers() | st.floats() | st.text(max_size=8) | st.booleans(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


def seal(cache: Cache, key: str, head: bytes, body: U8) -> None:
    assert cache.folder is not None
    cache.folder.mkdir(exist_ok=True)
    kind: Any = key.partition(" ")[0]
    module.write_entry(module.entry_path(cache.folder, kind, key), head, [body])


def places(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [where, *(found for key in keys for found in places(value[key], (*where, key)))]


def replaced(value: Any, where: tuple[Any, ...], by: Any) -> Any:
    if not where:
        return by
    inner = dict(value) if isinstance(value, dict) else list(value)
    inner[where[0]] = replaced(value[where[0]], where[1:], by)
    return inner


def is_right(found: object) -> bool:
    """Whether each part of it is of its kind and in bounds."""
    if isinstance(found, Clip):
        facts = {field.name: getattr(found, field.name) for field in fields(Clip)}
        counts = all(0 < facts[name] < 65536 for name in ("width", "height")) and found.frame_rate > 0
        text = [found.pix_fmt, found.decoder, found.timecode, *found.audio, *found.side_data]
        return counts and found.sar > 0 < found.time_base and all(map(str.isprintable, text))
    if isinstance(found, tuple):
        return all(
            part is None or isinstance(part, bool | tuple | list | np.ndarray | Placement | AudioLags) for part in found
        )
    return found is None or bool(np.isfinite(getattr(found, "small", np.nan)).all())


def test_what_is_forged_here_would_be_found_unforged(shared: Cache) -> None:
    for key, value, body, load in KINDS.values():
        seal(shared, key, json.dumps({"key": key, "value": value}).encode(), body)
        found = load(shared)
        assert found is not None
        assert is_right(found)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_any_value_of_an_entry_may_be_anything(shared: Cache, kind: str, data: st.DataObject) -> None:
    key, value, body, load = KINDS[kind]
    for _ in range(data.draw(st.integers(1, 3))):
        value = replaced(value, data.draw(st.sampled_from(places(value))), data.draw(VALUES))
    if data.draw(st.booleans()):
        body = body[: data.draw(st.integers(0, len(body)))]
    head = json.dumps({"key": key, "value": value}).encode()
    seal(shared, key, head, body)
    assert is_right(load(shared))


@pytest.mark.parametrize("kind", KINDS)
@given(head=st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_the_head_of_an_entry_may_be_any_bytes(shared: Cache, kind: str, head: bytes) -> None:
    key, _, body, load = KINDS[kind]
    seal(shared, key, head, body)
    assert load(shared) is None


HEADS = {
    "deep": b"[" * 500_000,
    "deep in its place": b'{"key": "clip a", "value": {"width": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "a number of many digits": b'{"key": "clip a", "value": {"frames": ' + b"9" * 5000 + b"}}",
    "more than an entry has": b'{"key": "clip a", "value": {}, "more": "' + b"x" * 2_000_000 + b'"}',
    "not UTF-8": b'{"key": "clip a", "value": {"width": "\xff"}}',
    "billions of frames": b'{"key": "clip a", "value": {"frames": 5000000000}}',
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_head_that_asks_for_much_is_not_there(cache: Cache, head: bytes) -> None:
    seal(cache, "clip a", head, NOTHING)
    assert cache.load_clip(Path("clip.mp4"), "a") is None


def test_timestamps_that_stand_still_are_not_there(cache: Cache) -> None:
    facts = cache_entries.clip_facts(clip_of("a"))
    seal(
        cache,
        "clip a",
        json.dumps({"key": "clip a", "value": facts}).encode(),
        cache_entries.timestamp_bytes(np.zeros(4, np.int64)),
    )
    assert cache.load_clip(Path("clip.mp4"), "a") is None


def as_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def as_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def as_sparse(path: Path) -> None:
    os.truncate(path, 1 << 42)


@pytest.mark.slow
@pytest.mark.parametrize("become", [as_link, as_pipe, as_folder, as_device, as_sparse])
def test_an_entry_that_is_no_plain_file_is_not_there(cache: Cache, become: Callable[[Path], None]) -> None:
    """In a process of its own, with 20 s of CPU and 4 GiB of addresses: starting takes 1 s and 2 GiB of them."""
    cache.store_clip(clip_of("a"))
    become(entry(cache))
    folder = Path(str(cache.folder))
    before = sorted(folder.iterdir())

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

    argv = [sys.executable, "-c", LOOKS, str(folder)]
    done = subprocess.run(
        argv,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=limit,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "None\n", "")
    assert sorted(folder.iterdir()) == before


LOOKS = """
import sys
from pathlib import Path
from vidkompy.media.cache import Cache
print(Cache(Path(sys.argv[1])).load_clip(Path("clip.mp4"), "a"))
"""


def test_a_folder_in_the_way_of_an_entry_is_left_alone(cache: Cache) -> None:
    cache.store_clip(clip_of("a"))
    as_folder(entry(cache))
    cache.store_clip(clip_of("a"))
    assert cache.load_clip(Path("clip.mp4"), "a") is None
    assert entry(cache).is_dir()


def test_every_fact_of_a_clip_has_its_check() -> None:
    assert cache_entries._CLIP_FIELDS.keys() == {field.name for field in fields(Clip)} - {"path", "pts", "signature"}

"""A clip is decoded once: what an interrupted run decoded is kept, and what comes of it is the same to the last bit."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.bar_clips import pictures, write
from support.cached_clips import assert_same

from vidkompy.media import decoding
from vidkompy.media.cache import Cache
from vidkompy.media.cache_folder import ENTRY_SUFFIX
from vidkompy.media.probe import probe
from vidkompy.media.proxies import Proxies, shrink_by_halving
from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.model import Clip, FrameSpan

SEGMENT = 497  # frames: 20 s at 25 a second, in whole rounds of seven
COUNT = 3 * SEGMENT
SIZE = (384, 96)  # large copies are larger than small ones
CODECS = {
    "open groups of pictures": {"suffix": "mp4", "g": "40", "bf": "3", "flags": "-cgop", "x264-params": "open-gop=1"},
    "one group of pictures": {"suffix": "mkv", "g": "2000", "bf": "3"},
    "transport stream": {"suffix": "ts", "g": "50"},
    "intra refresh": {"suffix": "mp4", "g": "100", "x264-params": "intra-refresh=1:bframes=0"},
    "mpeg4": {"suffix": "avi", "codec": "mpeg4", "g": "30"},
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Clip]:
    folder, frames = tmp_path_factory.mktemp("clips"), pictures(COUNT, *SIZE)
    made: dict[str, Clip] = {}

    def clip(name: str) -> Clip:
        if name not in made:
            options = dict(CODECS[name])
            made[name] = probe(write(folder / f"{name}.{options.pop('suffix')}", frames, **options))
        return made[name]

    return clip


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of files, one for each frame that is decoded of them."""
    frames: list[str] = []
    really_decode = decoding.decode_frames

    def counted(clip: Clip, *words: object, **options: object) -> Iterator[object]:
        for frame in really_decode(clip, *words, **options):  # type: ignore[arg-type]
            frames.append(clip.path.name)
            yield frame

    monkeypatch.setattr(decoding, "decode_frames", counted)
    return frames


def interrupted(clip: Clip, cache: Cache, after: int) -> None:
    """As if Ctrl-C came when that many frames were there."""

    def stop(n: int) -> None:
        if n == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(clip, cache, stop)


def made(clip: Clip, cache: Cache, on_frame: Callable[[int], None] | None = None) -> Proxies:
    return make_proxies(clip, 36, in_a_row=8, cache=cache, on_frame=on_frame)


@pytest.mark.parametrize("codec", CODECS)
def test_an_interrupted_run_goes_on_and_ends_as_if_it_had_not_been(
    clips: Callable[[str], Clip], cache: Cache, codec: str
) -> None:
    clip = clips(codec)
    whole = make_proxies(clip, 36, in_a_row=8)
    for after in (200, 700, 1300):
        interrupted(clip, cache, after)
    progress: list[int] = []
    assert_same(made(clip, cache, progress.append), whole)
    assert progress[-1] == COUNT
    again: list[int] = []
    assert_same(made(clip, cache, again.append), whole)
    assert not again


@pytest.mark.parametrize(("after", "kept"), [(1, 0), (SEGMENT, 0), (SEGMENT + 1, 1), (1000, 2), (COUNT, 2)])
def test_what_whole_segments_hold_is_not_decoded_again(
    clips: Callable[[str], Clip], cache: Cache, after: int, kept: int
) -> None:
    """Progress counts what is there, so an interruption shows where it stopped."""
    clip, progress = clips("mpeg4"), list[int]()
    interrupted(clip, cache, after)
    made(clip, cache, progress.append)
    assert progress == list(range(kept * SEGMENT + 1, COUNT + 1))


def test_frames_before_a_segment_are_decoded_from_its_key_frame_only(
    clips: Callable[[str], Clip], cache: Cache, decoded: list[str]
) -> None:
    """At most a minute of film, 1500 frames at 25 a second: here 497 frames are left, and 30 lead to the first."""
    clip = clips("mpeg4")
    interrupted(clip, cache, 1100)
    decoded.clear()
    made(clip, cache)
    assert COUNT - 2 * SEGMENT <= len(decoded) <= COUNT - 2 * SEGMENT + 31


@pytest.mark.parametrize("lost", [["small"], ["large"], ["small", "large"]])
def test_segments_that_are_damaged_are_decoded_again(
    clips: Callable[[str], Clip], cache: Cache, decoded: list[str], lost: list[str]
) -> None:
    clip = clips("mpeg4")
    whole = made(clip, cache)
    assert cache.folder is not None
    for kind in lost:
        path = sorted(cache.folder.glob(f"*-{kind}-*{ENTRY_SUFFIX}"))[1]
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    decoded.clear()
    assert_same(made(clip, cache), whole)
    assert 0 < len(decoded) <= 2 * SEGMENT + 62


def test_frames_that_come_otherwise_than_they_are_kept_are_all_made_anew(
    clips: Callable[[str], Clip], cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = clips("mpeg4")
    whole = make_proxies(clip, 36, in_a_row=8)
    with monkeypatch.context() as other:
        other.setattr("vidkompy.media.proxy_decoding.shrink_by_halving", lambda *words: shrink_by_halving(*words) // 2)
        interrupted(clip, cache, 700)
    assert_same(made(clip, cache), whole)
    assert_same(made(clip, cache), whole)


def test_a_clip_from_its_middle_on_goes_on_alike(clips: Callable[[str], Clip], cache: Cache) -> None:
    clip, span = clips("open groups of pictures"), FrameSpan(333, 1444)
    whole = make_proxies(clip, 36, span)

    def stop(n: int) -> None:
        if n == 900:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_proxies(clip, 36, span, cache=cache, on_frame=stop)
    progress: list[int] = []
    assert_same(make_proxies(clip, 36, span, cache=cache, on_frame=progress.append), whole)
    assert progress == list(range(SEGMENT + 1, 1112))


def test_a_cache_that_holds_less_than_the_clip_changes_nothing(clips: Callable[[str], Clip], tmp_path: Path) -> None:
    clip = clips("mpeg4")
    cache = Cache(tmp_path, 20_000_000)
    whole = make_proxies(clip, 36, in_a_row=8)
    for _ in range(2):
        assert_same(made(clip, cache), whole)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= cache.limit


def test_large_copies_of_a_film_come_from_the_cache_by_time(clips: Callable[[str], Clip], cache: Cache) -> None:
    whole = made(clips("mpeg4"), cache)
    found = make_proxies(clips("mpeg4"), 36, in_a_row=8, cache=cache, needs_large=False)
    part = replace(found, clip=replace(found.clip, pts=found.clip.pts[400:900]))
    wanted = [i for i in sorted(whole.kept_large) if 400 <= i < 900][::37]
    for i, large in zip(wanted, part.large([i - 400 for i in wanted]), strict=True):
        np.testing.assert_array_equal(large, whole.large_frames[i])
    assert list(itertools.islice(found.large_frames, 1)) == []

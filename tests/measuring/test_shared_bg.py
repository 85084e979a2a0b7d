"""Several FGs of one BG: BG is decoded once, by one run at a time, however that ends."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from support import constructed_maps
from support.bar_clips import pictures, write
from support.picture_edits import Box
from support.program_runs import environment
from support.truth_cases import Case, Recipe, Sound, build, write_bg

from vidkompy.analysis import analyze
from vidkompy.measuring.proxy_acquisition import obtain_proxies
from vidkompy.media.cache import Cache
from vidkompy.media.cache_folder import ENTRY_SUFFIX
from vidkompy.media.probe import probe
from vidkompy.media.proxies import Proxies

COUNT, SEGMENT = 700, 497  # frames at 25 a second: of the film, and of 20 s in whole rounds of seven


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture(scope="module")
def fgs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Case]:
    """Two FGs of 2 s of one BG of 4 s, with sound, at other places and times. Its large copies are not its small."""
    folder = tmp_path_factory.mktemp("pairs")
    bg = write_bg(folder / "bg.mp4", "handheld", 100, size=(640, 360), has_sound=True)
    places = Box(61, 37, 320, 180), Box(250, 120, 352, 198)
    recipes = (
        Recipe(place, constructed_maps.offset(100, start, 50), sound=Sound())
        for place, start in zip(places, (8, 41), strict=True)
    )
    first, second = (build(recipe, bg, folder / str(n)) for n, recipe in enumerate(recipes))
    return first, replace(second, bg=first.bg)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files that are opened to be demuxed or decoded."""
    paths: list[str] = []
    really_open = av.open

    def recorded(path: Path, *words: Any, **options: Any) -> Any:
        paths.append(str(path).removeprefix("file:"))
        return really_open(path, *words, **options)

    monkeypatch.setattr("av.open", recorded)
    return paths


def test_a_second_fg_decodes_nothing_of_bg(fgs: tuple[Case, Case], cache: Cache, opened: list[str]) -> None:
    first, second = fgs
    alone = analyze(second.bg, second.fg)
    analyze(first.bg, first.fg, cache=cache)
    assert str(first.bg) in opened
    opened.clear()
    found = analyze(second.bg, second.fg, cache=cache)
    assert str(second.fg) in opened
    assert str(second.bg) not in opened
    np.testing.assert_array_equal(found.frame_map.bg, second.truth.map)
    np.testing.assert_array_equal(found.frame_map.confidence, alone.frame_map.confidence)
    assert (found.placement, found.quality) == (alone.placement, alone.quality)


# ---- several processes

DECODES = """
import sys
from pathlib import Path
from vidkompy.measuring.proxy_acquisition import obtain_proxies
from vidkompy.media.cache import Cache
from vidkompy.media.probe import probe
path, folder, halts = Path(sys.argv[1]), Path(sys.argv[2]), {int(word) for word in sys.argv[3:]}
def report(stage, done, total):
    print(stage, done, total, sep=",", flush=True)
    if done in halts:
        sys.stdin.readline()
obtain_proxies(probe(path), "background", Cache(folder), report, in_a_row=8, needs_large=True)
"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 28 s; its large copies are not its small ones."""
    frames = pictures(COUNT, 384, 96)
    return write(tmp_path_factory.mktemp("film") / "film.mp4", frames, g="50")


class Run:
    """A process that obtains the film's proxies. halts: reports after which it waits to be told to go on."""

    def __init__(self, film: Path, cache: Cache, *halts: int):
        argv = [sys.executable, "-c", DECODES, str(film), str(cache.folder), *map(str, halts)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(argv, env=environment(), stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def reports(self) -> Iterator[tuple[str, int]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            stage, done, total = line.strip().split(",")
            assert int(total) == COUNT
            yield stage, int(done)

    def until(self, stage: str, done: int) -> None:
        """Wait for a report."""
        for report in self.reports():
            if report == (stage, done):
                return
        raise AssertionError(f"ended before {stage} {done}")

    def decoded(self) -> list[int]:
        """Frames that are there, as it decodes them until its end; it has to succeed."""
        frames = [done for stage, done in self.reports() if stage == "background"]
        assert self.process.wait(60) == 0, self.process.stderr and self.process.stderr.read()
        return frames


@pytest.fixture
def runs(film: Path, cache: Cache) -> Iterator[Any]:
    started: list[Run] = []

    def start(*halts: int) -> Run:
        started.append(Run(film, cache, *halts))
        return started[-1]

    yield start
    for run in started:
        run.process.kill()
        run.process.communicate()


def assert_as_alone(film: Path, cache: Cache) -> None:
    """What the cache holds is all that decoding gives, and no run left a lock."""
    clip = probe(film)
    found, wanted = (obtain_proxies(clip, "", c, in_a_row=8, needs_large=True) for c in (cache, Cache()))
    assert digest(found) == digest(wanted)
    assert cache.folder is not None
    assert not list(cache.folder.glob("lock-*"))


def digest(proxies: Proxies) -> str:
    large = b"".join(proxies.large_frames[i].tobytes() for i in sorted(proxies.large_frames))
    return sha256(proxies.clip.pts.tobytes() + proxies.small.tobytes() + large).hexdigest()


def test_of_two_runs_at_once_one_decodes_and_the_other_waits_and_says_so(film: Path, cache: Cache, runs: Any) -> None:
    first = runs(1)
    first.until("background", 1)
    second = runs()
    second.until("background (another run)", 0)
    first.go_on()
    assert first.decoded() == list(range(2, COUNT + 1))
    assert second.decoded() == []
    assert_as_alone(film, cache)


def test_the_waiting_run_says_how_far_the_other_is(runs: Any) -> None:
    first = runs(SEGMENT + 1)
    first.until("background", SEGMENT + 1)
    second = runs()
    second.until("background (another run)", SEGMENT)
    first.go_on()
    assert first.decoded()[-1] == COUNT
    assert second.decoded() == []


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_where_the_first_run_is_ended_the_waiting_one_goes_on(
    film: Path, cache: Cache, runs: Any, ending: signal.Signals
) -> None:
    first = runs(1, SEGMENT + 20)
    first.until("background", 1)
    second = runs()
    second.until("background (another run)", 0)
    first.go_on()
    first.until("background", SEGMENT + 20)
    first.process.send_signal(ending)
    assert second.decoded() == list(range(SEGMENT + 1, COUNT + 1))
    assert first.process.wait(60) != 0
    assert_as_alone(film, cache)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_a_run_after_one_that_was_ended_decodes_the_rest(
    film: Path, cache: Cache, runs: Any, ending: signal.Signals
) -> None:
    """Of 28 s it decodes 8: the segment that was not whole, in which it was ended after 4."""
    first = runs(SEGMENT + 100)
    first.until("background", SEGMENT + 100)
    first.process.send_signal(ending)
    first.process.wait(60)
    assert runs().decoded() == list(range(SEGMENT + 1, COUNT + 1))
    assert_as_alone(film, cache)


def test_a_clip_of_its_own_is_not_waited_for(cache: Cache, runs: Any, tmp_path: Path) -> None:
    other = write(tmp_path / "other.mp4", pictures(40, 384, 96))
    first = runs(1)
    first.until("background", 1)
    stages: list[str] = []
    obtain_proxies(probe(other), "background", cache, lambda stage, *_: stages.append(stage), needs_large=True)
    assert set(stages) == {"background"}
    first.go_on()
    assert first.decoded()[-1] == COUNT


def test_a_cleared_cache_under_a_run_costs_decoding_again_and_nothing_else(film: Path, cache: Cache, runs: Any) -> None:
    first = runs(SEGMENT + 1)
    first.until("background", SEGMENT + 1)
    assert cache.folder is not None
    for path in cache.folder.glob(f"*{ENTRY_SUFFIX}"):
        path.unlink()
    first.go_on()
    assert first.decoded()[-1] == COUNT
    assert len(runs().decoded()) == SEGMENT
    assert_as_alone(film, cache)

"""BG entered midway, drawn by a real ffmpeg: maps that go back, late starts, every container and kind of stream."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from support.drawn_films import CANVAS, INSET, REGULAR, Film, check, composition, decode, film, run
from support.program_runs import FFMPEGS, Vidkompy

from filtergraphs import Composition, Script
from filtergraphs.bg_readers import CHEAP_READERS, PREROLL, readers_of
from vidkompy.drawing.seek_points import with_seeks
from vidkompy.ffmpeg.containers import is_seekable
from vidkompy.media.probe import probe
from vidkompy.model import FrameMap, Placement, Sidecar
from vidkompy.sidecar.document import read_sidecar, write_sidecar
from vidkompy.verification.frame_comparison import verify

COUNT = 150
FFMPEG = FFMPEGS[-1]  # makes the files
BACK = [*range(110, 118), *range(40, 48), *range(70, 76), *range(20, 24), 149, 149, 0, 1, 90, 92, 95, 33, 32, 31]
LATE = np.linspace(121, 149, len(BACK)).astype(int).tolist()
VARIED = list(np.cumsum(np.random.default_rng(3).integers(1, 200, COUNT)).tolist())  # ms
FIRST = ("-fps_mode", "passthrough", "-enc_time_base", "1:1000")
LOSSLESS = ("-c:v", "libx264", "-qp", "0", "-bf", "3", "-b_strategy", "0", "-g", "24", "-sc_threshold", "0", *FIRST)
X265 = "lossless=1:bframes=3:b-adapt=0:keyint=24:min-keyint=24:scenecut=0:log-level=none"
STREAMS = {  # suffix of the file, options that make it
    "mp4": ("mp4", LOSSLESS),
    "mov, one tick a frame": ("mov", (*LOSSLESS[:-2], "-enc_time_base", "1:25", "-video_track_timescale", "25")),
    "mkv": ("mkv", LOSSLESS),
    "open gop": ("mp4", (*LOSSLESS, "-x264-params", "open-gop=1")),
    "open gop in mkv": ("mkv", (*LOSSLESS, "-x264-params", "open-gop=1")),
    "hevc, open gop": ("mp4", ("-c:v", "libx265", "-x265-params", f"{X265}:open-gop=1", *FIRST)),
    "hevc, open gop in mkv": ("mkv", ("-c:v", "libx265", "-x265-params", f"{X265}:open-gop=1", *FIRST)),
    "late start": ("mkv", (*LOSSLESS, "-output_ts_offset", "7.3")),
    "late start in mp4": ("mp4", (*LOSSLESS, "-output_ts_offset", "7.3")),
    "fragments": ("mp4", (*LOSSLESS, "-movflags", "frag_keyframe+empty_moov")),
    "fragments without an index": ("mp4", (*LOSSLESS, "-movflags", "frag_keyframe+empty_moov+skip_trailer")),
    "no cues": ("mkv", (*LOSSLESS, "-live", "1")),
    "one keyframe": ("mp4", (*LOSSLESS, "-g", "9999")),
    "vp9": ("webm", ("-c:v", "libvpx-vp9", "-lossless", "1", "-g", "24", "-cpu-used", "8", *FIRST)),
}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Film]:
    folder = tmp_path_factory.mktemp("raw")
    return {
        "even": film(folder / "even.nut", CANVAS, "yuv420p", [40 * j for j in range(COUNT)], Fraction(1, 1000)),
        "varied": film(folder / "varied.nut", CANVAS, "yuv420p", VARIED, Fraction(1, 1000)),
        "fg": film(folder / "fg.nut", INSET, "yuv420p", REGULAR[: len(BACK)]),
    }


Store = Callable[[str, str], tuple[Film, Fraction]]


@pytest.fixture(scope="module")
def stored(raw: dict[str, Film], tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A raw film as a file of a kind of STREAMS, and its time base; the truth is what is decoded from its start."""
    return cache(lambda film, name: _stored(raw[film], name, tmp_path_factory.mktemp("stored")))


def _stored(raw: Film, name: str, folder: Path) -> tuple[Film, Fraction]:
    suffix, options = STREAMS[name]
    path = folder / f"bg.{suffix}"
    run(FFMPEG, "-i", raw.source.path, *options, str(path))
    source, frames, times, _ = decode(path)
    tick = Fraction(1, 25 if "one tick" in name else 1000 if suffix in ("mkv", "webm") else 16000)
    return Film(source, frames, [int(time / tick) for time in times]), tick


def sought(
    ffmpeg: str,
    bg: Film,
    tick: Fraction,
    fg: Film,
    frames: list[int],
    folder: Path,
    gap: int = Composition.longest_decoded_gap,
) -> Script:
    c = composition(bg, fg, frames, (22, 10))
    c = replace(c, bg_pts=bg.pts, bg_time_base=tick, longest_decoded_gap=gap)
    return check(ffmpeg, bg, fg, c, folder / "out.nut")


@pytest.mark.slow
@pytest.mark.parametrize("name", STREAMS)
def test_a_map_that_goes_back_is_exact(
    ffmpeg: str, raw: dict[str, Film], stored: Store, name: str, tmp_path: Path
) -> None:
    bg, tick = stored("even", name)
    script = sought(ffmpeg, bg, tick, raw["fg"], BACK, tmp_path)
    assert (script.inputs.count("-i"), script.inputs.count("-ss")) == (1 + 7, 3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mp4", "mkv", "open gop"])
def test_varied_frame_durations_are_no_hindrance(
    ffmpeg: str, raw: dict[str, Film], stored: Store, name: str, tmp_path: Path
) -> None:
    bg, tick = stored("varied", name)
    sought(ffmpeg, bg, tick, raw["fg"], BACK, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mp4", "mkv", "one keyframe"])
def test_a_late_start_is_sought(ffmpeg: str, raw: dict[str, Film], stored: Store, name: str, tmp_path: Path) -> None:
    bg, tick = stored("even", name)
    assert sought(ffmpeg, bg, tick, raw["fg"], LATE, tmp_path).inputs.count("-ss") == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mp4", "open gop", "hevc, open gop in mkv", "one keyframe", "vp9"])
def test_a_leap_is_sought(ffmpeg: str, raw: dict[str, Film], stored: Store, name: str, tmp_path: Path) -> None:
    bg, tick = stored("even", name)
    frames = [*range(8), *range(50, 60, 2), 60, 60, *range(92, 98), 140, 149]
    frames += [149] * (len(BACK) - len(frames))
    assert sought(ffmpeg, bg, tick, raw["fg"], frames, tmp_path, gap=30).inputs.count("-ss") == 3


@pytest.mark.slow
def test_an_edit_list_that_hides_the_first_frames_is_kept(
    ffmpeg: str, raw: dict[str, Film], stored: Store, tmp_path: Path
) -> None:
    bg, _ = stored("even", "mp4")
    cut = tmp_path / "cut.mp4"
    run(FFMPEG, "-ss", "0.4", "-i", bg.source.path, "-c", "copy", str(cut))
    clip = probe(cut)
    source, frames, _, _ = decode(cut)
    assert len(frames) == clip.frames == COUNT - 10
    below = Film(source, frames, clip.pts.tolist())
    sought(ffmpeg, below, clip.time_base, raw["fg"], [max(j - 10, 0) for j in BACK], tmp_path)


def test_mpeg_ts_is_read_from_its_start(ffmpeg: str, raw: dict[str, Film], stored: Store, tmp_path: Path) -> None:
    bg, _ = stored("even", "mp4")
    whole = tmp_path / "bg.ts"
    run(FFMPEG, "-i", bg.source.path, "-c", "copy", str(whole))
    source, frames, times, _ = decode(whole)
    below = Film(source, frames, [int(time * 90000) for time in times])
    assert not is_seekable(whole)
    script = check(ffmpeg, below, raw["fg"], composition(below, raw["fg"], BACK, (22, 10)), tmp_path / "out.nut")
    assert (script.inputs.count("-i"), script.inputs.count("-ss")) == (1 + 7, 0)


@pytest.mark.slow
def test_a_hundred_falls_and_an_irregular_map(ffmpeg: str, stored: Store, tmp_path: Path) -> None:
    bg, tick = stored("even", "mp4")
    frames = np.random.default_rng(6).integers(0, COUNT, 200).tolist()
    above = film(tmp_path / "fg.nut", INSET, "yuv420p", [3003 * i for i in range(200)])
    script = sought(ffmpeg, bg, tick, above, frames, tmp_path)
    assert script.inputs.count("-i") == 1 + 1 + sum(b < a for a, b in pairwise(frames)) > 90


def test_what_is_sought_is_a_few_frames_ahead(raw: dict[str, Film]) -> None:
    c = composition(raw["even"], raw["fg"], BACK, (22, 10))
    found = readers_of(replace(c, bg_pts=raw["even"].pts, bg_time_base=Fraction(1, 1000)))
    assert [reader.frames[0] for reader in found] == [110, 40, 20, 0, 33, 32, 31]
    first = found[0].seek
    assert first is not None
    assert first.position == 40_000 * (110 - PREROLL)
    assert first.discard == 40_000 * PREROLL - 10_000
    assert [reader.seek is None for reader in found] == [False, False, True, True, False, True, True]


def test_the_longest_leaps_are_sought(raw: dict[str, Film]) -> None:
    shortest = Composition.longest_decoded_gap
    steps = shortest + np.random.default_rng(1).permutation(12)
    frames = np.cumsum([5, *steps]).tolist()
    c = composition(raw["even"], raw["fg"], BACK, (22, 10))
    c = replace(c, bg_index=frames, fg_pts=range(len(frames)), bg_pts=range(frames[-1] + 1))
    longest = np.flatnonzero(steps > shortest + 12 - CHEAP_READERS)
    assert [reader.frames[0] for reader in readers_of(c)] == [5, *(frames[k + 1] for k in longest)]
    assert len(readers_of(replace(c, bg_pts=()))) == 1


@pytest.mark.parametrize("name", STREAMS)
def test_every_kind_of_stream_is_found_to_be_enterable(raw: dict[str, Film], stored: Store, name: str) -> None:
    bg, tick = stored("even", name)
    c = replace(composition(bg, raw["fg"], BACK, (22, 10)), bg_pts=bg.pts, bg_time_base=tick)
    assert with_seeks(c, probe(Path(bg.source.path))) is c


REFRESHED = ("-c:v", "libx264", "-qp", "30", "-bf", "0", "-x264-params", "intra-refresh=1:keyint=80:min-keyint=1")


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 wide frames without a whole picture but the first: they are renewed column by column."""
    path = tmp_path_factory.mktemp("refreshed") / "wide.mp4"
    source = ("-f", "lavfi", "-i", "testsrc2=size=1024x48:rate=25:duration=8")
    run(FFMPEG, *source, *REFRESHED, "-pix_fmt", "yuv420p", str(path))
    return path


@pytest.mark.slow
def test_what_is_renewed_column_by_column_is_read_from_its_start(
    ffmpeg: str, refreshed: Path, tmp_path: Path, vidkompy: Vidkompy
) -> None:
    clip = probe(refreshed)
    assert is_seekable(refreshed)
    run(FFMPEG, "-i", str(refreshed), "-vf", "crop=128:32:40:8", "-qp", "0", str(tmp_path / "fg.mp4"))
    fg = probe(tmp_path / "fg.mp4")
    bg_numbers = np.concatenate([np.arange(130, 180), np.arange(20, 100), np.arange(120, 190)])
    words = ("--ffmpeg", ffmpeg, "--", "-c:v", "ffv1")
    for name, above, below, chunks in (("bg", fg, clip, "1"), ("both", clip, clip, "3")):
        where = Placement(40, 8, 128, 32) if name == "bg" else Placement(0, 0, 1024, 48)
        path = tmp_path / f"{name}.vidkompy.json"
        write_sidecar(Sidecar(above, below, where, FrameMap(bg_numbers)), path)
        done = vidkompy("render", path.name, "-o", f"{name}.mkv", "--chunks", chunks, *words)
        assert done.code == 0, done.err
        assert "BG is decoded from its start 2 times: no whole picture stands where" in done.err
        verdict = verify(read_sidecar(path), tmp_path / f"{name}.mkv")
        assert (verdict.fg_exact, verdict.is_right) == (200, True)
        assert verdict.bg_exact == (200 if name == "bg" else 0)


@pytest.mark.parametrize(("name", "is_entered"), [("a.mp4", True), ("a.mov", True), ("a.mkv", True), ("a.avi", False)])
def test_what_can_be_entered_is_decided_by_content(name: str, is_entered: bool, tmp_path: Path) -> None:
    source = ("-f", "lavfi", "-i", "color=size=32x32:duration=0.2")
    run(FFMPEG, *source, "-c:v", "mpeg4", str(tmp_path / name))
    assert is_seekable(tmp_path / name) == is_entered
    assert is_seekable((tmp_path / name).rename(tmp_path / "a.bin")) == is_entered
    assert not is_seekable(tmp_path / "none")

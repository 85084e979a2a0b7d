"""BG's sound is heard where its pictures are seen: clicks of BG, found again in what was rendered."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import constructed_maps, sound_clicks
from support.program_runs import FFMPEGS, Vidkompy
from support.sound_clicks import F64, I64

from filtergraphs import Piece, Sound
from filtergraphs.sound import sound_graph
from vidkompy.media.probe import probe
from vidkompy.model import FrameMap, Placement, Sidecar
from vidkompy.sidecar.document import write_sidecar

EXACT_MS = 1.0
FLAC = ("--", "-c:v", "ffv1", "-c:a", "flac")
EDGE_S = 0.01  # of a piece: fades may take a click
Part = tuple[float, float, float, float]  # s of FG: from, to; s of BG at its start; speed


@dataclass(frozen=True)
class Pair:
    """parts: what must be heard, by construction of the map."""

    map: I64
    parts: list[Part]
    bg_rate: Fraction = Fraction(30)
    fg_pts: I64 | None = None  # 1/90000 s


def times_of(count: int, rate: Fraction) -> I64:
    return np.round(np.arange(count) * float(90000 / rate)).astype(np.int64)


def expected(parts: list[Part], at: F64) -> tuple[F64, F64]:
    """Seconds of FG at which the clicks `at` of BG are heard, and those too close to the end of a part to tell."""
    sure, unsure = [], []
    for start, stop, bg_start, speed in parts:
        for t in start + (at - bg_start) / speed:
            if start + EDGE_S < t < stop - EDGE_S:
                sure.append(t)
            elif start - EDGE_S < t < stop + EDGE_S:
                unsure.append(t)
    return np.array(sure), np.array(unsure)


def plain() -> Pair:
    return Pair(constructed_maps.offset(120, 20), [(0, 100 / 30, 20 / 30, 1)])


def drift() -> Pair:
    """BG frames pass 472/483 times as fast as FG's: the sound of BG is slower."""
    found = constructed_maps.ratio(200, 472, 483, start=5)
    return Pair(found, [(0, len(found) / 30, 5 / 30, 472 / 483)])


def rates() -> Pair:
    """FG is BG at 30 frames instead of 25: the same speed."""
    found = constructed_maps.ratio(120, 25, 30)
    return Pair(found, [(0, len(found) / 30, 0, 1)], bg_rate=Fraction(25))


def variable() -> Pair:
    """FG shows BG at normal speed, with frames left out here and there: its timestamps tell."""
    kept = np.sort(np.random.default_rng(3).choice(np.arange(1, 150), 110, replace=False))
    return Pair(np.concatenate([[0], kept]), [(0, (kept[-1] + 1) / 30, 0, 1)], fg_pts=3000 * np.append(0, kept))


def at_speed(speed: Fraction) -> Pair:
    found = constructed_maps.ratio(200, speed.numerator, speed.denominator)
    return Pair(found, [(0, len(found) / 30, 0, float(speed))])


def removed() -> Pair:
    found = constructed_maps.without(constructed_maps.offset(200, 10), 70, 50)
    return Pair(found, [(0, 70 / 30, 10 / 30, 1), (70 / 30, len(found) / 30, 130 / 30, 1)])


def title() -> Pair:
    found = constructed_maps.with_foreign(constructed_maps.offset(150), 70, 40)
    return Pair(found, [(0, 70 / 30, 0, 1), (110 / 30, len(found) / 30, 70 / 30, 1)])


def hold() -> Pair:
    found = constructed_maps.frozen(constructed_maps.offset(150), 69, 40)
    return Pair(found, [(0, 70 / 30, 0, 1), (110 / 30, len(found) / 30, 70 / 30, 1)])


def dropped() -> Pair:
    """One frame is missing, and stays missing: two lasting runs, each followed to the sample."""
    found = np.delete(constructed_maps.offset(160), 80)
    return Pair(found, [(0, 80 / 30, 0, 1), (80 / 30, 159 / 30, 81 / 30, 1)])


def doubled() -> Pair:
    """One frame comes twice: its sound too."""
    found = np.insert(constructed_maps.offset(160), 80, 79)
    return Pair(found, [(0, 80 / 30, 0, 1), (80 / 30, 161 / 30, 79 / 30, 1)])


def jittered() -> Pair:
    """Single frames that show a neighbour do not chop the sound."""
    found = constructed_maps.offset(160)
    found[30:150:10] += 1
    found[36:150:10] -= 1
    return Pair(found, [(0, 160 / 30, 0, 1)])


def reordered() -> Pair:
    found = np.concatenate([np.arange(100, 170), np.arange(5, 85)])
    return Pair(found, [(0, 70 / 30, 100 / 30, 1), (70 / 30, 5, 5 / 30, 1)])


PAIRS = [reordered, plain, drift, rates, variable, removed, title, hold, dropped, doubled, jittered]


def made(
    folder: Path,
    pair: Pair,
    *,
    bg: str = "bg.mkv",
    fg: str = "fg.mkv",
    late_s: float = 0.0,
    rate: int = 48000,
    **encoding: Any,
) -> F64:
    """bg, fg and pair.vidkompy.json in `folder`; the clicks of BG, s after its first picture."""
    frames = int(pair.map.max()) + 10
    length = frames / float(pair.bg_rate)
    at = sound_clicks.times(length)
    sound = sound_clicks.track(at, length, rate)
    sound_clicks.film(folder / bg, times_of(frames, pair.bg_rate), Fraction(1, 90000), [sound], rate=rate, **encoding)
    pts = times_of(len(pair.map), Fraction(30)) if pair.fg_pts is None else pair.fg_pts
    sound_clicks.film(folder / fg, pts + round(late_s * 90000), Fraction(1, 90000), [], size=16)
    describe(folder, pair, bg, fg)
    return at


def describe(folder: Path, pair: Pair, bg: str = "bg.mkv", fg: str = "fg.mkv") -> None:
    sidecar = Sidecar(probe(folder / fg), probe(folder / bg), Placement(8, 8, 16, 16), FrameMap(pair.map.copy()))
    write_sidecar(sidecar, folder / "pair.vidkompy.json")


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("build", PAIRS)
def test_clicks_lie_where_the_map_puts_them(
    vidkompy: Vidkompy, tmp_path: Path, build: Callable[[], Pair], ffmpeg: str
) -> None:
    at = made(tmp_path, build())
    check(rendered(vidkompy, ffmpeg), build(), at)


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("late_s", [0.0, 0.5])
def test_sound_keeps_step_where_foreign_ends_are_trimmed(
    vidkompy: Vidkompy, tmp_path: Path, late_s: float, ffmpeg: str
) -> None:
    foreign = np.full(40, -1)
    found = np.concatenate([foreign, constructed_maps.offset(150, 20), foreign])
    at = made(tmp_path, Pair(found, []), late_s=late_s)
    trimmed = Pair(found, [(0, 130 / 30, 20 / 30, 1)])
    sound = rendered(vidkompy, ffmpeg, "out.mkv", "--trim", "matched", *FLAC)
    check(sound, trimmed, at)
    assert len(sound) == pytest.approx(130 / 30 * sound_clicks.RATE, abs=sound_clicks.RATE // 100)


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("late_s", [0.5, 10_000.25])
@pytest.mark.parametrize("build", [removed, drift])
def test_late_starts_of_fg_and_of_bgs_sound(
    vidkompy: Vidkompy, tmp_path: Path, build: Callable[[], Pair], late_s: float, ffmpeg: str
) -> None:
    at = made(tmp_path, build(), fg="fg.ts", late_s=late_s, sound_start_s=0.3)
    check(rendered(vidkompy, ffmpeg), build(), at + 0.3)


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_a_gap_in_bgs_sound_stays_as_long(vidkompy: Vidkompy, tmp_path: Path, ffmpeg: str) -> None:
    """50 ms: aresample fills gaps from 100 ms on unless told otherwise."""
    at = made(tmp_path, removed(), codec="pcm_s16le", gap=(1.5, 0.05))
    begins = np.ceil(1.5 * sound_clicks.RATE / 1024) * 1024 / sound_clicks.RATE
    check(rendered(vidkompy, ffmpeg), removed(), np.where(at < begins, at, at + 0.05))


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("out", ["out.mp4", "out.mkv", "out.mov", "out.webm", "out.ts"])
def test_every_container_keeps_the_distance(vidkompy: Vidkompy, tmp_path: Path, out: str, ffmpeg: str) -> None:
    at = made(tmp_path, removed(), late_s=0.2)
    vp9 = ("--", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-crf", "30", "-b:v", "0")
    check(rendered(vidkompy, ffmpeg, out, *(vp9 if out == "out.webm" else ())), removed(), at)


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize(
    ("bg", "codec", "rate"),
    [
        ("bg.mp4", "aac", 48000),
        ("bg.mp4", "aac", 44100),
        ("bg.mkv", "aac", 48000),
        ("bg.ts", "aac", 48000),
        ("bg.mkv", "libopus", 48000),
        ("bg.mov", "pcm_s16le", 22050),
        ("bg.avi", "pcm_s16le", 44100),
        ("bg.mp4", "libmp3lame", 44100),
        ("bg.mkv", "libmp3lame", 44100),
    ],
)
def test_sound_of_every_codec_of_bg_starts_at_its_picture(
    vidkompy: Vidkompy, tmp_path: Path, bg: str, codec: str, rate: int, ffmpeg: str
) -> None:
    """The file decides when its sound starts: encoders hold some back, containers tell of it or do not."""
    made(tmp_path, removed(), bg=bg, codec=codec, rate=rate)
    check(rendered(vidkompy, ffmpeg), removed(), sound_clicks.click_times(sound_clicks.sound_of(tmp_path / bg)))


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("speed", [Fraction(472, 483), Fraction(5, 4), Fraction(4, 5)])
def test_sound_that_keeps_its_pitch_is_on_time(
    vidkompy: Vidkompy, tmp_path: Path, speed: Fraction, ffmpeg: str
) -> None:
    pair = at_speed(speed)
    at = made(tmp_path, pair)
    check(rendered(vidkompy, ffmpeg, "out.mkv", "--pitch", "keep", *FLAC), pair, at)


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_pitch_follows_or_is_kept(vidkompy: Vidkompy, tmp_path: Path, ffmpeg: str) -> None:
    pair = at_speed(Fraction(5, 4))
    made(tmp_path, pair)
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(7 * sound_clicks.RATE) / sound_clicks.RATE).astype(np.float32)
    sound_clicks.film(tmp_path / "bg.mkv", times_of(210, Fraction(30)), Fraction(1, 90000), [tone])
    describe(tmp_path, pair)
    for pitch, hertz in (("follow", 1250), ("keep", 1000)):
        sound = rendered(vidkompy, ffmpeg, "out.mkv", "--overwrite", "--pitch", pitch, *FLAC)
        power = np.abs(np.fft.rfft(sound))
        assert np.fft.rfftfreq(len(sound), 1 / sound_clicks.RATE)[power.argmax()] == pytest.approx(hertz, rel=0.005)


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("edit", [constructed_maps.drops, constructed_maps.duplicates])
def test_drops_and_repeats_neither_chop_the_sound_nor_lead_it_astray(
    vidkompy: Vidkompy, tmp_path: Path, edit: Callable[..., I64], ffmpeg: str
) -> None:
    """4 % of the frames, at random. Sound stays within a frame of the picture."""
    pair = Pair(edit(constructed_maps.offset(240, 20), seed=5), [])
    at = made(tmp_path, pair)
    outcome = vidkompy("render", "pair.vidkompy.json", "-o", "out.mkv", "--ffmpeg", ffmpeg, *FLAC)
    assert outcome.code == 0
    cuts = re.search(r"cut in (\d+) places", outcome.err)
    assert int(cuts[1] if cuts else 0) <= 2
    frames = np.floor(at * 30).astype(np.int64)
    click_times = [np.flatnonzero(pair.map == j) / 30 + t - j / 30 for t, j in zip(at, frames, strict=True)]
    wanted = np.concatenate(click_times)
    for t in sound_clicks.click_times(sound_clicks.sound_of(Path("out.mkv"))):
        assert np.abs(wanted - t).min() <= 1 / 30 + EXACT_MS / 1000


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_scenes_in_another_order_bring_their_sound(tmp_path: Path, ffmpeg: str) -> None:
    """The graph of sounds alone: pieces that go back are cut from a stream of their own."""
    at = sound_clicks.times(6)
    bg = sound_clicks.film(
        tmp_path / "bg.mkv", times_of(180, Fraction(30)), Fraction(1, 90000), [sound_clicks.track(at, 6)]
    )
    second = 3 * sound_clicks.RATE
    pieces = [Piece(0, second, second, second), Piece(second, second, 0, second)]
    graph = sound_graph(Sound(pieces, 2 * second), 0)
    words = ["-v", "error", "-i", str(bg), "-filter_complex", graph, "-map", "[sound]", "-f", "f32le", "-"]
    samples = np.frombuffer(subprocess.run([ffmpeg, *words], capture_output=True, check=True).stdout, np.float32)
    assert len(samples) == 2 * second
    check(samples, Pair(np.empty(0, np.int64), [(0, 3, 3, 1), (3, 6, 0, 1)]), at)


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("fg_start_s", [0.0, 0.25])
def test_a_mix_is_the_sum_of_both(vidkompy: Vidkompy, tmp_path: Path, fg_start_s: float, ffmpeg: str) -> None:
    pair = removed()
    at = made(tmp_path, pair)
    own = sound_clicks.times(3.5, seed=11)
    sounds = [sound_clicks.track(own, 3.5, height=0.3)]
    pts = times_of(len(pair.map), Fraction(30))
    sound_clicks.film(tmp_path / "fg.mkv", pts, Fraction(1, 90000), sounds, size=16, sound_start_s=fg_start_s)
    describe(tmp_path, pair)
    sound = rendered(vidkompy, ffmpeg, "out.mkv", "--audio", "mix", *FLAC)
    sure, unsure = expected(pair.parts, at)
    alone = [t for t in own + fg_start_s if np.abs(np.append(sure, unsure) - t).min() > 0.03]
    found = sound_clicks.click_times(sound)
    for t in alone:
        assert np.abs(found - t).min() <= EXACT_MS / 1000
        assert np.abs(
            sound[round(t * sound_clicks.RATE) - 9 : round(t * sound_clicks.RATE) + 9]
        ).max() == pytest.approx(0.3, rel=0.05)
    for t in sure:
        assert np.abs(found - t).min() <= EXACT_MS / 1000 or np.abs(own + fg_start_s - t).min() <= 0.03


def rendered(vidkompy: Vidkompy, ffmpeg: str, out: str = "out.mkv", *words: str) -> sound_clicks.F32:
    words = words or (FLAC if out == "out.mkv" else ())
    outcome = vidkompy("render", "pair.vidkompy.json", "-o", out, "--ffmpeg", ffmpeg, *words)
    assert outcome.code == 0, outcome.err
    return sound_clicks.sound_of(Path(out))


def check(sound: sound_clicks.F32, pair: Pair, at: F64) -> None:
    """Every click that must be heard is, within EXACT_MS, and no other."""
    sound_clicks.check(sound_clicks.click_times(sound), *expected(pair.parts, at), EXACT_MS)

"""--chunks: parts drawn at the same time and joined are the same frames, times and sound as one piece."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from support import constructed_maps
from support.killed_runs import wait_for_end
from support.picture_edits import Box
from support.program_runs import (
    EMBEDDED,
    FFMPEGS,
    Vidkompy,
    environment,
    frame_hashes,
    packets,
    refused,
    seconds,
    sidecar_of,
)
from support.timestamps import presentation_time
from support.truth_cases import Case, Recipe, Sound, build, write_bg

from vidkompy.rendering.chunks import MIN_CHUNK_FRAMES, chunk_bounds
from vidkompy.sidecar.document import write_sidecar

JUMPS = constructed_maps.duplicates(
    constructed_maps.drops(
        np.concatenate([constructed_maps.offset(90, 40, 80), constructed_maps.offset(90, 5, 45)]), 0.1
    ),
    0.1,
)
TAGGED = (
    "-vf",
    "settb=1/90000,setpts=N*3003+700*mod(N*7\\,5)",
    "-fps_mode",
    "passthrough",
    "-enc_time_base",
    "1:90000",
)
DRAWN = [  # FG, encoder, outputs
    ("even", "ffv1", ("out.mkv",)),
    ("even", "libx264", ("out.mp4", "out.mkv")),
    ("even", "prores_ks", ("out.mov",)),
    ("even", "libvpx-vp9", ("out.webm",)),
    ("vfr", "ffv1", ("out.mov",)),
    ("vfr", "libx264", ("out.mp4",)),
    ("vfr", "libx265", ("out.mov",)),
]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    """80 FG frames with drops, repeats and a jump back, both clips with sound; `vfr`: at irregular times, in MP4."""
    folder = tmp_path_factory.mktemp("films")
    bg = write_bg(folder / "source.mp4", "tripod", 90, size=(160, 96), has_sound=True)
    even = build(Recipe(Box(62, 38, 64, 32), JUMPS, sound=Sound()), bg, folder / "pair")
    subprocess.run([EMBEDDED, "-v", "error", "-i", even.fg, *TAGGED, "-c:a", "copy", folder / "vfr.mp4"], check=True)
    return {"even": even, "vfr": replace(even, fg=folder / "vfr.mp4")}


@pytest.fixture
def film(films: dict[str, Case], tmp_path: Path) -> Path:
    """The sidecar of the even pair."""
    write_sidecar(sidecar_of(films["even"]), tmp_path / "film.vidkompy.json")
    return tmp_path / "film.vidkompy.json"


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize(("kind", "encoder", "outputs"), DRAWN)
def test_parts_are_the_same_as_one_piece(
    vidkompy: Vidkompy, films: dict[str, Case], kind: str, encoder: str, outputs: tuple[str, ...], ffmpeg: str
) -> None:
    write_sidecar(sidecar_of(films[kind]), Path("film.vidkompy.json"))
    for out in outputs:
        quick = {"libvpx-vp9": ("--", "-cpu-used", "8", "-c:a", "libopus"), "libx265": ("--", "-preset", "fast")}
        words = ("render", "film.vidkompy.json", "--ffmpeg", ffmpeg, "--encoder", encoder)
        whole, parts = Path(f"one-{out}"), Path(out)
        for path, chunks in ((whole, "1"), (parts, "3")):
            outcome = vidkompy(*words, "--chunks", chunks, "-o", path, *quick.get(encoder, ()))
            assert outcome.code == 0, outcome.err
        assert seconds(parts) == seconds(whole)
        assert packets(parts, "audio") == packets(whole, "audio")
        assert starts(parts) == starts(whole)
        if encoder in ("ffv1", "prores_ks"):
            assert frame_hashes(parts) == frame_hashes(whole)
        verdict = vidkompy("verify", "film.vidkompy.json", parts)
        assert verdict.code == 0, verdict.out
    assert not list(Path.cwd().glob(".*"))


def starts(path: Path) -> list[tuple[str, float]]:
    with av.open(str(path)) as container:
        return [
            (stream.type, float(presentation_time(stream.start_time, stream.time_base))) for stream in container.streams
        ]


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("audio", ["bg", "mix"])
def test_sound_that_is_drawn_is_the_same(vidkompy: Vidkompy, film: Path, audio: str, ffmpeg: str) -> None:
    words = ("render", film.name, "--ffmpeg", ffmpeg, "--audio", audio)
    lossless = ("--", "-c:v", "ffv1", "-c:a", "flac")
    assert vidkompy(*words, "-o", "one.mkv", *lossless).code == 0
    assert vidkompy(*words, "-o", "parts.mkv", "--chunks", "4", *lossless).code == 0
    assert packets(Path("parts.mkv"), "audio") == packets(Path("one.mkv"), "audio")
    assert frame_hashes(Path("parts.mkv")) == frame_hashes(Path("one.mkv"))
    assert seconds(Path("parts.mkv")) == seconds(Path("one.mkv"))


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("out", ["mp4", "mkv"])
def test_a_trimmed_output_is_the_same(vidkompy: Vidkompy, films: dict[str, Case], out: str, ffmpeg: str) -> None:
    truth = sidecar_of(films["even"])
    truth.frame_map.bg[:5] = truth.frame_map.bg[-7:] = -1
    write_sidecar(truth, Path("film.vidkompy.json"))
    words = ("render", "film.vidkompy.json", "--ffmpeg", ffmpeg, "--trim", "matched")
    for quality in (("-preset", "veryfast", "-qp", "0"), ("-crf", "18", "-bf", "3", "-b_strategy", "0")):
        for path, chunks in ((f"one.{out}", "1"), (f"parts.{out}", "3")):
            options = ("--overwrite", "--chunks", chunks, "--", "-c:v", "libx264", *quality)
            assert vidkompy(*words, "-o", path, *options).code == 0
        assert seconds(Path(f"parts.{out}")) == seconds(Path(f"one.{out}"))
        assert packets(Path(f"parts.{out}"), "audio") == packets(Path(f"one.{out}"), "audio")
        verdict = vidkompy("verify", "film.vidkompy.json", f"parts.{out}", "--trim", "matched")
        assert verdict.code == 0, verdict.out
        assert ("bit-exact" in verdict.out) == ("-qp" in quality)


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_video_that_starts_after_its_sound_stays_as_late(
    vidkompy: Vidkompy, films: dict[str, Case], ffmpeg: str
) -> None:
    fg = films["even"].fg
    late = ("-i", fg, "-itsoffset", "0.25", "-i", fg, "-map", "1:v", "-map", "0:a", "-c", "copy", "late.mkv")
    subprocess.run([EMBEDDED, "-v", "error", *late], check=True)
    write_sidecar(sidecar_of(replace(films["even"], fg=Path("late.mkv"))), Path("late.vidkompy.json"))
    for out in ("mkv", "mp4"):
        for path, chunks in ((f"one.{out}", "1"), (f"parts.{out}", "3")):
            words = ("render", "late.vidkompy.json", "-o", path, "--ffmpeg", ffmpeg, "--chunks", chunks)
            assert vidkompy(*words, "--", "-c:v", "libx264", "-preset", "veryfast").code == 0
        assert seconds(Path(f"parts.{out}")) == seconds(Path(f"one.{out}"))
        assert starts(Path(f"parts.{out}")) == starts(Path(f"one.{out}"))


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["Take #2", "what?", "it's #1"])
def test_a_path_that_looks_like_a_url_with_more_behind_it_is_taken_as_it_is(
    vidkompy: Vidkompy, film: Path, folder: str
) -> None:
    Path(folder).mkdir()
    out = Path(folder, "Clip #1?.mkv")
    assert vidkompy("render", film.name, "-o", out, "--chunks", "3", "--", "-c:v", "ffv1").code == 0
    assert vidkompy("verify", film.name, out).code == 0


# ---- going on


def faulty(action: str) -> str:
    """An ffmpeg that notes what it draws, and does `action` in place of part 1, when parts 0 and 2 are there."""
    path = Path.cwd() / "faulty"
    there = "until ls .vidkompy-*/part-0-* .vidkompy-*/part-2-* >/dev/null 2>&1; do sleep 0.05; done"
    noted = 'case "$*" in */part-begun-*) echo "$*" >> drawn ;; esac'
    slow = f'case "$*" in */part-begun-1*) {there}; {action} ;; esac'
    path.write_text(f'#!/bin/sh\n{noted}\n{slow}\nexec "{EMBEDDED}" "$@"\n')
    path.chmod(0o755)
    return str(path)


def drawn() -> list[str]:
    """Parts that were begun since this was asked."""
    lines = Path("drawn").read_text()
    Path("drawn").unlink()
    return sorted(re.findall(r"/part-begun-(\d)", lines))


def kept() -> list[str]:
    """Names of the parts that lie in the one folder that was left."""
    [folder] = Path.cwd().glob(".vidkompy-*")
    return sorted(path.name for path in folder.iterdir() if path.name != "mark")


def numbers(names: Iterable[str]) -> list[str]:
    return [name.split("-")[1] for name in names]


def test_a_later_run_goes_on_with_the_parts_that_are_there(vidkompy: Vidkompy, film: Path) -> None:
    words = ("render", film.name, "-o", "out.mkv", "--chunks", "3", "--ffmpeg", faulty("kill -9 $$"))
    lossless = ("--", "-c:v", "ffv1")
    outcome = vidkompy(*words, *lossless)
    assert outcome.code == 1
    [folder] = Path().glob(".vidkompy-*")
    assert f"part 2 of 3, FG frames 26 to 52: cannot write '{folder}/part-1-" in outcome.err
    assert "ffmpeg wrote 0 of 27 frames" in outcome.err
    assert outcome.err.endswith(f"2 of 3 parts are kept in '{folder}': the same command goes on from there\n")
    assert drawn() == ["0", "1", "2"]
    assert numbers(kept()) == ["0", "2"]
    faulty(":")
    assert vidkompy(*words, *lossless).code == 0
    assert drawn() == ["1"]
    assert not list(Path.cwd().glob(".*"))
    assert vidkompy("verify", film.name, "out.mkv").out.count("bit-exact") == 2


def test_other_wishes_do_not_use_the_parts_of_before(vidkompy: Vidkompy, film: Path) -> None:
    words = ("render", film.name, "-o", "out.mkv", "--chunks", "3", "--ffmpeg", faulty("exit 1"))
    names: list[set[str]] = []
    for options in (("--", "-c:v", "ffv1"), ("--feather", "4", "--", "-c:v", "ffv1"), ("--", "-c:v", "utvideo")):
        assert vidkompy(*words, *options).code == 1
        names.append({*kept()})
        assert drawn() == ["0", "1", "2"]
    assert [len(some) for some in names] == [2, 2, 2]
    assert not names[0] & names[1]
    assert not names[1] & names[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_render_that_is_stopped_keeps_its_parts_and_goes_on_by_the_same_command(
    vidkompy: Vidkompy, film: Path, number: signal.Signals
) -> None:
    tool = faulty("while :; do echo frame=1; echo progress=continue; echo $$ >> stuck; sleep 0.05; done")
    words = ("render", film.name, "-o", "out.mkv", "--chunks", "3", "--ffmpeg", tool, "--", "-c:v", "ffv1")
    with subprocess.Popen(
        [sys.executable, "-m", "vidkompy", *words],
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        while not Path("stuck").exists():
            assert running.poll() is None
        running.send_signal(number)
        try:
            message = running.communicate(timeout=60)[1]
        finally:
            running.kill()
    assert wait_for_end(Path("stuck").read_text().split()[-1])
    assert running.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[number]
    [folder] = Path().glob(".vidkompy-*")
    if number == signal.SIGINT:
        there = f"2 of 3 parts are kept in '{folder}': the same command goes on from there"
        assert message.splitlines()[-1] == f"vidkompy: interrupted; {there}"
    assert numbers(name for name in kept() if "begun" not in name) == ["0", "2"]
    assert not Path("out.mkv").exists()
    assert drawn() == ["0", "1", "2"]
    faulty(":")
    outcome = vidkompy(*words)
    assert outcome.code == 0, outcome
    assert "note: going on with 2 parts that an earlier run finished\n" in outcome.err
    assert drawn() == ["1"]
    assert not list(Path.cwd().glob(".*"))
    assert vidkompy("verify", film.name, "out.mkv").out.count("bit-exact") == 2


def test_a_second_run_on_the_same_output_is_refused_and_takes_nothing_away(
    film: Path, tmp_path: Path, vidkompy: Vidkompy
) -> None:
    tool = faulty("while :; do echo frame=1; echo progress=continue; echo >> stuck; sleep 0.05; done")
    words = ["render", film.name, "-o", "out.mkv", "--chunks", "3", "--ffmpeg", tool, "--", "-c:v", "ffv1"]
    with subprocess.Popen([sys.executable, "-m", "vidkompy", *words], cwd=tmp_path, env=environment()) as running:
        try:
            while not Path("stuck").exists() or len([*tmp_path.glob(".vidkompy-*/part-[02]-*")]) < 2:
                assert running.poll() is None
            before = kept()
            outcome = vidkompy(*words)
            assert outcome.code == 1
            assert "another run is writing 'out.mkv'" in outcome.err
            assert kept() == before
            assert running.poll() is None
        finally:
            running.send_signal(signal.SIGTERM)
    assert numbers(kept()) == ["0", "2"]


# ---- refused, and where it is cut


@pytest.mark.parametrize("words", [("-ss", "1"), ("-frames:v", "9"), ("-pass", "1"), ("-f", "matroska")])
def test_words_that_mean_something_else_for_a_part_are_refused(
    vidkompy: Vidkompy, sidecar: Path, words: tuple[str, str]
) -> None:
    message = refused(vidkompy, "render", sidecar.name, "-o", "out.mkv", "--chunks", "2", "--", *words, code=2)
    assert message == f"'{words[0]}' behind -- does not go with --chunks: parts would not fit; leave one of them out"


@pytest.mark.parametrize("count", ["0", "65"])
def test_a_number_of_parts_that_cannot_be_is_refused(vidkompy: Vidkompy, sidecar: Path, count: str) -> None:
    for command in (("render", sidecar.name), ("compose", "bg.mp4", "fg.mp4")):
        message = refused(vidkompy, *command, "-o", "out.mkv", "--chunks", count, code=2)
        assert message == f"--chunks is {count}; wanted 1 to 64"


def test_cuts_lie_where_they_are_welcome_else_evenly() -> None:
    pts = np.arange(120) * 3003
    assert chunk_bounds(pts, 3, []) == [0, 40, 80, 120]
    assert chunk_bounds(pts, 3, [43, 60, 71]) == [0, 43, 71, 120]
    assert chunk_bounds(pts[:20], 2, []) == [0, 20]
    assert chunk_bounds(pts[: 2 * MIN_CHUNK_FRAMES], 2, []) == [0, MIN_CHUNK_FRAMES, 2 * MIN_CHUNK_FRAMES]


def test_irregular_frames_are_cut_where_decoding_times_go_on_rising() -> None:
    pts = np.arange(120) * 3003 + 700 * (np.arange(120) * 7 % 5)
    for i in chunk_bounds(pts, 4, [])[1:-1]:
        assert all(2 * pts[i] - pts[i + d] > pts[i - 1 - d] for d in range(1, 5))
    slower = np.cumsum(np.r_[np.full(60, 1000), np.full(60, 5000)])
    assert not any(44 < i < 62 for i in chunk_bounds(slower, 2, []))

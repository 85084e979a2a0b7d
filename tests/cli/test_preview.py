"""preview from the command line: which frames it shows, where it goes, and what it says where it cannot."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from support.caption_reading import read, templates
from support.drawn_films import decode
from support.folder_state import on_disk
from support.program_runs import EMBEDDED, FFMPEGS, Vidkompy, environment, packets, refused, seconds
from support.stub_programs import script
from support.truth_cases import Case

from filtergraphs.geometry import Rect
from vidkompy import read_sidecar
from vidkompy.model import UNMATCHED, FrameMap
from vidkompy.sidecar.document import write_sidecar

LOSSY = 0.97  # correlation of a word with itself behind libx264: measured 0.994 and more, and 0.933 at most for another


@pytest.fixture
def no_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """fontconfig is told of a folder without fonts."""
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts.conf").write_text(f"<fontconfig><dir>{tmp_path}/fonts</dir></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A display, and a PATH with nothing but this folder and what the players of these tests are made of."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "cp", "ls"):
        (programs / name).symlink_to(str(shutil.which(name)))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    return programs


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_a_part_shows_the_frames_around_one(vidkompy: Vidkompy, sidecar: Path, pair: Case, ffmpeg: str) -> None:
    words = ("--around", "20", "--seconds", "0.5", "--style", "flicker", "--ffmpeg", ffmpeg)
    outcome = vidkompy("preview", sidecar.name, *words)
    assert (outcome.code, outcome.out) == (0, "pair.preview.mp4\n")
    assert outcome.err == "note: FG frames 14 to 26 of 0 to 35 are shown\n"
    of_fg = seconds(pair.fg)[14:27]
    assert [round(float(t), 3) for t in seconds(Path("pair.preview.mp4"))] == [
        round(float(t - of_fg[0]), 3) for t in of_fg
    ]
    source, frames, _, _ = decode(Path("pair.preview.mp4"))
    assert (source.pix_fmt, source.width, packets(Path("pair.preview.mp4"), "audio")) == ("yuv420p", 420, [])
    numbers = templates(ffmpeg, 14, [str(i) for i in range(48)], Path.cwd())
    for i, planes in enumerate(frames, 14):
        top = source.height - 50
        assert read(planes, Rect(28, top, 60, 28), numbers, LOSSY) == str(i)
        assert read(planes, Rect(238, top, 60, 28), numbers, LOSSY) == str(pair.truth.map[i])


@pytest.mark.parametrize(
    ("around", "length", "first", "frames"),
    [("0", "1", 0, 13), ("35", "1", 23, 13), ("0.5s", "0.1", 11, 3), ("0:00:01", "0.001", 24, 1), ("3", "99", 0, 36)],
)
def test_a_part_is_named_as_pins_are(
    vidkompy: Vidkompy, sidecar: Path, around: str, length: str, first: int, frames: int
) -> None:
    outcome = vidkompy("preview", sidecar.name, "--around", around, "--seconds", length, "--no-text", "--json")
    found = json.loads(outcome.out)
    assert (found["first"], found["frames"], found["player"]) == (first, frames, None)
    assert len(seconds(Path("pair.preview.mp4"))) == frames


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--around", "36"), "--around 36: FG has frames 0..35"),
        (("--around", "9s"), "--around 9s: FG ends after 1.50 s"),
        (
            ("--around", "x"),
            "--around is 'x'; wanted a frame (120), seconds (4.2s), a time (0:01:04.2) or a timecode (00:01:04:05)",
        ),
        (("--seconds", "4"), "--seconds 4 goes with --around FRAME, which is missing; wanted both or none"),
        (("--around", "4", "--seconds", "0"), "--seconds is 0; wanted a number above 0, such as 4"),
        (("--around", "4", "--seconds", "nan"), "--seconds is nan; wanted a number above 0, such as 4"),
        (
            ("-o", "fg.mp4", "--overwrite"),
            "output 'fg.mp4' is an input; inputs are never written: name another output with -o",
        ),
        (
            ("-o", "bg.png"),
            "output 'bg.png' would be single pictures (png); wanted one video file, such as .mkv, .mov or "
            ".mp4: draw that, then let ffmpeg take it apart into pictures",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(
    vidkompy: Vidkompy, sidecar: Path, words: tuple[str, ...], problem: str
) -> None:
    assert refused(vidkompy, "preview", sidecar.name, *words, code=2) == problem


def test_nothing_is_replaced_unasked(vidkompy: Vidkompy, sidecar: Path) -> None:
    Path("pair.preview.mp4").write_text("mine")
    assert "add --overwrite" in refused(vidkompy, "preview", sidecar.name, code=2)
    assert vidkompy("preview", sidecar.name, "--overwrite", "--no-text").code == 0
    assert len(seconds(Path("pair.preview.mp4"))) == 36


def test_unmatched_frames_are_said(vidkompy: Vidkompy, sidecar: Path) -> None:
    known = read_sidecar(sidecar)
    bg = known.frame_map.bg.copy()
    bg[:4] = UNMATCHED
    write_sidecar(replace(known, frame_map=FrameMap(bg)), sidecar)
    outcome = vidkompy("preview", sidecar.name, "--style", "outline")
    assert outcome.err.splitlines() == [
        "note: 4 unmatched FG frames lie over the BG frame before them",
    ]


# ---- text


@pytest.mark.usefixtures("no_fonts")
def test_where_no_font_is_found_the_error_says_what_to_do(vidkompy: Vidkompy, sidecar: Path) -> None:
    error = refused(vidkompy, "preview", sidecar.name)
    assert error.startswith("text cannot be drawn, as '")
    assert all(f"'{path}' says: " in error for path in FFMPEGS)
    assert error.endswith(
        "install a font that fontconfig finds (Debian: apt install fonts-dejavu-core), leave the text out with "
        "--no-text, or name another ffmpeg with --ffmpeg"
    )
    assert vidkompy("preview", sidecar.name, "--no-text").code == 0


def test_an_ffmpeg_without_drawtext_is_passed_over_unless_named(
    vidkompy: Vidkompy, sidecar: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = f"-filters) '{EMBEDDED}' \"$@\" | grep -v drawtext ;;"
    lacking = script(tmp_path / "bin" / "ffmpeg", 'case "$1" in', lists, f"*) exec '{EMBEDDED}' \"$@\" ;;", "esac")
    assert refused(vidkompy, "preview", sidecar.name, "--ffmpeg", lacking) == (
        f"ffmpeg from --ffmpeg '{lacking}' lacks filter drawtext; name a fuller build, or none to have one chosen; "
        "without drawtext there is no text: leave the text out with --no-text, or name another ffmpeg with --ffmpeg"
    )
    assert vidkompy("preview", sidecar.name, "--ffmpeg", lacking, "--no-text").code == 0
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    assert vidkompy("preview", sidecar.name, "--overwrite").code == 0


# ---- players


@pytest.mark.parametrize("name", ["ffplay", "mpv"])
def test_a_player_gets_a_file_that_is_gone_afterwards(
    vidkompy: Vidkompy, sidecar: Path, screen: Path, name: str
) -> None:
    player = script(screen / name, 'for file; do :; done; cp "${file#file:}" shown.mp4')
    outcome = vidkompy("preview", sidecar.name, "--play", "--json")
    found = json.loads(outcome.out)
    assert (outcome.code, found["output"], found["player"]) == (0, None, player)
    assert len(seconds(Path("shown.mp4"))) == 36
    assert not on_disk(Path("temporary"))
    assert not Path("pair.preview.mp4").exists()


def test_a_player_that_fails_leaves_the_preview(vidkompy: Vidkompy, sidecar: Path, screen: Path) -> None:
    player = script(screen / "ffplay", "echo no screen >&2", "exit 1")
    outcome = vidkompy("preview", sidecar.name, "--play")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == (
        f"vidkompy: ffplay '{player}' cannot show it: no screen; the preview is kept in 'pair.preview.mp4'\n"
    )
    assert len(seconds(Path("pair.preview.mp4"))) == 36
    assert not on_disk(Path("temporary"))


def test_without_player_or_display_the_preview_is_kept(
    vidkompy: Vidkompy, sidecar: Path, screen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = vidkompy("preview", sidecar.name, "--play")
    wanted = "wanted ffplay or mpv on PATH, and a display"
    assert (outcome.code, outcome.out) == (0, "pair.preview.mp4\n")
    assert outcome.err == f"note: nothing here plays it: {wanted}; the preview is kept in 'pair.preview.mp4'\n"
    script(screen / "ffplay", "exit 1")
    monkeypatch.delenv("DISPLAY")
    assert vidkompy("preview", sidecar.name, "--play", "--overwrite").code == 0


@pytest.mark.slow
def test_ctrl_c_closes_the_player_and_removes_the_preview(sidecar: Path, tmp_path: Path) -> None:
    script(tmp_path / "bin" / "ffplay", "echo $$ > player", "exec sleep 60")
    (tmp_path / "temporary").mkdir()
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    argv = [sys.executable, "-m", "vidkompy", "preview", sidecar.name, "--play"]
    shown = environment() | {"PATH": path, "DISPLAY": ":0", "TMPDIR": str(tmp_path / "temporary")}
    with subprocess.Popen(
        argv,
        cwd=tmp_path,
        env=shown,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        while not (tmp_path / "player").exists() or not (tmp_path / "player").read_text():
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (130, "vidkompy: interrupted; no partial file was left\n")
    assert not on_disk(tmp_path / "temporary")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "player").read_text()), 0)

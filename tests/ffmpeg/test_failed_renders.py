"""Renders that go wrong midway: one message with what ffmpeg said and how far it came, and nothing is left behind."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.folder_state import on_disk
from support.private_mounts import own_mounts
from support.program_runs import EMBEDDED, FFMPEGS, Vidkompy, as_process, environment, refused

from vidkompy.errors import RenderError
from vidkompy.ffmpeg.exit_diagnosis import check_exit
from vidkompy.ffmpeg.process import RenderProgress, RunResult, run
from vidkompy.media.probe import probe
from vidkompy.model import FrameMap, Placement, Sidecar
from vidkompy.sidecar.document import write_sidecar

NOISE = "testsrc2=size=192x108:rate=25:duration=4,noise=alls=24:allf=t"


def made(*words: str) -> None:
    subprocess.run([EMBEDDED, "-v", "error", *words], check=True)


def damaged(path: Path) -> None:
    """Bytes of a quarter second in the middle, inverted: the boxes around them stay whole."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    for at in range(middle, middle + 2000, 5):
        content[at] ^= 0xFF
    path.write_bytes(content)


@pytest.fixture
def noisy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """bg.mp4 of 100 frames, and fg.mp4, 96x54 of it at 40,20."""
    monkeypatch.chdir(tmp_path)
    h264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p")
    made("-f", "lavfi", "-i", NOISE, *h264, "bg.mp4")
    made("-i", "bg.mp4", "-vf", "crop=96:54:40:20", *h264, "fg.mp4")
    return tmp_path


def described() -> None:
    """x.json, which says that FG shows the same frames."""
    fg, bg = probe(Path("fg.mp4")), probe(Path("bg.mp4"))
    write_sidecar(Sidecar(fg, bg, Placement(40, 20, 96, 54), FrameMap(np.arange(100))), Path("x.json"))


@pytest.mark.slow
@pytest.mark.parametrize("binary", FFMPEGS)
@pytest.mark.parametrize("name", ["fg.mp4", "bg.mp4"])
def test_a_picture_that_does_not_decode_is_an_error(vidkompy: Vidkompy, noisy: Path, name: str, binary: str) -> None:
    """ffmpeg would conceal it and end with 0."""
    damaged(Path(name))
    described()
    before = on_disk(noisy)
    message = refused(vidkompy, "render", "x.json", "-o", "out.mp4", "--ffmpeg", binary).rpartition("vidkompy: ")[2]
    where, _, explanation = message.partition("; ")
    assert where.startswith(f"'{name}' is damaged near frame ")
    assert 40 <= int(where.split()[-1]) <= 55
    assert re.fullmatch(
        r"ffmpeg wrote \d+ of 100 frames and said: .+; get an intact copy and analyse that, "
        "or analyse again with --damaged keep",
        explanation,
    )
    assert on_disk(noisy) == before


@pytest.mark.slow
@pytest.mark.parametrize("binary", FFMPEGS)
def test_a_decoder_that_would_try_for_ever_is_ended(noisy: Path, binary: str) -> None:
    """ffmpeg 9 would: BG is a recording that was cut behind what its first pictures refer to."""
    made("-i", "bg.mp4", "-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-an", "whole.ts")
    packets = len(whole := Path("whole.ts").read_bytes()) // 188
    Path("bg.ts").write_bytes(whole[packets // 3 * 188 :])
    fg, bg = probe(Path("fg.mp4")), probe(Path("bg.ts"))
    write_sidecar(Sidecar(fg, bg, Placement(40, 20, 96, 54), FrameMap(np.arange(100) % 20)), Path("x.json"))
    before = on_disk(noisy)
    ended = as_process("render", "x.json", "-o", "out.mp4", "--ffmpeg", binary, folder=noisy)
    assert ended.code == 1
    assert "vidkompy: 'bg.ts' is damaged near frame 0; ffmpeg wrote 0 of 100 frames and said: " in ended.err
    assert len(ended.err) < 4000
    assert on_disk(noisy) == before


@pytest.mark.parametrize("message", ["Disk quota exceeded", "File too large", "No space left on device"])
def test_every_way_of_running_out_of_space_is_called_so(message: str) -> None:
    """The middle one is the end of a file on FAT32, after 4 GiB."""
    ended = RunResult(1, 30, ("av_interleaved_write_frame(): " + message,))
    with pytest.raises(RenderError, match=r"^no space is left for 'out\.mp4': ffmpeg wrote 30 of 36 frames and said: "):
        check_exit(ended, 36, (), Path("out.mp4"))


def test_sound_that_does_not_decode_is_not_blamed_on_pictures(noisy: Path) -> None:
    ended = RunResult(0, 100, ("Error while decoding stream #1:1: Invalid data found when processing input",))
    with pytest.raises(RenderError, match=r"^an input does not decode: .* leave BG's sound out with --audio"):
        check_exit(ended, 100, (noisy / "bg.mp4",), Path("out.mp4"))


STUBBORN = """#!/bin/sh
trap "" TERM
echo $$ > number
echo frame=1
echo progress=continue
while :; do sleep 0.05; done
"""


def test_an_ffmpeg_that_heeds_no_signal_is_ended_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: RenderProgress) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    Path("ffmpeg").write_text(STUBBORN)
    Path("ffmpeg").chmod(0o755)
    with pytest.raises(KeyboardInterrupt):
        run(["./ffmpeg"], "", interrupt, grace=0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(int(Path("number").read_text()), 0)


def on_a_full_disk(output: str, folder: Path, *words: str, size: str) -> subprocess.CompletedProcess[str]:
    """A render onto a file system of that size, made for it alone."""
    mount = folder / "small"
    mount.mkdir()
    inside = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && "$@"; code=$?; ls -A small; exit $code'
    argv = [sys.executable, "-m", "vidkompy", "render", "x.json", "-o", f"small/{output}", *words]
    unshared = [*own_mounts(), "sh", "-c", inside, "sh", size, str(mount), *argv]
    return subprocess.run(unshared, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60)


@pytest.mark.slow
@pytest.mark.parametrize("binary", FFMPEGS)
@pytest.mark.parametrize("output", ["out.mp4", "out.mkv"])
def test_a_full_disk_is_an_error_that_leaves_nothing(noisy: Path, output: str, binary: str) -> None:
    described()
    done = on_a_full_disk(output, noisy, "--ffmpeg", binary, size="200k")
    assert (done.returncode, done.stdout) == (1, "")
    message = done.stderr.partition("vidkompy: ")[2]
    assert message.startswith(f"no space is left for 'small/{output}': ffmpeg wrote ")
    assert "of 100 frames and said: " in message
    assert message.endswith("make room, or name an output elsewhere with -o\n")


def test_a_folder_that_is_read_only_is_refused_before_any_work(noisy: Path) -> None:
    """Mounted so, which even root has to heed."""
    described()
    done = on_a_full_disk("out.mp4", noisy, size="1m,ro")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("vidkompy: output folder 'small' is not writable; name another output with -o\n")


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def deleted(path: Path) -> None:
    path.unlink()


def silenced(path: Path) -> None:
    """Sound alone."""
    made("-f", "lavfi", "-i", "sine=duration=1", "-f", "matroska", "-y", str(path))


@pytest.mark.parametrize("pull", [emptied, deleted, silenced])
def test_a_clip_that_is_pulled_away_during_a_render_is_named(tmp_path: Path, pull: Callable[[Path], None]) -> None:
    clip = tmp_path / "clip.mkv"
    made("-f", "lavfi", "-i", NOISE, "-frames:v", "10", "-c:v", "mpeg4", str(clip))
    pull(clip)
    ended = RunResult(1, 3, ("Invalid data found when processing input",))
    with pytest.raises(RenderError, match=rf"'{clip}'.*; ffmpeg wrote 3 of 10"):
        check_exit(ended, 10, [clip], Path("out.mkv"))

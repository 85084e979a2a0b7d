"""A render that is stopped leaves nothing behind: no partial output, no temporary file, no ffmpeg."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cases import Case
from conftest import Vidkompy
from program import EMBEDDED, environment, on_disk, sidecar_of

from vidkompy.model import FrameMap
from vidkompy.probe import probe
from vidkompy.sidecar import write_sidecar

INTERRUPTED = "vidkompy: interrupted; no partial file was left\n"
SLOW = ("--", "-c:v", "libx264", "-preset", "veryslow", "-tune", "zerolatency", "-flush_packets", "1")
PART = ".out.*.part.mkv"


@pytest.fixture
def long(pair: Case) -> Path:
    """A sidecar whose render takes a minute: 6000 FG frames over one BG frame."""
    home = pair.fg.parent
    picture = ("-f", "lavfi", "-i", "testsrc=size=128x96:rate=30", "-frames:v", "6000", "-c:v", "mpeg4")
    subprocess.run([EMBEDDED, "-v", "error", *picture, home / "long.mkv"], check=True)
    path = home / "long.vidkompy.json"
    fg = probe(home / "long.mkv")
    truth = sidecar_of(pair)
    where = replace(truth.placement, width=128, height=96)
    write_sidecar(replace(truth, fg=fg, placement=where, frame_map=FrameMap(np.zeros(6000, np.int64))), path)
    return path


@contextmanager
def rendering(sidecar: Path) -> Iterator[subprocess.Popen[str]]:
    """The program while ffmpeg writes its output, in a process group of its own, as a shell starts it."""
    home = sidecar.parent
    argv = [sys.executable, "-m", "vidkompy", "render", sidecar.name, "-o", "out.mkv", *SLOW]
    with subprocess.Popen(
        argv,
        cwd=home,
        env=environment() | {"TMPDIR": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        while not any(path.stat().st_size for path in home.glob(PART)):
            assert running.poll() is None, running.stderr and running.stderr.read()
            time.sleep(0.02)
        try:
            yield running
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)


@pytest.mark.parametrize("send", [os.kill, os.killpg])
@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, INTERRUPTED), (signal.SIGTERM, 143, "")], ids=["INT", "TERM"]
)
def test_a_render_that_is_stopped_leaves_nothing(long: Path, send: object, number: int, code: int, said: str) -> None:
    """Ctrl-C on a terminal reaches the whole group, so ffmpeg too; `kill` only the program."""
    before = on_disk(long.parent)
    with rendering(long) as running:
        send(running.pid, number)
        out, err = running.communicate(timeout=20)
    notes = [line for line in err.splitlines(keepends=True) if line.startswith("note: ")]
    assert (running.returncode, out, err.removeprefix("".join(notes))) == (code, "", said)
    assert on_disk(long.parent) == before
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)


def test_a_hangup_that_is_ignored_stays_ignored(vidkompy: Vidkompy) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert vidkompy("doctor").code == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)

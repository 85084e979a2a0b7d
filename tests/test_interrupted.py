"""Stopped at any moment, the program says so in one line and leaves nothing behind: no partial output, no ffmpeg."""

import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cases import Case
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


ROOT = Path(__file__).parents[1]
ENTRIES = {  # argv of each way to start the program
    "module": ["-m", "vidkompy"],
    "script": ["-c", "from {} import {} as start; import sys; sys.exit(start())"],
}
HITS = {  # what a module does while it is imported: be hit by the signal, in a place where Python loses sight of it
    "plain": "import os; os.kill(os.getpid(), {})",
    "exec": """exec("import os; os.kill(os.getpid(), {})")""",
    "callback": (
        "import os, time\nclass A:\n def __del__(self): os.kill(os.getpid(), {}); str()\n"
        "A()\nfor _ in range(900): time.sleep(0.01)"
    ),
}


def started(entry: str, *words: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    script = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["vidkompy"]
    argv = [sys.executable, *(part.format(*script.split(":")) for part in ENTRIES[entry]), *words]
    return subprocess.run(
        argv,
        cwd=folder,
        env=environment() | variables,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("module", ["tyro", "cv2"])
@pytest.mark.parametrize("hit", HITS)
@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, INTERRUPTED), (signal.SIGTERM, 143, "")], ids=["INT", "TERM"]
)
def test_a_signal_while_modules_are_imported_ends_it_cleanly(
    pair: Case, entry: str, module: str, hit: str, number: int, code: int, said: str
) -> None:
    """tyro is imported before the command is known, cv2 by it."""
    home = pair.fg.parent
    (home / "first").mkdir()
    (home / "first" / f"{module}.py").write_text(HITS[hit].format(int(number)))
    search = os.pathsep.join([str(home / "first"), str(ROOT)])
    done = started(entry, "analyze", "bg.mp4", "fg.mp4", folder=home, PYTHONPATH=search)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", said)
    assert not (home / "fg.vidkompy.json").exists()


IGNORES = """
import signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from vidkompy.__main__ import main
try:
    main()
finally:
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
"""


def test_a_hangup_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", IGNORES, "doctor"]
    assert subprocess.run(argv, cwd=tmp_path, env=environment(), capture_output=True).returncode == 0

"""Stopped at any moment, the program says so in one line and leaves nothing behind: no partial output, no ffmpeg."""

import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.folder_state import on_disk
from support.killed_runs import wait_for_end
from support.program_runs import EMBEDDED, Vidkompy, environment, sidecar_of
from support.truth_cases import Case

from vidkompy.media.probe import probe
from vidkompy.model import FrameMap
from vidkompy.sidecar.document import write_sidecar

INTERRUPTED = "vidkompy: interrupted; no partial file was left\n"
SLOW = ("--", "-c:v", "libx264", "-preset", "veryslow", "-tune", "zerolatency", "-flush_packets", "1")


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


def is_begun(folder: Path) -> bool:
    """Whether the output is written there: trials lie in such folders too, and go again."""
    try:
        is_output = (folder / "mark").read_bytes().split(b"\n")[2:3] == [b"output"]
        return is_output and (folder / "part.mkv").stat().st_size > 0
    except OSError:
        return False


@contextmanager
def rendering(
    sidecar: Path, output: str = "out.mkv", command: str = "render", words: tuple[str, ...] = SLOW
) -> Iterator[subprocess.Popen[str]]:
    """The program while ffmpeg writes its output, in a process group of its own, as a shell starts it."""
    home = sidecar.parent
    argv = [sys.executable, "-m", "vidkompy", command, sidecar.name, "-o", output, *words]
    with subprocess.Popen(
        argv,
        cwd=home,
        env=environment() | {"TMPDIR": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        while not any(is_begun(folder) for folder in home.rglob(".vidkompy-*")):
            assert running.poll() is None, running.stderr and running.stderr.read()
            time.sleep(0.02)
        try:
            yield running
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("send", [os.kill, os.killpg])
@pytest.mark.parametrize(
    ("number", "code", "message"), [(signal.SIGINT, 130, INTERRUPTED), (signal.SIGTERM, 143, "")], ids=["INT", "TERM"]
)
def test_a_render_that_is_stopped_leaves_nothing(
    long: Path, send: Callable[[int, int], None], number: int, code: int, message: str
) -> None:
    """Ctrl-C on a terminal reaches the whole group, so ffmpeg too; `kill` only the program."""
    before = on_disk(long.parent)
    with rendering(long) as running:
        send(running.pid, number)
        out, err = running.communicate(timeout=20)
    notes = [line for line in err.splitlines(keepends=True) if line.startswith("note: ")]
    assert (running.returncode, out, err.removeprefix("".join(notes))) == (code, "", message)
    assert on_disk(long.parent) == before
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)


@pytest.mark.slow
def test_a_preview_that_is_stopped_leaves_nothing(long: Path) -> None:
    before = on_disk(long.parent)
    with rendering(long, command="preview", words=("--full-size",)) as running:
        os.killpg(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err) == (130, "", INTERRUPTED)
    assert on_disk(long.parent) == before


@pytest.mark.slow
def test_a_folder_that_vanishes_is_an_error(long: Path) -> None:
    home = long.parent
    (home / "gone").mkdir()
    with rendering(long, "gone/out.mkv") as running:
        shutil.rmtree(home / "gone")
        os.kill(int(ffmpeg_of(running.pid)), signal.SIGINT)  # else it would go on writing into nothing
        _, err = running.communicate(timeout=20)
    assert running.returncode == 1
    assert "vidkompy: cannot write 'gone/out.mkv': " in err
    assert not (home / "gone").exists()


@pytest.mark.slow
def test_a_killed_run_leaves_a_part_that_the_next_one_replaces(vidkompy: Vidkompy, pair: Case, long: Path) -> None:
    home = long.parent
    before = on_disk(home)
    with rendering(long) as running:
        child = ffmpeg_of(running.pid)
        running.kill()
        running.communicate(timeout=20)
    assert wait_for_end(child)
    [folder] = {path.parent.name for path in home.glob(".vidkompy-*/part.mkv")}
    assert set(on_disk(home)) - set(before) == {folder, f"{folder}/mark", f"{folder}/part.mkv"}
    write_sidecar(sidecar_of(pair), home / "pair.vidkompy.json")
    assert vidkompy("render", "pair.vidkompy.json", "-o", "out.mkv").code == 0
    assert set(on_disk(home)) - set(before) == {"out.mkv", "pair.vidkompy.json"}


@pytest.mark.slow
def test_two_runs_do_not_write_one_output(vidkompy: Vidkompy, long: Path) -> None:
    with rendering(long) as running:
        second = vidkompy("render", long.name, "-o", "out.mkv")
        assert (second.code, second.out) == (1, "")
        [folder] = Path().glob(".vidkompy-*")
        assert second.err.endswith(
            f"vidkompy: another run is writing 'out.mkv' ('{folder}' is locked); "
            "wait for it or end it, or name another output with -o\n"
        )
        assert running.poll() is None
        os.kill(running.pid, signal.SIGINT)
        assert running.wait(timeout=20) == 130


@pytest.mark.slow
def test_two_signals_in_a_row_leave_nothing_either(long: Path) -> None:
    before = on_disk(long.parent)
    with rendering(long) as running:
        for _ in range(3):
            os.killpg(running.pid, signal.SIGINT)
        running.communicate(timeout=20)
    assert running.returncode == 130
    assert on_disk(long.parent) == before


def ffmpeg_of(parent: int) -> str:
    """Number of the process that a render has started."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=True)
    return listed.stdout.split()[0]


ROOT = Path(__file__).parents[2]
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
    "hook": (  # and once more while the first one is still seen to
        "import _thread, os, time\nbegin = _thread.start_new_thread\n"
        "def late(*words):\n _thread.start_new_thread = begin\n os.kill(os.getpid(), {0}); str()\n"
        " return begin(*words)\n"
        "_thread.start_new_thread = late\nclass A:\n def __del__(self): os.kill(os.getpid(), {0}); str()\n"
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
    )


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("module", ["tyro", "cv2"])
@pytest.mark.parametrize("hit", HITS)
@pytest.mark.parametrize(
    ("number", "code", "message"), [(signal.SIGINT, 130, INTERRUPTED), (signal.SIGTERM, 143, "")], ids=["INT", "TERM"]
)
def test_a_signal_while_modules_are_imported_ends_it_cleanly(
    pair: Case, entry: str, module: str, hit: str, number: int, code: int, message: str
) -> None:
    """tyro is imported before the command is known, cv2 by it."""
    home = pair.fg.parent
    (home / "first").mkdir()
    (home / "first" / f"{module}.py").write_text(HITS[hit].format(int(number)))
    search = os.pathsep.join([str(home / "first"), str(ROOT)])
    done = started(entry, "analyze", "bg.mp4", "fg.mp4", folder=home, PYTHONPATH=search)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", message)
    assert not (home / "fg.vidkompy.json").exists()


IGNORES = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
from vidkompy.cli import main
def command():
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGINT)
    sys.exit(17)
main.main = command
from vidkompy.__main__ import main
main()
"""


def test_signals_that_are_ignored_stay_ignored(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", IGNORES], cwd=tmp_path, env=environment(), capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (17, b"", b"")

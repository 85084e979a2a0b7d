"""From the first line of the program to the last, Ctrl-C ends it by one line and exit code 130, or comes too late."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.program_runs import environment

INTERRUPTED = "vidkompy: interrupted; no partial file was left\n"
ENTRIES = {  # what a console script holds, and the module
    "module": ["-m", "vidkompy"],
    "script": ["-c", "import sys; from vidkompy.__main__ import main; sys.exit(main())"],
}
MOMENTS = 16  # of each sweep, evenly from the first line of the program to its end
AT_THE_END = """
import atexit, os
atexit.register(os.kill, os.getpid(), {number})
class Last:
    def __del__(self, kill=os.kill, own=os.getpid()):
        kill(own, {number})
last = Last()
"""


def started(entry: str, *words: str, folder: Path, search: str = "") -> subprocess.Popen[str]:
    path = os.pathsep.join(filter(None, (search, environment().get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, *ENTRIES[entry], *words],
        cwd=folder,
        env=environment() | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_it_heeds_signals(running: subprocess.Popen[str]) -> None:
    """Python catches SIGINT by itself; SIGTERM is caught from the first line of the program on."""
    while running.poll() is None:
        status = Path(f"/proc/{running.pid}/status").read_text()
        caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
        if int(caught, 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.0005)
    raise AssertionError(running.communicate())


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES)
def test_a_signal_at_any_moment_is_one_line_or_too_late(tmp_path: Path, entry: str) -> None:
    with started(entry, "doctor", folder=tmp_path) as whole:
        wait_until_it_heeds_signals(whole)
        start = time.monotonic()
        out, err = whole.communicate()
        length = time.monotonic() - start
    done = (0, err)
    assert whole.returncode == 0
    for k in range(MOMENTS):
        with started(entry, "doctor", folder=tmp_path) as running:
            wait_until_it_heeds_signals(running)
            time.sleep(length * k / (MOMENTS - 2))
            running.send_signal(signal.SIGINT)
            printed, message = running.communicate(timeout=60)
        assert (running.returncode, message) in ((130, INTERRUPTED), done), k
        assert out.startswith(printed), k
        assert printed == out or running.returncode == 130, k


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
@pytest.mark.parametrize(("words", "code"), [(["doctor"], 0), (["doctor", "--unknown"], 2)], ids=["done", "usage"])
def test_a_signal_once_all_is_done_changes_nothing(
    tmp_path: Path, entry: str, number: int, words: list[str], code: int
) -> None:
    with started(entry, *words, folder=tmp_path) as plain:
        expected = plain.communicate()
    (tmp_path / "sitecustomize.py").write_text(AT_THE_END.format(number=int(number)))
    with started(entry, *words, folder=tmp_path, search=str(tmp_path)) as running:
        assert running.communicate() == expected
    assert (plain.returncode, running.returncode) == (code, code)


def test_all_that_was_printed_arrives(tmp_path: Path) -> None:
    """The interpreter's own end would write what buffers still hold."""
    with started("module", "--help", folder=tmp_path) as running:
        out, err = running.communicate()
    assert (running.returncode, err) == (0, "")
    assert out.endswith("\n")
    assert "vidkompy" in out

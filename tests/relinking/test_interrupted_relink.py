"""Stopped at any moment, a relink has written all that it writes, or nothing."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.folder_state import on_disk
from support.program_runs import Vidkompy, environment
from support.relinked_clips import SIDECAR, X264, made

from vidkompy.media.atomic_outputs import StagedFile
from vidkompy.sidecar.document import read_sidecar

MOMENTS = 4  # of a run, evenly from its start to its end
FILES = 3  # that a relink writes: the sidecar as it was, timecodes, the sidecar


@pytest.mark.parametrize("nth", range(1, FILES + 1))
def test_an_interruption_between_two_files_takes_both_back(
    pair_of_files: Vidkompy, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    Path("bg.mp4").rename("moved.mp4")
    before, publish, calls = on_disk(Path.cwd()), StagedFile.publish, []

    def interrupted(file: StagedFile) -> None:
        calls.append(file.output.name)
        if len(calls) == nth:
            raise KeyboardInterrupt
        publish(file)

    monkeypatch.setattr(StagedFile, "publish", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pair_of_files("relink", SIDECAR, "--bg", "moved.mp4")
    assert len(calls) == nth
    assert on_disk(Path.cwd()) == before


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["INT", "KILL"])
@pytest.mark.usefixtures("pair_of_files")
def test_a_relink_that_is_stopped_leaves_the_sidecar_whole(number: int) -> None:
    path = made("new.mp4", "bg.mp4", *X264, "-crf", "30")
    argv = [sys.executable, "-m", "vidkompy", "relink", SIDECAR, "--bg", str(path), "-q"]
    text, start = Path(SIDECAR).read_text(), time.monotonic()
    assert subprocess.run([*argv, "-o", "other.vidkompy.json"], env=environment(), check=False).returncode == 0
    length = time.monotonic() - start
    for k in range(MOMENTS):
        with subprocess.Popen(argv, env=environment(), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as running:
            time.sleep(length * (k + 0.5) / MOMENTS)
            running.send_signal(number)
        is_done = read_sidecar(SIDECAR).bg.path.name == "new.mp4"
        kept = Path(f"{SIDECAR}.old")
        if is_done:
            assert kept.read_text() == text
            Path(SIDECAR).write_text(text)
            kept.unlink()
            Path("pair.timecodes.txt").unlink()
        assert Path(SIDECAR).read_text() == text
        if number == signal.SIGINT:
            assert not [name for name in on_disk(Path.cwd()) if name.startswith(".vidkompy")]
            assert not kept.exists()

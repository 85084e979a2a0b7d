"""Programs with windows, run on a screen that nobody sees, each in a home of its own."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from support.export_readers import reader

SIZE = "1600x1000"
SECONDS = 240  # to open a small project, and to save it: 10 on two cores that do nothing else, 75 on ones of load 20


@contextmanager
def desktop() -> Iterator[dict[str, str]]:
    """An environment with a display of its own, and empty folders for what programs keep.

    The folders are not a test's: sockets in them must have short paths, of 107 bytes at most.
    """
    read_end, write_end = os.pipe()
    words = [reader("Xvfb", "xvfb"), "-displayfd", str(write_end), "-screen", "0", f"{SIZE}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(words, pass_fds=[write_end], stderr=subprocess.DEVNULL)
    os.close(write_end)
    others = {name: text for name, text in os.environ.items() if not name.startswith(("XDG_", "QT_"))}
    try:
        with os.fdopen(read_end) as pipe, TemporaryDirectory(prefix="desktop-", ignore_cleanup_errors=True) as folder:
            kept = {name: f"{folder}/{name.lower()}" for name in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR")}
            for inner in kept.values():
                Path(inner).mkdir(mode=0o700)
            yield others | kept | {"DISPLAY": f":{pipe.readline().strip()}"}
    finally:
        server.terminate()
        server.wait()


@contextmanager
def running(words: Sequence[str | Path], surroundings: dict[str, str], log: Path) -> Iterator[int]:
    """Process number of a program, which is ended after the block with all that it started. Its words go to `log`."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            list(map(str, words)),
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def take_picture(surroundings: dict[str, str], path: Path) -> None:
    """A picture of the screen, for people to look at."""
    grab = ("-f", "x11grab", "-video_size", SIZE, "-i", surroundings["DISPLAY"], "-frames:v", "1", "-update", "1")
    words = [reader("ffmpeg", "ffmpeg"), "-v", "error", "-y", *grab, str(path)]
    subprocess.run(words, check=True)


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < until, f"not so within {SECONDS} s"
        time.sleep(0.3)

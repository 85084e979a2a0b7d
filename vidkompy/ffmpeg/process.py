"""Programs as processes: the only module that starts one. Runs ffmpeg with progress, and ends it whatever happens.

`run` draws: minutes of work, with progress and a graph on standard input. `run_trial` does something short and keeps
all that ffmpeg logs. `query` asks a binary about itself. `run_player` shows something for as long as a person looks.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import IO

from vidkompy.errors import RenderError
from vidkompy.records import Record

STDIN_FILE = "pipe:0"  # name under which ffmpeg opens its standard input, where `run` writes the graph
FAIL_FAST = "-xerror"  # else ffmpeg 9 asks a decoder that explodes for the same picture for ever, and heeds no SIGTERM
LOG_TAIL_BYTES = 2**16  # of what a long run logs: a run that complains of every frame would fill memory
TERMINATION_GRACE = 5.0  # s from SIGTERM to SIGKILL: enough for ffmpeg to close its files, short enough to wait for


class RenderProgress(Record):
    """How far a run is. fps: frames a second so far; size: bytes written; kept: parts that an earlier run left it."""

    frames: int = 0
    fps: float = 0.0
    size: int = 0
    kept: int = 0


class RunResult(Record):
    """How a run ended. frames: video frames written; log: the last lines of its log that are not empty."""

    exit_code: int
    frames: int
    log: tuple[str, ...]


def run(
    command: Sequence[str],
    graph: str,
    on_progress: Callable[[RenderProgress], None] | None = None,
    handles: Sequence[int] = (),
    is_strict: bool = True,
    grace: float = TERMINATION_GRACE,
) -> RunResult:
    """Runs an ffmpeg command line, which reads the graph from STDIN_FILE, to its end, whatever that is.

    handles     of files that it shall keep open
    is_strict   it ends at what does not decode
    grace       s that it has to end in when interrupted, before it is killed
    If interrupted, ffmpeg is ended before the exception goes on; on Linux it ends too if this program is killed.
    """
    strict = (FAIL_FAST,) if is_strict else ()
    quiet = ("-hide_banner", "-nostdin", *strict, "-v", "error", "-nostats", "-progress", "pipe:1")
    command_line = [*_death_signal_words(), command[0], *quiet, *command[1:]]
    progress = RenderProgress()
    with tempfile.TemporaryFile() as log_file:
        process = subprocess.Popen(
            command_line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log_file, text=True, pass_fds=handles
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with suppress(BrokenPipeError), process.stdin:  # one that ends before it has read the graph logs why
                process.stdin.write(graph)
            for line in process.stdout:
                progress = _updated(progress, *line.strip().split("=", 1))
                if line.startswith("progress=") and on_progress is not None:
                    on_progress(progress)
            exit_code = process.wait()
        finally:
            _terminate(process, grace)
        return RunResult(exit_code, progress.frames, _last_lines(log_file))


class TrialResult(Record):
    """log: all that ffmpeg wrote; error: the first thing that it called an error, "nothing" if there is none."""

    succeeded: bool
    log: str
    error: str


def run_trial(ffmpeg: str, arguments: Sequence[str]) -> TrialResult:
    """Runs something short to its end. ffmpeg: path of the binary."""
    done = subprocess.run(
        [ffmpeg, "-hide_banner", "-nostdin", "-v", "level+info", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    error = re.search(r"^(?:\[[^]]* @ [^]]*\] )*\[(?:error|fatal)\] *(.+)$", done.stderr, re.M)
    return TrialResult(done.returncode == 0, done.stderr, error[1].strip() if error else "nothing")


def run_player(command: Sequence[str]) -> RunResult:
    """Runs a player until it is closed. If interrupted, it is ended before the exception goes on."""
    with tempfile.TemporaryFile() as log_file:
        process = subprocess.Popen(
            [*_death_signal_words(), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log_file,
            text=True,
        )
        try:
            exit_code = process.wait()
        finally:
            _terminate(process, TERMINATION_GRACE)
        return RunResult(exit_code, 0, _last_lines(log_file))


def query(path: str, origin: str, question: str) -> tuple[str, str]:
    """What the binary at `path` prints for an option such as -filters, and the first line of its log, the banner.

    origin   where the path comes from, for messages
    Raises RenderError if it does not run, or ends with a failure.
    """
    try:
        command_line = [path, question]
        done = subprocess.run(
            command_line, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=True
        )
    except (OSError, subprocess.CalledProcessError) as e:
        reason = e.strerror if isinstance(e, OSError) else f"exit {e.returncode}"
        reason = (reason or str(e)).lower()
        raise RenderError(f"cannot run ffmpeg '{path}' from {origin}: {reason}; name a working one") from e
    return done.stdout, done.stderr.partition("\n")[0]


def executable_on_path(name: str) -> str | None:
    """Path of a program on PATH; never one in the current folder, where a stranger's files may lie: Windows looks there
    first.
    """
    folders = [p for p in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(p).is_absolute()]
    path = shutil.which(name, path=os.pathsep.join(folders))
    return path if path and Path(path).is_absolute() else None


def _last_lines(log_file: IO[bytes]) -> tuple[str, ...]:
    """Of a log, those that are not empty."""
    log_file.seek(max(0, log_file.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
    lines = log_file.read().decode("utf-8", "replace").split("\n")
    return tuple(line.strip() for line in lines if line.strip())


def _updated(progress: RenderProgress, key: str, value: str = "") -> RenderProgress:
    """After one line KEY=VALUE of ffmpeg's -progress."""
    try:
        match key:
            case "frame":
                return replace(progress, frames=int(value))
            case "fps":
                return replace(progress, fps=float(value))
            case "total_size":
                return replace(progress, size=int(value))
    except ValueError:  # N/A, before the first frame
        return progress
    return progress


def _terminate(process: subprocess.Popen[str], grace: float) -> None:
    """End the process, also if interrupted once more meanwhile."""
    try:
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(grace)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


@cache
def _death_signal_words() -> tuple[str, ...]:
    """Words before a command line that make the process end with this program, even if that is killed. Linux only."""
    setpriv = executable_on_path("setpriv")
    if setpriv is None:
        return ()
    command_line = (setpriv, "--pdeathsig", "KILL")
    try:
        subprocess.run([*command_line, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):  # not there, or without that option
        return ()
    return command_line

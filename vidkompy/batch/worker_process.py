"""A child process that runs commands of this program one after another, watched from outside.

Starting one takes as long as analysing a second of film, so it is kept from pair to pair. It is ended, with all that it
started, where a command takes too long or too much memory; the next command starts another. A command that ends its
process takes nothing else with it. Requests and answers are lines of JSON: {"arguments": [...]} and
{"exit_code", "answer", "cpu_seconds", "message"}.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import IO, Literal

from vidkompy.errors import UsageError, excerpt
from vidkompy.model import Json
from vidkompy.records import Record

POLL_SECONDS = 0.25  # between looks at the memory of a process
TERMINATION_GRACE = 8.0  # s from SIGTERM to SIGKILL: ffmpeg has 5 to close its files
LOG_TAIL_BYTES = 2000  # of what a process that ended said last
WORKER = (sys.executable, "-m", "vidkompy.cli.pair_worker")

_IS_POSIX = os.name == "posix"


class Answer(Record):
    """Of a command. facts: the object that it prints with --json; message: why it failed."""

    exit_code: int
    facts: Json
    message: str
    cpu_seconds: float


class WorkerLost(Exception):  # noqa: N818 - what became of it says the first argument
    """The process ended, or was ended.

    kind   "timeout", "memory", or "ended" where it did so by itself
    """

    def __init__(self, kind: Literal["timeout", "memory", "ended"], message: str) -> None:
        super().__init__(message)
        self.kind = kind


class WorkerProcess:
    """Starts with the first command, and again after a loss. Closed from any thread."""

    def __init__(self, command: Sequence[str] = WORKER) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: SimpleQueue[bytes] = SimpleQueue()
        self._log: IO[bytes] | None = None
        self._lock = Lock()
        self._is_closed = False

    def run(self, arguments: Sequence[str], deadline: float | None = None, memory: int | None = None) -> Answer:
        """The answer to a command.

        deadline   of `time.monotonic`; None: as long as it takes
        memory     bytes of the process and its children; None: as much as they take
        Raises WorkerLost.
        """
        process = self._started()
        assert process.stdin is not None
        request = json.dumps({"arguments": list(arguments)}).encode() + b"\n"
        try:
            process.stdin.write(request)
            process.stdin.flush()
        except (OSError, ValueError):  # it has ended, or another thread closed it
            raise self._ended() from None
        while True:
            try:
                line = self._answers.get(timeout=POLL_SECONDS)
                break
            except Empty:
                self._check_limits(process, deadline, memory)
        if not line:
            raise self._ended()
        try:
            answer = json.loads(line)
            return Answer(answer["exit_code"], answer["answer"], answer["message"], answer["cpu_seconds"])
        except (ValueError, TypeError, KeyError) as e:  # it may say anything from now on
            self._kill(process)
            words = excerpt(line.decode(errors="replace").strip())
            raise WorkerLost("ended", f"its process gave no answer but {words}") from e

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def close(self) -> None:
        """Ends it, and what it started; none starts again."""
        with self._lock:
            self._is_closed = True
            process = self._process
        if process is not None:
            _end(process)
            self._forget()

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_closed:
                raise WorkerLost("ended", "the batch ends")
            if self._process is None:
                self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
                self._answers = SimpleQueue()
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._log,
                    start_new_session=_IS_POSIX,  # a Ctrl-C is for the batch, which then ends all of the session
                )
                Thread(target=_pass_on, args=(self._process.stdout, self._answers), daemon=True).start()
            return self._process

    def _check_limits(self, process: subprocess.Popen[bytes], deadline: float | None, memory: int | None) -> None:
        """Raises WorkerLost."""
        if deadline is not None and monotonic() > deadline:
            self._kill(process)
            raise WorkerLost("timeout", "it took longer than it may")
        if memory is not None and (used := resident_bytes(process.pid)) > memory:
            self._kill(process, grace=0)  # in which it would take more
            raise WorkerLost("memory", f"it took {used >> 20} MiB, and may take {memory >> 20}")

    def _kill(self, process: subprocess.Popen[bytes], grace: float | None = None) -> None:
        _end(process, grace)
        self._forget()

    def _ended(self) -> WorkerLost:
        process, log = self._process, self._log
        if process is None or log is None:
            return WorkerLost("ended", "the batch ends")
        _end(process)  # what it started may live on
        code = process.wait()
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        try:
            log.seek(max(0, log.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
            lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        except ValueError:  # another thread closed it meanwhile
            return WorkerLost("ended", "the batch ends")
        self._forget()
        return WorkerLost("ended", f"its process ended {how}{': ' if lines else ''}{lines[-1] if lines else ''}")

    def _forget(self) -> None:
        with self._lock:
            process, self._process = self._process, None
            log, self._log = self._log, None
        for file in (None if process is None else process.stdin, log):
            if file is not None:
                with suppress(OSError):  # a request that nobody reads any more
                    file.close()


def check_memory_limits() -> None:
    """Raises UsageError where nothing here can tell the memory of a process."""
    try:
        import psutil  # noqa: F401
    except ImportError:
        raise UsageError("--max-memory needs psutil: pip install 'vidkompy[batch]'") from None


def resident_bytes(pid: int) -> int:
    """Of a process and all that it started; 0 where it has ended."""
    import psutil

    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    total = 0
    for member in family:
        with suppress(psutil.Error):  # it has ended
            total += int(member.memory_info().rss)
    return total


def _pass_on(pipe: IO[bytes], answers: SimpleQueue[bytes]) -> None:
    """Lines, and an empty one at the end."""
    with pipe:
        for line in pipe:
            answers.put(line)
    answers.put(b"")


def _end(process: subprocess.Popen[bytes], grace: float | None = None) -> None:
    """Ends a process and its session: asked at first, so that files are put away, then killed.

    grace   s from one to the other; None: TERMINATION_GRACE
    """
    if not _IS_POSIX:
        process.kill()
        process.wait()
        return
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(TERMINATION_GRACE if grace is None else grace)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # its number stays taken as long as any of its session lives
    process.wait()

"""Starts the program with bounds, as a process of its own or forked off one that has imported it already.

A start takes 0.5 s of CPU, a fork 0.02: what is run is the same from `vidkompy.__main__.main` on.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ADDRESSES = 8 << 30  # bytes a process may map: what libraries map and never use is 2 to 3 GiB


@dataclass(frozen=True)
class Job:
    """cpu: s for each process. out, err: files that take what is printed."""

    words: tuple[str, ...]
    folder: str
    environment: dict[str, str]
    out: str
    err: str
    cpu: int
    file_size: int = -1  # bytes: a disk that fills


@dataclass(frozen=True)
class Ended:
    """code: negative for a signal. cpu: s, with children. memory: bytes of its largest process."""

    code: int
    cpu: float
    memory: int


class Cold:
    """argv: what comes before a job's words."""

    def __init__(self, argv: Sequence[str] = (sys.executable, "-m", "vidkompy")) -> None:
        self._argv = argv
        self._running: subprocess.Popen[bytes] | None = None

    def begin(self, job: Job) -> int:
        """Returns the process."""
        with Path(job.out).open("wb") as out, Path(job.err).open("wb") as err:
            self._running = subprocess.Popen(
                [*self._argv, *job.words],
                cwd=job.folder,
                env=job.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                preexec_fn=lambda: _begin(job, signal.SIG_DFL),
            )
        return self._running.pid

    def wait(self) -> Ended:
        assert self._running is not None
        _, status, used = os.wait4(self._running.pid, 0)
        self._running.returncode = os.waitstatus_to_exitcode(status)
        return _ended(status, used)

    def close(self) -> None:
        pass


class Warm:
    """Forks. One job at a time."""

    def __init__(self) -> None:
        words = [sys.executable, "-c", "from torturing.running import serve; serve()"]
        path = os.pathsep.join([*sys.path[:3], os.environ.get("PYTHONPATH", "")])
        self._server = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path}, text=True
        )

    def begin(self, job: Job) -> int:
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(asdict(job)) + "\n")
        self._server.stdin.flush()
        return int(self._answer()["pid"])

    def wait(self) -> Ended:
        return Ended(**self._answer())

    def close(self) -> None:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()

    def _answer(self) -> dict[str, Any]:
        assert self._server.stdout is not None
        return json.loads(self._server.stdout.readline())  # type: ignore[no-any-return]


def serve() -> None:
    """Jobs on standard input, a JSON object a line; two answers to each on standard output."""
    import vidkompy.analysis
    import vidkompy.cli.main
    import vidkompy.exchange.export
    import vidkompy.exchange.map_import
    import vidkompy.rendering.render_pipeline
    import vidkompy.verification.frame_comparison  # noqa: F401 - imported for the processes that are forked

    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        job = Job(**json.loads(line))
        pid = os.fork()
        if pid == 0:
            answers.close()
            _become(job)
        print(json.dumps({"pid": pid}), file=answers, flush=True)
        _, status, used = os.wait4(pid, 0)
        print(json.dumps(asdict(_ended(status, used))), file=answers, flush=True)


def _become(job: Job) -> None:
    from vidkompy.__main__ import main

    os.setsid()
    for number, (path, flags) in enumerate(((os.devnull, os.O_RDONLY), (job.out, _NEW), (job.err, _NEW))):
        handle = os.open(path, flags, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    os.chdir(job.folder)
    os.environ.clear()
    os.environ.update(job.environment)
    _begin(job, signal.default_int_handler)
    sys.argv = ["vidkompy", *job.words]
    try:
        main()
    finally:  # a traceback is printed by then, or nothing comes here
        sys.excepthook(*sys.exc_info())
        os._exit(1)


_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def _begin(job: Job, interrupt: Any) -> None:
    """interrupt: what Ctrl-C does. A shell lets what runs in the background ignore it, and all that this starts."""
    signal.signal(signal.SIGINT, interrupt)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CPU, (job.cpu, job.cpu + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if job.file_size >= 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job.file_size, job.file_size))


def _ended(status: int, used: resource.struct_rusage) -> Ended:
    return Ended(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)

"""The child process of a batch: commands come in as lines of JSON, and answers go out as such."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import threading
from contextlib import redirect_stdout, suppress
from queue import SimpleQueue
from types import FrameType
from typing import Any

from vidkompy.cli.main import prepare_process, run_command_line
from vidkompy.cli.pair_thumbnail import THUMBNAIL_COMMAND, thumbnail_error


def main() -> None:
    """Runs until the other side goes away: then it ends at once, with all that it started."""
    prepare_process()
    signal.signal(signal.SIGTERM, _interrupt)  # what is being written is put away
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    requests: SimpleQueue[list[str]] = SimpleQueue()
    threading.Thread(target=_receive, args=(requests,), daemon=True).start()
    with suppress(KeyboardInterrupt):
        while True:
            answers.write(json.dumps(_answer(requests.get())) + "\n")
            answers.flush()


def _answer(arguments: list[str]) -> dict[str, Any]:
    before = _cpu_seconds()
    if arguments[0] == THUMBNAIL_COMMAND:
        facts: dict[str, Any] = {}
        message = thumbnail_error(arguments)
        exit_code = int(bool(message))
    else:
        exit_code, facts = _run(arguments)
        message = str(facts.get("error", ""))
    return {"exit_code": exit_code, "answer": facts, "message": message, "cpu_seconds": _cpu_seconds() - before}


def _run(arguments: list[str]) -> tuple[int, dict[str, Any]]:
    """Exit code, and what --json prints."""
    printed = io.TextIOWrapper(io.BytesIO(), "utf-8", "surrogateescape")
    with redirect_stdout(printed):
        try:
            exit_code = run_command_line([arguments[0], "--json", "--quiet", *arguments[1:]], is_typed=False)
        except SystemExit as e:  # words that make no sense
            exit_code = e.code if isinstance(e.code, int) else 1
    printed.seek(0)
    text = printed.read()
    return exit_code, json.loads(text) if text.strip() else {}


def _cpu_seconds() -> float:
    """Of this process, and of those it started that have ended."""
    return sum(os.times()[:4])


def _receive(requests: SimpleQueue[list[str]]) -> None:
    for line in sys.stdin.buffer:
        requests.put(json.loads(line)["arguments"])
    if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():  # nobody else's processes are among them
        with suppress(OSError):
            os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()

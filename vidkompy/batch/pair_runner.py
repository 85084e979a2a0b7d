"""Works on one pair: runs its commands in a watched process, and collects what they write in a folder of its own.

The folder lies beside the one that the pair gets in the end, so that paths in a sidecar stay right, and takes that
name when all of it is there.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from glob import escape
from pathlib import Path
from time import monotonic

from vidkompy.batch.clip_states import clip_states, with_hashes
from vidkompy.batch.pair_task import (
    CRASHED,
    DONE,
    ENDINGS,
    FAILED,
    OUT_OF_MEMORY,
    PART_MARK,
    REFUSED,
    SIDECAR,
    TIMED_OUT,
    Outcome,
    PairResult,
    PairTask,
    Status,
)
from vidkompy.batch.worker_process import Answer, WorkerLost, WorkerProcess
from vidkompy.errors import NoMatch, OutputError
from vidkompy.model import Json

MAX_ATTEMPTS = 3  # of a pair whose process ends by itself: another program's doing passes, the pair's own does not
MAX_LOST_BGS = 3  # that end their process each time, before any other has been tried: FG is what does it
LOSSES = frozenset((CRASHED, OUT_OF_MEMORY))
NO_ROOM = frozenset(os.strerror(number).lower() for number in (errno.ENOSPC, errno.EDQUOT))  # in messages

_STATUS_OF_LOSS: dict[str, Status] = {"timeout": TIMED_OUT, "memory": OUT_OF_MEMORY, "ended": CRASHED}


class _Failure(Exception):  # noqa: N818 - what a command answered
    def __init__(self, status: Status, exit_code: int, message: str, others: tuple[Json, ...] = ()) -> None:
        super().__init__(message)
        self.status, self.exit_code, self.others = status, exit_code, others


@dataclass
class _Spent:
    """What all attempts at a pair took."""

    started: float = field(default_factory=monotonic)
    cpu_seconds: float = 0.0


def run_pair(task: PairTask, parent: Path, worker: WorkerProcess, lost: int = 0) -> Outcome:
    """Analyses, draws and reports what is asked for; a failure is an outcome, too.

    parent   holds a folder with the pair's files until these are taken over
    lost     attempts that other machines took with them
    Raises OSError or OutputError where nothing can be written there.
    """
    spent = _Spent()
    clips, host = clip_states(task.clips), socket.gethostname()
    blank = PairResult(task.name, DONE, task.key, clips=clips, host=host, number=task.number)
    for attempt in range(lost + 1, MAX_ATTEMPTS + 1):  # noqa: B007 - the last one counts
        outcome = _attempt(task, parent, worker, spent, blank)
        if outcome.result.status != CRASHED or worker.is_closed or outcome.result.others:
            break  # where there are others, each was tried as often
    result = replace(
        outcome.result,
        attempts=attempt,
        seconds=round(monotonic() - spent.started, 3),
        cpu_seconds=round(spent.cpu_seconds, 3),
        ended=_now(),
    )
    return replace(outcome, result=result)


def unfinished(task: PairTask, status: Status, message: str, attempts: int = 1) -> Outcome:
    """Of a pair that no command had an answer to."""
    staged = {one.state.clip: one.state for one in task.staged}  # which cannot be seen from everywhere
    clips = tuple(staged.get(state.clip, state) for state in clip_states(task.clips))
    blank = PairResult(task.name, status, task.key, 1, message, number=task.number)
    return Outcome(replace(blank, attempts=attempts, clips=clips, ended=_now()))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _attempt(task: PairTask, parent: Path, worker: WorkerProcess, spent: _Spent, blank: PairResult) -> Outcome:
    folder = parent / f"{task.name}{PART_MARK}{secrets.token_hex(8)}"
    folder.mkdir()
    outcome = None
    try:
        outcome = Outcome(_run_commands(task, folder, worker, spent, blank), folder)
        return outcome
    except WorkerLost as e:
        return Outcome(replace(blank, status=_STATUS_OF_LOSS[e.kind], exit_code=1, message=str(e)))
    except _Failure as e:
        return Outcome(replace(blank, status=e.status, exit_code=e.exit_code, message=str(e), others=e.others))
    finally:
        if outcome is None:
            shutil.rmtree(folder, ignore_errors=True)


def _run_commands(task: PairTask, folder: Path, worker: WorkerProcess, spent: _Spent, blank: PairResult) -> PairResult:
    """Raises WorkerLost, _Failure, OutputError."""
    deadline = None if task.timeout is None else monotonic() + task.timeout

    def run(*arguments: str) -> Answer:
        answer = worker.run(arguments, deadline, task.memory)
        spent.cpu_seconds += answer.cpu_seconds
        return answer

    sidecar, composite, report, thumbnail = (str(folder / f"{task.name}{ending}") for ending in ENDINGS)
    others: tuple[Json, ...] = ()
    if len(task.bgs) == 1:
        bg = task.bgs[0]
        found = _succeeded(run("analyze", bg, task.fg, "-o", sidecar, *task.analysis))
    else:
        found, bg, others = _most_sure(task, folder, run, worker)
    if task.drawing is not None:
        _succeeded(run("render", sidecar, "-o", composite, *task.drawing))
    if task.has_report:
        _succeeded(run("report", sidecar, "-o", report))
    _draw_thumbnail(thumbnail, partial(run, "thumbnail", sidecar, "-o", thumbnail), worker)
    try:
        return replace(
            blank,
            confidence=found["confidence"],
            bg=bg,
            others=others,
            reasons=tuple(found["reasons"]),
            clips=with_hashes(blank.clips, Path(sidecar), task.fg, bg),
            files=tuple(sorted(f"{task.name}/{path.name}" for path in folder.iterdir())),
            sidecar_sha256=hashlib.sha256(Path(sidecar).read_bytes()).hexdigest(),
        )
    except (OSError, ValueError, KeyError) as e:
        raise _Failure(FAILED, 1, f"its sidecar cannot be read back: {e}") from e


def _draw_thumbnail(picture: str, run: Callable[[], Answer], worker: WorkerProcess) -> None:
    """Where that fails, the batch's page does without. Raises WorkerLost where the batch ends."""
    try:
        run()
    except WorkerLost:
        if worker.is_closed:
            raise
        _remove_folders(Path(picture).parent)


def _remove_folders(folder: Path) -> None:
    """In which what a command begins lies until it is whole."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)


def _most_sure(
    task: PairTask, folder: Path, run: Callable[..., Answer], worker: WorkerProcess
) -> tuple[Json, str, tuple[Json, ...]]:
    """The answer on the BG on which FG lies most surely, that BG, and what became of the others.

    The files of that answer have the pair's name. Raises WorkerLost, _Failure, OutputError.
    """
    tried: list[Json] = []
    statuses: list[Status] = []
    found: Json = {}
    best: Json | None = None
    trial = f"{task.name}.trial"
    for bg in task.bgs:
        analysis = partial(run, "analyze", bg, task.fg, "-o", str(folder / (trial + SIDECAR)), *task.analysis)
        status, facts, message = _trial(analysis, worker, folder)
        statuses.append(status)
        tried.append({"bg": bg, "confidence": facts.get("confidence"), "message": message})
        is_best = status == DONE and (best is None or _sureness(tried[-1]) > _sureness(best))
        if is_best:
            found, best = facts, tried[-1]
        for path in list(folder.glob(f"{escape(trial)}.*")):
            if is_best:
                path.replace(folder / (task.name + path.name.removeprefix(trial)))
            else:
                path.unlink()
        if len(statuses) == MAX_LOST_BGS and {*statuses} <= LOSSES:
            break
    if best is None:
        status = next(one for one in (REFUSED, CRASHED, OUT_OF_MEMORY, FAILED) if one in statuses)
        message = tried[statuses.index(status)]["message"]
        code = NoMatch.exit_code if status == REFUSED else 1
        raise _Failure(status, code, f"it lies on none of {len(tried)} BGs; {message}", tuple(tried))
    return found, best["bg"], tuple(one for one in tried if one is not best)


def _trial(analysis: Callable[[], Answer], worker: WorkerProcess, folder: Path) -> tuple[Status, Json, str]:
    """Of one BG of several: how it went, its answer, and why there is none.

    One that ends its process is tried as often as a pair; what it began goes. Raises WorkerLost where the batch ends
    or the pair's time is over, OutputError.
    """
    for _ in range(MAX_ATTEMPTS):
        try:
            return DONE, _succeeded(analysis()), ""
        except _Failure as e:
            return e.status, {}, str(e)
        except WorkerLost as e:
            _remove_folders(folder)
            if worker.is_closed or e.kind == "timeout":
                raise
            loss = e
            if e.kind == "memory":
                break
    return _STATUS_OF_LOSS[loss.kind], {}, str(loss)


def _sureness(one: Json) -> float:
    return one["confidence"] or 0.0  # it has none where --at says the place


def _succeeded(answer: Answer) -> Json:
    """Raises _Failure, and OutputError where a disk is full, which is not the pair's fault."""
    if answer.exit_code:
        if any(reason in answer.message.lower() for reason in NO_ROOM):
            raise OutputError(f"{answer.message}; make room, and run the same command again: it goes on")
        status = REFUSED if answer.exit_code == NoMatch.exit_code else FAILED
        raise _Failure(status, answer.exit_code, answer.message)
    return answer.facts

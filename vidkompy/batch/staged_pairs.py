"""Pairs whose clips are remote or staged: these are copied to this machine first.

What comes of a pair speaks of their URLs, or of their paths at home.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from vidkompy.batch.clip_copies import ClipCopies
from vidkompy.batch.pair_runner import run_pair, unfinished
from vidkompy.batch.pair_task import FAILED, ClipState, Outcome, PairResult, PairTask
from vidkompy.batch.remote_clips import is_remote
from vidkompy.batch.worker_process import WorkerProcess
from vidkompy.errors import MediaError
from vidkompy.model import Json


def has_remote_clips(task: PairTask) -> bool:
    return any(map(is_remote, task.clips))


def run_staged_pair(task: PairTask, parent: Path, worker: WorkerProcess, copies: ClipCopies, lost: int = 0) -> Outcome:
    """As `run_pair`, for clips anywhere. Raises OSError or OutputError where nothing can be written here."""
    with ExitStack() as stack:
        try:
            states = {str(path): state for path, state in _held_copies(task, copies, stack)}
        except MediaError as e:
            return unfinished(task, FAILED, str(e), lost + 1)
        local = _with_copies(task, {state.clip: path for path, state in states.items()})
        outcome = run_pair(local, parent, worker, lost)
    return replace(outcome, result=_with_names(outcome.result, task, states)) if states else outcome


def _held_copies(task: PairTask, copies: ClipCopies, stack: ExitStack) -> Iterator[tuple[Path, ClipState]]:
    """Copies of clips and files, held by `stack`, and what they are copies of. Raises MediaError, OSError."""
    for url in {*task.clips}:
        if is_remote(url):
            path, revision = stack.enter_context(copies.held(url))
            yield path, ClipState(url, revision)
    for one in task.staged:
        yield stack.enter_context(copies.held_staged(one)), one.state


def _with_copies(task: PairTask, paths: Mapping[str, str]) -> PairTask:
    """paths: of copies, by what the task names."""

    def word_with_copy(word: str) -> str:
        option, equals, value = word.partition("=")
        return f"{option}{equals}{paths[value]}" if value in paths else word

    return replace(
        task,
        fg=paths.get(task.fg, task.fg),
        bgs=tuple(paths.get(bg, bg) for bg in task.bgs),
        analysis=tuple(map(word_with_copy, task.analysis)),
    )


def _with_names(result: PairResult, task: PairTask, states: Mapping[str, ClipState]) -> PairResult:
    """A result that speaks of what the task names. states: of that, by the path of the copy."""

    def named(text: str) -> str:
        for path, state in states.items():
            text = text.replace(path, state.clip)
        return text

    def other(one: Json) -> Json:
        return {**one, "bg": named(one["bg"]), "message": named(one["message"])}

    def state(one: ClipState) -> ClipState:
        known = states.get(one.clip)
        return one if known is None else replace(known, sha256=one.sha256 or known.sha256)

    return replace(
        result,
        key=task.key,
        message=named(result.message),
        bg=named(result.bg),
        others=tuple(map(other, result.others)),
        clips=tuple(map(state, result.clips)),
    )

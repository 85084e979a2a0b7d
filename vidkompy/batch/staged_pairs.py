"""Pairs with remote clips: these are copied to this machine first, and what comes of a pair speaks of their URLs."""

from __future__ import annotations

from collections.abc import Mapping
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
            held = {url: stack.enter_context(copies.held(url)) for url in {*task.clips} if is_remote(url)}
        except MediaError as e:
            return unfinished(task, FAILED, str(e), lost + 1)
        paths = {url: str(copy) for url, (copy, _) in held.items()}
        local = replace(task, fg=paths.get(task.fg, task.fg), bgs=tuple(paths.get(bg, bg) for bg in task.bgs))
        outcome = run_pair(local, parent, worker, lost)
    if not held:
        return outcome
    urls = {str(copy): ClipState(url, revision) for url, (copy, revision) in held.items()}
    return replace(outcome, result=_with_urls(outcome.result, urls))


def _with_urls(result: PairResult, urls: Mapping[str, ClipState]) -> PairResult:
    """urls: by the path of the copy."""

    def named(text: str) -> str:
        for path, state in urls.items():
            text = text.replace(path, state.clip)
        return text

    def other(one: Json) -> Json:
        return {**one, "bg": named(one["bg"]), "message": named(one["message"])}

    states = (replace(urls[s.clip], sha256=s.sha256) if s.clip in urls else s for s in result.clips)
    return replace(
        result,
        message=named(result.message),
        bg=named(result.bg),
        others=tuple(map(other, result.others)),
        clips=tuple(states),
    )

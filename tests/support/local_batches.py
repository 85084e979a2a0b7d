"""Batches within this process, whose workers are stand-ins."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.stand_in_batches import worker_command
from vidkompy.batch.batch_run import remaining_tasks, run_tasks
from vidkompy.batch.executors import LocalExecutor
from vidkompy.batch.journal import open_journal, read_journal
from vidkompy.batch.pair_folders import check_replaceable, put_away_parts
from vidkompy.batch.pair_task import PairResult, PairTask


def tasks_of(folder: Path, *names: str, bgs: Sequence[str] = ("bg.mp4",), **options: Any) -> list[PairTask]:
    home = folder.parent
    task = PairTask("", "", "", tuple(str(home / bg) for bg in bgs))
    return [replace(task, name=name, fg=str(home / f"{name}.mp4"), **options) for name in names]


def run(
    folder: Path,
    tasks: Sequence[PairTask],
    jobs: int = 2,
    is_retried: bool = False,
    is_overwriting: bool = False,
) -> dict[str, PairResult]:
    """As the command does. Results that are new."""
    path, new = folder / "results.jsonl", list[PairResult]()
    with open_journal(path) as journal:
        put_away_parts(tasks, folder)
        remaining, recovered = remaining_tasks(tasks, read_journal(path), folder, is_retried, is_overwriting)
        if not is_overwriting:
            check_replaceable(remaining, folder)
        for result in recovered:
            journal.add(result)
        executor = LocalExecutor(jobs, folder, worker_command(folder.parent / "starts"))
        run_tasks(remaining, executor, folder, journal, new.append, is_overwriting)
    assert not parts(folder)
    return {result.name: result for result in new}


def parts(folder: Path) -> list[Path]:
    return list(folder.glob("*.part-*"))

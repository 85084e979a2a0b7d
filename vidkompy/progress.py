"""How far the work is: a bar on a terminal's standard error, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Tell(Protocol):
    """stage: what is done; note: what else there is to say."""

    def __call__(self, stage: str, done: int, total: int, note: str = "") -> None: ...


@contextmanager
def progress() -> Iterator[Tell]:
    if not sys.stderr.isatty():
        yield _silence
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    times = TimeElapsedColumn(), TimeRemainingColumn()  # what has passed moves even while no count does
    named, noted = TextColumn("{task.description:>10}"), TextColumn("{task.fields[note]}")
    columns = (named, BarColumn(bar_width=None), MofNCompleteColumn(), noted, *times)
    with Progress(*columns, console=Console(stderr=True), transient=True, expand=True) as bar:
        tasks = {}

        def tell(stage: str, done: int, total: int, note: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total, note=note)
            bar.update(tasks[stage], completed=done, note=note)

        yield tell


def _silence(*_: object, **__: object) -> None:
    pass


def pace(fps: float, size: int) -> str:
    """Frames a second, and bytes written in the largest unit of which there is one."""
    units = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
    amount = next((f"{size / unit:.1f} {name}" for unit, name in units if size >= unit), f"{size} B")
    return f"{fps:.3g} fps, {amount}"

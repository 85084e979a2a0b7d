"""Progress of the work: a bar on standard error where that is a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

MIN_BAR_COLUMNS = 64  # of a terminal: on narrower ones counts and the time that remains would be cut off


class StageCallback(Protocol):
    """stage: of the work, one bar each; done, total: units of it; note: text beside the bar."""

    def __call__(self, stage: str, done: int, total: int, note: str = "") -> None: ...


@contextmanager
def progress_bar() -> Iterator[StageCallback]:
    if not sys.stderr.isatty():
        yield _report_nothing
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

    console = Console(stderr=True)
    named, noted = TextColumn("{task.description:>10}"), TextColumn("{task.fields[note]}")
    elapsed = TimeElapsedColumn()  # what has passed moves even while no count does
    wide = (BarColumn(bar_width=None), MofNCompleteColumn(), noted, elapsed)
    is_wide = console.width >= MIN_BAR_COLUMNS
    columns = (named, *(wide if is_wide else (MofNCompleteColumn(),)), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, expand=is_wide) as bar:
        tasks = {}

        def report(stage: str, done: int, total: int, note: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total, note=note)
            bar.update(tasks[stage], completed=done, note=note)

        yield report


def _report_nothing(*_: object, **__: object) -> None:
    pass


def pace(fps: float, size: int) -> str:
    """Frames a second, and bytes written in the largest unit of which there is one."""
    units = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
    amount = next((f"{size / unit:.1f} {name}" for unit, name in units if size >= unit), f"{size} B")
    return f"{fps:.3g} fps, {amount}"

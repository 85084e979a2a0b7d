"""How far the work is: a bar on a terminal's standard error, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

NARROW = 64  # characters: on narrower terminals counts and what remains would be cut off


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

    console = Console(stderr=True)
    named, noted = TextColumn("{task.description:>10}"), TextColumn("{task.fields[note]}")
    elapsed = TimeElapsedColumn()  # what has passed moves even while no count does
    wide = (BarColumn(bar_width=None), MofNCompleteColumn(), noted, elapsed)
    is_wide = console.width >= NARROW
    columns = (named, *(wide if is_wide else (MofNCompleteColumn(),)), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, expand=is_wide) as bar:
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

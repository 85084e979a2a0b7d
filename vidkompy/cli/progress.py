"""Progress of the work on standard error: a bar, a line now and then, or JSON events."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Literal, Protocol

from vidkompy.cli.messages import print_event, print_message

if TYPE_CHECKING:
    from threading import Event

MIN_BAR_COLUMNS = 60  # of a terminal: on narrower ones counts of 7 digits would be cut off
MIN_NOTE_COLUMNS = 80  # the same, with frames a second and what was written beside them
SECONDS_A_LINE = 10.0  # from one line to the next: often enough to see that work goes on, too rare to fill a log
SECONDS_AN_EVENT = 0.1  # from one event of a stage to the next: what a bar can show

Mode = Literal["auto", "bar", "lines", "json", "none"]


class StageCallback(Protocol):
    """stage: of the work, one bar each; done, total: units of it; note: text beside the bar."""

    def __call__(self, stage: str, done: int, total: int, note: str = "") -> None: ...


_chosen: dict[str, Mode] = {"mode": "auto"}  # of the process, as standard error is


def configure_progress(mode: Mode) -> None:
    _chosen["mode"] = mode


@contextmanager
def progress_reports() -> Iterator[StageCallback]:
    """What takes the progress of some work, and shows it as was chosen."""
    mode = _chosen["mode"]
    if mode == "auto":
        mode = "bar" if sys.stderr.isatty() else "lines"
    show = {"bar": _bars, "lines": _lines, "json": _events, "none": _nothing}[mode]
    with show() as report:
        yield report


@contextmanager
def _nothing() -> Iterator[StageCallback]:
    def report(*_: object, **__: object) -> None:
        pass

    yield report


@contextmanager
def _bars() -> Iterator[StageCallback]:
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
    is_wide, is_wider = console.width >= MIN_BAR_COLUMNS, console.width >= MIN_NOTE_COLUMNS
    wide = (BarColumn(bar_width=None), MofNCompleteColumn(), *((noted,) if is_wider else ()), elapsed)
    columns = (named, *(wide if is_wide else (MofNCompleteColumn(),)), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, expand=is_wide) as bar:
        tasks = {}

        def report(stage: str, done: int, total: int, note: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total, note=note)
            bar.update(tasks[stage], completed=done, note=note)

        yield report


@contextmanager
def _lines() -> Iterator[StageCallback]:
    """A thread says where the work is: a stage may take minutes without a report."""
    from threading import Event, Thread

    state: dict[str, str] = {}
    ended = Event()
    started = monotonic()

    def report(stage: str, done: int, total: int, note: str = "") -> None:
        share = f", {100 * done // total} %" if total > 1 else ""
        state["line"] = f"{stage}: {done} of {total}{share}{', ' if note else ''}{note}"

    thread = Thread(target=_say_at_times, args=(state, ended, started), daemon=True)
    thread.start()
    try:
        yield report
    finally:
        ended.set()
        thread.join()


def _say_at_times(state: dict[str, str], ended: Event, started: float) -> None:
    while not ended.wait(SECONDS_A_LINE):
        if "line" in state:
            try:
                print_message(f"{state['line']} ({monotonic() - started:.0f} s)")
            except OSError:  # nobody reads: the command itself will notice
                return


@contextmanager
def _events() -> Iterator[StageCallback]:
    last: dict[str, float] = {}
    started = monotonic()

    def report(stage: str, done: int, total: int, note: str = "") -> None:
        now = monotonic()
        if done not in (0, total) and now - last.get(stage, 0.0) < SECONDS_AN_EVENT:
            return
        last[stage] = now
        print_event("progress", stage=stage, done=done, total=total, seconds=round(now - started, 2), note=note)

    yield report


def pace(fps: float, size: int) -> str:
    """Frames a second, and bytes written.

    >>> pace(8.25, 900), pace(1234.5, 1_300_000_000)
    ('8.2 fps, 900 B', '1234 fps, 1.2 GiB')
    """
    return f"{fps:.{0 if fps >= 100 else 1}f} fps, {size_text(size)}"


def size_text(size: int) -> str:
    """Bytes in the largest unit of which there is one."""
    units = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
    return next((f"{size / unit:.1f} {name}" for unit, name in units if size >= unit), f"{size} B")

"""index.html of a batch: what it shows, and why it was not written, which costs no result."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from vidkompy.cli.messages import print_message
from vidkompy.errors import VidkompyError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vidkompy.batch.pair_task import PairResult, PairTask


def page_of(folder: Path, tasks: Sequence[PairTask]) -> Path | None:
    """The page of all that the folder has results of, those of these tasks in their order.

    One that is newer than all results is left as it is.
    """
    from vidkompy.batch.summary import PAGE_NAME, collected_results

    path = folder / PAGE_NAME
    if _is_newer(path, folder):
        return path
    try:
        results = collected_results([folder], folder)
    except VidkompyError as e:
        print_message(f"note: {e}")
        return None
    numbers = {task.name: task.number for task in tasks}
    ordered = [replace(result, number=numbers.get(name, result.number)) for name, result in results.items()]
    return renewed_page(folder, ordered, len(numbers.keys() - results.keys()))


def _is_newer(page: Path, folder: Path) -> bool:
    from vidkompy.batch.journal import JOURNAL_PATTERN

    try:
        made = page.stat().st_mtime_ns
        return all(journal.stat().st_mtime_ns < made for journal in folder.glob(JOURNAL_PATTERN))
    except OSError:
        return False


def renewed_page(folder: Path, results: Collection[PairResult], waiting: int = 0) -> Path | None:
    """None where it was not written. waiting: pairs that have no result yet."""
    if find_spec("jinja2") is None:
        print_message("note: a page of all pairs needs jinja2: pip install 'vidkompy[report]'")
        return None
    from vidkompy.batch.gallery import write_gallery

    try:
        return write_gallery(folder, results, waiting)
    except VidkompyError as e:
        print_message(f"note: {e}")
        return None

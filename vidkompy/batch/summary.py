"""How far a batch is, in numbers."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from vidkompy.batch.journal import JOURNAL_PATTERN, read_journal
from vidkompy.batch.pair_task import PairResult, Status
from vidkompy.counts import count_text
from vidkompy.errors import OutputError

PAGE_NAME = "index.html"  # of all pairs
STATUSES: tuple[Status, ...] = get_args(Status)


def counts_of(results: Iterable[PairResult]) -> dict[str, int]:
    """Pairs by status, all of them named."""
    counts = Counter(result.status for result in results)
    return {status: counts[status] for status in STATUSES}


def collected_results(folders: Sequence[Path], base: Path) -> dict[str, PairResult]:
    """Results of all journals in these folders, their files relative to `base`.

    Of several results for one name the one that ended last counts. Raises OutputError where a folder has none.
    """
    found: dict[str, PairResult] = {}
    for folder in folders:
        for result in _results(folder):
            if result.name not in found or found[result.name].ended <= result.ended:
                found[result.name] = replace(result, files=tuple(_based(folder / n, base) for n in result.files))
    return found


def contested_names(folders: Sequence[Path]) -> list[str]:
    """Names that several of these folders have, for pairs of other clips. Raises OutputError."""
    clips: dict[str, list[str]] = {}
    contested: dict[str, None] = {}
    for folder in folders:
        for result in _results(folder):
            own = [state.clip for state in result.clips]
            if clips.setdefault(result.name, own) != own:
                contested[result.name] = None
    return list(contested)


def _results(folder: Path) -> Iterator[PairResult]:
    """Raises OutputError."""
    paths = sorted(folder.glob(JOURNAL_PATTERN))
    if not paths:
        raise OutputError(f"'{folder}' has no results.jsonl; wanted a folder that batch wrote, as --out named it")
    for path in paths:
        yield from read_journal(path).values()


def _based(path: Path, base: Path) -> str:
    return os.path.relpath(path.absolute(), base.absolute()).replace(os.sep, "/")


def table_lines(counts: Mapping[str, int], total: int, seconds: float, cpu_seconds: float) -> list[str]:
    """What a batch came to.

    >>> table_lines({"done": 48, "refused": 2}, 51, 620, 1200)
    ['done       48', 'refused     2', 'waiting     1', '51 pairs: 10:20 of work, 20:00 of CPU']
    """
    rows = [(status, count) for status, count in counts.items() if count or status == "done"]
    if (waiting := total - sum(counts.values())) > 0:
        rows.append(("waiting", waiting))
    lines = [f"{status:<9}{count:>4}" for status, count in rows]
    pairs = count_text(total, "pair")
    return [*lines, f"{pairs}: {clock(seconds)} of work, {clock(cpu_seconds)} of CPU"]


def clock(seconds: float) -> str:
    """Minutes and seconds, and hours where there are any.

    >>> clock(59.6), clock(3725)
    ('1:00', '1:02:05')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

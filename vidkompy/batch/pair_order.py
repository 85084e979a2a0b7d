"""In which order pairs are worked on: those of one BG together, as it is decoded once, but not while it is decoded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from vidkompy.batch.pair_task import PairTask


class PairOrder:
    """Pairs that wait.

    Of a BG that was seen already those come first, as its measurements lie in the cache; then one of a BG that nobody
    works on; then any: it waits for what another one decodes. Where there are several machines, each has its cache:
    BGs that lie in another one come after those that nobody works on.
    """

    def __init__(self, tasks: Iterable[PairTask]) -> None:
        self._waiting: dict[tuple[str, ...], deque[PairTask]] = {}
        for task in tasks:
            self._waiting.setdefault(task.bgs, deque()).append(task)
        self._count = sum(map(len, self._waiting.values()))
        self._seen: dict[tuple[str, ...], None] = {}  # of those that wait; in the order in which they ended first
        self._begun: set[tuple[str, ...]] = set()

    def __len__(self) -> int:
        return self._count

    def next(self, near: Iterable[tuple[str, ...]] | None = None) -> PairTask | None:
        """The next one, which is begun now; None where none waits.

        near   BGs that lie in caches of machines with room for it; None: those that were seen
        """
        seen = self._seen if near is None else near
        bgs = next((b for b in seen if b in self._waiting), None)
        bgs = bgs or next((b for b in self._waiting if b not in self._begun), None)
        bgs = bgs or next(iter(self._seen), None) or next(iter(self._waiting), None)
        if bgs is None:
            return None
        tasks = self._waiting[bgs]
        task = tasks.popleft()
        self._count -= 1
        self._begun.add(bgs)
        if not tasks:
            del self._waiting[bgs]
            self._seen.pop(bgs, None)
        return task

    def ended(self, task: PairTask) -> None:
        if task.bgs in self._waiting:
            self._seen[task.bgs] = None

"""What a person changed in a review, with undo: values, of which each edit makes a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType

from vidkompy.errors import UsageError
from vidkompy.model import UNMATCHED, Placement
from vidkompy.records import Record

MAX_UNDO = 1000  # edits that can be taken back


class Edits(Record):
    """placement: canvas px. pins: FG frame -> BG frame, or UNMATCHED."""

    placement: Placement
    pins: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))

    def with_pin(self, fg: int, bg: int) -> Edits:
        return replace(self, pins=MappingProxyType({**self.pins, fg: bg}))

    def with_unmatched(self, first: int, last: int) -> Edits:
        """FG frames first to last have no BG frame."""
        return replace(self, pins=MappingProxyType({**self.pins, **dict.fromkeys(range(first, last + 1), UNMATCHED)}))

    def without_pins(self, first: int, last: int) -> Edits:
        kept = {i: j for i, j in self.pins.items() if not first <= i <= last}
        return replace(self, pins=MappingProxyType(kept))

    def moved_to(self, measured: Placement, x: float, y: float, width: float, height: float) -> Edits:
        """At another place, of which nothing is measured but where it is `measured`."""
        for known in (self.placement, measured):
            if (x, y, width, height) == (known.x, known.y, known.width, known.height):
                return replace(self, placement=known)
        return replace(self, placement=Placement(x, y, width, height))


class History:
    """Edits, the last of which holds; those that were taken back until another follows."""

    def __init__(self, first: Edits):
        self._edits, self._at = [first], 0

    @property
    def now(self) -> Edits:
        return self._edits[self._at]

    @property
    def can_undo(self) -> bool:
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        return self._at < len(self._edits) - 1

    def add(self, edits: Edits) -> None:
        if edits == self.now:
            return
        self._edits[self._at + 1 :] = [edits]
        del self._edits[: max(0, len(self._edits) - MAX_UNDO)]
        self._at = len(self._edits) - 1

    def undo(self) -> None:
        """Raises UsageError."""
        if not self.can_undo:
            raise UsageError("there is nothing to undo")
        self._at -= 1

    def redo(self) -> None:
        """Raises UsageError."""
        if not self.can_redo:
            raise UsageError("there is nothing to redo")
        self._at += 1

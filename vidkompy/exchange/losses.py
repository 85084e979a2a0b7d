"""What an export cannot say: the same for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Loss:
    """One thing that the format has no word for, or that it rounds.

    kind      what is concerned, for programs: map, placement, sound, unmatched, uneven, ...
    said      a sentence, for people
    frames    FG frames concerned, where they can be counted
    largest   BG frames by which the worst of them is off
    at        that FG frame
    """

    kind: str
    said: str
    frames: int = 0
    largest: int = 0
    at: int | None = None

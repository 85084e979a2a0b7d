"""What editors of every kind lose of a sidecar, beside what each format does to the map."""

from __future__ import annotations

from collections.abc import Iterator

from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Timeline
from vidkompy.model import Sidecar


def editing_losses(film: Timeline, sidecar: Sidecar) -> Iterator[Loss]:
    """Of a timeline with BG below, FG placed above it and FG's sound."""
    yield from film.losses(sidecar)
    if sidecar.content is not None:
        yield Loss("content", "FG's letterbox bars are shown: crop them in the editor")
    yield from gap_losses(film)
    yield from track_losses(sidecar)
    if sidecar.bg.audio:
        yield Loss("sound", "BG's sound is muted, FG's is heard" if sidecar.fg.audio else "BG's sound is muted")


def gap_losses(film: Timeline) -> Iterator[Loss]:
    if film.unmatched:
        count = sum(b - a for a, b in film.unmatched)
        yield Loss("unmatched", f"{count} unmatched frames lie over a gap in BG", count, 0, film.unmatched[0][0])


def track_losses(sidecar: Sidecar) -> Iterator[Loss]:
    if (count := len(sidecar.fg.audio)) > 1:
        yield Loss("sound", f"of FG's {count} sound tracks the first is laid")

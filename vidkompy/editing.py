"""What editors of every kind lose of a sidecar, beside what each format does to the map."""

from __future__ import annotations

from collections.abc import Iterator

from vidkompy.losses import Loss
from vidkompy.model import Sidecar
from vidkompy.timeline import Timeline


def editing_losses(film: Timeline, sidecar: Sidecar) -> Iterator[Loss]:
    """Of a timeline with BG below, FG placed above it and FG's sound."""
    yield from film.losses(sidecar)
    if sidecar.content is not None:
        yield Loss("content", "FG's letterbox bars are shown: crop them in the editor")
    if film.unmatched:
        count = sum(b - a for a, b in film.unmatched)
        yield Loss("unmatched", f"{count} unmatched frames lie over a gap in BG", count, 0, film.unmatched[0][0])
    if sidecar.bg.audio:
        yield Loss("sound", "BG's sound is muted, FG's is heard" if sidecar.fg.audio else "BG's sound is muted")

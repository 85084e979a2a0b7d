"""FCPXML, which Final Cut Pro and DaVinci Resolve open.

It cannot hold pixels that are not square, and has words for some frame rates only.
"""

from __future__ import annotations

from collections.abc import Iterator

from vidkompy.exchange.editor_losses import editor_losses, pixel_aspect_losses
from vidkompy.exchange.fcpxml_document import RATE_NAMES, fcpxml_text
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.timeline import Timeline, build_timeline
from vidkompy.model import Sidecar

OPTIONS: frozenset[ExportOption] = frozenset({"fcpxml_version", "is_exact"})


def export(request: ExportRequest) -> ExportResult:
    """Raises UsageError where XML cannot hold a name."""
    timeline, sidecar = build_timeline(request.sidecar, request.is_exact), request.sidecar
    text = fcpxml_text(timeline, sidecar, request.name, request.fcpxml_version)
    return ExportResult((text,), tuple(_losses(timeline, sidecar)))


def _losses(timeline: Timeline, sidecar: Sidecar) -> Iterator[Loss]:
    fg_rate, bg_rate = timeline.fg.rate, timeline.bg.rate
    yield from editor_losses(timeline, sidecar, has_keyframes=True)
    if fg_rate not in RATE_NAMES:
        yield Loss("rate", f"Final Cut has no timelines of FG's {float(fg_rate):.6g} frames per second")
    if bg_rate != fg_rate and bg_rate not in RATE_NAMES:
        rate = f"BG's {float(bg_rate):.6g} frames per second"
        yield Loss("rate", f"FCPXML has no word for {rate}: no conform-rate is given")
    yield from pixel_aspect_losses(sidecar)

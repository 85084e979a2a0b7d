"""Timestamp format v2: when each frame is shown, as it lies beside a sidecar."""

from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.losses import Loss
from vidkompy.sidecar.timecodes import timecodes_text

OPTIONS: frozenset[ExportOption] = frozenset()


def export(request: ExportRequest) -> ExportResult:
    losses = (
        Loss("map", "timestamps say when FG's frames are shown, not which BG frames lie below them"),
        Loss("placement", "timestamps do not say where FG lies"),
    )
    return ExportResult((timecodes_text(request.sidecar),), losses)

"""The frame map as a table: fg_index,bg_index,fg_pts,bg_pts; timestamps in ticks of each clip's time base."""

from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.losses import Loss
from vidkompy.model import UNMATCHED, Sidecar

OPTIONS: frozenset[ExportOption] = frozenset()


def export(request: ExportRequest) -> ExportResult:
    return ExportResult((text(request.sidecar),), (Loss("placement", "the table says when, not where"),))


def text(sidecar: Sidecar) -> str:
    """One line per FG frame; bg_index -1 and an empty bg_pts where unmatched."""
    lines = ["fg_index,bg_index,fg_pts,bg_pts"]
    for i, (j, t) in enumerate(zip(sidecar.frame_map.bg.tolist(), sidecar.fg.pts.tolist(), strict=True)):
        lines.append(f"{i},{j},{t},{'' if j == UNMATCHED else int(sidecar.bg.pts[j])}")
    return "\n".join(lines) + "\n"

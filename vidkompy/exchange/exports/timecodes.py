"""Timestamp format v2: when each BG frame that is shown appears in the output, in ms.

Source: mkvmerge manual, "External timestamp files", https://mkvtoolnix.download/doc/mkvmerge.html
"""

import numpy as np

from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.losses import Loss
from vidkompy.model import UNMATCHED, Sidecar

OPTIONS: frozenset[ExportOption] = frozenset()


def export(request: ExportRequest) -> ExportResult:
    losses = [
        Loss("map", "timestamps say when a BG frame appears, not which one it is"),
        Loss("placement", "timestamps do not say where FG lies"),
    ]
    if count := int((request.sidecar.frame_map.bg == UNMATCHED).sum()):
        losses.append(Loss("unmatched", f"{count} unmatched FG frames have no timestamp", count))
    return ExportResult((text(request.sidecar),), tuple(losses))


def text(sidecar: Sidecar) -> str:
    """A BG frame that is held stands once, at its first FG frame; unmatched FG frames show nothing."""
    bg, fg = sidecar.frame_map.bg, sidecar.fg
    first = np.flatnonzero((bg != UNMATCHED) & (np.diff(bg, prepend=UNMATCHED) != 0))
    ticks = (fg.pts[first] - fg.start_pts).tolist()
    return "# timestamp format v2\n" + "".join(f"{float(1000 * t * fg.time_base):.6f}\n" for t in ticks)

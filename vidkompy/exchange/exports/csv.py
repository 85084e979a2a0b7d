"""The frame map as a table: fg_index,bg_index,fg_pts,bg_pts; timestamps in ticks of each clip's time base.

Where FG's place moves, x,y,width,height,angle follow: canvas px, and degrees clockwise about FG's centre.
"""

import numpy as np

from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.losses import Loss
from vidkompy.model import UNMATCHED, Sidecar
from vidkompy.sidecar.track_record import DECIMALS
from vidkompy.sidecar.track_record import FIELDS as TRACK_COLUMNS

OPTIONS: frozenset[ExportOption] = frozenset()


def export(request: ExportRequest) -> ExportResult:
    sidecar = request.sidecar
    losses = (Loss("placement", "the table says when, not where"),) if sidecar.track is None else ()
    return ExportResult((text(sidecar),), losses)


def text(sidecar: Sidecar) -> str:
    """One line per FG frame; bg_index -1 and an empty bg_pts where unmatched."""
    places = [] if sidecar.track is None else (np.round(sidecar.track.at, DECIMALS) + 0.0).tolist()
    lines = [",".join(("fg_index,bg_index,fg_pts,bg_pts", *(TRACK_COLUMNS if places else ())))]
    for i, (j, t) in enumerate(zip(sidecar.frame_map.bg.tolist(), sidecar.fg.pts.tolist(), strict=True)):
        where = "".join(f",{v:.6g}" for v in places[i]) if places else ""
        lines.append(f"{i},{j},{t},{'' if j == UNMATCHED else int(sidecar.bg.pts[j])}{where}")
    return "\n".join(lines) + "\n"

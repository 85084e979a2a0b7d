"""The frame map as a document of its own: a row for each FG frame, beside all else that the sidecar says.

Its schema is map.schema.json. A row holds frame indices, timestamps in ticks of each clip's time base, and what is
known of that frame alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.model import UNMATCHED, Json, Sidecar
from vidkompy.sidecar.document import document_of, format_json

OPTIONS: frozenset[ExportOption] = frozenset()

MAP_SCHEMA = "vidkompy.map/1"
CONFIDENCE_DIGITS = 4  # as in a sidecar
ROW_MEMBERS = ("runs", "confidence", "alike")  # of a sidecar, which the rows of frames replace


def export(request: ExportRequest) -> ExportResult:
    document = document_of(request.sidecar, request.folder)
    kept = {name: value for name, value in document.items() if name not in ROW_MEMBERS}
    kept["measured"] = {"placement": document["measured"]["placement"]}
    return ExportResult((format_json({**kept, "schema": MAP_SCHEMA, "frames": list(_rows(request.sidecar))}),), ())


def _rows(sidecar: Sidecar) -> Iterator[Json]:
    frame_map = sidecar.frame_map
    for i, (j, t) in enumerate(zip(frame_map.bg.tolist(), sidecar.fg.pts.tolist(), strict=True)):
        is_matched = j != UNMATCHED
        row: Json = {"fg": i, "bg": j if is_matched else None, "fg_pts": t}
        row["bg_pts"] = int(sidecar.bg.pts[j]) if is_matched else None
        if frame_map.confidence is not None:
            confidence = frame_map.confidence[i]
            row["confidence"] = None if np.isnan(confidence) else round(float(confidence), CONFIDENCE_DIGITS)
        if frame_map.low is not None and frame_map.high is not None:
            row |= (
                {"low": int(frame_map.low[i]), "high": int(frame_map.high[i])}
                if is_matched
                else {"low": None, "high": None}
            )
        yield row

"""The frame map as a document of its own: a row for each FG frame, beside all else that the sidecar says.

Its schema is map.schema.json. A row holds frame indices, timestamps in ticks of each clip's time base, and what is
known of that frame alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vidkompy.exchange.format_contract import ExportRequest, ExportResult
from vidkompy.model import UNMATCHED, Sidecar
from vidkompy.sidecar.document import Json, document_of, format_json

SCHEMA = "vidkompy.map/1"
SAID_BY_ROWS = ("runs", "confidence", "alike")


def export(asked: ExportRequest) -> ExportResult:
    document = document_of(asked.sidecar, asked.folder)
    kept = {name: value for name, value in document.items() if name not in SAID_BY_ROWS}
    return ExportResult((format_json({**kept, "schema": SCHEMA, "frames": list(_rows(asked.sidecar))}),), ())


def _rows(sidecar: Sidecar) -> Iterator[Json]:
    known = sidecar.frame_map
    for i, (j, t) in enumerate(zip(known.bg.tolist(), sidecar.fg.pts.tolist(), strict=True)):
        is_matched = j != UNMATCHED
        row: Json = {"fg": i, "bg": j if is_matched else None, "fg_pts": t}
        row["bg_pts"] = int(sidecar.bg.pts[j]) if is_matched else None
        if known.confidence is not None:
            level = known.confidence[i]
            row["confidence"] = None if np.isnan(level) else round(float(level), 4)
        if known.low is not None and known.high is not None:
            row |= {"low": int(known.low[i]), "high": int(known.high[i])} if is_matched else {"low": None, "high": None}
        yield row

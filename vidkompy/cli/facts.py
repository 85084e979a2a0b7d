"""What a command found, as members of the object that `--json` prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vidkompy.model import UNMATCHED, Json, Mask, Placement, Sidecar

if TYPE_CHECKING:
    from vidkompy.sidecar.quality import QualityParameters
    from vidkompy.verification.alignment_check import AlignmentVerdict
    from vidkompy.verification.frame_comparison import Verdict


def analysis_facts(sidecar: Sidecar, path: Path, timecodes: Path) -> Json:
    """What was found, and how sure that is."""
    frame_map, quality = sidecar.frame_map, sidecar.quality
    unmatched = frame_map.bg == UNMATCHED
    levels = frame_map.confidence
    unsure = np.zeros(len(unmatched), np.bool_) if levels is None else levels < quality_limits().min_frame_confidence
    return {
        "sidecar": str(path),
        "timecodes": str(timecodes),
        "placement": placement_facts(sidecar.placement),
        "moves": sidecar.track is not None,
        "frames": sidecar.fg.frames,
        "runs": len(frame_map.runs()),
        "unmatched": range_facts(unmatched),
        "unsure": range_facts(unsure),
        "confidence": quality.confidence,
        "sound_late_ms": quality.sound_late_ms,
        "is_forced": quality.is_forced,
        "reasons": list(quality.reasons),
    }


def quality_limits() -> QualityParameters:
    """Probabilities below which a place is doubtful, and a frame unsure."""
    from vidkompy.sidecar.quality import QualityParameters  # it imports the alignment

    return QualityParameters()


def placement_facts(p: Placement) -> Json:
    return {"x": p.x, "y": p.y, "width": p.width, "height": p.height, "score": p.score, "confidence": p.confidence}


def range_facts(flags: Mask) -> list[Json]:
    """Ranges of frames that are flagged, bool [n]: first and last of each.

    >>> range_facts(np.array([True, True, False, True]))
    [{'first': 0, 'last': 1}, {'first': 3, 'last': 3}]
    """
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    return [{"first": int(a), "last": int(b) - 1} for a, b in zip(edges[::2], edges[1::2], strict=True)]


def verdict_facts(v: Verdict) -> Json:
    return {
        "is_right": v.is_right,
        "frames": v.frames,
        "expected": v.expected,
        "fg_exact": v.fg_exact,
        "bg_exact": v.bg_exact,
        "is_fg_compared": v.is_fg_compared,
        "is_bg_visible": v.is_bg_visible,
        "compared_share": v.compared_share,
        "wrong_fg": list(v.wrong_fg),
        "wrong_bg": list(v.wrong_bg),
        "wrong_time": list(v.wrong_time),
        "concealed": list(v.concealed),
    }


def alignment_facts(v: AlignmentVerdict) -> Json:
    return {
        "is_right": v.is_right,
        "is_contradicted": v.is_contradicted,
        "is_place_sure": v.is_place_sure,
        "is_time_sure": v.is_time_sure,
        "place_off_px": round(v.place_off, 3),
        "placement": placement_facts(v.found),
        "wrong_frames": list(v.wrong_frames),
        "frames_off": v.frames_off,
    }

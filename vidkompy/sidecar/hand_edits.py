"""What was set by hand in a sidecar since it was measured, told by fingerprints that are written with it.

A place, or a run of the map, whose fingerprint is not among them was edited: what was measured of it no longer holds.
Sidecars of older versions have none, and are taken as measured.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np

from vidkompy.model import UNMATCHED, FrameMap, Json, Mask, Placement, Quality, Run, Sidecar
from vidkompy.sidecar.pins import repinned

SET_BY_HAND = "set by hand"
# Reasons that `quality` gives for a placement and for a map: those of an edited one are stale.
_OF_PLACEMENT = re.compile("the placement is right with probability")
_OF_MAP = re.compile(
    r"[\d,]+ FG frames? (resembles? no BG frame|fits? other BG frames)|[\d,]+ of these do(es)? resemble some|"
    rf"[\d,]+ FG frames? (was|were) {SET_BY_HAND}|pin \d+=|so (does|do) [\d,]+ other pins?"
)


def fingerprints_json(placement: Placement, runs: Sequence[Run]) -> Json:
    """Of what is measured, or was set by a command that knows; a sidecar's `measured`."""
    return {"placement": _of_placement(placement), "runs": " ".join(_of_run(run) for run in runs)}


def with_hand_edits(sidecar: Sidecar, runs: Sequence[Run], measured: Json | None) -> Sidecar:
    """The sidecar as read, without what was measured of parts that were edited since; edited frames are pinned.

    runs       of its map, as they stand in the file
    measured   what `fingerprints_json` made of it when it was written, or of its placement alone; None: nobody knows
    """
    if measured is None:
        return sidecar
    known = set(measured.get("runs", "").split())
    edited = [run for run in runs if _of_run(run) not in known] if "runs" in measured else []
    if _of_placement(sidecar.placement) != measured["placement"]:
        sidecar = _with_edited_placement(sidecar)
    return _with_edited_runs(sidecar, edited) if edited else sidecar


def pins_json(pins: Sequence[Run]) -> list[Json]:
    """Runs without what is usual: a count of 1, and a rate of 1.

    >>> pins_json([Run(3, 10, 1), Run(7, None, 2)])
    [{'fg': 3, 'bg': 10}, {'fg': 7, 'bg': None, 'count': 2}]
    """
    return [{"fg": run.fg, "bg": run.bg, **_unusual(run)} for run in pins]


def _unusual(run: Run) -> Json:
    usual = Run(run.fg, run.bg, 1)
    fields: Json = {"count": run.count} if run.count != usual.count else {}
    if run.count > 1 and (run.rate, run.phase) != (usual.rate, usual.phase):
        fields |= {"rate": str(run.rate), "phase": str(run.phase)}
    return fields


def _of_placement(p: Placement) -> str:
    return _checksum(" ".join(repr(float(v)) for v in (p.x, p.y, p.width, p.height)))


def _of_run(run: Run) -> str:
    return _checksum(f"{run.fg} {run.bg} {run.count} {run.rate} {run.phase}")


def _checksum(text: str) -> str:
    return f"{crc32(text.encode()):08x}"


def _with_edited_placement(sidecar: Sidecar) -> Sidecar:
    placement = replace(sidecar.placement, score=None, runner_up=None, confidence=None)
    reasons = [r for r in sidecar.quality.reasons if not _OF_PLACEMENT.match(r)]
    told = f"the placement was {SET_BY_HAND}"
    quality = replace(sidecar.quality, confidence=None, reasons=tuple(dict.fromkeys([told, *reasons])))
    return replace(sidecar, placement=placement, quality=quality)


def _with_edited_runs(sidecar: Sidecar, edited: Sequence[Run]) -> Sidecar:
    is_edited = np.zeros(len(sidecar.frame_map.bg), np.bool_)
    for run in edited:
        is_edited[run.fg : run.fg + run.count] = True
    frame_map = without_claims(sidecar.frame_map, is_edited)
    return replace(
        sidecar,
        frame_map=frame_map,
        pins=repinned(sidecar.pins, edited),
        quality=quality_of_edited(sidecar.quality, frame_map, is_edited),
    )


def without_claims(frame_map: FrameMap, frames: Mask) -> FrameMap:
    """The map without what was measured of these frames, bool [n_fg]: confidences, and BG frames that look alike."""
    bg = frame_map.bg
    alone = np.where(bg == UNMATCHED, UNMATCHED, bg + 1)
    confidence = frame_map.confidence
    if confidence is not None:
        confidence = np.where(frames, np.float32(np.nan), confidence)
    return FrameMap(
        bg,
        low=None if frame_map.low is None else np.where(frames, bg, frame_map.low),
        high=None if frame_map.high is None else np.where(frames, alone, frame_map.high),
        confidence=None if confidence is None or np.isnan(confidence).all() else confidence,
    )


def quality_of_edited(before: Quality, frame_map: FrameMap, edited: Mask) -> Quality:
    """What still holds of an assessment where these frames, bool [n_fg], were set by hand."""
    from vidkompy.sidecar.quality import QualityParameters  # it imports the alignment, which a render does without

    levels, least = frame_map.confidence, QualityParameters().min_frame_confidence
    count = int(edited.sum())
    told = f"{count} FG frame{'s were' if count > 1 else ' was'} {SET_BY_HAND}, first frame {int(np.argmax(edited))}"
    return replace(
        before,
        unmatched=int((frame_map.bg == UNMATCHED).sum()),
        unsure=0 if levels is None else int((levels < least).sum()),
        confidence=None,
        reasons=(told, *(r for r in before.reasons if not _OF_MAP.match(r))),
    )

"""What still holds of an assessment when a clip of its sidecar is another file: no reason, and no number, is stale."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from vidkompy.alignment.audio_offset import AudioOffset
from vidkompy.media.faults import damage_reasons
from vidkompy.model import Quality, Sidecar
from vidkompy.sidecar.hand_edits import OF_MAP, OF_PLACEMENT
from vidkompy.sidecar.pins import pinned_frames
from vidkompy.sidecar.quality import assess_quality, sound_reasons

_OF_SOUND = re.compile("FG's sound comes ")
OF_REPEATS = re.compile(r"BG shows (what FG shows|\d+% of FG again)")
_OF_EXTENT = re.compile("FG is longer than ")


def carried_quality(
    before: Sidecar, after: Sidecar, has_other_frames: bool, sound: AudioOffset | None, notes: Sequence[str]
) -> Quality:
    """Of the sidecar as it is now.

    has_other_frames   its map lost or moved frames; else what was said of frames holds
    sound              FG's sound as it was measured again; None: it was not, or does not correlate
    notes              of what was carried over, and of what BG shows again, in words
    """
    damage = {*damage_reasons("FG", before.fg), *damage_reasons("BG", before.bg)}
    kept = [r for r in before.quality.reasons if r not in damage and not _OF_SOUND.match(r)]
    late_ms = None if sound is None else round(sound.late_ms, 1)
    place = after.placement.confidence
    lost_place = place is None and before.placement.confidence is not None
    if not has_other_frames:
        kept = [r for r in kept if not (lost_place and OF_PLACEMENT.match(r))]
        others = [*sound_reasons(sound), *damage_reasons("FG", after.fg), *damage_reasons("BG", after.bg)]
        reasons = tuple(dict.fromkeys([*notes, *kept, *others]))
        confidence = None if lost_place else before.quality.confidence
        return replace(before.quality, confidence=confidence, sound_late_ms=late_ms, reasons=reasons)
    stale = (OF_PLACEMENT, OF_MAP, _OF_EXTENT, OF_REPEATS)
    kept = [r for r in kept if not any(pattern.match(r) for pattern in stale)]
    clips = after.fg, after.bg
    pins = sorted(pinned_frames(after.pins).items())
    now = assess_quality(after.placement, after.frame_map, *clips, 0, True, sound, pins=pins)
    return replace(
        now,
        confidence=None if lost_place or before.quality.confidence is None else now.confidence,
        is_forced=before.quality.is_forced,
        reasons=tuple(dict.fromkeys([*notes, *now.reasons, *kept])),
    )

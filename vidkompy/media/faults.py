"""Faults of a file in words: for a refusal, and for the reasons not to trust what was measured on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vidkompy.media.gaps import Gap, find_gaps
from vidkompy.model import DAMAGED_SOUND, NO_END_MARK, Clip, Fault, Json
from vidkompy.records import Record

MAX_FAULTS_LISTED = 3  # that a sentence names one by one


class DetailedFault(Record):
    """detail: in words, for a message; a clip keeps the fault alone."""

    fault: Fault
    detail: str = ""


def fault_json(fault: Fault) -> Json:
    """A fault as sidecars and the cache keep it."""
    return {"seconds": fault.seconds, "what": fault.kind}


def describe_faults(faults: Sequence[DetailedFault]) -> str:
    """The first faults with their details, and how many more there are. faults: ascending in time."""
    parts = [
        f"{f.fault.kind} at {_fault_time(f.fault)}" + (f" ({f.detail})" if f.detail else "")
        for f in faults[:MAX_FAULTS_LISTED]
    ]
    more = len(faults) - MAX_FAULTS_LISTED
    if more > 0:
        parts.append(f"{more} more until {_fault_time(faults[-1].fault)}")
    return ", ".join(parts)


def damage_reasons(name: str, clip: Clip) -> Iterator[str]:
    """One sentence for each kind of what may be missing or wrong in the clip. name: FG or BG."""
    in_pictures = [DetailedFault(fault) for fault in clip.damage if fault.kind not in (DAMAGED_SOUND, NO_END_MARK)]
    if in_pictures:
        yield f"{name} is damaged and was kept, as far as it decodes: {describe_faults(in_pictures)}"
    if clip.has_damaged_sound:
        in_sound = [DetailedFault(fault) for fault in clip.damage if fault.kind == DAMAGED_SOUND]
        yield f"{name}'s sound is damaged: {describe_faults(in_sound)}"
    if any(fault.kind == NO_END_MARK for fault in clip.damage):
        yield f"{name} has no end mark: it may be cut short"
    for gap in find_gaps(clip.pts, clip.time_base):
        if not _has_fault_near(clip, gap):
            yield (
                f"{name} has a gap of {gap.length:.2f} s after {clip.seconds(gap.after):.2f} s, where its other frames "
                "follow evenly: frames may be missing there"
            )


def _has_fault_near(clip: Clip, gap: Gap) -> bool:
    """Whether a fault lies in the gap, or within its length of it: that fault was named already."""
    begins = clip.seconds(gap.after)
    return any(begins - gap.length <= fault.seconds <= begins + 2 * gap.length for fault in clip.damage)


def _fault_time(fault: Fault) -> str:
    return f"{fault.seconds:.2f} s"

"""Faults of a file in words: for a refusal, and for the reasons not to trust what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vidkompy.media.gaps import find_gaps
from vidkompy.model import DAMAGED_SOUND, NO_END_MARK, Clip, Fault

MOST_FAULTS_LISTED = 3  # faults that a sentence names one by one


@dataclass(frozen=True)
class DetailedFault:
    """detail: in words, for a message; the fault alone is kept."""

    fault: Fault
    detail: str = ""


def describe_faults(found: Sequence[DetailedFault]) -> str:
    """The first faults with their details, and how many more there are."""
    words = [
        f"{f.fault.what} at {_fault_time(f.fault)}" + f" ({f.detail})" * bool(f.detail)
        for f in found[:MOST_FAULTS_LISTED]
    ]
    more = len(found) - MOST_FAULTS_LISTED
    return ", ".join([*words, *([f"{more} more until {_fault_time(found[-1].fault)}"] if more > 0 else [])])


def damage_reasons(name: str, clip: Clip) -> Iterator[str]:
    """name: FG or BG. One sentence for each kind of what may be missing or wrong in the clip."""
    kept = [DetailedFault(fault) for fault in clip.damage if fault.what not in (DAMAGED_SOUND, NO_END_MARK)]
    if kept:
        yield f"{name} is damaged and was kept, as far as it decodes: {describe_faults(kept)}"
    if clip.has_damaged_sound:
        in_sound = [DetailedFault(fault) for fault in clip.damage if fault.what == DAMAGED_SOUND]
        yield f"{name}'s sound is damaged: {describe_faults(in_sound)}"
    if any(fault.what == NO_END_MARK for fault in clip.damage):
        yield f"{name} has no end mark: it may be cut short"
    for gap in find_gaps(clip.pts, clip.time_base):
        begins = clip.seconds(gap.after)
        if not any(begins - gap.length <= fault.seconds <= begins + 2 * gap.length for fault in clip.damage):
            yield (
                f"{name} has a gap of {gap.length:.2f} s after {begins:.2f} s, where its other frames follow evenly: "
                "frames may be missing there"
            )


def _fault_time(fault: Fault) -> str:
    return f"{fault.seconds:.2f} s"

"""AAF files read frame by frame: by pyaaf2 as the Object Specification says, and by OpenTimelineIO's adapter."""

from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import aaf2
import opentimelineio as otio

from vidkompy.model import UNMATCHED


def read_aaf(path: Path) -> list[int]:
    """BG frame at each frame of the timeline: from the composition down to the file, by the times of each slot."""
    with aaf2.open(str(path)) as file:
        (composition,) = file.content.toplevel()
        slot = composition.slots[0]
        shown = [frame for component in slot.segment.components for frame in _shown(component, slot.edit_rate)]
        tracks = [s for s in composition.slots if isinstance(s, aaf2.mobslots.TimelineMobSlot)]
        lengths = {s.name: s.segment.length for s in tracks}
    assert set(lengths.values()) == {len(shown)}, lengths
    return shown


def _shown(component: Any, rate: Fraction) -> list[int]:
    """Frames of the file at each edit unit of a component of the composition."""
    if isinstance(component, aaf2.components.Filler):
        return [UNMATCHED] * component.length
    clip, speed = component, Fraction(1)
    if isinstance(component, aaf2.components.OperationGroup):
        assert component.operation["IsTimeWarp"].value
        (clip,), (ratio,) = component.segments, component.parameters
        assert (component.operation.name, ratio.name) == ("Motion Control", "SpeedRatio")
        speed = 1 / Fraction(ratio.value)
        assert abs(clip.length - speed * component.length) <= 1, (clip.length, speed, component.length)
    return [_file_frame(clip, (clip.start + speed * k) / rate) for k in range(component.length)]


def _file_frame(clip: Any, seconds: Fraction) -> int:
    """The frame that is on at that time of the slot which the clip plays, in the file that lies behind."""
    while True:
        slot, mob = clip.slot, clip.mob
        (inner,) = slot.segment.components
        assert slot.origin == 0
        position: Fraction = seconds * Fraction(slot.edit_rate)
        assert position < inner.length, (position, inner.length)
        if isinstance(mob, aaf2.mobs.SourceMob):
            return floor(position)
        clip, seconds = inner, seconds + inner.start / slot.edit_rate


def read_by_adapter(path: Path, start: int, bg_rate: Fraction) -> tuple[list[int], Any]:
    """BG frame at each frame of the timeline as the adapter's times say, and its timeline.

    start   label of BG's first frame as a count
    """
    timeline = otio.adapters.read_from_file(str(path))
    shown: list[int] = []
    for item in timeline.tracks[0]:
        count, first = item.source_range.duration, item.source_range.start_time
        if isinstance(item, otio.schema.Gap):
            shown += [UNMATCHED] * round(count.value)
            continue
        speed = _exact(item.effects[0].time_scalar) if item.effects else Fraction(1)
        entry = _exact(first.value / first.rate * float(bg_rate)) - start
        shown += [floor(entry + speed * k * bg_rate / _rate(count.rate)) for k in range(round(count.value))]
    return shown, timeline


def _exact(value: float) -> Fraction:
    """The ratio that a float stands for."""
    return Fraction(value).limit_denominator(20_000)


def _rate(value: float) -> Fraction:
    return Fraction(round(value * 1001), 1001) if value % 1 else Fraction(round(value))

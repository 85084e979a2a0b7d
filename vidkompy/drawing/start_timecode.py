"""The timecode of the output: FG's, counted on to the first FG frame that is drawn."""

from __future__ import annotations

from vidkompy.media.frame_rates import constant_rate, grid_slots
from vidkompy.media.timecode import format_timecode, is_drop_frame, parse_timecode
from vidkompy.model import Clip


def first_label(fg: Clip, first: int) -> tuple[tuple[str, ...], list[str]]:
    """Output options that set the label of FG frame `first`, and remarks; no options where FG has no timecode."""
    said = fg.timecode
    if not said:
        return (), []
    rate = constant_rate(fg)
    start = parse_timecode(said, rate)
    if start is None and not first:
        return (), []
    if start is None:
        rates = f"{float(rate):.6g} frames per second"
        return _set(""), [f"FG's timecode {said} is no label at {rates}: the output, which starts later, has none"]
    return _set(format_timecode(start + int(grid_slots(fg, rate)[first]), rate, is_drop_frame(said))), []


def _set(said: str) -> tuple[str, ...]:
    """Of the file, from which MP4 and QuickTime make a track; an older one in a stream goes."""
    return "-metadata", f"timecode={said}", "-metadata:s", "timecode="

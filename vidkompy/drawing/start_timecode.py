"""The start timecode of the output: FG's, counted on to the first FG frame that is drawn."""

from __future__ import annotations

from vidkompy.media.frame_rates import constant_rate, grid_slots
from vidkompy.media.timecode import format_timecode, is_drop_frame, parse_timecode
from vidkompy.model import Clip


def timecode_options(fg: Clip, first: int) -> tuple[tuple[str, ...], list[str]]:
    """ffmpeg output options that give the output the timecode of FG frame `first`, and notes on what is lost.

    No options where FG has no timecode, nor where its timecode is no valid label and the output starts with FG: ffmpeg
    then copies FG's metadata as they are.
    """
    fg_label = fg.timecode
    if not fg_label:
        return (), []
    rate = constant_rate(fg)
    fg_number = parse_timecode(fg_label, rate)
    if fg_number is not None:
        first_number = fg_number + int(grid_slots(fg, rate)[first])
        return _timecode_metadata(format_timecode(first_number, rate, is_drop_frame(fg_label))), []
    if first == 0:
        return (), []
    rates = f"{float(rate):.6g} frames per second"
    note = f"FG's timecode {fg_label} is no label at {rates}: the output, which starts later, has none"
    return _timecode_metadata(""), [note]


def _timecode_metadata(timecode: str) -> tuple[str, ...]:
    """Sets that of the file, from which MP4 and QuickTime make a track, and removes an older one from the streams."""
    return "-metadata", f"timecode={timecode}", "-metadata:s", "timecode="

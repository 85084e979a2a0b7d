"""SMPTE timecode: the labels that editors give to frames.

Source: SMPTE ST 12-1. Drop-frame leaves out labels, not frames: at 30000/1001 two (at 60000/1001 four) at the start of
each minute but every tenth.
"""

from __future__ import annotations

import re
from fractions import Fraction

SECONDS_A_DAY = 24 * 60 * 60  # s; labels start anew after it


def labels_per_second(rate: Fraction) -> int:
    """Frames that a second of labels has: 30 at 30000/1001."""
    return max(round(rate), 1)


def supports_drop_frame(rate: Fraction) -> bool:
    """Whether drop-frame labels are defined at that rate."""
    return rate in (Fraction(30000, 1001), Fraction(60000, 1001), Fraction(120000, 1001))


def format_timecode(frame: int, rate: Fraction, is_drop: bool = False) -> str:
    """HH:MM:SS:FF of a frame that is counted from 00:00:00:00; HH:MM:SS;FF in drop-frame."""
    per_second = labels_per_second(rate)
    if is_drop:
        skipped = per_second // 15
        minute = 60 * per_second - skipped
        tens, rest = divmod(frame, 10 * minute + skipped)
        frame += skipped * (9 * tens + max(0, rest - skipped) // minute)
    seconds, frames = divmod(frame, per_second)
    seconds %= SECONDS_A_DAY
    width = len(str(per_second - 1))
    parts = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{parts}{';' if is_drop else ':'}{frames:0{max(width, 2)}d}"


def parse_timecode(said: str, rate: Fraction) -> int | None:
    """The frame that carries the label, counted from 00:00:00:00; None if it is no label at that rate.

    A separator other than ":" before the frames means drop-frame, as in ffmpeg.
    """
    found = re.fullmatch(r"(\d{1,2}):(\d\d):(\d\d)([:;.,])(\d{2,3})", said.strip())
    if not found:
        return None
    hours, minutes, seconds, frames = (int(found[n]) for n in (1, 2, 3, 5))
    per_second, is_drop = labels_per_second(rate), found[4] != ":"
    if minutes > 59 or seconds > 59 or frames >= per_second or (is_drop and not supports_drop_frame(rate)):
        return None
    whole = 60 * hours + minutes
    frame = (60 * whole + seconds) * per_second + frames
    if not is_drop:
        return frame
    skipped = per_second // 15
    if whole % 10 and seconds == 0 and frames < skipped:
        return None
    return frame - skipped * (whole - whole // 10)


def is_drop_frame(said: str) -> bool:
    return bool(re.search(r"[;.,]\d+$", said.strip()))

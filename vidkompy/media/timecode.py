"""SMPTE timecode: the labels HH:MM:SS:FF that editors give to frames, to text and back.

Drop-frame leaves out labels, not frames, so that labels keep up with the clock: at 30000/1001 two (at 60000/1001 four)
at the start of each minute but every tenth. Source: SMPTE ST 12-1.
"""

from __future__ import annotations

import re
from fractions import Fraction

SECONDS_A_DAY = 24 * 60 * 60  # labels start anew after it

_LABEL = re.compile(r"(\d{1,2}):(\d\d):(\d\d)([:;.,])(\d{2,3})")
_DROP_FRAME_RATES = (Fraction(30000, 1001), Fraction(60000, 1001), Fraction(120000, 1001))


def labels_per_second(rate: Fraction) -> int:
    """Frames that a second of labels has: 30 at 30000/1001."""
    return max(round(rate), 1)


def supports_drop_frame(rate: Fraction) -> bool:
    """Whether drop-frame labels are defined at that rate."""
    return rate in _DROP_FRAME_RATES


def _dropped_a_minute(per_second: int) -> int:
    return per_second // 15


def format_timecode(frame: int, rate: Fraction, is_drop: bool = False) -> str:
    """HH:MM:SS:FF of a frame that is counted from 00:00:00:00; HH:MM:SS;FF in drop-frame.

    >>> format_timecode(1800, Fraction(30000, 1001)), format_timecode(1800, Fraction(30000, 1001), is_drop=True)
    ('00:01:00:00', '00:01:00;02')
    """
    per_second = labels_per_second(rate)
    if is_drop:
        frame = _with_dropped_labels(frame, per_second)
    seconds, frames = divmod(frame, per_second)
    seconds %= SECONDS_A_DAY
    digits = max(len(str(per_second - 1)), 2)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{clock}{';' if is_drop else ':'}{frames:0{digits}d}"


def _with_dropped_labels(frame: int, per_second: int) -> int:
    """The frame's number among all labels, those that are left out before it included.

    Of ten minutes the first is whole, and the others each lack `dropped` labels.
    """
    dropped = _dropped_a_minute(per_second)
    short_minute = 60 * per_second - dropped  # frames
    ten_minutes = 10 * short_minute + dropped
    tens, within = divmod(frame, ten_minutes)
    short_minutes_begun = max(0, within - dropped) // short_minute
    return frame + dropped * (9 * tens + short_minutes_begun)


def parse_timecode(text: str, rate: Fraction) -> int | None:
    """The frame that carries the label, counted from 00:00:00:00; None if it is no label at that rate.

    A separator other than ":" before the frames means drop-frame, as in ffmpeg.

    >>> parse_timecode("00:01:00;02", Fraction(30000, 1001)), parse_timecode("00:01:00;00", Fraction(30000, 1001))
    (1800, None)
    """
    match = _LABEL.fullmatch(text.strip())
    if not match:
        return None
    hours, minutes, seconds, frames = (int(match[n]) for n in (1, 2, 3, 5))
    per_second, is_drop = labels_per_second(rate), match[4] != ":"
    if minutes > 59 or seconds > 59 or frames >= per_second or (is_drop and not supports_drop_frame(rate)):
        return None
    whole_minutes = 60 * hours + minutes
    frame = (60 * whole_minutes + seconds) * per_second + frames
    if not is_drop:
        return frame
    dropped = _dropped_a_minute(per_second)
    if whole_minutes % 10 and seconds == 0 and frames < dropped:  # one of those that are left out
        return None
    return frame - dropped * (whole_minutes - whole_minutes // 10)


def is_drop_frame(text: str) -> bool:
    return bool(re.search(r"[;.,]\d+$", text.strip()))

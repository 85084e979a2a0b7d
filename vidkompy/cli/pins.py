"""Pins as they are typed, FG=BG: frames, seconds, times or timecodes -> pairs of frames."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from vidkompy.errors import UsageError
from vidkompy.media.frame_rates import constant_rate, grid_slots
from vidkompy.media.timecode import format_timecode, is_drop_frame, parse_timecode
from vidkompy.model import UNMATCHED, Clip

ClipsReader = Callable[[], tuple[Clip, Clip]]  # FG and BG, which are probed only where a time is to be looked up

_FRAME = re.compile(r"\d{1,99}")
_RANGE = re.compile(r"(\d{1,9})-(\d{1,9})")
_SECONDS = re.compile(r"(?:(\d{1,4}):)?(?:(\d{1,6}):)?(\d{1,9}(?:\.\d+)?)s?")
_TIMECODE = re.compile(r"\d{2}:\d{2}:\d{2}[:;.]\d{2,3}")
_WANTED = (
    "wanted FG=BG, each a frame (120), seconds (4.2s), a time (0:01:04.2) or a timecode (00:01:04:05), or FG=none for "
    "an FG frame, or frames A-B, that BG does not have"
)


def parse_pins(words: Sequence[str], clips: ClipsReader) -> tuple[tuple[int, int], ...]:
    """Each --pin: (FG frame, BG frame or UNMATCHED), ascending. Raises UsageError."""
    pins: dict[int, int] = {}
    for word in words:
        for i, j in _pins_of(word, clips):
            if pins.setdefault(i, j) != j:
                raise UsageError(f"--pin names FG frame {i} twice: {_text(pins[i])} and {_text(j)}; wanted one of them")
    return tuple(sorted(pins.items()))


def _pins_of(word: str, clips: ClipsReader) -> list[tuple[int, int]]:
    fg, equals, bg = word.partition("=")
    if not equals:
        raise UsageError(f"--pin is '{word[:60]}'; {_WANTED}")
    is_unmatched = bg.lower() == "none"
    if (span := _RANGE.fullmatch(fg)) and is_unmatched and int(span[1]) <= int(span[2]):
        last = _within(int(span[2]), f"--pin {word[:60]}", clips()[0], "FG")
        return [(i, UNMATCHED) for i in range(int(span[1]), last + 1)]
    i = _pinned_frame(fg, word, lambda: clips()[0], "FG")
    return [(i, UNMATCHED if is_unmatched else _pinned_frame(bg, word, lambda: clips()[1], "BG"))]


def parse_fg_frame(option: str, text: str, fg: Clip) -> int:
    """An FG frame as it is named in a pin. option: its name. Raises UsageError."""
    given = f"{option} {text[:60]}"
    frame = _frame_of(text, given, lambda: fg, "FG")
    if frame is None:
        raise UsageError(
            f"{option} is '{text[:60]}'; wanted a frame (120), seconds (4.2s), a time (0:01:04.2) or a timecode "
            "(00:01:04:05)"
        )
    return _within(frame, given, fg, "FG")


def _pinned_frame(text: str, word: str, clip: Callable[[], Clip], role: str) -> int:
    """Raises UsageError."""
    frame = _frame_of(text, f"--pin {word[:60]}", clip, role)
    if frame is None:
        raise UsageError(f"--pin is '{word[:60]}'; {_WANTED}")
    return frame


def _frame_of(text: str, given: str, clip: Callable[[], Clip], role: str) -> int | None:
    """None where it names no frame. given: the option, for messages. Raises UsageError for what the clip lacks."""
    if _FRAME.fullmatch(text):
        return int(text)
    if _TIMECODE.fullmatch(text) and "." not in text:
        return _frame_at_timecode(text, given, clip(), role)
    if match := _SECONDS.fullmatch(text):
        hours_or_minutes, minutes, seconds = match.groups()
        parts = [float(p) for p in (hours_or_minutes, minutes, seconds) if p is not None]
        total = 0.0
        for part in parts:
            total = 60 * total + part
        return _frame_at(total, given, clip(), role)
    return None


def _frame_at(seconds: float, given: str, clip: Clip, role: str) -> int:
    """The frame that is shown so long after the first."""
    shown = (clip.pts - clip.pts[0]) * float(clip.time_base)
    end = float(shown[-1]) + 1 / float(clip.frame_rate)
    if seconds >= end:
        raise UsageError(f"{given}: {role} ends after {end:.2f} s")
    return int(np.searchsorted(shown, seconds + 1e-6, side="right")) - 1


def _frame_at_timecode(text: str, given: str, clip: Clip, role: str) -> int:
    """The frame with that label: counted from the clip's own start timecode, as that counts, or from 0."""
    rate, is_drop = constant_rate(clip), is_drop_frame(clip.timecode or text)
    start = parse_timecode(clip.timecode, rate) if clip.timecode else 0
    number = parse_timecode(re.sub(r"[:;](\d+)$", r";\1" if is_drop else r":\1", text), rate)
    if number is None or start is None:
        raise UsageError(f"{given}: {text} is no timecode of {role} at {float(rate):.6g} frames per second")
    slots = grid_slots(clip, rate)
    at = int(np.searchsorted(slots, number - start, side="right")) - 1
    if number < start or number - start > int(slots[-1]):
        first, last = (format_timecode(start + int(slot), rate, is_drop) for slot in (0, slots[-1]))
        raise UsageError(f"{given}: {role} runs from {first} to {last}")
    return at


def _within(i: int, given: str, clip: Clip, role: str) -> int:
    if i >= clip.frames:
        raise UsageError(f"{given}: {role} has frames 0..{clip.frames - 1}")
    return i


def _text(frame: int) -> str:
    return "none" if frame == UNMATCHED else str(frame)

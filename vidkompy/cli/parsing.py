"""Parsing of option values that tyro does not know: places, scales, times and pins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vidkompy.cli.option_groups import Matching
from vidkompy.errors import UsageError
from vidkompy.model import PixelBox, Placement
from vidkompy.sidecar.rounding import PLACE_DIGITS

if TYPE_CHECKING:
    from vidkompy.media.stream_choice import StreamSelector

MAX_COUNT = 10**6  # of what is counted: kernels take no number of any size
LATEST_SECOND = 1e9  # s: what a sidecar takes for an end of what was searched
MIN_NUDGE_SCALE = 0.1  # of --nudge, and its reciprocal the largest: more is no nudge
LARGEST_NUMBER = 1e6  # px and scales; beyond float's range they would be infinite


def parse_placement(text: str) -> Placement | tuple[float, float]:
    """--at X,Y,WxH as a placement, X,Y as a corner. Raises UsageError."""
    match = re.fullmatch(r"(-?[\d.]+),(-?[\d.]+)(?:,([\d.]+)x([\d.]+))?", text)
    try:
        x, y, *size = (float(v) for v in (match.groups() if match else ()) if v is not None)
        width, height = size or (1.0, 1.0)
    except ValueError as e:
        raise UsageError(
            f"--at is '{text}'; wanted X,Y or X,Y,WxH in canvas px, such as 101,53 or 101,53,640x360"
        ) from e
    if max(abs(x), abs(y), width, height) > LARGEST_NUMBER:
        raise UsageError(f"--at is '{text[:60]}'; wanted no number above {LARGEST_NUMBER:.0f}")
    if width <= 0 or height <= 0:
        raise UsageError(f"--at is '{text}'; wanted a width and height above 0")
    return Placement(x, y, width, height) if size else (x, y)


def parse_nudge(text: str, before: Placement) -> Placement:
    """--nudge DX,DY[,SCALE]: the placement moved by canvas px, and scaled about its centre. Raises UsageError."""
    match = re.fullmatch(r"([+-]?\d*\.?\d+),([+-]?\d*\.?\d+)(?:,(\d*\.?\d+))?", text)
    if not match or max(abs(float(match[1])), abs(float(match[2]))) > LARGEST_NUMBER:
        wanted = "wanted DX,DY or DX,DY,SCALE in canvas px, such as -0.5,2 or 0,0,1.01"
        raise UsageError(f"--nudge is '{text[:60]}'; {wanted}")
    scale = 1.0 if match[3] is None else float(match[3])
    if not MIN_NUDGE_SCALE <= scale <= 1 / MIN_NUDGE_SCALE:
        raise UsageError(f"--nudge {text[:60]}: wanted a scale from {MIN_NUDGE_SCALE:g} to {1 / MIN_NUDGE_SCALE:g}")
    width, height = before.width * scale, before.height * scale
    x = before.x + (before.width - width) / 2 + float(match[1])
    y = before.y + (before.height - height) / 2 + float(match[2])
    return Placement(*(round(v, PLACE_DIGITS) for v in (x, y, width, height)))


def parse_scales(text: str | None, is_unscaled: bool) -> tuple[float, float] | None:
    """--scale-range A,B, in FG px per canvas px, as lowest and highest canvas px per FG px. Raises UsageError."""
    if is_unscaled:
        if text is not None:
            raise UsageError(f"--scale-range {text} and --no-scale exclude each other; wanted one of them")
        return 1.0, 1.0
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?|\.\d+),(\d+(?:\.\d+)?|\.\d+)", text)
    low, high = (float(v) for v in match.groups()) if match else (0.0, 0.0)
    if not 1 / LARGEST_NUMBER <= low <= high <= LARGEST_NUMBER:
        raise UsageError(f"--scale-range is '{text}'; wanted A,B with 0.000001 <= A <= B <= 1000000, such as 0.5,2")
    return 1 / high, 1 / low


def parse_seconds_range(text: str | None) -> tuple[float, float | None]:
    """--search A-B; either end may be missing. Raises UsageError."""
    if text is None:
        return 0.0, None
    first, dash, last = text.partition("-")
    try:
        start, stop = _parse_seconds(first or "0"), _parse_seconds(last) if last else None
    except ValueError:
        start, stop = 0.0, 0.0
    if not dash or (stop is not None and stop <= start):
        raise UsageError(
            f"--search is '{text[:60]}'; wanted A-B, A- or -B in seconds or H:MM:SS, such as 60-90 or 1:00-"
        )
    return start, stop


def parse_stream(option: str, text: str | None) -> StreamSelector:
    """--bg-stream N or p:N; option: its name. Raises UsageError."""
    from vidkompy.media.stream_choice import MAIN_STREAM, StreamSelector  # PyAV, which a render does without

    if text is None:
        return MAIN_STREAM
    match = re.fullmatch(r"(?:v:)?(\d{1,4})|p:(\d{1,5})", text)
    if not match:
        raise UsageError(
            f"{option} is '{text[:60]}'; wanted the number of a video stream, such as 1, or p:2 for program 2"
        )
    index, program = (None if number is None else int(number) for number in match.groups())
    return StreamSelector(index, program)


def parse_boxes(text: Sequence[str]) -> tuple[PixelBox, ...]:
    """Each --ignore X,Y,WxH. Raises UsageError."""
    boxes = []
    for word in text:
        match = re.fullmatch(r"(\d{1,9}),(\d{1,9}),(\d{1,9})x(\d{1,9})", word)
        if not match:
            raise UsageError(f"--ignore is '{word[:60]}'; wanted X,Y,WxH in px of FG, such as 20,10,200x60")
        x, y, width, height = (int(v) for v in match.groups())
        boxes.append((x, y, x + width, y + height))
    return tuple(boxes)


def check_numbers(m: Matching) -> None:
    """Raises UsageError."""
    if not (1 <= m.window <= MAX_COUNT and 1 <= m.margin <= MAX_COUNT):
        raise UsageError(f"--window is {m.window}, --margin {m.margin}; wanted 1 to {MAX_COUNT} of each")
    if not 0 <= m.min_confidence <= 1:
        raise UsageError(f"--min-confidence is {m.min_confidence:g}; wanted a probability, 0 to 1")


def check_count(count: int) -> None:
    """Raises UsageError."""
    if count < 1:
        raise UsageError(f"--count is {count}; wanted at least 1 frame")


def _parse_seconds(text: str) -> float:
    """Seconds, M:SS or H:MM:SS. Raises ValueError."""
    if not re.fullmatch(r"(\d+:){0,2}\d+(\.\d+)?", text):
        raise ValueError(text)
    total = 0.0
    for part in text.split(":"):
        total = 60 * total + float(part)
    if total > LATEST_SECOND:
        raise ValueError(text)
    return total

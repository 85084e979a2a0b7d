"""Checks of a clip's extents: frame size, number of packets and frames, duration. The numbers are in `limits`.

A small file can claim pictures, frames or times that would take the whole machine. Each check raises MediaError before
memory is allocated for the claim, and says what to do if the claim is true.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from vidkompy.errors import MediaError
from vidkompy.limits import (
    LONGEST_CLIP,
    LONGEST_FRAME,
    MAX_FRAME_PIXELS,
    MAX_FRAME_SIDE,
    MAX_FRAMES,
    MAX_PIXELS_A_BYTE,
    MAX_TICKS,
    MIN_PACKET_BYTES,
    PACKETS_ALWAYS_ALLOWED,
    PIXELS_ALWAYS_ALLOWED,
)
from vidkompy.model import I64

RETIMED_RATE = Fraction(25)  # of frames that get new timestamps where the file's own rate is none
PLAUSIBLE_RATES = range(1, 1001)  # frames a second


def check_frame_size(path: Path, width: int, height: int) -> None:
    """Raises MediaError for frames too large to decode. A size of 0x0 is not known yet, and passes."""
    if width * height > MAX_FRAME_PIXELS or max(width, height) > MAX_FRAME_SIDE:
        raise MediaError(
            f"'{path}' has frames of {width}x{height}; wanted at most {MAX_FRAME_PIXELS:,} px and "
            f"{MAX_FRAME_SIDE:,} on a side: if its header is right, scale it down first: "
            "ffmpeg -i IN -vf scale=3840:-2 -c:v libx264 -crf 0 OUT.mkv"
        )


def packet_limit(path: Path) -> int:
    """The most packets that a file of that size can hold."""
    return max(PACKETS_ALWAYS_ALLOWED, path.stat().st_size // MIN_PACKET_BYTES)


def packet_limit_error(path: Path, most: int) -> MediaError:
    return MediaError(
        f"'{path}' claims more than {most:,} packets, which its {path.stat().st_size:,} bytes cannot hold: it repeats "
        "them, by an edit list or an index; copy what it plays first: ffmpeg -t SECONDS -i IN -c copy OUT.mkv"
    )


def check_frame_count(path: Path, frames: int, width: int, height: int, most_frames: int = MAX_FRAMES) -> None:
    """Raises MediaError for more frames than are aligned, and for more pixels in all than the file's bytes can hold."""
    size = path.stat().st_size
    if frames > most_frames:
        raise MediaError(
            f"'{path}' has {frames:,} frames; wanted at most {most_frames:,}: cut out the part that you need: "
            "ffmpeg -ss START -t SECONDS -i IN -c copy OUT.mkv"
        )
    pixels = frames * width * height
    if pixels > max(PIXELS_ALWAYS_ALLOWED, MAX_PIXELS_A_BYTE * size):
        raise MediaError(
            f"'{path}' claims {frames:,} frames of {width}x{height} in {size:,} bytes; wanted at most "
            f"{MAX_PIXELS_A_BYTE:,} px a byte: if it is no forgery, scale it down first: "
            "ffmpeg -i IN -vf scale=640:-2 -c:v libx264 -crf 0 OUT.mkv"
        )


def check_timestamps(path: Path, pts: I64, time_base: Fraction, rate: Fraction) -> None:
    """Raises MediaError for timestamps out of bounds, a frame that stands too long, and a clip that lasts too long.

    pts    i64 [n]   not decreasing
    rate   nominal
    """
    first, last = int(pts[0]), int(pts[-1])
    if max(-first, last) > MAX_TICKS:
        raise MediaError(f"a frame of '{path}' is dated {max(-first, last)} ticks; {_retiming_advice(rate)}")
    steps = np.diff(pts)
    i = int(steps.argmax()) if len(steps) else 0
    longest = int(steps[i]) * time_base if len(steps) else Fraction(0)
    if longest > LONGEST_FRAME:
        raise MediaError(
            f"frame {i} of '{path}' stands for {_clock_text(longest)} until the next one; "
            f"wanted at most {_clock_text(Fraction(LONGEST_FRAME))}; {_retiming_advice(rate)}"
        )
    if (last - first) * time_base > LONGEST_CLIP:
        raise MediaError(
            f"'{path}' lasts {_clock_text((last - first) * time_base)} from its first frame to its last; "
            f"wanted at most {_clock_text(Fraction(LONGEST_CLIP))}: cut out the part that you need: "
            "ffmpeg -ss START -t SECONDS -i IN -c copy OUT.mkv"
        )


def plausible_rate(rate: Fraction) -> Fraction:
    """The rate, or one that is plausible where that is none."""
    is_plausible = rate.limit_denominator(1001) == rate and PLAUSIBLE_RATES.start <= rate < PLAUSIBLE_RATES.stop
    return rate if is_plausible else RETIMED_RATE


def _retiming_advice(rate: Fraction) -> str:
    """A command that gives frames new timestamps, at the nominal rate if that is plausible."""
    known = plausible_rate(rate)
    dated = f"-vf settb={1 / known},setpts=N -fps_mode passthrough"
    return f"date its frames evenly, without sound: ffmpeg -i IN {dated} -an -c:v libx264 -crf 0 OUT.mkv"


def _clock_text(seconds: Fraction) -> str:
    """Seconds as hours, such as 26:00:03 h."""
    minutes, within = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{within:02} h"

"""How large, how long and how many a clip's pictures may be: what a small file claims must not take the machine."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from vidkompy.errors import MediaError
from vidkompy.limits import (
    BYTES_A_PACKET,
    FREE_PACKETS,
    FREE_PIXELS,
    LONGEST_CLIP,
    LONGEST_FRAME,
    MOST_FRAMES,
    MOST_PIXELS,
    MOST_SIDE,
    MOST_TICKS,
    PIXELS_A_BYTE,
)
from vidkompy.model import I64

USUAL_RATE = Fraction(25)  # of frames that get new timestamps where the file's own rate is none
RATES = range(1, 1001)  # frames a second that are believed


def check_size(path: Path, width: int, height: int) -> None:
    """Raises MediaError for frames that libav is not asked to decode. 0x0 is not known yet."""
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise MediaError(
            f"'{path}' has frames of {width}x{height}; wanted at most {MOST_PIXELS:,} px and {MOST_SIDE:,} on a side: "
            "if its header is right, scale it down first: ffmpeg -i IN -vf scale=3840:-2 -c:v libx264 -crf 0 OUT.mkv"
        )


def most_packets(path: Path) -> int:
    """As many as a file of that size can hold."""
    return max(FREE_PACKETS, path.stat().st_size // BYTES_A_PACKET)


def crowded(path: Path, most: int) -> MediaError:
    return MediaError(
        f"'{path}' claims more than {most:,} packets, which its {path.stat().st_size:,} bytes cannot hold: it repeats "
        "them, by an edit list or an index; copy what it plays first: ffmpeg -t SECONDS -i IN -c copy OUT.mkv"
    )


def check_count(path: Path, frames: int, width: int, height: int) -> None:
    """Raises MediaError."""
    size = path.stat().st_size
    if frames > MOST_FRAMES:
        raise MediaError(
            f"'{path}' has {frames:,} frames; wanted at most {MOST_FRAMES:,}: cut out the part that you need: "
            "ffmpeg -ss START -t SECONDS -i IN -c copy OUT.mkv"
        )
    pixels = frames * width * height
    if pixels > max(FREE_PIXELS, PIXELS_A_BYTE * size):
        raise MediaError(
            f"'{path}' claims {frames:,} frames of {width}x{height} in {size:,} bytes; wanted at most "
            f"{PIXELS_A_BYTE:,} px a byte: if it is no forgery, scale it down first: "
            "ffmpeg -i IN -vf scale=640:-2 -c:v libx264 -crf 0 OUT.mkv"
        )


def check_times(path: Path, pts: I64, time_base: Fraction, rate: Fraction) -> None:
    """Raises MediaError. pts: i64 [n], not decreasing. rate: nominal."""
    first, last = int(pts[0]), int(pts[-1])
    if max(-first, last) > MOST_TICKS:
        raise MediaError(f"a frame of '{path}' is dated {max(-first, last)} ticks; {_even(rate)}")
    gaps = np.diff(pts)
    i = int(gaps.argmax()) if len(gaps) else 0
    if len(gaps) and int(gaps[i]) * time_base > LONGEST_FRAME:
        raise MediaError(
            f"frame {i} of '{path}' stands for {_spelt(int(gaps[i]) * time_base)} until the next one; "
            f"wanted at most {_spelt(Fraction(LONGEST_FRAME))}; {_even(rate)}"
        )
    if (last - first) * time_base > LONGEST_CLIP:
        raise MediaError(
            f"'{path}' lasts {_spelt((last - first) * time_base)} from its first frame to its last; wanted at most "
            f"{_spelt(Fraction(LONGEST_CLIP))}: cut out the part that you need: "
            "ffmpeg -ss START -t SECONDS -i IN -c copy OUT.mkv"
        )


def _even(rate: Fraction) -> str:
    known = rate if rate.limit_denominator(1001) == rate and RATES.start <= rate < RATES.stop else USUAL_RATE
    n = f"N/{known}" if known.denominator == 1 else f"N*{known.denominator}/{known.numerator}"
    return f"date its frames evenly, without sound: ffmpeg -i IN -vf setpts={n}/TB -an -c:v libx264 -crf 0 OUT.mkv"


def _spelt(seconds: Fraction) -> str:
    """Such as 26:00:03 h."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02} h"

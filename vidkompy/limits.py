"""Bounds of what is read from strangers: media, sidecars, cache entries. Larger is refused before memory is allocated.

They are wide enough for any real pair of clips, and small enough that what they admit fits into memory.
"""

from __future__ import annotations

MOST_FRAMES = 5_000_000  # of a clip: 46 h at 30 fps; 40 MB of timestamps, 8 bytes each
MOST_SIDE = 65_535  # px of a frame's width or height: what most codecs can name (16 bits)
MOST_RUNS = 1_000_000  # pieces of a map or of timestamps: one for each of 5 frames in the longest clip
MOST_RATIONAL = 2**31 - 1  # numerator and denominator of rates and time bases: libavutil's AVRational has 32 bits each

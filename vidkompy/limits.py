"""Bounds of what is read from strangers: media, sidecars, cache entries. Larger is refused before memory is allocated.

They are wide enough for any real pair of clips, and small enough that what they admit fits into memory.
"""

from __future__ import annotations

MOST_FRAMES = 5_000_000  # of a clip: 46 h at 30 fps; 40 MB of timestamps, 8 bytes each
MOST_PLACES = 4 * MOST_FRAMES  # of a timeline at one even rate: uneven clips leave some empty
MOST_HEARD = 2 * 86_400  # s of BG's sound that is drawn: longer than MOST_FRAMES at 30 fps; a day encodes in 2 minutes
MOST_SECONDS = 2**31  # a clock may show: 68 years; microseconds of it fit into 64 bits
MOST_SIDE = 65_535  # px of a frame's width or height: what most codecs can name (16 bits)
MOST_RUNS = 1_000_000  # pieces of a map or of timestamps: one for each of 5 frames in the longest clip
MOST_RATIONAL = 2**31 - 1  # numerator and denominator of rates and time bases: libavutil's AVRational has 32 bits each
MOST_PIXELS = 2**27  # of a frame: above 15360x8640, 134 MB a plane of 8 bits
MOST_BYTES = 2**28  # of a sidecar: 45 bytes for each of MOST_FRAMES uneven timestamps

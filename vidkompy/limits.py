"""Bounds of untrusted input: media, sidecars, cache entries. Larger is refused before memory is allocated.

They are wide enough for any real pair of clips, and small enough that what they admit fits into memory.
"""

from __future__ import annotations

MAX_FRAMES = 5_000_000  # of a clip: 46 h at 30 fps; 40 MB of timestamps, 8 bytes each
MAX_GRID_SLOTS = 4 * MAX_FRAMES  # of a timeline at one constant rate: uneven clips leave some empty
MAX_RUNS = 1_000_000  # pieces of a map or of timestamps: one for each of 5 frames in the longest clip
MAX_RATIONAL = 2**31 - 1  # numerator and denominator of rates and time bases: libavutil's AVRational has 32 bits each
MAX_SIDECAR_BYTES = 2**28  # of a sidecar: 45 bytes for each of MAX_FRAMES uneven timestamps

MAX_FRAME_SIDE = 65_535  # px of a frame's width or height: what most codecs can name (16 bits)
# Of a decoded frame: above 15360x8640; libav's own bound is twice that, 1 GiB with 4 bytes a pixel.
MAX_FRAME_PIXELS = 2**27
LONGEST_FRAME = 3600  # s until the next frame: a slide that stands longer is damage of timestamps
LONGEST_CLIP = 48 * 3600  # s from the first frame to the last: sound takes 8000 bytes a second
MAX_TICKS = 2**62  # of a timestamp: differences still fit into 64 bits
MAX_CLOCK_SECONDS = 2**33  # a clock may show: 272 years, NTP times among them; microseconds of it fit into 64 bits

PACKETS_ALWAYS_ALLOWED = 10_000  # that any file may have, however small
# Of the file, beyond those: tables of MP4 take as many for each packet, headers of other containers more.
MIN_PACKET_BYTES = 4
PIXELS_ALWAYS_ALLOWED = 2**36  # that any file may hold in all: 33,000 frames of 1080p, a minute or two of decoding
# Of the file, beyond those: 1080p in 8 bytes a frame, 4K in 32, less than a still picture takes.
MAX_PIXELS_A_BYTE = 2**18

MAX_IGNORED_BOXES = 500  # of FG's ignored part: a mask picture is made coarser until it needs no more
MIN_COMPARED_SHARE = 0.05  # of FG's frame that is not ignored: less tells neither place nor time

MIN_SAMPLE_RATE = 1000  # Hz of sound that is analysed: one frame of slower sound would be resampled to gigabytes
MAX_SOUND_BREAKS = 10_000  # in sound that is analysed: each costs 0.15 ms for a resampler of its own

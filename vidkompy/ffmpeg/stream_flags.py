"""Encoder options by which the output file says of its frames what FG says: interlaced, full range.

Measured on 5.1 and 9.0 by reading files back: tests/media/test_frame_metadata.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from filtergraphs import Composition, working_format
from filtergraphs.colour import full_or_limited
from filtergraphs.formats import is_yuv
from vidkompy.ffmpeg.arguments import video_encoder_in

_INTERLACED = ("-flags", "+ildct+ilme")
_FULL_RANGE = ("-color_range", "pc")  # or ffmpeg 9 makes limited range for encoders that do not list both
# encoders that are known to write it: the options that they need for it
INTERLACED_OPTIONS = {"libx264": _INTERLACED, "prores_ks": _INTERLACED, "ffv1": ()}
FULL_RANGE_OPTIONS = dict.fromkeys(("ffv1", "ffvhuff", "huffyuv", "utvideo"), _FULL_RANGE) | dict.fromkeys(
    ("libx264", "libx265", "libsvtav1", "libvpx-vp9", "rawvideo"), ()
)


def label_options(composition: Composition, encoding: Sequence[str]) -> tuple[str, ...]:
    """Output options, to stand before `encoding`."""
    encoder = video_encoder_in(encoding) or ""
    interlaced = INTERLACED_OPTIONS.get(encoder, ()) if composition.drawn_field_order else ()
    full_range = FULL_RANGE_OPTIONS.get(encoder, ()) if is_full_range(composition) else ()
    return (*interlaced, *full_range)


def is_full_range(composition: Composition) -> bool:
    """Whether what is drawn is YUV of full range."""
    return full_or_limited(composition.fg) == "full" and is_yuv(working_format(composition))

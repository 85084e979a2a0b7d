"""What encoders must be told so that the file says of its frames what FG says: interlaced, full range.

Measured on 5.1 and 9.0 by reading files back: tests/media/test_frame_metadata.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from filtergraphs import Composition, working_format
from filtergraphs.colour import full_or_limited
from filtergraphs.formats import is_yuv
from vidkompy.ffmpeg.binary import encoder_in

_FLAGS = ("-flags", "+ildct+ilme")
FIELDS = {"libx264": _FLAGS, "prores_ks": _FLAGS, "ffv1": ()}
_FULL = ("-color_range", "pc")  # or ffmpeg 9 makes limited range for those that do not say that they take both
FULL = dict.fromkeys(("ffv1", "ffvhuff", "huffyuv", "utvideo"), _FULL) | dict.fromkeys(
    ("libx264", "libx265", "libsvtav1", "libvpx-vp9", "rawvideo"), ()
)


def label_options(planned: Composition, encoding: Sequence[str]) -> tuple[str, ...]:
    """Output options, to stand before `encoding`."""
    encoder = encoder_in(encoding) or ""
    fields = FIELDS.get(encoder, ()) if planned.drawn_field_order else ()
    return (*fields, *(FULL.get(encoder, ()) if is_full(planned) else ()))


def is_full(planned: Composition) -> bool:
    """Whether it is YUV of full range."""
    return full_or_limited(planned.fg) == "full" and is_yuv(working_format(planned))

"""Names that videos have."""

from __future__ import annotations

import re
from pathlib import Path

_SUFFIX = re.compile(
    r"(?i)\.(3gp|asf|avi|dv|f4v|flv|gif|hevc|ivf|m1v|m2ts|m2v|m4v|mjpeg|mkv|mov|mp4|mpe?g|mts|mxf|nut|obu|og[mv]|ts|"
    r"vob|webm|wmv|y4m)"
)


def is_video_name(path: Path) -> bool:
    """
    >>> is_video_name(Path("a.MP4")), is_video_name(Path("a.vidkompy.json"))
    (True, False)
    """
    return _SUFFIX.fullmatch(path.suffix) is not None

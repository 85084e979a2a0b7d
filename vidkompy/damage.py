"""Whether a video decodes without a fault, and where the first one is."""

from __future__ import annotations

from pathlib import Path

import av.error

from vidkompy.probe import LIMITED, open_video

STRICT = {"err_detect": "explode"}  # what is wrong is an error: decoders conceal it otherwise


def intact_frames(path: Path) -> int | None:
    """Frames that decode before the first fault, give or take those that a decoder holds back; None without a fault."""
    count = 0
    with open_video(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.options = LIMITED | STRICT
        try:
            for frame in container.decode(stream):
                if frame.is_corrupt:
                    return count
                count += 1
        except av.error.InvalidDataError:
            return count
    return None

"""Whether a video decodes without a fault, and where the first one is."""

from __future__ import annotations

from pathlib import Path

import av.error

from vidkompy.errors import MediaError
from vidkompy.probe import LIMITED, open_video

STRICT = {"err_detect": "explode"}  # what is wrong is an error: decoders conceal it otherwise


def intact_frames(path: Path) -> int | None:
    """Frames that decode before the first fault, give or take those that a decoder holds back; None without a fault.

    Raises MediaError where it cannot even be opened.
    """
    count = 0
    try:
        opened = open_video(path)
    except (OSError, av.error.FFmpegError) as e:
        raise MediaError(f"cannot read '{path}' any more: {(e.strerror or str(e)).lower()}") from e
    with opened as container:
        if not container.streams.video:
            return 0
        stream = container.streams.video[0]
        stream.codec_context.options = LIMITED | STRICT
        try:
            for frame in container.decode(stream):
                if frame.is_corrupt:
                    return count
                count += 1
        except av.error.FFmpegError:
            return count
    return None

"""What a batch's child process does beside the program's commands: the small picture of a pair for the batch's page."""

from __future__ import annotations

from pathlib import Path

from vidkompy.errors import VidkompyError

THUMBNAIL_COMMAND = "thumbnail"


def thumbnail_error(arguments: list[str]) -> str:
    """Draws it, and says why not; "" where it is drawn. arguments: THUMBNAIL_COMMAND SIDECAR -o PICTURE."""
    import cv2

    from vidkompy.media.atomic_outputs import write_files
    from vidkompy.report.thumbnail import thumbnail
    from vidkompy.sidecar.document import read_sidecar

    _, sidecar, _, output = arguments
    try:
        write_files({Path(output): thumbnail(read_sidecar(Path(sidecar)))}, overwrite=True)
    except (VidkompyError, OSError, ValueError, cv2.error) as e:  # no picture is worth the pair
        return str(e) or type(e).__name__
    return ""

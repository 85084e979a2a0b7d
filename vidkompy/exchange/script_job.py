"""A render that somebody else starts: what they need, and what it cannot promise."""

from __future__ import annotations

from pathlib import Path

from vidkompy.exchange.format_contract import ExportRequest
from vidkompy.exchange.losses import Loss
from vidkompy.ffmpeg.binary import readable
from vidkompy.media.file_urls import relative_path
from vidkompy.rendering.job import Job, prepare

_TAKES_ANY_SOUND = (".mkv", ".mov")


def scripted(asked: ExportRequest) -> tuple[Job, str, list[Loss]]:
    """The render, the name of what it writes, and what is lost. Raises SidecarError, RenderError.

    Matroska and QuickTime stay what they are: MP4 does not take all sound that they hold.
    """
    suffix = asked.sidecar.fg.path.suffix.lower()
    output = f"{asked.name}.composite{suffix if suffix in _TAKES_ANY_SOUND else '.mp4'}"
    job = prepare(asked.sidecar, asked.sidecar_path, Path(output), asked.drawing, None, asked.ffmpeg)
    losses = [Loss("drawing", said) for said in job.remarks]
    losses.append(
        Loss("proof", "ffmpeg ends well on a damaged or changed input too: render compares hashes and counts")
    )
    if "[sound]" in job.output_options:
        said = f"BG's sound lies as '{job.ffmpeg}' decodes it: another version can put it 20 ms off"
        losses.append(Loss("sound", said))
    return job, output, losses


def places(asked: ExportRequest) -> dict[str, str]:
    """Words that name clips in ffmpeg's arguments -> the clips' paths from the export's folder."""
    clips = (asked.sidecar.fg, asked.sidecar.bg)
    return {readable(clip.path): relative_path(clip.path, asked.folder) for clip in clips}

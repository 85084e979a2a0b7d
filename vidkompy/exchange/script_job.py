"""A render that somebody else starts: what they need, and what it cannot promise."""

from __future__ import annotations

from pathlib import Path

from vidkompy.exchange.format_contract import ExportRequest
from vidkompy.exchange.losses import Loss
from vidkompy.ffmpeg.arguments import file_argument
from vidkompy.media.file_urls import relative
from vidkompy.rendering.ffmpeg_job import Job
from vidkompy.rendering.job import prepare_job

_TAKES_ANY_SOUND = (".mkv", ".mov")


def scripted(asked: ExportRequest) -> tuple[Job, str, list[Loss]]:
    """The render, the name of what it writes, and what is lost. Raises SidecarError, RenderError.

    Matroska and QuickTime stay what they are: MP4 does not take all sound that they hold.
    """
    suffix = asked.sidecar.fg.path.suffix.lower()
    output = f"{asked.name}.composite{suffix if suffix in _TAKES_ANY_SOUND else '.mp4'}"
    job = prepare_job(asked.sidecar, Path(output), asked.drawing, ffmpeg=asked.ffmpeg, sidecar_path=asked.sidecar_path)
    losses = [Loss("drawing", said) for said in job.notes]
    losses.append(
        Loss("proof", "ffmpeg ends well on a damaged or changed input too: render compares hashes and counts")
    )
    if "[sound]" in job.output_options:
        said = f"BG's sound lies as '{job.ffmpeg_path}' decodes it: another version can put it 20 ms off"
        losses.append(Loss("sound", said))
    return job, output, losses


def places(asked: ExportRequest) -> dict[str, str]:
    """Words that name clips in ffmpeg's arguments -> the clips' paths from the export's folder."""
    clips = (asked.sidecar.fg, asked.sidecar.bg)
    return {file_argument(clip.path): relative(clip.path, asked.folder) for clip in clips}

"""Checks that a drawing which succeeds has no need of: made after a failure, to name its cause.

Whoever draws later, by a script, makes them before.
"""

from __future__ import annotations

from vidkompy.ffmpeg import preflight
from vidkompy.ffmpeg.arguments import names_sound_encoder
from vidkompy.ffmpeg.sound_preflight import check_sound_copy
from vidkompy.rendering.job import Job


def check_after_failure(job: Job) -> None:
    """Raises RenderError if the cause is FG's sound, or an encoder that worked once and does not now.

    For drawings that failed before their first frame.
    """
    check_copied_sound(job)
    picture = preflight.picture_of(job.composition)
    preflight.try_encoder(job.ffmpeg, job.encoder, job.output, picture, job.stream_labels)


def check_copied_sound(job: Job) -> None:
    """Raises RenderError if FG's sound cannot be copied into the output. A muxer says so before the first frame."""
    fg, composition = job.sidecar.fg, job.composition
    if composition.has_audio and not names_sound_encoder(job.track_options):
        demuxer, arguments = composition.fg.demuxer, job.encoder_options
        check_sound_copy(job.ffmpeg, fg.path, demuxer, job.output, arguments, fg.scope)

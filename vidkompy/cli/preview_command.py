"""preview: a small video that shows whether FG lies right."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from vidkompy.cli.commands import Preview
from vidkompy.cli.messages import print_message
from vidkompy.cli.output_paths import check_free, path_named_after
from vidkompy.cli.pins import parse_fg_frame
from vidkompy.cli.progress import pace, progress_reports
from vidkompy.cli.results import Result
from vidkompy.errors import UsageError
from vidkompy.model import Clip, FrameSpan

if TYPE_CHECKING:
    from vidkompy.ffmpeg.kept_answers import KeptAnswers
    from vidkompy.rendering.job import Job

DEFAULT_SECONDS = 4.0  # around a frame: enough to see it come and go
MAX_SECONDS = 1e6  # more than any clip has: larger numbers are slips


def run_preview(c: Preview) -> Result:
    from vidkompy.ffmpeg.kept_answers import user_answers
    from vidkompy.ffmpeg.output_checks import check_encoder_arguments
    from vidkompy.rendering.preview import PreviewOptions, prepare_preview
    from vidkompy.sidecar.document import read_sidecar

    _check_seconds(c)
    sidecar = read_sidecar(c.sidecar)
    part = None if c.around is None else _part(c.around, c.seconds or DEFAULT_SECONDS, sidecar.fg)
    target = c.output or path_named_after(c.sidecar, ".preview.mp4")
    check_free(target, (c.sidecar, sidecar.bg.path, sidecar.fg.path), c.overwrite)
    check_encoder_arguments(target, ())
    answers = user_answers()
    options = PreviewOptions(c.style, part, c.full_size, not c.no_text)
    job = prepare_preview(sidecar, target, options, c.ffmpeg, c.sidecar, answers)
    for note in job.notes:
        print_message(f"note: {note}")
    _run(job, c.overwrite, answers)
    first = job.composition.fg_first
    shown = {"style": c.style, "first": first, "frames": job.frames, "notes": list(job.notes)}
    facts = {"output": str(target), "player": None, **shown}
    return Result(facts, (str(target),))


def _check_seconds(c: Preview) -> None:
    """Raises UsageError."""
    if c.seconds is None:
        return
    if c.around is None:
        raise UsageError(f"--seconds {c.seconds:g} goes with --around FRAME, which is missing; wanted both or none")
    if not (isfinite(c.seconds) and 0 < c.seconds <= MAX_SECONDS):
        raise UsageError(f"--seconds is {c.seconds:g}; wanted a number above 0, such as 4")


def _part(around: str, seconds: float, fg: Clip) -> FrameSpan:
    """FG frames that begin at most half as long before or after that one. Raises UsageError."""
    middle = parse_fg_frame("--around", around, fg)
    times = (fg.pts - fg.pts[middle]) * float(fg.time_base)
    first, stop = np.searchsorted(times, (-seconds / 2 - 1e-6, seconds / 2 + 1e-6), side="left")
    return FrameSpan(min(int(first), middle), max(int(stop), middle + 1))


def _run(job: Job, overwrite: bool, answers: KeptAnswers) -> None:
    from vidkompy.rendering.render_pipeline import run_job

    with progress_reports() as report:
        run_job(job, overwrite, lambda p: report("preview", p.frames, job.frames, pace(p.fps, p.size)), answers)

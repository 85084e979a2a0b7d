"""preview: a small video that shows whether FG lies right."""

from __future__ import annotations

import shutil
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vidkompy.cli.commands import Preview
from vidkompy.cli.messages import print_message
from vidkompy.cli.output_paths import check_free, path_named_after
from vidkompy.cli.pins import parse_fg_frame
from vidkompy.cli.progress import pace, progress_reports
from vidkompy.cli.results import Result
from vidkompy.errors import RenderError, UsageError
from vidkompy.model import Clip, FrameSpan, Sidecar

if TYPE_CHECKING:
    from vidkompy.ffmpeg.player import Player
    from vidkompy.rendering.job import Job

DEFAULT_SECONDS = 4.0  # around a frame: enough to see it come and go
MAX_SECONDS = 1e6  # more than any clip has: larger numbers are slips


def run_preview(c: Preview) -> Result:
    from vidkompy.ffmpeg.player import PLAYERS, find_player
    from vidkompy.sidecar.document import read_sidecar

    _check_seconds(c)
    sidecar = read_sidecar(c.sidecar)
    part = None if c.around is None else _part(c.around, c.seconds or DEFAULT_SECONDS, sidecar.fg)
    player = find_player() if c.play else None
    target = c.output or path_named_after(c.sidecar, ".preview.mp4")
    if player is not None and c.output is None:
        job = _shown(c, sidecar, part, target, player)
        return Result(_facts(c, job, None, player))
    job = _written(c, sidecar, part, target)
    if player is not None:
        _play(player, target, f"the preview is kept in '{target}'")
    elif c.play:
        wanted = f"{' or '.join(PLAYERS)} on PATH, and a display"
        print_message(f"note: nothing here plays it: wanted {wanted}; the preview is kept in '{target}'")
    return Result(_facts(c, job, target, player), (str(target),))


def _facts(c: Preview, job: Job, output: Path | None, player: Player | None) -> dict[str, object]:
    return {
        "output": None if output is None else str(output),
        "player": None if player is None else player.path,
        "style": c.style,
        "first": job.composition.fg_first,
        "frames": job.frames,
        "notes": list(job.notes),
    }


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
    return FrameSpan(int(first), int(stop))


def _written(c: Preview, sidecar: Sidecar, part: FrameSpan | None, target: Path) -> Job:
    """Draws the preview into a file."""
    from vidkompy.ffmpeg.kept_answers import user_answers
    from vidkompy.ffmpeg.output_checks import check_encoder_arguments
    from vidkompy.rendering.preview import PreviewOptions, prepare_preview
    from vidkompy.rendering.render_pipeline import run_job

    check_free(target, (c.sidecar, sidecar.bg.path, sidecar.fg.path), c.overwrite)
    check_encoder_arguments(target, ())
    answers = user_answers()
    options = PreviewOptions(c.style, part, c.full_size, not c.no_text, c.match_colours)
    job = prepare_preview(sidecar, target, options, c.ffmpeg, c.sidecar, answers)
    for note in job.notes:
        print_message(f"note: {note}")
    with progress_reports() as report:
        run_job(job, c.overwrite, lambda p: report("preview", p.frames, job.frames, pace(p.fps, p.size)), answers)
    return job


def _shown(c: Preview, sidecar: Sidecar, part: FrameSpan | None, target: Path, player: Player) -> Job:
    """Draws the preview into a file that is gone when the player is closed; at `target` where that cannot show it."""
    from vidkompy.media.atomic_outputs import staged_output
    from vidkompy.media.work_folders import FILE_PREFIX, trial_folder

    with trial_folder() as folder:
        video = folder / f"{FILE_PREFIX}-preview.mp4"
        job = _written(c, sidecar, part, video)
        problem = player.play(video)
        if not problem:
            return job
        kept = "keep the preview with -o FILE"
        if not target.exists() or c.overwrite:
            with staged_output(target, c.overwrite) as copy:
                shutil.copyfile(video, copy.path)
                copy.publish()
            kept = f"the preview is kept in '{target}'"
    raise RenderError(f"{player.name} '{player.path}' cannot show it: {problem}; {kept}")


def _play(player: Player, video: Path, kept: str) -> None:
    problem = player.play(video)
    if problem:
        raise RenderError(f"{player.name} '{player.path}' cannot show it: {problem}; {kept}")

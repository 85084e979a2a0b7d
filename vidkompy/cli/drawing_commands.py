"""render, compose and verify."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vidkompy.cli.analysis_commands import analysed, analysis_result, cache_of, write_analysis
from vidkompy.cli.commands import Compose, Render, Verify
from vidkompy.cli.messages import print_message
from vidkompy.cli.option_groups import Drawing, Encoding
from vidkompy.cli.output_paths import check_free, path_beside, path_named_after, timecodes_of
from vidkompy.cli.progress import pace, progress_reports
from vidkompy.cli.results import Result
from vidkompy.counts import count_text
from vidkompy.drawing.options import DrawingOptions, check_drawing_options
from vidkompy.errors import OutputError, RenderError, UsageError
from vidkompy.ffmpeg.encoder_presets import EncodingOptions

if TYPE_CHECKING:
    from vidkompy.analysis import AnalysisOptions
    from vidkompy.ffmpeg.kept_answers import KeptAnswers
    from vidkompy.ffmpeg.process import RenderProgress
    from vidkompy.media.progress_callback import ProgressCallback
    from vidkompy.model import Sidecar
    from vidkompy.rendering.job import Job

EncoderArguments = tuple[str, ...] | None  # output options of ffmpeg behind `--`; None: there was no `--`


def run_render(c: Render, encoder_arguments: EncoderArguments) -> Result:
    from vidkompy.sidecar.document import read_sidecar

    check_drawing_options(c.drawing)
    sidecar = read_sidecar(c.sidecar)
    name = path_named_after(c.sidecar, "").name.removesuffix(".composite")
    target = c.output or c.sidecar.with_name(f"{name}.composite.mp4")  # never fg.mp4 for fg.vidkompy.json
    return _draw(sidecar, c.sidecar, target, c, encoder_arguments, c.dry_run)


def run_compose(c: Compose, encoder_arguments: EncoderArguments) -> Result:
    from vidkompy.cli.analysis_options import analysis_options
    from vidkompy.ffmpeg.output_checks import check_encoder_arguments
    from vidkompy.media.probe import check_media_file
    from vidkompy.rendering.chunks import check_chunks

    check_drawing_options(c.drawing)
    target = c.output or path_beside(c.fg, ".composite.mp4")
    sidecar_path = path_beside(target, ".vidkompy.json")
    check_free(target, (c.bg, c.fg), c.overwrite)
    check_chunks(c.encoding.chunks, encoder_arguments or ())
    check_encoder_arguments(target, encoder_arguments or ())
    check_media_file(c.fg)  # ffmpeg would wait for a pipe
    check_media_file(c.bg)
    check = partial(_check_drawing, c, target, encoder_arguments)
    options = analysis_options(c.matching, c.bg, c.fg)
    is_going_on = not c.overwrite and _was_stopped(sidecar_path, c, options)
    for path in () if is_going_on else (sidecar_path, timecodes_of(sidecar_path)):
        check_free(path, (c.bg, c.fg), c.overwrite)
    if is_going_on:
        sidecar = _analysed_again(c, options, sidecar_path, check)
    else:
        cache = cache_of(c.matching.no_cache)
        sidecar = write_analysis(c.bg, c.fg, options, sidecar_path, c.overwrite, cache, drawing_check=check)
    try:
        drawn = _draw(sidecar, sidecar_path, target, c, encoder_arguments)
    except (OutputError, RenderError, UsageError) as e:
        raise RenderError(f"{e}; the analysis is kept: go on with vidkompy render '{sidecar_path}'") from e
    return replace(drawn, facts=analysis_result(sidecar, sidecar_path).facts | drawn.facts)


def run_verify(c: Verify) -> Result:
    from vidkompy.cli.facts import alignment_facts, verdict_facts
    from vidkompy.cli.summary import alignment_lines, verdict_lines
    from vidkompy.sidecar.document import check_clips, read_sidecar
    from vidkompy.verification.frame_comparison import verify

    if c.video is None and not c.alignment:
        raise UsageError("verify has no video to look at; wanted SIDECAR RENDERED, or SIDECAR --alignment")
    check_drawing_options(c.drawing)
    sidecar = read_sidecar(c.sidecar)
    check_clips(sidecar, c.sidecar)
    facts: dict[str, object] = {"render": None, "alignment": None}
    lines: list[str] = []
    is_right = True
    if c.video is not None:
        with progress_reports() as report:
            drawing = drawing_of(c.drawing)
            verdict = verify(sidecar, c.video, drawing, lambda n: report("verifying", n, sidecar.fg.frames))
        facts["render"], is_right = verdict_facts(verdict), verdict.is_right
        lines += verdict_lines(verdict, c.sidecar, c.video)
    if c.alignment:
        from vidkompy.sidecar.engine import known_engine
        from vidkompy.verification.alignment_check import check_alignment

        engine = known_engine(sidecar.engine, c.sidecar)
        with progress_reports() as report:
            found = check_alignment(sidecar, engine, cache=cache_of(is_off=False), on_progress=report)
        facts["alignment"], is_right = alignment_facts(found), is_right and not found.is_contradicted
        lines += alignment_lines(found, sidecar)
    return Result({"is_right": is_right, **facts}, tuple(lines), exit_code=0 if is_right else 1)


def drawing_of(options: Drawing) -> DrawingOptions:
    """Without what is only there for the command line."""
    return DrawingOptions(**{f.name: getattr(options, f.name) for f in fields(DrawingOptions)})


def encoding_of(options: Encoding) -> EncodingOptions:
    """Without what is only there for the command line."""
    return EncodingOptions(**{f.name: getattr(options, f.name) for f in fields(EncodingOptions)})


def _was_stopped(sidecar_path: Path, c: Compose, options: AnalysisOptions) -> bool:
    """Whether an earlier compose of these clips got as far as its sidecar, and no further. Raises SidecarError."""
    from vidkompy.sidecar.document import read_sidecar
    from vidkompy.sidecar.pins import pinned_runs

    if not sidecar_path.exists():
        return False
    before = read_sidecar(sidecar_path)
    asked = (pinned_runs(dict(options.search.pins)), options.engine, options.search_seconds)
    is_given = options.at is not None or options.at_corner is not None
    is_edited = before.placement.score is None and not is_given
    if is_edited or (before.pins, before.engine, before.searched) != asked:
        return False
    return all(
        clip.path.resolve() == path.resolve() and clip.path.exists() and clip.path.stat().st_size == clip.size
        for clip, path in ((before.bg, c.bg), (before.fg, c.fg))
    )


def _analysed_again(
    c: Compose, options: AnalysisOptions, sidecar_path: Path, drawing_check: Callable[[ProgressCallback], None]
) -> Sidecar:
    """What is found is what was found: then there is nothing to lose, and the render goes on. Raises UsageError."""
    from vidkompy.sidecar.document import text_of

    sidecar = analysed(c.bg, c.fg, options, cache_of(c.matching.no_cache), drawing_check)
    if text_of(sidecar, sidecar_path) != sidecar_path.read_text(encoding="utf-8"):
        raise UsageError(
            f"'{sidecar_path}' exists and says something else than these options find; draw it with "
            f"vidkompy render '{sidecar_path}', or replace it with --overwrite"
        )
    print_message(f"note: '{sidecar_path}' is there already, and says the same: going on with it")
    return sidecar


def _check_drawing(c: Compose, target: Path, encoder_arguments: EncoderArguments, _: ProgressCallback) -> None:
    """Tries encoder and sound. Raises UsageError, RenderError, MediaError where they fail."""
    from vidkompy.drawing.soundtrack import check_soundtrack
    from vidkompy.ffmpeg.kept_answers import user_answers
    from vidkompy.ffmpeg.preflight import check_encoding

    answers, encoding = user_answers(), encoding_of(c.encoding)
    ffmpeg = check_encoding(encoding, encoder_arguments, target, c.ffmpeg, (c.fg, c.bg), answers)
    check_soundtrack(drawing_of(c.drawing), c.fg, c.bg, ffmpeg, target, encoder_arguments or ())


def _draw(
    sidecar: Sidecar,
    path: Path,
    target: Path,
    c: Render | Compose,
    encoder_arguments: EncoderArguments,
    dry_run: bool = False,
) -> Result:
    from vidkompy.ffmpeg.kept_answers import user_answers
    from vidkompy.ffmpeg.output_checks import check_encoder_arguments
    from vidkompy.rendering.chunks import check_chunks
    from vidkompy.rendering.late_checks import check_copied_sound
    from vidkompy.rendering.render_pipeline import prepare_job

    if not dry_run:
        check_free(target, (path, sidecar.bg.path, sidecar.fg.path), c.overwrite)
    check_chunks(c.encoding.chunks, encoder_arguments or ())
    check_encoder_arguments(target, encoder_arguments or ())
    answers = user_answers()
    drawing, encoding = drawing_of(c.drawing), encoding_of(c.encoding)
    job = prepare_job(
        sidecar,
        target,
        drawing,
        encoding,
        encoder_arguments=encoder_arguments,
        ffmpeg=c.ffmpeg,
        sidecar_path=path,
        answers=answers,
    )
    if dry_run:
        check_copied_sound(job)
    for note in job.notes:
        print_message(f"note: {note}")
    facts = {"output": str(target), "frames": job.frames, "notes": list(job.notes)}
    if dry_run:
        script = _script(job, target)
        return Result({**facts, "script": script}, data=script)
    _run(job, c.overwrite, answers)
    return Result(facts, (str(target),))


def _run(job: Job, overwrite: bool, answers: KeptAnswers) -> None:
    from vidkompy.rendering.render_pipeline import run_job

    def show(p: RenderProgress) -> None:
        if p.kept:
            print_message(f"note: going on with {count_text(p.kept, 'part')} that an earlier run finished")
        report("rendering", p.frames, job.frames, pace(p.fps, p.size))

    with progress_reports() as report:
        run_job(job, overwrite, show, answers)


def _script(job: Job, target: Path) -> str:
    from vidkompy.exchange.posix_script import render_text
    from vidkompy.exchange.render_script import render_script

    return render_text(render_script(job, str(target), job.ffmpeg_path))

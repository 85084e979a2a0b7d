"""The command line: parses its arguments once into a dataclass of `commands`, and runs that command.

Each command imports what it needs when it runs, so that --help loads nothing heavy. Results go to standard output,
messages to standard error; only this package prints.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import tyro
from tyro.conf import FlagCreatePairsOff, OmitArgPrefixes, arg

from vidkompy.cli.commands import (
    Analyze,
    Command,
    Compose,
    Demo,
    Doctor,
    Export,
    Import,
    Locate,
    Refine,
    Render,
    Report,
    Verify,
)
from vidkompy.cli.progress import progress_bar
from vidkompy.cli.std_streams import OutputLost, discard_unwritten, print_message, write_data
from vidkompy.drawing.options import check_drawing_options
from vidkompy.errors import OutputError, RenderError, UsageError, VidkompyError

if TYPE_CHECKING:  # everything heavy is imported by the command that needs it
    from vidkompy.analysis import AnalysisOptions
    from vidkompy.media.cache import Cache
    from vidkompy.model import Sidecar
    from vidkompy.rendering.job import Job

EncoderArguments = tuple[str, ...] | None  # output options of ffmpeg behind `--`; None: there was no `--`


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Exit codes: 0 done, 1 failure, 2 usage, 3 no match."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # starting more costs 0.07 s, and the decoder has the cores
    gc.set_threshold(100_000)  # imports make many objects and no garbage: 0.06 s of 0.6 (measured)
    try:
        try:
            sys.exit(_run_arguments(list(sys.argv[1:] if argv is None else argv)))
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        discard_unwritten()
        sys.exit(1)
    except OutputLost as e:
        with suppress(OSError):  # it may be standard error that is full
            print_message(f"vidkompy: {e}")
        discard_unwritten()
        sys.exit(1)


def _run_arguments(arguments: list[str]) -> int:
    """The exit code. Raises SystemExit where words make no sense, or ask for help."""
    if arguments == ["--version"]:
        from importlib.metadata import version

        print(f"vidkompy {version('vidkompy')}")
        return 0
    encoder_arguments: EncoderArguments = None
    if "--" in arguments:
        at = arguments.index("--")
        arguments, encoder_arguments = arguments[:at], tuple(arguments[at + 1 :])
    command = tyro.cli(
        Annotated[Command, arg(help=_COMMAND_HELP)],
        args=arguments,
        prog="vidkompy",
        config=(FlagCreatePairsOff, OmitArgPrefixes),
        description=_DESCRIPTION,
    )
    try:
        if encoder_arguments is not None and not isinstance(command, Render | Compose):
            raise UsageError("arguments behind -- go to the encoder: only render and compose take them")
        return _dispatch(command, encoder_arguments)
    except VidkompyError as e:
        print_message(f"vidkompy: {e}")
        return e.exit_code


_COMMAND_HELP = "each has its own --help"  # without a help tyro looks for one in the sources of typing: 0.035 s
_DESCRIPTION = "Lay one video over another of the same content, every frame kept, each on the frame it belongs to."


def _dispatch(command: Command, encoder_arguments: EncoderArguments) -> int:
    match command:
        case Analyze():
            return _analyze(command)
        case Refine():
            return _refine(command)
        case Locate():
            return _locate(command)
        case Render():
            return _render(command, encoder_arguments)
        case Compose():
            return _compose(command, encoder_arguments)
        case Export():
            return _export(command)
        case Import():
            return _import(command)
        case Verify():
            return _verify(command)
        case Report():
            from vidkompy.cli.report_command import run_report

            return run_report(command)
        case Doctor():
            return _doctor(command)
        case Demo():
            return run_demo(command)


def _analyze(c: Analyze) -> int:
    from vidkompy.cli.analysis_options import analysis_options

    target = c.output or _path_beside(c.fg, ".vidkompy.json")
    timecodes = _path_named_after(target, ".timecodes.txt")
    for path in (target, timecodes):
        _check_output(path, (c.bg, c.fg), c.overwrite)
    _write_analysis(c.bg, c.fg, analysis_options(c.matching, c.fg), target, c.overwrite, _cache(c.matching.no_cache))
    print(target)
    return 0


def _refine(c: Refine) -> int:
    from vidkompy.cli.analysis_options import refined_options
    from vidkompy.media.atomic_outputs import protected_inputs
    from vidkompy.sidecar.document import check_clips, read_sidecar

    before = read_sidecar(c.sidecar)
    clips = (before.bg.path, before.fg.path)
    target = c.output or c.sidecar
    _check_output(target, protected_inputs(target, c.sidecar, clips), c.overwrite)
    _check_output(_path_named_after(target, ".timecodes.txt"), (*clips, c.sidecar), c.overwrite)
    check_clips(before, c.sidecar)
    _write_analysis(*clips, refined_options(before, c), target, c.overwrite, _cache(c.no_cache))
    print(target)
    return 0


def _locate(c: Locate) -> int:
    from vidkompy.cli.analysis_options import scale_range
    from vidkompy.cli.parsing import check_count, parse_stream
    from vidkompy.cli.stream_notes import naming_streams
    from vidkompy.cli.summary import located_lines
    from vidkompy.location import PICTURE_SCALES, LocationOptions, as_json, locate

    check_count(c.count)
    bg_stream, picture_stream = (
        parse_stream("--bg-stream", c.bg_stream),
        parse_stream("--picture-stream", c.picture_stream),
    )
    scales = scale_range(c.scale_range, c.no_scale) or PICTURE_SCALES
    options = LocationOptions(c.count, scales, bg_stream=bg_stream, picture_stream=picture_stream)
    with naming_streams(("BG", c.bg, bg_stream), ("picture", c.picture, picture_stream)), progress_bar() as report:
        located = locate(c.bg, c.picture, options, report)
    if c.json:
        import json

        print(json.dumps(as_json(located), indent=2))
        return 0
    for line in located_lines(located):
        print(line)
    return 0


def _render(c: Render, encoder_arguments: EncoderArguments) -> int:
    from vidkompy.sidecar.document import read_sidecar

    check_drawing_options(c.drawing)
    sidecar = read_sidecar(c.sidecar)
    name = _path_named_after(c.sidecar, "").name.removesuffix(".composite")
    target = c.output or c.sidecar.with_name(f"{name}.composite.mp4")  # never fg.mp4 for fg.vidkompy.json
    _draw(sidecar, c.sidecar, target, c, encoder_arguments, c.dry_run)
    return 0


def _compose(c: Compose, encoder_arguments: EncoderArguments) -> int:
    from vidkompy.cli.analysis_options import analysis_options
    from vidkompy.ffmpeg.output_checks import check_encoder_arguments
    from vidkompy.media.probe import check_media_file
    from vidkompy.rendering.chunks import check_chunks

    check_drawing_options(c.drawing)
    target = c.output or _path_beside(c.fg, ".composite.mp4")
    sidecar_path = _path_beside(target, ".vidkompy.json")
    for path in (target, sidecar_path, _path_named_after(sidecar_path, ".timecodes.txt")):
        _check_output(path, (c.bg, c.fg), c.overwrite)
    check_chunks(c.encoding.chunks, encoder_arguments or ())
    check_encoder_arguments(target, encoder_arguments or ())
    check_media_file(c.fg)  # ffmpeg would wait for a pipe
    check_media_file(c.bg)
    _check_drawing(c, target, encoder_arguments)  # before minutes are spent on analysis
    options = analysis_options(c.matching, c.fg)
    sidecar = _write_analysis(c.bg, c.fg, options, sidecar_path, c.overwrite, _cache(c.matching.no_cache))
    try:
        _draw(sidecar, sidecar_path, target, c, encoder_arguments)
    except (OutputError, RenderError, UsageError) as e:
        raise RenderError(f"{e}; the analysis is kept: go on with vidkompy render '{sidecar_path}'") from e
    return 0


def _check_drawing(c: Compose, target: Path, encoder_arguments: EncoderArguments) -> None:
    """Tries encoder and sound in a thread: ffmpeg is waited for, and what the analysis imports takes as long."""
    from concurrent.futures import ThreadPoolExecutor

    from vidkompy.drawing.soundtrack import check_soundtrack
    from vidkompy.ffmpeg.kept_answers import user_answers
    from vidkompy.ffmpeg.preflight import check_encoding

    def check() -> None:
        answers = user_answers()
        ffmpeg = check_encoding(c.encoding, encoder_arguments, target, c.ffmpeg, (c.fg, c.bg), answers)
        check_soundtrack(c.drawing, c.fg, c.bg, ffmpeg, target, encoder_arguments or ())

    with ThreadPoolExecutor(1) as pool:
        checked = pool.submit(check)
        import vidkompy.analysis  # noqa: F401

        checked.result()


def _export(c: Export) -> int:
    from vidkompy.exchange.export import export

    check_drawing_options(c.drawing)
    target = None if c.output is None or str(c.output) == "-" else c.output
    exported = export(c.to, c.sidecar, target, c.drawing, c.exact, c.overwrite, c.ffmpeg)
    if c.loss:
        import json

        write_data(json.dumps([loss.as_json() for loss in exported.losses], indent=2, ensure_ascii=False) + "\n")
    elif target is None:
        if len(exported.texts) > 1:
            raise UsageError(f"this takes {len(exported.texts)} files of {c.to}; name the first with -o")
        write_data(exported.texts[0])
    for loss in exported.losses:
        print_message(f"loss   {loss.message}")
    return 0


def _import(c: Import) -> int:
    from vidkompy.exchange.map_import import import_map

    imported = import_map(c.file, c.output, c.sidecar, c.overwrite)
    print_message(f"{imported.changed or 'none'} of {imported.sidecar.fg.frames} FG frames changed")
    for note in imported.notes:
        print_message(f"note: {note}")
    print(c.output)
    return 0


def _verify(c: Verify) -> int:
    from vidkompy.cli.summary import verdict_lines
    from vidkompy.sidecar.document import check_clips, read_sidecar
    from vidkompy.verification.frame_comparison import verify

    check_drawing_options(c.drawing)
    sidecar = read_sidecar(c.sidecar)
    check_clips(sidecar, c.sidecar)
    with progress_bar() as report:
        verdict = verify(sidecar, c.video, c.drawing, lambda n: report("verifying", n, sidecar.fg.frames))
    for line in verdict_lines(verdict):
        print(line)
    return 0 if verdict.is_right else 1


def _doctor(c: Doctor) -> int:
    from vidkompy.cli.doctor import ffmpeg_lines

    for line in ffmpeg_lines(c.ffmpeg):
        print(line)
    return 0


def run_demo(c: Demo, frames: int | None = None) -> int:
    """The exit code. frames: of BG, if not as many as `demo` makes by default."""
    from vidkompy.cli.demo import BG_FRAMES, is_as_made, write_pair
    from vidkompy.cli.summary import verdict_lines
    from vidkompy.sidecar.document import read_sidecar
    from vidkompy.verification.frame_comparison import verify

    bg, fg, target = (c.output / name for name in ("background.mp4", "foreground.mp4", "composite.mp4"))
    sidecar_path = _path_beside(target, ".vidkompy.json")
    if c.output.exists():
        for path in (bg, fg, target, sidecar_path, _path_named_after(sidecar_path, ".timecodes.txt")):
            _check_output(path, (), c.overwrite)
    count = frames or BG_FRAMES
    write_pair(bg, fg, c.overwrite, count)
    _compose(Compose(bg, fg, target, overwrite=c.overwrite), None)
    sidecar = read_sidecar(sidecar_path)
    verdict = verify(sidecar, target)
    for line in verdict_lines(verdict):
        print(line)
    is_right = is_as_made(sidecar, count)
    print(f"truth   {'found: every frame and the placement are what was made' if is_right else 'NOT found'}")
    print(f"background  {bg}\nforeground  {fg}\nsidecar     {sidecar_path}\ncomposite   {target}")
    return 0 if is_right and verdict.is_right else 1


def _cache(is_off: bool) -> Cache:
    from vidkompy.media.cache import NO_CACHE, user_cache

    return NO_CACHE if is_off else user_cache()


def _write_analysis(
    bg: Path, fg: Path, options: AnalysisOptions, target: Path, overwrite: bool, cache: Cache
) -> Sidecar:
    from vidkompy.analysis import analyze
    from vidkompy.cli.stream_notes import naming_streams
    from vidkompy.cli.summary import analysis_lines
    from vidkompy.exchange.exports import timecodes
    from vidkompy.media.atomic_outputs import write_texts
    from vidkompy.sidecar.document import text_of

    with naming_streams(("BG", bg, options.bg_stream), ("FG", fg, options.fg_stream)), progress_bar() as report:
        sidecar = analyze(bg, fg, options, cache, report)
    texts = {_path_named_after(target, ".timecodes.txt"): timecodes.text(sidecar), target: text_of(sidecar, target)}
    write_texts(texts, overwrite)
    for line in analysis_lines(sidecar):
        print_message(line)
    return sidecar


def _draw(
    sidecar: Sidecar,
    path: Path,
    target: Path,
    c: Render | Compose,
    encoder_arguments: EncoderArguments,
    dry_run: bool = False,
) -> None:
    from vidkompy.cli.progress import pace
    from vidkompy.ffmpeg.kept_answers import user_answers
    from vidkompy.ffmpeg.output_checks import check_encoder_arguments
    from vidkompy.rendering.chunks import check_chunks
    from vidkompy.rendering.late_checks import check_copied_sound
    from vidkompy.rendering.render_pipeline import prepare_job, run_job

    if not dry_run:
        _check_output(target, (path, sidecar.bg.path, sidecar.fg.path), c.overwrite)
    check_chunks(c.encoding.chunks, encoder_arguments or ())
    check_encoder_arguments(target, encoder_arguments or ())
    answers = user_answers()
    job = prepare_job(
        sidecar,
        target,
        c.drawing,
        c.encoding,
        encoder_arguments=encoder_arguments,
        ffmpeg=c.ffmpeg,
        sidecar_path=path,
        answers=answers,
    )
    if dry_run:
        check_copied_sound(job)
    for note in job.notes:
        print_message(f"note: {note}")
    if dry_run:
        _print_script(job, target)
        return
    with progress_bar() as report:
        run_job(job, c.overwrite, lambda p: report("rendering", p.frames, job.frames, pace(p.fps, p.size)), answers)
    print(target)


def _print_script(job: Job, target: Path) -> None:
    from vidkompy.exchange.posix_script import render_text
    from vidkompy.exchange.render_script import render_script

    write_data(render_text(render_script(job, str(target), job.ffmpeg_path)))


def _check_output(path: Path, inputs: Sequence[Path], overwrite: bool) -> None:
    from vidkompy.media.atomic_outputs import check_output

    check_output(path, inputs, overwrite)


def _path_beside(video: Path, suffix: str) -> Path:
    return video.parent / (video.stem + suffix)  # with_name minds an empty name, which is refused later on


def _path_named_after(sidecar: Path, suffix: str) -> Path:
    return sidecar.parent / (sidecar.name.removesuffix(".json").removesuffix(".vidkompy") + suffix)

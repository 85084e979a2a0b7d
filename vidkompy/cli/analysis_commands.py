"""analyze, refine and locate."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vidkompy.cli.commands import Analyze, Locate, Refine
from vidkompy.cli.messages import print_message
from vidkompy.cli.output_paths import check_free, check_sidecar_name, path_beside, timecodes_of
from vidkompy.cli.progress import progress_reports
from vidkompy.cli.results import Result

if TYPE_CHECKING:
    from vidkompy.analysis import AnalysisOptions
    from vidkompy.media.cache import Cache
    from vidkompy.media.progress_callback import ProgressCallback
    from vidkompy.model import Sidecar


def run_analyze(c: Analyze) -> Result:
    from vidkompy.cli.analysis_options import analysis_options

    target = c.output or path_beside(c.fg, ".vidkompy.json")
    for path in (target, timecodes_of(target)):
        check_free(path, (c.bg, c.fg), c.overwrite)
    check_sidecar_name(target)
    options = analysis_options(c.matching, c.bg, c.fg)
    sidecar = write_analysis(c.bg, c.fg, options, target, c.overwrite, cache_of(c.matching.no_cache))
    return analysis_result(sidecar, target)


def run_refine(c: Refine) -> Result:
    from vidkompy.cli.analysis_options import refined_options
    from vidkompy.media.atomic_outputs import protected_inputs
    from vidkompy.sidecar.document import check_clips, read_sidecar

    before = read_sidecar(c.sidecar)
    clips = (before.bg.path, before.fg.path)
    target = c.output or c.sidecar
    check_free(target, protected_inputs(target, c.sidecar, clips), c.overwrite)
    check_free(timecodes_of(target), (*clips, c.sidecar), c.overwrite)
    check_clips(before, c.sidecar)
    sidecar = write_analysis(*clips, refined_options(before, c), target, c.overwrite, cache_of(c.no_cache))
    return analysis_result(sidecar, target)


def run_locate(c: Locate) -> Result:
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
    with naming_streams(("BG", c.bg, bg_stream), ("picture", c.picture, picture_stream)), progress_reports() as report:
        located = locate(c.bg, c.picture, options, report)
    return Result(as_json(located), tuple(located_lines(located)))


def analysis_result(sidecar: Sidecar, target: Path) -> Result:
    from vidkompy.cli.facts import analysis_facts

    return Result(analysis_facts(sidecar, target, timecodes_of(target)), (str(target),))


def write_analysis(
    bg: Path,
    fg: Path,
    options: AnalysisOptions,
    target: Path,
    overwrite: bool,
    cache: Cache,
    drawing_check: Callable[[ProgressCallback], None] | None = None,
) -> Sidecar:
    """The answer, which is written with its timecodes, and summed up on standard error.

    drawing_check   as for `analysed`; the answer is drawn next if there is one
    """
    from vidkompy.cli.summary import analysis_lines
    from vidkompy.media.atomic_outputs import write_texts
    from vidkompy.sidecar.document import text_of
    from vidkompy.sidecar.timecodes import timecodes_text

    sidecar = analysed(bg, fg, options, cache, drawing_check)
    write_texts({timecodes_of(target): timecodes_text(sidecar), target: text_of(sidecar, target)}, overwrite)
    for line in analysis_lines(sidecar, target, is_drawn_next=drawing_check is not None):
        print_message(line)
    return sidecar


def analysed(
    bg: Path,
    fg: Path,
    options: AnalysisOptions,
    cache: Cache,
    drawing_check: Callable[[ProgressCallback], None] | None = None,
) -> Sidecar:
    """drawing_check   runs at the same time: where it fails, the analysis ends, before minutes are spent on it"""
    from vidkompy.analysis import analyze
    from vidkompy.cli.stream_notes import naming_streams
    from vidkompy.media.concurrent_work import run_at_once

    streams = ("BG", bg, options.bg_stream), ("FG", fg, options.fg_stream)
    with naming_streams(*streams), progress_reports() as report:
        analysis = partial(analyze, bg, fg, options, cache)
        return analysis(report) if drawing_check is None else run_at_once(analysis, drawing_check, report)[0]


def cache_of(is_off: bool) -> Cache:
    from vidkompy.media.cache import NO_CACHE, user_cache

    return NO_CACHE if is_off else user_cache()

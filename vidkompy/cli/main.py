"""The command line: parses once into the dataclasses of `commands`, and is the only place that prints."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import tyro
from tyro.conf import FlagCreatePairsOff, OmitArgPrefixes

from vidkompy.cli.commands import (
    Analyze,
    Command,
    Compose,
    Demo,
    Doctor,
    Export,
    Import,
    Locate,
    Matching,
    Refine,
    Render,
    Verify,
)
from vidkompy.cli.progress import progress
from vidkompy.cli.std_streams import Unheard, hush, printable
from vidkompy.drawing.options import check_options
from vidkompy.errors import OutputError, RenderError, UsageError, VidkompyError

if TYPE_CHECKING:  # everything heavy is imported by the command that needs it
    from vidkompy.analysis import AnalysisOptions
    from vidkompy.media.cache import Cache
    from vidkompy.model import Sidecar
    from vidkompy.placement.search import ScaleRange

Passed = tuple[str, ...] | None  # what stood behind `--`


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Exit codes: 0 done, 1 failure, 2 usage, 3 no match."""
    gc.set_threshold(100_000)  # imports make many objects and no garbage: 0.06 s of 0.6 (measured)
    try:
        try:
            sys.exit(_done(list(sys.argv[1:] if argv is None else argv)))
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        hush()
        sys.exit(1)
    except Unheard as e:
        with suppress(OSError):  # it may be standard error that is full
            _say(f"vidkompy: {e}")
        hush()
        sys.exit(1)


def _done(words: list[str]) -> int:
    """The exit code. Raises SystemExit where words make no sense, or ask for help."""
    passed: Passed = None
    if "--" in words:
        at = words.index("--")
        words, passed = words[:at], tuple(words[at + 1 :])
    command = tyro.cli(
        Command, args=words, prog="vidkompy", config=(FlagCreatePairsOff, OmitArgPrefixes), description=_ABOUT
    )
    try:
        if passed is not None and not isinstance(command, Render | Compose):
            raise UsageError("arguments behind -- go to the encoder: only render and compose take them")
        return _run(command, passed)
    except VidkompyError as e:
        _say(f"vidkompy: {e}")
        return e.exit_code


_ABOUT = "Lay one video over another of the same content, every frame kept, each on the frame it belongs to."


def _run(command: Command, passed: Passed) -> int:
    match command:
        case Analyze():
            return _analyze(command)
        case Refine():
            return _refine(command)
        case Locate():
            return _locate(command)
        case Render():
            return _render(command, passed)
        case Compose():
            return _compose(command, passed)
        case Export():
            return _export(command)
        case Import():
            return _import(command)
        case Verify():
            return _verify(command)
        case Doctor():
            return _doctor(command)
        case Demo():
            return _demo(command)


def _analyze(c: Analyze) -> int:
    target = c.output or _beside(c.fg, ".vidkompy.json")
    timecodes = _stem(target, ".timecodes.txt")
    for path in (target, timecodes):
        _check_output(path, (c.bg, c.fg), c.overwrite)
    _write_analysis(c.bg, c.fg, _wishes(c.matching, c.fg), target, c.overwrite, _cache(c.matching.no_cache))
    print(target)
    return 0


def _refine(c: Refine) -> int:
    from vidkompy.alignment.engine_contract import SearchOptions
    from vidkompy.analysis import AnalysisOptions
    from vidkompy.cli.parsing import engine_named, pins_in, seconds_in
    from vidkompy.media.atomic_outputs import protected_inputs
    from vidkompy.sidecar.document import check_clips, read_sidecar

    before = read_sidecar(c.sidecar)
    clips = (before.bg.path, before.fg.path)
    target = c.output or c.sidecar
    _check_output(target, protected_inputs(target, c.sidecar, clips), c.overwrite)
    _check_output(_stem(target, ".timecodes.txt"), (*clips, c.sidecar), c.overwrite)
    check_clips(before, c.sidecar)
    given = pins_in(c.pin)
    said = {i for i, _ in given}
    pins = tuple(sorted([*given, *(pin for pin in before.pins if pin[0] not in said)]))
    engine = c.engine or engine_named(before.engine, c.sidecar)
    search = SearchOptions(reorder=c.reorder or before.frame_map.goes_back, pins=pins)
    seconds = before.searched if c.search is None else seconds_in(c.search)
    keeps_damaged = bool(before.fg.damage or before.bg.damage)
    wishes = AnalysisOptions(
        engine, search, before.placement, seconds=seconds, is_forced=True, keeps_damaged=keeps_damaged
    )
    _write_analysis(*clips, wishes, target, c.overwrite, _cache(c.no_cache))
    print(target)
    return 0


def _locate(c: Locate) -> int:
    from vidkompy.cli.parsing import check_count
    from vidkompy.cli.summary import located_lines
    from vidkompy.location import BOUNDS, as_json, locate

    check_count(c.count)
    bounds = _bounds(c.scale_range, c.no_scale) or BOUNDS
    with progress() as tell:
        found = locate(c.bg, c.picture, c.count, bounds, report=tell)
    if c.json:
        import json

        print(json.dumps(as_json(found), indent=2))
        return 0
    for line in located_lines(found):
        print(line)
    return 0


def _render(c: Render, passed: Passed) -> int:
    from vidkompy.sidecar.document import read_sidecar

    check_options(c.drawing)
    sidecar = read_sidecar(c.sidecar)
    name = _stem(c.sidecar, "").name.removesuffix(".composite")
    target = c.output or c.sidecar.with_name(f"{name}.composite.mp4")  # never fg.mp4 for fg.vidkompy.json
    _draw(sidecar, c.sidecar, target, c, passed, c.dry_run)
    return 0


def _compose(c: Compose, passed: Passed) -> int:
    from vidkompy.cli.parsing import check_arguments
    from vidkompy.drawing.soundtrack import check_soundtrack
    from vidkompy.ffmpeg.preflight import check as check_encoding
    from vidkompy.media.probe import check_media_file
    from vidkompy.rendering.chunks import check_chunks

    check_options(c.drawing)
    target = c.output or _beside(c.fg, ".composite.mp4")
    sidecar_path = _beside(target, ".vidkompy.json")
    for path in (target, sidecar_path, _stem(sidecar_path, ".timecodes.txt")):
        _check_output(path, (c.bg, c.fg), c.overwrite)
    check_chunks(c.encoding.chunks, passed or ())
    check_arguments(target, passed or ())
    check_media_file(c.fg)  # ffmpeg would wait for a pipe
    check_media_file(c.bg)
    tool = check_encoding(c.encoding, passed, target, c.ffmpeg, (c.fg, c.bg))  # before minutes are spent on analysis
    check_soundtrack(c.drawing, c.fg, c.bg, tool, target, passed or ())
    wishes = _wishes(c.matching, c.fg)
    sidecar = _write_analysis(c.bg, c.fg, wishes, sidecar_path, c.overwrite, _cache(c.matching.no_cache))
    try:
        _draw(sidecar, sidecar_path, target, c, passed)
    except (OutputError, RenderError, UsageError) as e:
        raise RenderError(f"{e}; the analysis is kept: go on with vidkompy render '{sidecar_path}'") from e
    return 0


def _export(c: Export) -> int:
    from vidkompy.exchange.export import export

    check_options(c.drawing)
    target = None if c.output is None or str(c.output) == "-" else c.output
    exported = export(c.to, c.sidecar, target, c.drawing, c.exact, c.overwrite, c.ffmpeg)
    if c.loss:
        import json
        from dataclasses import asdict

        _hand_over(json.dumps([asdict(loss) for loss in exported.losses], indent=2, ensure_ascii=False) + "\n")
    elif target is None:
        if len(exported.texts) > 1:
            raise UsageError(f"this takes {len(exported.texts)} files of {c.to}; name the first with -o")
        _hand_over(exported.texts[0])
    for loss in exported.losses:
        _say(f"loss   {loss.said}")
    return 0


def _import(c: Import) -> int:
    from vidkompy.exchange.map_import import import_map

    carried = import_map(c.file, c.output, c.sidecar, c.overwrite)
    _say(f"{carried.changed or 'none'} of {carried.sidecar.fg.frames} FG frames changed")
    for note in carried.notes:
        _say(f"note: {note}")
    print(c.output)
    return 0


def _verify(c: Verify) -> int:
    from vidkompy.cli.summary import verdict_lines
    from vidkompy.sidecar.document import check_clips, read_sidecar
    from vidkompy.verification.verify import verify

    check_options(c.drawing)
    sidecar = read_sidecar(c.sidecar)
    check_clips(sidecar, c.sidecar)
    with progress() as tell:
        verdict = verify(sidecar, c.video, c.drawing, lambda n: tell("verifying", n, sidecar.fg.frames))
    for line in verdict_lines(verdict):
        print(line)
    return 0 if verdict.is_right else 1


def _doctor(c: Doctor) -> int:
    from vidkompy.ffmpeg.binary import available, find, hwaccels
    from vidkompy.ffmpeg.encoder_presets import DEFAULT, PRESETS

    tool = find(c.ffmpeg, DEFAULT)
    print(f"using     {tool.path} (from {tool.origin})")
    print(f"version   {tool.banner}")
    print(f"filters   all {len(tool.filters)} known, none of those needed is missing")
    print(f"encoders  {', '.join(name for name in PRESETS if name in tool.encoders)} ({len(tool.encoders)} in all)")
    print(f"hwaccels  {', '.join(hwaccels(tool)) or 'none'}")
    for other in available():
        if other.path != tool.path:
            print(f"also here {other.path} (from {other.origin}): {other.lacks(DEFAULT) or 'capable too'}")
    return 0


def _demo(c: Demo) -> int:
    from vidkompy.cli.demo import is_truth, synthesise
    from vidkompy.cli.summary import verdict_lines
    from vidkompy.sidecar.document import read_sidecar
    from vidkompy.verification.verify import verify

    bg, fg, target = (c.output / name for name in ("background.mp4", "foreground.mp4", "composite.mp4"))
    sidecar_path = _beside(target, ".vidkompy.json")
    if c.output.exists():
        for path in (bg, fg, target, sidecar_path, _stem(sidecar_path, ".timecodes.txt")):
            _check_output(path, (), c.overwrite)
    synthesise(bg, fg, c.overwrite)
    _compose(Compose(bg, fg, target, overwrite=c.overwrite), None)
    sidecar = read_sidecar(sidecar_path)
    verdict = verify(sidecar, target)
    for line in verdict_lines(verdict):
        print(line)
    found = is_truth(sidecar)
    print(f"truth   {'found: every frame and the placement are what was made' if found else 'NOT found'}")
    print(f"background  {bg}\nforeground  {fg}\nsidecar     {sidecar_path}\ncomposite   {target}")
    return 0 if found and verdict.is_right else 1


def _wishes(m: Matching, fg: Path) -> AnalysisOptions:
    from vidkompy.alignment.engine_contract import SearchOptions
    from vidkompy.analysis import AnalysisOptions
    from vidkompy.cli.parsing import check_numbers, pins_in, placement_at, seconds_in
    from vidkompy.placement.search import ScaleRange

    check_numbers(m)
    return AnalysisOptions(
        engine=m.engine,
        search=SearchOptions(window=m.window, margin=m.margin, reorder=m.reorder, pins=pins_in(m.pin)),
        at=None if m.at is None else placement_at(m.at, fg),
        scales=_bounds(m.scale_range, m.no_scale) or ScaleRange(),
        seconds=seconds_in(m.search),
        least=m.min_confidence,
        is_forced=m.force,
        keeps_damaged=m.damaged == "keep",
    )


def _bounds(said: str | None, is_unscaled: bool) -> ScaleRange | None:
    from vidkompy.cli.parsing import scales_in
    from vidkompy.placement.search import ScaleRange

    scales = scales_in(said, is_unscaled)
    return None if scales is None else ScaleRange(*scales)


def _cache(is_off: bool) -> Cache:
    from vidkompy.media.cache import NO_CACHE, user_cache

    return NO_CACHE if is_off else user_cache()


def _write_analysis(
    bg: Path, fg: Path, wishes: AnalysisOptions, target: Path, overwrite: bool, cache: Cache
) -> Sidecar:
    from vidkompy.analysis import analyze
    from vidkompy.cli.summary import findings
    from vidkompy.exchange.exports import timecodes
    from vidkompy.media.atomic_outputs import write_texts
    from vidkompy.sidecar.document import text_of

    with progress() as tell:
        sidecar = analyze(bg, fg, wishes, cache, tell)
    texts = {_stem(target, ".timecodes.txt"): timecodes.text(sidecar), target: text_of(sidecar, target)}
    write_texts(texts, overwrite)
    for line in findings(sidecar):
        _say(line)
    return sidecar


def _draw(
    sidecar: Sidecar,
    path: Path,
    target: Path,
    c: Render | Compose,
    passed: Passed,
    dry_run: bool = False,
) -> None:
    from vidkompy.cli.parsing import check_arguments
    from vidkompy.cli.progress import pace
    from vidkompy.exchange import posix_script
    from vidkompy.rendering import chunks
    from vidkompy.rendering.job import prepare

    if not dry_run:
        _check_output(target, (path, sidecar.bg.path, sidecar.fg.path), c.overwrite)
    chunks.check_chunks(c.encoding.chunks, passed or ())
    check_arguments(target, passed or ())
    job = prepare(sidecar, path, target, c.drawing, passed, c.ffmpeg, c.encoding)
    for remark in job.remarks:
        _say(f"note: {remark}")
    if dry_run:
        _hand_over(posix_script.drawing(job, str(target), job.ffmpeg, {}))
        return
    with progress() as tell:
        chunks.render_in_parts(
            job,
            sidecar,
            target,
            c.encoding.chunks,
            c.overwrite,
            lambda p: tell("rendering", p.frames, job.frames, pace(p.fps, p.size)),
        )
    print(target)


def _check_output(path: Path, inputs: Sequence[Path], overwrite: bool) -> None:
    from vidkompy.media.atomic_outputs import check_output

    check_output(path, inputs, overwrite)


def _beside(video: Path, suffix: str) -> Path:
    return video.parent / (video.stem + suffix)  # with_name minds an empty name, which is refused later on


def _stem(sidecar: Path, suffix: str) -> Path:
    return sidecar.parent / (sidecar.name.removesuffix(".json").removesuffix(".vidkompy") + suffix)


def _hand_over(text: str) -> None:
    """On standard output, for other programs, which would not understand escapes. Raises OutputError."""
    try:
        text.encode(sys.stdout.encoding, "surrogateescape")
    except UnicodeEncodeError as e:
        raise OutputError(
            f"standard output is {sys.stdout.encoding}, which has no {text[e.start]!a}; set PYTHONIOENCODING=utf-8"
        ) from e
    sys.stdout.write(text)


def _say(line: str) -> None:
    print(printable(line), file=sys.stderr)

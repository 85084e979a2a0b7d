"""The command line: parses once into the dataclasses below, and is the only place that prints."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import tyro
from tyro.conf import FlagCreatePairsOff, OmitArgPrefixes, Positional, arg

from vidkompy.engines import EngineName, Search
from vidkompy.errors import RenderError, UsageError, VidkompyError
from vidkompy.exports import ExportName

if TYPE_CHECKING:  # everything heavy is imported by the command that needs it
    from vidkompy.model import Sidecar

Output = Annotated[Path | None, arg(aliases=["-o"], metavar="FILE")]
Bg = Positional[Annotated[Path, arg(metavar="BG")]]
Fg = Positional[Annotated[Path, arg(metavar="FG")]]
Passed = tuple[str, ...] | None  # what stood behind `--`


@dataclass(frozen=True)
class Matching:
    """What is known or wished about the search."""

    engine: EngineName = "precise"
    """how frames are matched"""
    at: Annotated[str | None, arg(metavar="X,Y[,WxH]")] = None
    """where FG lies, if you know (default: it is searched)"""
    window: int = 30
    """BG frames ahead that a tunnel looks at"""
    margin: int = 16
    """FG px from its edges that the border engine looks at"""


@dataclass(frozen=True)
class Analyze:
    """Find where and when FG lies on BG; write the sidecar and the timecodes of the BG frames shown."""

    bg: Bg
    """the original, shown around FG"""
    fg: Fg
    """the video that is kept whole"""
    output: Output = None
    """sidecar to write (default: FG's name with .vidkompy.json, in FG's folder)"""
    matching: Matching = Matching()
    overwrite: bool = False
    """replace an existing sidecar"""


@dataclass(frozen=True)
class Render:
    """Draw what a sidecar says. Arguments behind -- replace the encoder options (libx264, crf 18, preset medium)."""

    sidecar: Positional[Path]
    """written by analyze, perhaps edited since"""
    output: Output = None
    """video to write (default: the sidecar's name with .composite.mp4)"""
    overwrite: bool = False
    """replace an existing output"""
    dry_run: bool = False
    """print the command and its graph, ready for a shell, and do nothing"""
    ffmpeg: str | None = None
    """binary to use (default: $VIDKOMPY_FFMPEG, the one on PATH if capable, the embedded one)"""


@dataclass(frozen=True)
class Compose:
    """Analyze, then render; the sidecar stays beside the output. Arguments behind -- replace the encoder options."""

    bg: Bg
    """the original, shown around FG"""
    fg: Fg
    """the video that is kept whole"""
    output: Output = None
    """video to write (default: FG's name with .composite.mp4, in FG's folder)"""
    matching: Matching = Matching()
    overwrite: bool = False
    """replace an existing output and sidecar"""
    ffmpeg: str | None = None
    """binary to use (default: $VIDKOMPY_FFMPEG, the one on PATH if capable, the embedded one)"""


@dataclass(frozen=True)
class Export:
    """Print a sidecar in another format."""

    sidecar: Positional[Path]
    """written by analyze"""
    to: ExportName
    """format to write"""
    output: Output = None
    """file to write (default: standard output)"""
    overwrite: bool = False
    """replace an existing file"""


@dataclass(frozen=True)
class Verify:
    """Decode a render and both inputs; say whether each frame is what the sidecar says: there, on time, in place."""

    sidecar: Positional[Path]
    """what was rendered"""
    video: Positional[Path]
    """what came out"""


@dataclass(frozen=True)
class Doctor:
    """Say which ffmpeg is used, and what it can do."""

    ffmpeg: str | None = None
    """binary to look at"""


@dataclass(frozen=True)
class Demo:
    """Make a pair of videos with sound, compose and verify them: a check that everything works here."""

    output: Annotated[Path, arg(aliases=["-o"])] = Path("vidkompy-demo")
    """folder for the files"""
    overwrite: bool = False
    """replace existing files"""


Command = Analyze | Render | Compose | Export | Verify | Doctor | Demo


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Exit codes: 0 done, 1 failure, 2 usage, 3 no match, 130 and 143 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    passed: Passed = None
    if "--" in words:
        at = words.index("--")
        words, passed = words[:at], tuple(words[at + 1 :])
    command = tyro.cli(
        Command, args=words, prog="vidkompy", config=(FlagCreatePairsOff, OmitArgPrefixes), description=_ABOUT
    )
    if passed is not None and not isinstance(command, Render | Compose):
        _say("vidkompy: arguments behind -- go to the encoder: only render and compose take them")
        sys.exit(2)
    for name in ("SIGTERM", "SIGHUP"):  # so that finally clauses run; nohup's wish is kept
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: sys.exit(143))
    try:
        code = _run(command, passed)
        sys.stdout.flush()
        sys.exit(code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at its end
        sys.exit(1)
    except VidkompyError as e:
        _say(f"vidkompy: {e}")
        sys.exit(e.exit_code)
    except KeyboardInterrupt:
        _say("vidkompy: interrupted; no partial file was left")
        sys.exit(130)


_ABOUT = "Lay one video over another of the same content, every frame kept, each on the frame it belongs to."


def _run(command: Command, passed: Passed) -> int:
    match command:
        case Analyze():
            return _analyze(command)
        case Render():
            return _render(command, passed)
        case Compose():
            return _compose(command, passed)
        case Export():
            return _export(command)
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
    _write_analysis(c, target)
    print(target)
    return 0


def _render(c: Render, passed: Passed) -> int:
    from vidkompy.sidecar import read_sidecar

    sidecar = read_sidecar(c.sidecar)
    name = _stem(c.sidecar, "").name.removesuffix(".composite")
    target = c.output or c.sidecar.with_name(f"{name}.composite.mp4")  # never fg.mp4 for fg.vidkompy.json
    _draw(sidecar, c.sidecar, target, passed, c.ffmpeg, c.overwrite, c.dry_run)
    return 0


def _compose(c: Compose, passed: Passed) -> int:
    from vidkompy.arguments import check_arguments
    from vidkompy.ffmpeg_cli import ENCODING, check_sound, encoder_in, find

    target = c.output or _beside(c.fg, ".composite.mp4")
    sidecar_path = _beside(target, ".vidkompy.json")
    for path in (target, sidecar_path, _stem(sidecar_path, ".timecodes.txt")):
        _check_output(path, (c.bg, c.fg), c.overwrite)
    check_arguments(target, passed or ())
    tool = find(c.ffmpeg, encoder_in(ENCODING if passed is None else passed))  # before minutes are spent on analysis
    check_sound(tool, c.fg, target, passed or ())
    sidecar = _write_analysis(c, sidecar_path)
    try:
        _draw(sidecar, sidecar_path, target, passed, c.ffmpeg, overwrite=True)
    except RenderError as e:
        raise RenderError(f"{e}; the analysis is kept: go on with vidkompy render '{sidecar_path}'") from e
    return 0


def _export(c: Export) -> int:
    from vidkompy import exports
    from vidkompy.outputs import write_text
    from vidkompy.sidecar import read_sidecar

    sidecar = read_sidecar(c.sidecar)
    text = exports.load(c.to)(sidecar)
    if c.output is None or str(c.output) == "-":
        sys.stdout.write(text)
        return 0
    _check_output(c.output, (c.sidecar, sidecar.bg.path, sidecar.fg.path), c.overwrite)
    write_text(c.output, text)
    return 0


def _verify(c: Verify) -> int:
    from vidkompy.sidecar import check_clips, read_sidecar
    from vidkompy.summary import verdict_lines
    from vidkompy.verify import verify

    sidecar = read_sidecar(c.sidecar)
    check_clips(sidecar, c.sidecar)
    with _progress() as tell:
        verdict = verify(sidecar, c.video, lambda n: tell("verifying", n, sidecar.fg.frames))
    for line in verdict_lines(verdict):
        print(line)
    return 0 if verdict.is_right else 1


def _doctor(c: Doctor) -> int:
    from vidkompy.ffmpeg_cli import ENCODING, available, encoder_in, find

    tool = find(c.ffmpeg, encoder_in(ENCODING))
    print(f"using     {tool.path} (from {tool.origin})")
    print(f"version   {tool.banner}")
    print(f"filters   all {len(tool.filters)} known, none of those needed is missing")
    known = ("libx264", "libx265", "libsvtav1", "libvpx-vp9", "prores_ks", "dnxhd", "ffv1")
    print(f"encoders  {', '.join(name for name in known if name in tool.encoders)} ({len(tool.encoders)} in all)")
    for other in available():
        if other.path != tool.path:
            print(f"also here {other.path} (from {other.origin}): {other.lacks('libx264') or 'capable too'}")
    return 0


def _demo(c: Demo) -> int:
    from vidkompy.demo import is_truth, synthesise
    from vidkompy.sidecar import read_sidecar
    from vidkompy.summary import verdict_lines
    from vidkompy.verify import verify

    bg, fg, target = (c.output / name for name in ("background.mp4", "foreground.mp4", "composite.mp4"))
    sidecar_path = _beside(target, ".vidkompy.json")
    if c.output.exists():
        for path in (bg, fg, target, sidecar_path, _stem(sidecar_path, ".timecodes.txt")):
            _check_output(path, (), c.overwrite)
    synthesise(bg, fg)
    _compose(Compose(bg, fg, target, overwrite=True), None)
    sidecar = read_sidecar(sidecar_path)
    verdict = verify(sidecar, target)
    for line in verdict_lines(verdict):
        print(line)
    found = is_truth(sidecar)
    print(f"truth   {'found: every frame and the placement are what was made' if found else 'NOT found'}")
    print(f"background  {bg}\nforeground  {fg}\nsidecar     {sidecar_path}\ncomposite   {target}")
    return 0 if found and verdict.is_right else 1


def _write_analysis(c: Analyze | Compose, target: Path) -> Sidecar:
    from vidkompy import exports
    from vidkompy.analyze import analyze
    from vidkompy.arguments import placement_at
    from vidkompy.outputs import write_text
    from vidkompy.sidecar import write_sidecar
    from vidkompy.summary import findings

    wishes = c.matching
    if wishes.window < 1 or wishes.margin < 1:
        raise UsageError(f"--window is {wishes.window}, --margin {wishes.margin}; wanted at least 1 of each")
    at = None if wishes.at is None else placement_at(wishes.at, c.fg)
    search = Search(window=wishes.window, margin=wishes.margin)
    with _progress() as tell:
        sidecar = analyze(c.bg, c.fg, wishes.engine, search, at, tell)
    write_sidecar(sidecar, target)
    write_text(_stem(target, ".timecodes.txt"), exports.load("timecodes")(sidecar))
    for line in findings(sidecar):
        _say(line)
    return sidecar


def _draw(
    sidecar: Sidecar,
    path: Path,
    target: Path,
    passed: Passed,
    ffmpeg: str | None,
    overwrite: bool,
    dry_run: bool = False,
) -> None:
    from vidkompy import render
    from vidkompy.arguments import check_arguments

    if not dry_run:
        _check_output(target, (path, sidecar.bg.path, sidecar.fg.path), overwrite)
    check_arguments(target, passed or ())
    job = render.prepare(sidecar, path, passed, ffmpeg)
    for remark in job.remarks:
        _say(f"note: {remark}")
    if dry_run:
        sys.stdout.write(render.shell(job, target))
        return
    with _progress() as tell:
        render.render(job, target, lambda n: tell("rendering", n, job.frames))
    print(target)


def _check_output(path: Path, inputs: Sequence[Path], overwrite: bool) -> None:
    from vidkompy.outputs import check_output

    check_output(path, inputs, overwrite)


def _beside(video: Path, suffix: str) -> Path:
    return video.with_name(video.stem + suffix)


def _stem(sidecar: Path, suffix: str) -> Path:
    return sidecar.with_name(sidecar.name.removesuffix(".json").removesuffix(".vidkompy") + suffix)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done)

        yield tell


def _say(line: str) -> None:
    print(line, file=sys.stderr)

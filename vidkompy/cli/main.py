"""The command line: parses its arguments once into a dataclass of `commands`, and runs that command.

Each command imports what it needs when it runs, so that --help loads nothing heavy. Results go to standard output,
messages to standard error; only this package prints.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from io import StringIO
from itertools import pairwise
from typing import Annotated, NoReturn, TextIO

import tyro
from tyro.conf import DisallowNone, FlagCreatePairsOff, OmitArgPrefixes, arg

from vidkompy.cli import commands
from vidkompy.cli.commands import Command
from vidkompy.cli.messages import configure_messages, print_error
from vidkompy.cli.progress import configure_progress
from vidkompy.cli.results import Result
from vidkompy.cli.std_streams import OutputLost, discard_unwritten, write_data
from vidkompy.errors import NoMatch, UsageError, VidkompyError

EncoderArguments = tuple[str, ...] | None  # output options of ffmpeg behind `--`; None: there was no `--`

_COMMAND_HELP = "each has its own --help"  # without a help tyro looks for one in the sources of typing: 0.035 s
_DESCRIPTION = "Lay one video over another of the same content, every frame kept, each on the frame it belongs to."
_USAGE_ERROR = UsageError.exit_code


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
            print_error(str(e))
        discard_unwritten()
        sys.exit(1)


def _run_arguments(arguments: list[str]) -> int:
    """The exit code. Raises SystemExit where words make no sense, or ask for help."""
    configure_messages(is_quiet=False, as_json=False)
    configure_progress("auto")
    if "--version" in arguments and set(arguments) <= {"--version", "--json"}:
        _print_version(as_json="--json" in arguments)
        return 0
    words, encoder_arguments = _without_encoder_arguments(arguments)
    command = _parsed(words, encoder_arguments)
    name, terminal = type(command).__name__.lower(), command.terminal
    configure_messages(terminal.quiet, as_json=terminal.progress == "json")
    configure_progress("none" if terminal.quiet and terminal.progress != "json" else terminal.progress)
    if terminal.verbose:
        from vidkompy.cli.search_log import print_search_log

        print_search_log(is_wanted=not terminal.quiet)
    elif earlier := sys.modules.get("vidkompy.cli.search_log"):  # of a run in this process
        earlier.print_search_log(is_wanted=False)
    try:
        if encoder_arguments is not None and name not in ("render", "compose"):
            raise UsageError("arguments behind -- go to the encoder: only render and compose take them")
        result = _dispatch(command, encoder_arguments)
        _print_result(name, result, terminal.json)
    except VidkompyError as e:
        problem = _with_remedy(e, words, encoder_arguments or ())
        print_error(problem)
        if terminal.json:
            _print_object({"command": name, "exit_code": e.exit_code, "error": problem})
        return e.exit_code
    return result.exit_code


def _with_remedy(error: VidkompyError, words: Sequence[str], encoder_arguments: Sequence[str]) -> str:
    """The message; where BG and FG were exchanged, with the command line that has them in order."""
    if not isinstance(error, NoMatch):
        return str(error)
    from vidkompy.cli.habits import typed_line
    from vidkompy.cli.word_order import exchanged_clips
    from vidkompy.media.swapped_clips import SWAPPED

    is_swapped = str(error).startswith(SWAPPED)
    return f"{error}: {typed_line(exchanged_clips(words), encoder_arguments)}" if is_swapped else str(error)


def _without_encoder_arguments(arguments: list[str]) -> tuple[list[str], EncoderArguments]:
    if "--" not in arguments:
        return arguments, None
    at = arguments.index("--")
    return arguments[:at], tuple(arguments[at + 1 :])


def _print_version(as_json: bool) -> None:
    from importlib.metadata import version

    if as_json:
        _print_object({"command": None, "exit_code": 0, "version": version("vidkompy")})
    else:
        print(f"vidkompy {version('vidkompy')}")


def _parsed(words: list[str], encoder_arguments: EncoderArguments) -> Command:
    """The command. Raises SystemExit where words make no sense, or ask for help."""
    is_helped = bool({"-h", "--help"} & set(words))
    if not is_helped:
        from vidkompy.cli.habits import advice

        if known := advice(words, encoder_arguments or ()):
            _end_usage_error(words, known)
    printed, complaint = _Printed(sys.stdout), _Printed(sys.stderr)
    try:
        with _without_colour_if_unwanted(), redirect_stdout(printed), redirect_stderr(complaint):
            return tyro.cli(
                Annotated[Command, arg(help=_COMMAND_HELP)],
                args=words,
                prog="vidkompy",
                config=(FlagCreatePairsOff, OmitArgPrefixes, DisallowNone),
                description=_DESCRIPTION,
            )
    except SystemExit as e:
        if e.code:
            _end_usage_error(words, _unboxed(complaint.getvalue()))
        text = printed.getvalue()
        if is_helped:
            from vidkompy.cli.help_text import help_text

            text = help_text(words[0] if hasattr(commands, words[0].capitalize()) else "", text)
        print(text, end="")
        raise


class _Printed(StringIO):
    """What is printed, in letters and styles that a stream would show."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding

    def isatty(self) -> bool:
        return self._stream.isatty()


def _unboxed(text: str) -> str:
    """What tyro complains of in a box, as one line: without frame and rules, up to where it names the help."""
    lines = [line.strip("│| ") for line in text.partition("For full helptext")[0].splitlines()]
    return " ".join(line for line in lines if line.strip("╭─╮╰╯+-")) or "the arguments make no sense"


@contextmanager
def _without_colour_if_unwanted() -> Iterator[None]:
    """tyro colours help and errors for any terminal that is not dumb, and knows nothing of https://no-color.org."""
    terminal = os.environ.get("TERM")
    if not os.environ.get("NO_COLOR") or terminal is None:
        yield
        return
    os.environ["TERM"] = "dumb"
    try:
        yield
    finally:
        os.environ["TERM"] = terminal


def _end_usage_error(words: Sequence[str], problem: str) -> NoReturn:
    is_event = "--progress=json" in words or ("--progress", "json") in pairwise(words)
    configure_messages(is_quiet=False, as_json=is_event)
    print_error(problem)
    if "--json" in words:
        _print_object({"command": None, "exit_code": _USAGE_ERROR, "error": problem})
    sys.exit(_USAGE_ERROR)


def _print_result(name: str, result: Result, as_json: bool) -> None:
    if as_json:
        _print_object({"command": name, "exit_code": result.exit_code, **result.facts})
    elif result.data is not None:
        write_data(result.data)
    else:
        for line in result.lines:
            print(line)


def _print_object(value: dict[str, object]) -> None:
    import json

    write_data(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _dispatch(command: Command, encoder_arguments: EncoderArguments) -> Result:
    from vidkompy.cli import analysis_commands, drawing_commands, exchange_commands, preview_command, trial_commands

    match command:
        case commands.Analyze():
            return analysis_commands.run_analyze(command)
        case commands.Refine():
            return analysis_commands.run_refine(command)
        case commands.Locate():
            return analysis_commands.run_locate(command)
        case commands.Render():
            return drawing_commands.run_render(command, encoder_arguments)
        case commands.Compose():
            return drawing_commands.run_compose(command, encoder_arguments)
        case commands.Report():
            from vidkompy.cli.report_command import run_report

            return run_report(command)
        case commands.Review():
            from vidkompy.cli.review_command import run_review

            return run_review(command)
        case commands.Preview():
            return preview_command.run_preview(command)
        case commands.Verify():
            return drawing_commands.run_verify(command)
        case commands.Export():
            return exchange_commands.run_export(command)
        case commands.Import():
            return exchange_commands.run_import(command)
        case commands.Doctor():
            return trial_commands.run_doctor(command)
        case commands.Demo():
            return trial_commands.run_demo(command)

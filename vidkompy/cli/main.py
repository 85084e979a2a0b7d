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
from typing import Annotated, NoReturn, TextIO, get_args

import tyro
from tyro.conf import DisallowNone, FlagCreatePairsOff, OmitArgPrefixes, arg

from vidkompy import __version__
from vidkompy.cli.commands import Command, command_name
from vidkompy.cli.messages import configure_messages, json_text, print_error
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
    prepare_process()
    try:
        try:
            sys.exit(run_command_line(list(sys.argv[1:] if argv is None else argv)))
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


def prepare_process() -> None:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # starting more costs 0.07 s, and the decoder has the cores
    gc.set_threshold(100_000)  # imports make many objects and no garbage: 0.06 s of 0.6 (measured)


def run_command_line(arguments: list[str], is_typed: bool = True) -> int:
    """The exit code. Raises SystemExit where words make no sense, or ask for help.

    is_typed   by a person, to whom a remedy may repeat the words
    """
    configure_messages(is_quiet=False, as_json=False)
    configure_progress("auto")
    if "--version" in arguments and set(arguments) <= {"--version", "--json"}:
        _print_version(as_json="--json" in arguments)
        return 0
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:2], "--help"]
    words, encoder_arguments = _without_encoder_arguments(_joined(arguments))
    command = parsed_command(words, encoder_arguments)
    name, terminal = command_name(type(command)), command.terminal
    configure_messages(terminal.quiet, as_json=terminal.progress == "json")
    configure_progress("none" if terminal.quiet and terminal.progress != "json" else terminal.progress)
    if terminal.verbose:
        from vidkompy.cli.search_log import print_search_log

        print_search_log(is_wanted=not terminal.quiet)
    elif earlier := sys.modules.get("vidkompy.cli.search_log"):  # of a run in this process
        earlier.print_search_log(is_wanted=False)
    try:
        if encoder_arguments is not None and name not in ("render", "compose", "batch"):
            raise UsageError("arguments behind -- go to the encoder: only render, compose and batch take them")
        from vidkompy.cli.dispatch import dispatch

        result = dispatch(command, encoder_arguments, parsed_command)
        _print_result(name, result, terminal.json)
    except VidkompyError as e:
        problem = _with_remedy(e, words, encoder_arguments or ()) if is_typed else str(e)
        print_error(problem)
        if terminal.json:
            _print_object({"command": name, "exit_code": e.exit_code, "error": problem})
        return e.exit_code
    return result.exit_code


def _joined(arguments: list[str]) -> list[str]:
    """`batch status` is `batch-status` for tyro, which would take the second word for a manifest."""
    if arguments[:1] == ["batch"] and arguments[1:2] in (["status"], ["merge"]):
        return ["-".join(arguments[:2]), *arguments[2:]]
    return arguments


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
    if as_json:
        _print_object({"command": None, "exit_code": 0, "version": __version__})
    else:
        print(f"vidkompy {__version__}")


def parsed_command(words: list[str], encoder_arguments: EncoderArguments) -> Command:
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

            text = help_text(words[0] if words[0] in map(command_name, get_args(Command)) else "", text)
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
    write_data(json_text(value, indent=2) + "\n")

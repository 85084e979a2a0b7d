"""Options of analyze and render as columns of a manifest, and back."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidkompy.cli.commands import Batch
from vidkompy.cli.option_groups import Drawing, Encoding, Matching
from vidkompy.errors import UsageError

if TYPE_CHECKING:
    from vidkompy.batch.pair_tasks import Kind, OptionTable
    from vidkompy.ffmpeg.encoder_presets import EncodingOptions

CommandParser = Callable[[list[str], tuple[str, ...] | None], object]  # raises SystemExit

COMPOSITE_EXAMPLE = Path("x.composite.mp4")  # has the format of all
MAX_CHECKED = 100_000  # sets of options that are remembered as right
BEHIND = "--"  # comes before output options of ffmpeg
_ANY = "any"  # stands for files in commands of which only the options are checked
_LISTS = frozenset(("ignore", "pin"))
_TEXTS = _LISTS | {"at", "bg_stream", "fg_stream", "scale_range", "search"}  # options of analyze that take any text


def option_tables() -> tuple[OptionTable, OptionTable]:
    """Of analyze, and of render."""
    from vidkompy.batch.pair_tasks import OptionTable

    drawing = {name: _kind(value) for group in (Drawing(), Encoding()) for name, value in _values(group)}
    return (
        OptionTable("analyze", {name: _kind(value) for name, value in _values(Matching())}, frozenset(("mask",))),
        OptionTable("render", {**drawing, "ffmpeg": "value"}),
    )


def given_options(c: Batch) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the command line says for all pairs: options of analyze, and of render, by column."""
    drawing = {**_changed(c.drawing, Drawing()), **_changed(c.encoding, Encoding())}
    if c.ffmpeg is not None:
        drawing["ffmpeg"] = c.ffmpeg
    return _changed(c.matching, Matching()), drawing


def check_command_options(parse: CommandParser, command: str, options: tuple[str, ...]) -> None:
    """Raises UsageError where the command does not take these, as far as can be told without the clips."""
    if command == "analyze":
        _check_analysis(parse, options)
    else:
        parsed_render(parse, options)


def parsed_render(
    parse: CommandParser, options: tuple[str, ...]
) -> tuple[EncodingOptions, tuple[str, ...] | None, str | None]:
    """How composites are encoded, output arguments behind --, and the ffmpeg that is named. Raises UsageError."""
    from vidkompy.cli.drawing_commands import encoding_of
    from vidkompy.drawing.options import check_drawing_options
    from vidkompy.ffmpeg.encoder_presets import encoder_name
    from vidkompy.ffmpeg.output_checks import check_encoder_arguments
    from vidkompy.rendering.chunks import check_chunks

    at = options.index(BEHIND) if BEHIND in options else None
    arguments = None if at is None else options[at + 1 :]
    parsed = _parsed(parse, "render", options[:at])
    check_drawing_options(parsed.drawing)
    encoder_name(parsed.encoding, arguments, COMPOSITE_EXAMPLE)
    check_chunks(parsed.encoding.chunks, arguments or ())
    check_encoder_arguments(COMPOSITE_EXAMPLE, arguments or ())
    return encoding_of(parsed.encoding), arguments, parsed.ffmpeg


def _check_analysis(parse: CommandParser, options: tuple[str, ...]) -> None:
    """Raises UsageError. Texts, in which rows differ most, need no parsing, which takes 0.01 to 0.06 s."""
    from vidkompy.cli.analysis_options import analysis_options

    texts: dict[str, tuple[str, ...]] = {}
    others: list[str] = []
    for word in options:
        option, _, value = word.partition("=")
        name = option.removeprefix("--").replace("-", "_")
        if name in _TEXTS:
            texts[name] = (*texts.get(name, ()), value)
        else:
            others.append(word)
    parsed = _parsed(parse, "analyze", tuple(others))
    given: dict[str, Any] = {name: values if name in _LISTS else values[-1] for name, values in texts.items()}
    given["pin"] = ()  # pins may be times, of clips
    analysis_options(replace(parsed.matching, **given), Path(_ANY), Path(_ANY))


@lru_cache(MAX_CHECKED)
def _parsed(parse: CommandParser, command: str, options: tuple[str, ...]) -> Any:
    """Raises UsageError where these are no options of the command."""
    files = (_ANY, _ANY) if command == "analyze" else (_ANY,)
    complaint = io.StringIO()
    try:
        with redirect_stderr(complaint):
            return parse([command, *files, *options], None)
    except SystemExit:
        raise UsageError(f"{command} does not take {' '.join(options)}: {_plain(complaint.getvalue())}") from None


def _plain(text: str) -> str:
    """What a box of tyro says, in one line."""
    return " ".join(text.translate(str.maketrans("", "", "╭─╮│╰╯")).split())


def _values(group: object) -> list[tuple[str, Any]]:
    return list(vars(group).items())


def _kind(default: object) -> Kind:
    return "flag" if isinstance(default, bool) else "list" if isinstance(default, tuple) else "value"


def _changed(given: object, default: object) -> dict[str, Any]:
    return {
        name: str(value.absolute()) if isinstance(value, Path) else value
        for (name, value), (_, usual) in zip(_values(given), _values(default), strict=True)
        if value != usual
    }

"""Options of analyze and render as columns of a manifest, and back."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidkompy.cli.commands import Analyze, Batch, Render
from vidkompy.cli.option_groups import Drawing, Encoding, Matching
from vidkompy.errors import UsageError

if TYPE_CHECKING:
    from vidkompy.batch.pair_tasks import Kind, OptionTable

CommandParser = Callable[[list[str], tuple[str, ...] | None], object]  # raises SystemExit

MAX_CHECKED = 100_000  # sets of options that are remembered as right
_ANY = "any"  # stands for files in commands of which only the options are checked


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


@lru_cache(MAX_CHECKED)
def check_command_options(parse: CommandParser, command: str, options: tuple[str, ...]) -> None:
    """Raises UsageError where the command does not take these, as far as can be told without the clips."""
    from vidkompy.cli.analysis_options import analysis_options
    from vidkompy.drawing.options import check_drawing_options
    from vidkompy.ffmpeg.encoder_presets import encoder_name
    from vidkompy.rendering.chunks import check_chunks

    files = (_ANY, _ANY) if command == "analyze" else (_ANY,)
    words, complaint = [command, *files, *options], io.StringIO()
    try:
        with redirect_stderr(complaint):
            parsed = parse(words, None)
    except SystemExit:
        raise UsageError(f"{command} does not take {' '.join(options)}: {_plain(complaint.getvalue())}") from None
    if isinstance(parsed, Analyze):
        analysis_options(replace(parsed.matching, pin=()), Path(_ANY), Path(_ANY))  # pins may be times, of clips
    elif isinstance(parsed, Render):
        check_drawing_options(parsed.drawing)
        encoder_name(parsed.encoding, None, Path(_ANY))
        check_chunks(parsed.encoding.chunks, ())


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

"""Messages on standard error: lines for people, or JSON objects, a line each, for programs that watch."""

from __future__ import annotations

import json
import os
import sys

from vidkompy.cli.line_wrapping import wrapped
from vidkompy.cli.std_streams import escape_controls

_modes = {"quiet": False, "json": False}  # of the process, as standard error is


def configure_messages(is_quiet: bool, as_json: bool) -> None:
    """is_quiet: only errors are printed. as_json: messages are events, {"event": "message", "text": ...}."""
    _modes.update(quiet=is_quiet, json=as_json)


def print_message(line: str) -> None:
    """Print a message on standard error, unless it is to be quiet. Raises OutputLost, BrokenPipeError."""
    if not _modes["quiet"]:
        _print("message", line)


def print_error(text: str) -> None:
    """Print why a command fails, however quiet it is to be. Raises OutputLost, BrokenPipeError."""
    _print("error", text)


def print_event(event: str, **facts: object) -> None:
    """Print a JSON object on a line of its own. Raises OutputLost, BrokenPipeError."""
    sys.stderr.write(json_text({"event": event, **facts}) + "\n")
    sys.stderr.flush()


def json_text(value: dict[str, object], indent: int | None = None) -> str:
    """Of an object; bytes of file names that are no text are escaped as lone surrogates: JSON is UTF-8.

    >>> json_text({"ä": "\\udcff"})
    '{"\\\\u00e4": "\\\\udcff"}'
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


def _print(event: str, text: str) -> None:
    if _modes["json"]:
        print_event(event, text=text)
        return
    line = escape_controls(f"vidkompy: {text}" if event == "error" else text)
    columns = _terminal_columns()
    sys.stderr.write((wrapped(line, columns) if columns else line) + "\n")


def _terminal_columns() -> int:
    """Of standard error; 0 where it is no terminal, or does not say."""
    if not sys.stderr.isatty():
        return 0
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal():
        return int(given)
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except OSError:
        return 0

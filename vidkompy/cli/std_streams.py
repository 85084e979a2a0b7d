"""Standard output and standard error as the system hands them over: closed, full, unread, or not in UTF-8."""

from __future__ import annotations

import codecs
import io
import os
import re
import sys
from typing import TextIO

from vidkompy.errors import OutputError

_CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_ERROR_HANDLER = "vidkompy.escaped"  # name of the codec error handler for what an encoding lacks


class OutputLost(OSError):  # noqa: N818 - the work may well be done
    """Text does not arrive: the stream is full, or fails otherwise."""


def configure_streams() -> None:
    """Closed streams lead nowhere from here on, failing ones raise OutputLost, and what cannot be encoded is escaped.

    Comes before anything else is opened: a file would get the number of a closed stream, and all that is printed then.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it gets the lowest number that is free
    codecs.register_error(_ERROR_HANDLER, _escape)
    sys.stdout = _checked_stream(sys.stdout, 1, "standard output")
    sys.stderr = _checked_stream(sys.stderr, 2, "standard error")


def escape_controls(text: str) -> str:
    """One line without commands to a terminal, which names of files and texts of sidecars can hold.

    Control characters, and those that turn the direction of writing, appear as escapes.
    """
    return _CONTROL_CHARACTERS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def write_data(text: str) -> None:
    """Print data on standard output, for other programs, which would not understand escapes. Raises OutputError."""
    try:
        text.encode(sys.stdout.encoding, "surrogateescape")
    except UnicodeEncodeError as e:
        raise OutputError(
            f"standard output is {sys.stdout.encoding}, which has no {text[e.start]!a}; set PYTHONIOENCODING=utf-8"
        ) from e
    sys.stdout.write(text)


def discard_unwritten() -> None:
    """Drop what did not arrive: the interpreter would try again at its end, and complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OutputLost, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _CheckedFile(io.FileIO):
    """A standard stream's file descriptor, for writing. label: what messages call it."""

    def __init__(self, number: int, label: str) -> None:
        super().__init__(number, "w", closefd=False)
        self._label = label

    def write(self, data: object) -> int:
        """Raises OutputLost, BrokenPipeError."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            raise
        except OSError as e:
            reason = (e.strerror or str(e)).lower()
            raise OutputLost(f"cannot write to {self._label}: {reason}; let it go elsewhere") from e


def _checked_stream(stream: TextIO | None, number: int, label: str) -> TextIO:
    """A terminal as it is, but for escapes; else a stream that raises OutputLost.

    stream: None if it was closed when the interpreter started.
    """
    if stream is not None and stream.isatty():
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERROR_HANDLER)
        return stream
    buffer = io.BufferedWriter(_CheckedFile(number, label))
    encoding = stream.encoding if stream is not None else "utf-8"
    return io.TextIOWrapper(buffer, encoding, _ERROR_HANDLER, line_buffering=number == 2)


def _escape(error: UnicodeError) -> tuple[str | bytes, int]:
    """Bytes of a file name that are no text stay as they are; other characters become \\xfc or \\u20ac."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.backslashreplace_errors(error)

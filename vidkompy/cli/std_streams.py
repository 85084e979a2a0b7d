"""Standard output and standard error as the system hands them over: closed, full, unread, or not in UTF-8."""

from __future__ import annotations

import codecs
import io
import os
import re
import sys
from typing import TextIO

_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_ESCAPED = "vidkompy.escaped"  # name of the way to write what an encoding lacks


class Unheard(OSError):  # noqa: N818 - the work may well be done
    """What was said does not arrive: the stream is full, or fails otherwise."""


def configure_streams() -> None:
    """Closed streams lead nowhere from here on, failing ones raise Unheard, and what cannot be encoded is escaped.

    Comes before anything else is opened: a file would get the number of a closed stream, and all that is said after.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it gets the lowest number that is free
    codecs.register_error(_ESCAPED, _escaped)
    sys.stdout = _settled(sys.stdout, 1, "standard output")
    sys.stderr = _settled(sys.stderr, 2, "standard error")


def printable(text: str) -> str:
    """One line that steers no terminal: names of files and texts of sidecars can hold its commands.

    Control characters, and those that turn the direction of writing, appear as escapes.
    """
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def hush() -> None:
    """What did not arrive is dropped: the interpreter would try again at its end, and complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (Unheard, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Raw(io.FileIO):
    """named: what messages call it."""

    def __init__(self, number: int, named: str) -> None:
        super().__init__(number, "w", closefd=False)
        self._named = named

    def write(self, data: object) -> int:
        """Raises Unheard, BrokenPipeError."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            raise
        except OSError as e:
            reason = (e.strerror or str(e)).lower()
            raise Unheard(f"cannot write to {self._named}: {reason}; let it go elsewhere") from e


def _settled(stream: TextIO | None, number: int, named: str) -> TextIO:
    """stream: None if it was closed when the interpreter started."""
    if stream is not None and stream.isatty():
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ESCAPED)
        return stream
    buffer = io.BufferedWriter(_Raw(number, named))
    encoding = stream.encoding if stream is not None else "utf-8"
    return io.TextIOWrapper(buffer, encoding, _ESCAPED, line_buffering=number == 2)


def _escaped(error: UnicodeError) -> tuple[str | bytes, int]:
    """Bytes of a file name that are no text stay as they are; other characters become \\xfc or \\u20ac."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.backslashreplace_errors(error)

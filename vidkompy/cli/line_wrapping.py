"""Messages on a terminal: broken between words, but never in a command, which people copy, nor in a quoted name."""

from __future__ import annotations

import re
import textwrap

_UNBROKEN = re.compile(r"(?<!\w)'[^']*'(?!\w)|\b(?:vidkompy [a-z]|ffmpeg -).*?(?=; |$)")
_LABEL = re.compile(r"[a-z]+ {2,}| {2,}")  # of a summary's line; what follows goes on below itself


def wrapped(text: str, columns: int) -> str:
    """One line as several; a command or name that is longer than a line is left for the terminal to break.

    >>> print(wrapped("when   12 of 12 FG frames on BG frames 3..20", 32))
    when   12 of 12 FG frames on BG
           frames 3..20
    >>> print(wrapped("'analyse' is no command; type: vidkompy analyze bg.mp4 fg.mp4", 32))
    'analyse' is no command; type:
    vidkompy analyze bg.mp4 fg.mp4
    """
    label = _LABEL.match(text)
    glued = _UNBROKEN.sub(lambda part: part[0].replace(" ", "\0"), text)
    indent = " " * len(label[0]) if label else ""
    rows = textwrap.wrap(glued, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(rows).replace("\0", " ")

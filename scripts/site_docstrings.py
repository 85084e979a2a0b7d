"""Docstrings on the site: examples and lines that are aligned by spaces are shown as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import griffe

_ALIGNED = re.compile(r"\S.* {2,}\S| {2,}\S|\+-- |\|   ")  # names and what they mean, in columns; lines that go on
_EXAMPLE = re.compile(r">>> |\.\.\. ")


class Preformatted(griffe.Extension):
    """Called by mkdocstrings with everything that it documents."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Of everything but the package itself."""
        if obj.docstring is not None:
            obj.docstring.value = preformatted(obj.docstring.value)

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        self.on_object(obj=pkg)


def preformatted(text: str) -> str:
    """With fences around examples and aligned lines.

    >>> print(preformatted("Adds.\\n\\na, b   int   px"))
    Adds.
    <BLANKLINE>
    ```text
    a, b   int   px
    ```
    """
    return "\n\n".join("\n".join(_fenced(block.splitlines())) for block in text.split("\n\n"))


def _fenced(lines: list[str]) -> Iterator[str]:
    """Lines of one paragraph."""
    if any(_EXAMPLE.match(line) for line in lines):
        yield from ("```python", *lines, "```")
        return
    for is_aligned, group in groupby(lines, lambda line: bool(_ALIGNED.match(line))):
        text = "\n".join(group)
        yield f"```text\n{text}\n```" if is_aligned else text

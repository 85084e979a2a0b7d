"""Where in a JSON text a place of the document stands: people edit lines."""

from __future__ import annotations

import json
import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]|[^\s{}\[\],:"]+')
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


def line_of(text: str, place: str) -> int:
    """Line, from 1, on which the value at `place` ($.runs[3].bg) begins, or the innermost part around it that exists.

    text: valid JSON.
    """
    wanted = [name or int(number) for name, number in _STEP.findall(place)]
    at, depth = 0, -1
    path: list[str | int] = []
    names = False  # whether a member's name comes next
    for token in _TOKEN.finditer(text):
        said = token[0]
        if said in "}]":
            path.pop()
            names = False
        elif said == "," and isinstance(path[-1], int):
            path[-1] += 1
        elif said == ",":
            names = True
        elif names:
            path[-1], names = json.loads(said), False
        else:
            if path == wanted[: len(path)] and len(path) > depth:
                at, depth = token.start(), len(path)
            if said in "{[":
                path.append("" if said == "{" else 0)
                names = said == "{"
    return text.count("\n", 0, at) + 1

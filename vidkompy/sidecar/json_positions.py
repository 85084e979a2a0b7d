"""Line numbers of places in a JSON document: messages name the place, and people edit lines."""

from __future__ import annotations

import json
import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]|[^\s{}\[\],:"]+')
_PATH_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


def line_of(text: str, json_path: str) -> int:
    r"""Line, from 1, on which the value at `json_path` ($.runs[3].bg) begins, or the innermost part around it there is.

    text   valid JSON

    >>> line_of('{\n "runs": [\n  {"bg": 3}]}', "$.runs[0].bg")
    3
    """
    wanted = [name or int(number) for name, number in _PATH_STEP.findall(json_path)]
    best_start, best_depth = 0, -1
    path: list[str | int] = []
    is_name_next = False  # a member's name, not a value
    for token in _TOKEN.finditer(text):
        symbol = token[0]
        if symbol in "}]":
            path.pop()
            is_name_next = False
        elif symbol == "," and isinstance(path[-1], int):
            path[-1] += 1
        elif symbol == ",":
            is_name_next = True
        elif is_name_next:
            path[-1], is_name_next = json.loads(symbol), False
        else:
            if path == wanted[: len(path)] and len(path) > best_depth:
                best_start, best_depth = token.start(), len(path)
            if symbol in "{[":
                path.append("" if symbol == "{" else 0)
                is_name_next = symbol == "{"
    return text.count("\n", 0, best_start) + 1

"""What a command ends with: lines for people, and facts for programs, which `--json` prints (results.schema.json)."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from vidkompy.records import Record


class Result(Record):
    """What goes to standard output, and the exit code.

    facts   members of the JSON object, but for `command` and `exit_code`
    lines   for people
    data    for other programs, written as it is instead of lines: a script, an export
    """

    facts: dict[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    data: str | None = None
    exit_code: int = 0

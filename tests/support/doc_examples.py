"""Command lines and what they print, as docs show them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.M | re.S)
_ENDS = ("&&", "||", "|", ";", ">", ">>", "<", "2>", "&", ")", "do", "done")  # of a command, in a shell


@dataclass(frozen=True)
class Block:
    """A fenced block of a page. number: of its line."""

    page: str
    number: int
    language: str
    text: str


def blocks(page: str) -> list[Block]:
    text = (ROOT / page).read_text()
    return [Block(page, text.count("\n", 0, m.start()) + 1, m[2], m[3]) for m in _FENCE.finditer(text)]


def command_lines(page: str) -> Iterator[tuple[int, list[str]]]:
    """Line and words behind `vidkompy` of every command of the page's shell blocks."""
    for block in blocks(page):
        if block.language == "sh":
            for n, line in enumerate(block.text.replace("\\\n", " ").splitlines()):
                yield from ((block.number + 1 + n, words) for words in _commands(line))


def _commands(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="&|;<>")
    lexer.whitespace_split = True
    words = list(lexer)
    for n, word in enumerate(words):
        is_first = n == 0 or words[n - 1] in _ENDS
        if word == "vidkompy" and is_first:
            rest = words[n + 1 :]
            yield rest[: next((k for k, w in enumerate(rest) if w in _ENDS), len(rest))]


def inline_commands(page: str) -> Iterator[list[str]]:
    """Words behind `vidkompy` within sentences, where names of files may be placeholders or left out."""
    text = _FENCE.sub("", (ROOT / page).read_text())
    for found in re.findall(r"`vidkompy ([^`]+)`", text):
        yield found.split()

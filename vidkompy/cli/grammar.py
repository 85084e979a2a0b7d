"""What the words of a command line are: which options a command has, and which words are told by their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from tyro.conf import Positional, UseAppendAction

from vidkompy.cli.commands import Command, command_name
from vidkompy.records import Record

_POSITIONAL, _APPENDED = get_args(Positional[str])[1], get_args(UseAppendAction[str])[1]


class Option(Record):
    """An option of a command.

    value     what `--help` calls its value; empty for a flag, which has none
    choices   all that its value can be; empty where that is no fixed set
    kind      of its value: int, float, or str where any text is parsed later
    """

    name: str
    value: str
    choices: tuple[str, ...]
    kind: type
    is_required: bool
    takes_many: bool


class Place(Record):
    """A word that is told by its order.

    metavar   what `--help` calls it
    choices   all that it can be; empty where that is no fixed set
    """

    metavar: str
    is_required: bool
    takes_many: bool
    choices: tuple[str, ...] = ()


class Grammar(Record):
    """options: by each of their names, `-o` too."""

    places: tuple[Place, ...]
    options: Mapping[str, Option]


class Piece(Record):
    """An option with its value, if that is there, or a word that is no option.

    option   None for such a word, and for an option that the command does not have
    """

    words: tuple[str, ...]
    option: Option | None = None

    @property
    def is_unknown_option(self) -> bool:
        return self.option is None and _is_option(self.words[0])


COMMANDS = {command_name(command): command for command in get_args(Command)}


@cache
def grammar_of(name: str) -> Grammar:
    """Of the command of that name."""
    places, options = list[Place](), dict[str, Option]()
    _collect(COMMANDS[name], places, options)
    return Grammar(tuple(places), options)


def pieces_of(words: Sequence[str], grammar: Grammar) -> list[Piece]:
    """The words behind a command's name."""
    pieces, n = list[Piece](), 0
    while n < len(words):
        name, equals, _ = words[n].partition("=")
        option = grammar.options.get(_plain(name))
        count = 2 if option and option.value and not equals else 1
        while option and option.takes_many and n + count < len(words) and not _is_option(words[n + count]):
            count += 1
        pieces.append(Piece(tuple(words[n : n + count]), option))
        n += count
    return pieces


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _plain(name: str) -> str:
    """--no_scale is taken for --no-scale."""
    return name.replace("_", "-") if name.startswith("--") else name


def _collect(owner: Any, places: list[Place], options: dict[str, Option]) -> None:
    hints = get_type_hints(owner, include_extras=True)
    for field in fields(owner):
        kind = hints[field.name]
        if is_dataclass(kind):
            _collect(kind, places, options)
            continue
        bare, *notes = get_args(kind) if hasattr(kind, "__metadata__") else (kind,)
        if get_origin(bare) is Union:  # an optional one
            bare = get_args(bare)[0]
        note = next((n for n in notes if hasattr(n, "metavar")), None)
        metavar, is_required = getattr(note, "metavar", None) or field.name.upper(), field.default is MISSING
        takes_many = bare is tuple and _APPENDED not in notes
        choices = get_args(bare) if get_origin(bare) is Literal else ()
        if _POSITIONAL in notes:
            places.append(Place(metavar, is_required, takes_many, choices))
            continue
        name, value = f"--{field.name.replace('_', '-')}", "" if bare is bool else metavar
        kind = bare if bare in (int, float) else str
        option = Option(name, value, choices, kind, is_required, takes_many)
        options.update(dict.fromkeys((name, *(getattr(note, "aliases", None) or ())), option))

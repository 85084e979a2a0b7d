"""Tuned numbers: each stage of the analysis has one record of them, and each number says where it comes from.

A stage's record is built of `tuned` fields, and stages nest: `AnalysisParameters` holds all of them.

>>> from vidkompy.records import Record
>>> class FadeParameters(Record):
...     threshold: float = tuned(0.5, unit="ZNCC", raising="more frames count as faded", source="chosen by eye")
>>> [(number.name, number.value, number.unit) for number in numbers_of(FadeParameters())]
[('threshold', 0.5, 'ZNCC')]
>>> with_number(FadeParameters(), "threshold", 0.6)
FadeParameters(threshold=0.6)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, fields, is_dataclass, replace
from typing import Any, NamedTuple, TypeVar, cast

T = TypeVar("T")


def tuned(value: T, *, unit: str, raising: str, source: str) -> T:
    """Default of a record's field whose number was chosen.

    unit      of the number, such as "px of FG", "BG frames", "ZNCC", "share of FG"
    raising   what a higher number does
    source    the command or test that fitted or measured it, a paper, or "chosen by eye"
    """
    found: T = field(default=value, metadata={"unit": unit, "raising": raising, "source": source})
    return found


def without_effect(use: str, source: str = "chosen by eye") -> str:
    """The source of a number that changed nothing where all were moved: docs/measurements.md names the pairs.

    use   what it is kept for, which those pairs do not have
    """
    return f"{source}; without effect on 8 pairs of scripts/bench sensitivity, kept for {use}"


class Number(NamedTuple):
    """One tuned number. name: dotted path from the outermost class."""

    name: str
    value: Any
    unit: str
    raising: str
    source: str


def numbers_of(parameters: object, prefix: str = "") -> Iterator[Number]:
    """All tuned numbers of a record of them and of those nested in it, in the order of their fields."""
    for f in fields(cast(Any, parameters)):
        value = getattr(parameters, f.name)
        if is_dataclass(value):
            yield from numbers_of(value, f"{prefix}{f.name}.")
        else:
            notes = f.metadata
            yield Number(prefix + f.name, value, *(notes.get(key, "") for key in ("unit", "raising", "source")))


def with_number(parameters: T, name: str, value: object) -> T:
    """The same parameters with another value at the dotted path `name`."""
    first, _, further = name.partition(".")
    inner = with_number(getattr(parameters, first), further, value) if further else value
    return cast(T, replace(cast(Any, parameters), **{first: inner}))

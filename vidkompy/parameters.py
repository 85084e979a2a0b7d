"""Tuned numbers: each stage of the analysis has one class of them, and each number says where it comes from.

A stage's class is built of `tuned` fields, and stages nest: `AnalysisParameters` holds all of them.

>>> class FadeParameters(Parameters):
...     threshold: float = tuned(0.5, unit="ZNCC", raising="more frames count as faded", source="chosen by eye")
>>> [(number.name, number.value, number.unit) for number in numbers_of(FadeParameters())]
[('threshold', 0.5, 'ZNCC')]
>>> with_number(FadeParameters(), "threshold", 0.6)
FadeParameters(threshold=0.6)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace
from typing import Any, NamedTuple, TypeVar, cast, dataclass_transform

T = TypeVar("T")


def tuned(value: T, *, unit: str, raising: str, source: str) -> T:
    """Default of a dataclass field whose number was chosen.

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


@dataclass_transform(frozen_default=True)
class Parameters:
    """Base of a stage's numbers. A class of them is a frozen dataclass, all of whose fields have defaults.

    `dataclass` itself compiles six methods a class, 0.6 ms each: for all stages 45 ms of 0.9 s that short clips take.
    """

    def __init_subclass__(cls) -> None:
        dataclass(init=False, repr=False, eq=False)(cls)

    def __init__(self, *values: object, **named: object) -> None:
        names = [f.name for f in fields(cast(Any, self))]
        unknown = named.keys() - set(names[len(values) :])
        if unknown or len(values) > len(names):
            raise TypeError(f"{type(self).__name__} got {', '.join(sorted(unknown)) or 'too many values'}")
        defaults = {name: getattr(type(self), name) for name in names}
        vars(self).update(defaults | dict(zip(names, values, strict=False)) | named)

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")


class Number(NamedTuple):
    """One tuned number. name: dotted path from the outermost class."""

    name: str
    value: Any
    unit: str
    raising: str
    source: str


def numbers_of(parameters: object, prefix: str = "") -> Iterator[Number]:
    """All tuned numbers of a parameter class and of those nested in it, in the order of their fields."""
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

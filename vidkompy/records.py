"""Records: values of named fields that nobody changes, made without compiling code for each class of them.

>>> from dataclasses import replace
>>> class Size(Record):
...     width: int
...     height: int = 2
>>> Size(4), Size(4) == Size(height=2, width=4), replace(Size(4), height=3)
(Size(width=4, height=2), True, Size(width=4, height=3))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from inspect import Parameter, Signature
from typing import Any, ClassVar, cast, dataclass_transform


class _FieldSignature:
    """What `help` shows of a class of records: its fields, unless it has an `__init__` of its own."""

    def __get__(self, record: Record | None, cls: type[Record]) -> Signature:
        if cls is Record or cls.__init__ is not Record.__init__:
            raise AttributeError("__signature__")
        return Signature([_parameter(f) for f in fields(cast(Any, cls)) if f.init])


def _parameter(f: Field[Any]) -> Parameter:
    defaults = [default for default in (f.default, f.default_factory) if default is not MISSING]
    default = defaults[0] if defaults else Parameter.empty
    return Parameter(f.name, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=f.type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record:
    """Base of values: a class of them is a frozen dataclass whose methods all of them share.

    `dataclass(frozen=True)` compiles six methods a class, 0.5 ms together on Python 3.11 (this takes 0.04): some 50 ms
    for the classes of one `analyze`, which takes 1.2 s where clips are short.

    A class with `eq=False` is equal to itself alone: one that holds arrays, or a resource.
    """

    __signature__: ClassVar[Any] = _FieldSignature()
    _given: ClassVar[tuple[str, ...]]  # what can be given, in order
    _defaults: ClassVar[dict[str, Any]]  # of every field, in order; MISSING where it has none
    _factories: ClassVar[dict[str, Any]]
    _compared: ClassVar[tuple[str, ...] | None]  # None: by identity

    def __init_subclass__(cls, *, eq: bool = True) -> None:
        super().__init_subclass__()
        is_derived = any(hasattr(base, "__dataclass_fields__") for base in cls.__bases__)
        frozen: Any = dataclass(init=False, repr=False, eq=False, frozen=is_derived)(cls)  # as its base is
        if is_derived:  # what was compiled, all share
            del cls.__setattr__, cls.__delattr__
        frozen.__dataclass_params__.frozen = True  # tyro looks; `dataclass(frozen=True)` would compile two methods
        found = fields(frozen)
        cls._given = tuple(f.name for f in found if f.init)
        cls._defaults = {f.name: f.default for f in found}
        cls._factories = {f.name: f.default_factory for f in found if f.default_factory is not MISSING}
        cls._compared = tuple(f.name for f in found if f.compare) if eq else None

    def __init__(self, /, *values: object, **named: object) -> None:
        given = dict(zip(self._given, values, strict=False)) | named
        if len(given) < len(values) + len(named) or not given.keys() <= set(self._given):
            raise TypeError(f"{type(self).__name__} {self._fault(len(values), named)}")
        made = {name: make() for name, make in self._factories.items() if name not in given}
        found = self._defaults | made | given
        if missing := [name for name, value in found.items() if value is MISSING]:
            raise TypeError(f"{type(self).__name__} lacks {', '.join(missing)}")
        vars(self).update(found)
        self.__post_init__()

    def _fault(self, count: int, named: Mapping[str, object]) -> str:
        """What is wrong with `count` values and some named ones."""
        if count > len(self._given):
            return f"takes {len(self._given)} values, got {count}"
        unknown, twice = named.keys() - {*self._given}, named.keys() & {*self._given[:count]}
        return f"has no {', '.join(sorted(unknown))}" if unknown else f"got {', '.join(sorted(twice))} twice"

    def __post_init__(self) -> None:
        """Check what was given: a class of records may have its own."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self) or self._compared is None:
            return NotImplemented  # Python then compares by identity
        mine, its = (tuple(getattr(record, name) for name in self._compared) for record in (self, other))
        return mine == its

    def __hash__(self) -> int:
        if self._compared is None:
            return object.__hash__(self)
        return hash((type(self), *(getattr(self, name) for name in self._compared)))

    def __repr__(self) -> str:
        values = (f"{f.name}={getattr(self, f.name)!r}" for f in fields(cast(Any, self)) if f.repr)
        return f"{type(self).__qualname__}({', '.join(values)})"

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

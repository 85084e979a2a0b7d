"""Records do what frozen dataclasses of the same fields do: `Twin` is `Point` as the standard library makes it."""

import copy
import inspect
import pickle
import pydoc
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, astuple, dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from typing import Any

import pytest

from vidkompy.records import Record


class Point(Record):
    """Of every kind of field that there is."""

    x: int
    y: float = 0.5
    marks: list[str] = field(default_factory=list)
    note: str = field(default="", compare=False)
    hidden: int = field(default=7, repr=False)
    made: int = field(default=3, init=False)

    @cached_property
    def doubled(self) -> int:
        return 2 * self.x


@dataclass(frozen=True)
class Twin:
    """Of every kind of field that there is."""

    x: int
    y: float = 0.5
    marks: list[str] = field(default_factory=list)
    note: str = field(default="", compare=False)
    hidden: int = field(default=7, repr=False)
    made: int = field(default=3, init=False)


class Far(Point):
    z: int = 9


class Holder(Record, eq=False):
    values: list[int]


class Positive(Record):
    n: int

    def __post_init__(self) -> None:
        if self.n <= 0:
            raise ValueError(f"got {self.n}, wanted more than 0")


@pytest.mark.parametrize(
    "make",
    [
        lambda cls: cls(1),
        lambda cls: cls(1, 2.0, ["a"], "seen", 8),
        lambda cls: cls(y=2.0, x=1),
        lambda cls: cls(1, hidden=0),
        lambda cls: replace(cls(1, note="old"), x=5, note="new"),
    ],
)
def test_a_record_holds_shows_and_hands_on_what_a_dataclass_does(make: Callable[[Any], Any]) -> None:
    point, twin = make(Point), make(Twin)
    assert list(vars(point).items()) == [(f.name, getattr(twin, f.name)) for f in fields(twin)]
    assert repr(point) == repr(twin).replace("Twin", "Point")
    assert (asdict(point), astuple(point)) == (asdict(twin), astuple(twin))
    match point:
        case Point(x, y):
            assert (x, y) == (twin.x, twin.y)
        case _:
            raise AssertionError(point)


def test_a_class_of_records_is_a_dataclass() -> None:
    assert is_dataclass(Point)
    assert all(vars(cls)["__dataclass_params__"].frozen for cls in (Point, Far, Twin))
    assert [f.name for f in fields(Far)] == ["x", "y", "marks", "note", "hidden", "made", "z"]
    own, wanted = (inspect.signature(cls).parameters for cls in (Point, Twin))
    assert list(own) == list(wanted)
    assert [p.default for p in own.values()][:2] == [p.default for p in wanted.values()][:2]


def test_a_class_of_records_can_be_read_about() -> None:
    text = pydoc.plain(pydoc.render_doc(Point))
    assert "Point(x: int, y: float = 0.5" in text
    assert "doubled" in text


def test_a_class_of_records_may_have_an_init_of_its_own() -> None:
    class Diagonal(Point):
        def __init__(self, length: int):
            super().__init__(length, float(length))

    assert list(inspect.signature(Diagonal).parameters) == ["length"]
    assert (Diagonal(3).x, Diagonal(3).y) == (3, 3.0)


def test_a_dataclass_may_derive_from_a_record() -> None:
    @dataclass(frozen=True)
    class Named(Point):
        name: str = "p"

    assert (Named(1, name="q").name, Named(2).x) == ("q", 2)
    with pytest.raises(FrozenInstanceError, match="name"):
        Named(1).name = "r"  # type: ignore[misc]


def test_a_value_that_is_not_equal_to_itself_does_not_part_a_record_from_itself() -> None:
    point = Point(1, float("nan"))
    assert point == point
    assert point != Point(1, float("nan"))


def test_records_compare_by_the_fields_that_count() -> None:
    assert Point(1, note="a") == Point(1, note="b") != Point(2)
    assert Point(1) != Far(1) == Far(1)
    assert Positive(2) in {Positive(2)}
    assert len({Positive(2), Positive(2), Positive(3)}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(Point(1))


def test_a_record_without_equality_is_equal_to_itself_alone() -> None:
    one, other = Holder([1]), Holder([1])
    assert one != other
    assert [one] == [one]
    assert len({one, other}) == 2


@pytest.mark.parametrize("hand_over", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])  # noqa: S301
def test_a_copy_is_equal_and_frozen(hand_over: Callable[[Point], Point]) -> None:
    point = Point(1, marks=["a"])
    assert point.doubled == 2  # what is cached is no field
    found = hand_over(point)
    assert found == point
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        found.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del found.x


def test_each_record_has_its_own_default_list() -> None:
    Point(1).marks.append("a")
    assert Point(1).marks == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda cls: cls(), "Point lacks x"),
        (lambda cls: cls(1, 2.0, [], "", 1, 3), "Point takes 5 values, got 6"),
        (lambda cls: cls(1, x=2), "Point got x twice"),
        (lambda cls: cls(1, colour="red"), "Point has no colour"),
        (lambda cls: cls(1, made=4), "Point has no made"),
    ],
)
def test_wrong_values_are_named(make: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        make(Point)


def test_a_record_checks_what_it_is_given() -> None:
    with pytest.raises(ValueError, match="got 0, wanted more than 0"):
        Positive(0)
    with pytest.raises(ValueError, match="got -1, wanted more than 0"):
        replace(Positive(1), n=-1)

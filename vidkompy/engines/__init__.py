"""Engines: functions from two sets of features to a frame map, one file each. A new one adds its name here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol, cast

if TYPE_CHECKING:  # the command line reads the names; it must not pay for numba and OpenCV
    from vidkompy.features import Features
    from vidkompy.model import FrameMap

EngineName = Literal["precise"]


@dataclass(frozen=True)
class Search:
    """What an engine may assume. floor: ZNCC below which a frame counts as unmatched."""

    floor: float = 0.7


class Engine(Protocol):
    def __call__(self, fg: Features, bg: Features, search: Search) -> FrameMap: ...


def load(name: EngineName) -> Engine:
    return cast("Engine", import_module(f"vidkompy.engines.{name}").align)

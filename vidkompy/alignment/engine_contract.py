"""Engines: ways from two sets of features to a frame map, one module each. A new one adds its name here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol, cast

if TYPE_CHECKING:  # the command line reads the names; it must not pay for numba and OpenCV
    from vidkompy.alignment.crops import Features
    from vidkompy.model import FrameMap

EngineName = Literal["precise", "fast", "mask", "border", "tunnel_full", "tunnel_mask", "hash"]


@dataclass(frozen=True)
class SearchOptions:
    """What an engine may assume.

    floor    ZNCC at or below which a frame counts as unmatched
    window   BG frames ahead that a tunnel looks at
    margin   FG px from the edge that a border is wide
    reorder  scenes may come in another order than in BG
    pins     (FG frame, BG frame) that are known
    """

    floor: float = 0.7
    window: int = 30
    margin: int = 16
    reorder: bool = False
    pins: tuple[tuple[int, int], ...] = ()


class Engine(Protocol):
    """A module.

    SIDE      long side of the features it wants, px
    SURENESS  confidence.Curve of its margins, as scripts/bench sureness found it
    """

    SIDE: int
    SURENESS: tuple[float, float]

    def align(self, fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
        """BG frame of every FG frame. Raises NoMatch where the engine cannot tell."""


def load_engine(name: EngineName) -> Engine:
    return cast("Engine", import_module(f"vidkompy.alignment.engines.{name}"))

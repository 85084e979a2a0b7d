"""Engines: ways from two sets of features to a frame map, one module each, whose names `engine_names` lists.

This module loads no numpy, numba or OpenCV: what an engine may assume is known before anything is measured.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from vidkompy.alignment.engine_names import EngineName
from vidkompy.alignment.parameters import AlignmentParameters
from vidkompy.parameters import tuned
from vidkompy.records import Record

if TYPE_CHECKING:
    from vidkompy.alignment.crops import Features
    from vidkompy.model import FrameMap


class SearchOptions(Record):
    """What an engine may assume; every function that an engine calls takes it as `search`.

    floor       ZNCC at or below which a frame counts as unmatched
    window      BG frames ahead that a tunnel looks at
    margin      width of the ring that `border` compares, FG px from FG's edge; named as --margin
    reorder     scenes may come in another order than in BG
    pins        (FG frame, BG frame) that are known
    parameters  tuned numbers of all stages; `analyze` puts those of its own parameters here
    """

    floor: float = tuned(
        0.7,
        unit="ZNCC",
        raising="more frames count as unmatched",
        source="inserted frames score 0.47 at most, matched ones 0.97 and more; 0.5 did not work (docs/design.md)",
    )
    window: int = tuned(30, unit="BG frames", raising="longer scenes may be missing in FG", source="chosen by eye")
    margin: int = tuned(16, unit="FG px", raising="more of FG's interior is compared", source="chosen by eye")
    reorder: bool = False
    pins: tuple[tuple[int, int], ...] = ()
    parameters: AlignmentParameters = AlignmentParameters()


class CalibrationCurve(NamedTuple):
    """Log odds that a frame is right, as a line in the logarithm of its path margin (Platt scaling).

    intercept   log odds at a margin of 1
    slope       their growth per e-fold of the margin
    """

    intercept: float
    slope: float


class EngineParameters(Protocol):
    """Tuned numbers of one engine; its own ones besides these two.

    side         long side of the features it wants, cells
    calibration  of its margins, as scripts/bench sureness fitted it
    """

    @property
    def side(self) -> int: ...

    @property
    def calibration(self) -> CalibrationCurve: ...


class Engine(Protocol):
    """A module."""

    PARAMETERS: EngineParameters

    def align(self, fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
        """BG frame of every FG frame. Raises NoMatch where the engine cannot tell.

        fg, bg   features of both clips on one grid
        search   what the engine may assume
        """


def load_engine(name: EngineName) -> Engine:
    return cast("Engine", import_module(f"vidkompy.alignment.engines.{name}"))

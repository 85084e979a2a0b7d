"""Stretches: scale along y over scale along x at which FG may lie on the canvas, from pixel shapes and frame sizes.

A pixel of FG that is shown f times as wide as high covers sx by sy canvas px, which are b times as wide as high:
sx * b / sy = f, hence the stretch is b / f.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidkompy.model import Clip
from vidkompy.parameters import tuned
from vidkompy.records import Record


class PixelShapeParameters(Record):
    usual: tuple[float, ...] = tuned(
        (64 / 45, 4 / 3, 32 / 27, 9 / 8, 16 / 9),
        unit="stretches, tried as they are and inverted",
        raising="more wrong pixel shapes are found, at more cost",
        source="PAL's wide pixels, 16:9 squeezed into 4:3, NTSC's wide and narrow pixels, 16:9 squeezed into a square; "
        "keypoints agree and fits end right up to 7 % off, as with PAL's 16:15",
    )
    same: float = tuned(
        1.02,
        unit="factor between two stretches that count as one",
        raising="fewer are tried; fits start further off",
        source="chosen by eye",
    )
    alike: float = tuned(
        1.1,
        unit="factor between two stretches up to which one stands for both at a first look",
        raising="fewer are looked at",
        source="usual ones are 5 to 7 % apart, or 18 % and more",
    )
    widest: float = tuned(
        4.0,
        unit="stretch, or its inverse, beyond which what the files say is not believed",
        raising="odd pixel shapes are tried",
        source="chosen by eye",
    )


def stated_stretches(fg: Clip, bg: Clip, parameters: PixelShapeParameters = PixelShapeParameters()) -> list[float]:
    """The stretch that the files' pixel shapes imply, and 1: files are often wrong, or say nothing."""
    stated = float(bg.sar / fg.sar)
    is_believable = 1 / parameters.widest <= stated <= parameters.widest
    return _distinct([stated, 1.0] if is_believable else [1.0], [], parameters)


def usual_stretches(stated: Sequence[float], parameters: PixelShapeParameters = PixelShapeParameters()) -> list[float]:
    """Those that pixel shapes which no file states would imply, without those stated."""
    both_ways = [way for stretch in parameters.usual for way in (1 / stretch, stretch)]
    return _distinct(both_ways, stated, parameters)


def apart(stretches: Sequence[float], parameters: PixelShapeParameters = PixelShapeParameters()) -> list[float]:
    """One of those that are alike, ascending.

    >>> [round(s, 2) for s in apart(usual_stretches([1.0]))]
    [0.56, 0.7, 0.84, 1.12, 1.33, 1.78]
    """
    kept: list[float] = []
    for stretch in sorted(stretches):
        if not kept or stretch > kept[-1] * parameters.alike:
            kept.append(stretch)
    return kept


def _distinct(stretches: Sequence[float], known: Sequence[float], parameters: PixelShapeParameters) -> list[float]:
    """Those that differ from the ones before them and from those known."""
    kept: list[float] = []
    for stretch in stretches:
        if all(abs(np.log(stretch / other)) > np.log(parameters.same) for other in (*known, *kept)):
            kept.append(stretch)
    return kept

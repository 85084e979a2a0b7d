"""Stretches: scale along y over scale along x at which FG may lie on the canvas, from pixel shapes and frame sizes.

A pixel of FG that is shown f times as wide as high covers sx by sy canvas px, which are b times as wide as high:
sx * b / sy = f, hence the stretch is b / f.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vidkompy.model import Clip
from vidkompy.parameters import tuned


@dataclass(frozen=True)
class PixelShapeParameters:
    usual: tuple[float, ...] = tuned(
        (4 / 3, 64 / 45, 32 / 27, 16 / 15, 9 / 8, 16 / 9, 32 / 17),
        unit="stretches, tried as they are and inverted",
        raising="more wrong pixel shapes are found, at more cost",
        source="wide pictures in 4:3 frames; PAL and NTSC DVDs in 16:9 and in 4:3; square frames; film in 4:3 frames",
    )
    same: float = tuned(
        1.02,
        unit="factor between two stretches that count as one",
        raising="fewer are tried; fits start further off",
        source="chosen by eye: keypoints agree on 2 % of a frame of 640 px within 6 px",
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


def _distinct(stretches: Sequence[float], known: Sequence[float], parameters: PixelShapeParameters) -> list[float]:
    """Those that differ from the ones before them and from those known."""
    kept: list[float] = []
    for stretch in stretches:
        if all(abs(np.log(stretch / other)) > np.log(parameters.same) for other in (*known, *kept)):
            kept.append(stretch)
    return kept

"""Grades from which a fit may start: what turns BG into FG by their transfers, primaries and a common tone mapping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from vidkompy.colour_matching.light import DISPLAY_GAMMA, HLG, PQ, codes_of, light_of, xyz_of_rgb
from vidkompy.colour_matching.parameters import LightFitParameters
from vidkompy.colours import KNOTS
from vidkompy.model import F64, Colour

HDR = (PQ, HLG)
_CHANNELS = 3


class LightGrade(NamedTuple):
    """curves: f64 [3, KNOTS], from 0 to 1; matrix: f64 [3, 3], of their squares; output_curves: f64 [3, KNOTS]."""

    curves: F64
    matrix: F64
    output_curves: F64


def light_starts(bg: Colour, fg: Colour, parameters: LightFitParameters) -> Iterator[LightGrade]:
    """Tone mapping that cuts off, Reinhard's, and none; each at several exposures."""
    inputs = np.linspace(0, 1, KNOTS)
    matrix = _between_primaries(bg, fg)
    light, display_light = light_of(inputs, bg.transfer), inputs**DISPLAY_GAMMA
    as_bright, brighter = (codes_of(display_light * white, fg.transfer) for white in (1.0, parameters.peak))
    whole = brighter if fg.transfer in HDR else as_bright
    for exposure in parameters.exposures:
        exposed = light * exposure
        for tones, output in (
            (exposed, as_bright),
            (exposed / (1 + exposed), as_bright),
            (exposed / parameters.peak, whole),
        ):
            curve = np.minimum(tones, 1) ** (1 / DISPLAY_GAMMA)
            yield LightGrade(np.tile(curve, (_CHANNELS, 1)), matrix, np.tile(output, (_CHANNELS, 1)))


def _between_primaries(bg: Colour, fg: Colour) -> F64:
    """Of light. HDR whose primaries are not said has BT.2020's."""
    of_bg, of_fg = (
        xyz_of_rgb("bt2020" if c.transfer in HDR and c.primaries in ("", "unknown") else c.primaries) for c in (bg, fg)
    )
    matrix = np.linalg.solve(of_fg, of_bg)
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))

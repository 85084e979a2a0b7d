"""Colours as CIE Lab, and how unlike two of them look: Delta E 2000.

Source: Sharma, Wu & Dalal 2005, doi:10.1002/col.20070. Its pairs of colours are in the tests.
"""

from __future__ import annotations

import numpy as np

from vidkompy.colour_matching.light import light_of, xyz_of_rgb
from vidkompy.model import F64, Colour

_LAB_LINEAR_UP_TO = (6 / 29) ** 3


def lab_of(rgb: F64, colour: Colour) -> F64:
    """f64 [n, 3]: L*, a*, b* of gamma-coded red, green and blue, f64 [n, 3], 0 black and 1 white. colour: of the clip.

    Primaries that are neither BT.709's nor BT.2020's count as BT.709's.
    """
    to_xyz = xyz_of_rgb(colour.primaries)
    ratios = light_of(np.clip(rgb, 0, 1), colour.transfer) @ to_xyz.T / to_xyz.sum(axis=1)
    line = ratios / (3 * (6 / 29) ** 2) + 4 / 29
    f = np.where(ratios > _LAB_LINEAR_UP_TO, np.cbrt(ratios), line)
    x, y, z = f.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def colour_differences(rgb_a: F64, rgb_b: F64, colour: Colour) -> F64:
    """f64 [n]: Delta E 2000 of gamma-coded colours, f64 [n, 3] each."""
    return delta_e_2000(lab_of(rgb_a, colour), lab_of(rgb_b, colour))


def delta_e_2000(lab_a: F64, lab_b: F64) -> F64:
    """f64 [n]: Delta E 2000 of colours as L*, a*, b*, f64 [n, 3] each; all three weights are 1."""
    (light_a, red_a, blue_a), (light_b, red_b, blue_b) = lab_a.T, lab_b.T
    mean_chroma = (np.hypot(red_a, blue_a) + np.hypot(red_b, blue_b)) / 2
    stretch = 1 + (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7))) / 2
    red_a, red_b = red_a * stretch, red_b * stretch
    chroma_a, chroma_b = np.hypot(red_a, blue_a), np.hypot(red_b, blue_b)
    hue_a, hue_b = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((red_a, blue_a), (red_b, blue_b)))
    is_coloured = chroma_a * chroma_b > 0

    turn = np.where(is_coloured, (hue_b - hue_a + 180) % 360 - 180, 0.0)
    turn = np.where((hue_b - hue_a == 180) & is_coloured, 180.0, turn)
    light_step, chroma_step = light_b - light_a, chroma_b - chroma_a
    hue_step = 2 * np.sqrt(chroma_a * chroma_b) * np.sin(np.radians(turn / 2))

    light, chroma = (light_a + light_b) / 2, (chroma_a + chroma_b) / 2
    hue = np.where(is_coloured, _mean_hue(hue_a, hue_b), hue_a + hue_b)
    cosines = ((1, -30, -0.17), (2, 0, 0.24), (3, 6, 0.32), (4, -63, -0.20))
    t = 1 + sum(share * np.cos(np.radians(times * hue + shift)) for times, shift, share in cosines)
    light_weight = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    chroma_weight, hue_weight = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    rotation = rotation * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))

    parts = light_step / light_weight, chroma_step / chroma_weight, hue_step / hue_weight
    squares = sum(part**2 for part in parts) + rotation * parts[1] * parts[2]
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def _mean_hue(a: F64, b: F64) -> F64:
    total = a + b
    apart = np.abs(a - b) > 180
    return np.asarray(np.where(~apart, total / 2, np.where(total < 360, (total + 360) / 2, (total - 360) / 2)))

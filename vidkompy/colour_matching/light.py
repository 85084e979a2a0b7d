"""Light of gamma-coded values, by the transfer that a file says, and what its primaries are."""

from __future__ import annotations

import numpy as np

from vidkompy.model import F64

PQ, HLG = "smpte2084", "arib-std-b67"  # ffmpeg's names of the transfers of HDR
DISPLAY_GAMMA = 2.4  # of SDR: BT.1886, with a black of 0
DIFFUSE_WHITE = 203.0  # cd/m2 of what is L* 100 in HDR: BT.2408
HLG_WHITE = 0.265  # scene light of 0.75, HLG's code of diffuse white: BT.2408
PQ_PEAK = 10_000.0  # cd/m2: BT.2100

_CODES = 4096  # of a table that is read backwards
_PQ = 2610 / 16384, 2523 / 4096 * 128, 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32  # m1, m2, c1, c2, c3
_HLG = 0.17883277, 0.28466892, 0.55991073  # a, b, c
_XYZ_OF_RGB = {  # by primaries, white D65
    "bt709": ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041)),
    "bt2020": ((0.6369580, 0.1446169, 0.1688810), (0.2627002, 0.6779981, 0.0593017), (0.0, 0.0280727, 1.0609851)),
}


def xyz_of_rgb(primaries: str) -> F64:
    """f64 [3, 3]: X, Y and Z of red, green and blue light; of BT.709's primaries where they are not BT.2020's."""
    return np.array(_XYZ_OF_RGB.get(primaries, _XYZ_OF_RGB["bt709"]))


def light_of(codes: F64, transfer: str) -> F64:
    """Light of gamma-coded values from 0 to 1; a light of 1 is diffuse white. Source: BT.1886, BT.2100."""
    if transfer == PQ:
        m1, m2, c1, c2, c3 = _PQ
        root = codes ** (1 / m2)
        nits = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * PQ_PEAK
        return np.asarray(nits / DIFFUSE_WHITE)
    if transfer == HLG:
        a, b, c = _HLG
        light = np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - c) / a) + b) / 12)
        return np.asarray(light / HLG_WHITE)
    return np.asarray(codes**DISPLAY_GAMMA)


def codes_of(light: F64, transfer: str) -> F64:
    """Gamma-coded values of light, from 0 to 1; the inverse of `light_of`, to a tenth of a level of 8 bits.

    >>> codes_of(np.array([0.0, 1.0, 1e6]), PQ).round(3).tolist()
    [0.0, 0.581, 1.0]
    """
    codes = np.linspace(0, 1, _CODES)
    return np.interp(light, light_of(codes, transfer), codes)

"""HDR pictures and their SDR by operators that are known: PQ or HLG of BT.2020 -> BT.709, a tone curve in many places.

Source of the curves: Reinhard et al. 2002, doi:10.1145/566654.566575 (the one with a white point); Hable 2010 as
ffmpeg's `tonemap` has it.
"""

from collections.abc import Callable

import numpy as np

from support import footage
from support.graded_pairs import F64, SIZE, pictures
from vidkompy.model import Colour

PQ = Colour("bt2020nc", "tv", "bt2020", "smpte2084")
HLG = Colour("bt2020nc", "tv", "bt2020", "arib-std-b67")
PEAK = 1000 / 203  # of the brightest light, in diffuse white
FLAT = ("animation", "anime", "game")  # kinds whose own colours are saturated
TO_BT_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])  # BT.2087
TO_BT_709 = np.linalg.inv(TO_BT_2020)
LUMINANCE = np.array([0.2627, 0.6780, 0.0593])  # of BT.2020

Curve = Callable[[F64], F64]  # light from 0 to PEAK -> shown, from 0 to 1


def reinhard(light: F64) -> F64:
    return np.asarray(light * (1 + light / PEAK**2) / (1 + light))


def hable(light: F64) -> F64:
    def filmic(v: F64) -> F64:
        return np.asarray((v * (0.15 * v + 0.05) + 0.004) / (v * (0.15 * v + 0.5) + 0.06) - 0.02 / 0.3)

    return np.asarray(filmic(light * 2) / filmic(np.array(PEAK * 2)))


def cut_off(light: F64) -> F64:
    """At diffuse white, 203 cd/m2."""
    return np.minimum(light, 1)


def scaled(light: F64) -> F64:
    """1000 cd/m2 to white."""
    return np.asarray(light / PEAK)


def channels_of_hdr(light: F64, curve: Curve) -> F64:
    """Each channel of BT.2020."""
    return np.asarray(curve(light) @ TO_BT_709.T)


def channels_of_sdr(light: F64, curve: Curve) -> F64:
    """Each channel of BT.709."""
    return curve(np.maximum(light @ TO_BT_709.T, 0))


def brightest_channel(light: F64, curve: Curve) -> F64:
    """All of BT.709's by the brightest, which keeps hues: ffmpeg's `tonemap` without desaturation."""
    of_sdr = light @ TO_BT_709.T
    return _by(of_sdr, of_sdr.max(axis=-1), curve)


def luminance(light: F64, curve: Curve) -> F64:
    """All by the luminance, which keeps hues."""
    return np.asarray(_by(light, light @ LUMINANCE, curve) @ TO_BT_709.T)


def _by(light: F64, brightness: F64, curve: Curve) -> F64:
    least = np.maximum(brightness, 1e-6)
    return np.asarray(light * (curve(least) / least)[..., None])


def hdr_light(kind: str, count: int, is_wide: bool, seed: int = 0) -> F64:
    """f64 [count, height, width, 3] in BT.2020: footage with highlights up to PEAK. is_wide: as saturated as can be."""
    if kind in FLAT:
        shown = np.stack(list(footage.frames(kind, count, size=SIZE, seed=seed))) / 255.0
    else:
        shown = pictures(count, kind, seed)
    light = shown**2.4 / (1 - (1 - 1 / PEAK) * shown**2.4)
    return light if is_wide else np.asarray(light @ TO_BT_2020.T)


def pq(light: F64) -> F64:
    """Source: BT.2100."""
    root = (light * 203 / 10_000) ** (2610 / 16384)
    c1, c2, c3 = 3424 / 4096, 2413 / 128, 2392 / 128
    return np.asarray(((c1 + c2 * root) / (1 + c3 * root)) ** (2523 / 32))


def hlg(light: F64) -> F64:
    """Of scene light, whose diffuse white is at 0.265. Source: BT.2100."""
    scene = np.minimum(light * 0.265, 1)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(np.maximum(12 * scene - b, 1e-9)) + c)


def sdr(light: F64) -> F64:
    return np.asarray(np.clip(light, 0, 1) ** (1 / 2.4))

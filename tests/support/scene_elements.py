"""What synthetic footage is made of: textures, paths, movers, cameras, a sensor. All of it seeded.

Dead leaves (occluding shapes of all sizes, each with its own grain) have the edges and the 1/f spectrum of photographs.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating]
Picture = MatLike  # u8 [height, width] or [height, width, 3]: the stubs of OpenCV leave the element type open
Rng = np.random.Generator


# ---- texture and paths


def grain(width: int, height: int, rng: Rng, slope: float = 1.0) -> F32:
    """Noise with a 1/f**slope amplitude spectrum, zero mean, unit deviation, f32 [height, width]."""
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    shape = np.maximum(np.hypot(fy, fx), 1 / max(width, height)) ** -slope
    spectrum = shape * np.exp(2j * np.pi * rng.random(shape.shape))
    out = np.fft.irfft2(spectrum, (height, width)).astype(np.float32)
    unit: F32 = (out - out.mean()) / out.std()
    return unit


def texture(width: int, height: int, rng: Rng, leaves: int = 300) -> U8:
    """Dead leaves with grain, u8 [height, width, 3]."""
    base = rng.uniform(60, 190, 3)
    picture = np.full((height, width, 3), base, np.float32)
    for size in np.sort(0.02 * rng.random(leaves) ** -0.6)[::-1]:
        centre = rng.uniform((0, 0), (width, height))
        radius = min(size, 0.3) * min(width, height)
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(4, 9)))
        corners = centre + radius * rng.uniform(0.5, 1.3, (len(angles), 1)) * np.c_[np.cos(angles), np.sin(angles)]
        colour = np.clip(base + rng.normal(0, 35) + rng.normal(0, 18, 3), 15, 240)
        cv2.fillPoly(picture, [np.round(corners * 8).astype(np.int32)], colour.tolist(), cv2.LINE_AA, 3)
    picture += 9 * grain(width, height, rng)[..., None] + 12 * grain(width, height, rng, 1.5)[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)


def wander(count: int, rng: Rng, pace: float) -> F32:
    """Smooth random path, f32 [count], zero mean and unit deviation; `pace` is the frames of one swing."""
    t = np.arange(count)[:, None] / pace
    tempo = rng.uniform(0.15, 1.6, 9)
    weights = tempo**-0.7 * rng.uniform(0.5, 1, 9)
    out = (weights * np.sin(2 * np.pi * (tempo * t + rng.random(9)))).sum(1) / np.sqrt((weights**2).sum() / 2)
    path: F32 = out.astype(np.float32)
    return path


def bursts(count: int, rng: Rng, mean_rest: float, mean_burst: float) -> npt.NDArray[np.bool_]:
    """True during bursts of random length between rests of random length."""
    out = np.zeros(count, bool)
    at = int(rng.exponential(mean_rest))
    while at < count:
        length = 1 + int(rng.exponential(mean_burst))
        out[at : at + length] = True
        at += length + 1 + int(rng.exponential(mean_rest))
    return out


# ---- movers and cameras


@dataclass(frozen=True)
class Mover:
    """A textured sprite on a path: position of its centre, turn in degrees and size factor per frame."""

    picture: Picture
    alpha: Picture
    x: Floats
    y: Floats
    turn: Floats
    zoom: Floats


def mover(count: int, width: int, height: int, rng: Rng, *, share: float = 0.25, speed: float = 2.0) -> Mover:
    """A blob that crosses the frame to and fro, `speed` px per frame at 480 px width, bobbing, turning, breathing."""
    side = int(share * height * rng.uniform(0.7, 1.3))
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    waves: F64 = np.sum([np.sin(k * angles + rng.uniform(0, 6.28)) for k in (2, 3, 5)], axis=0)
    radii = side * (0.4 + 0.035 * waves)
    outline = side / 2 + radii[:, None] * np.c_[np.cos(angles), np.sin(angles)]
    alpha = np.zeros((side, side), np.uint8)
    cv2.fillPoly(alpha, [np.round(outline * 8).astype(np.int32)], 255, cv2.LINE_AA, 3)
    span = width + side
    pace = speed * width / 480 * rng.uniform(0.7, 1.4)
    way = rng.uniform(0, 2 * span) + np.cumsum(pace * (1 + 0.35 * wander(count, rng, 90)))
    x = np.abs(way % (2 * span) - span) - side / 2
    y = rng.uniform(0.2, 0.8) * height + 0.06 * height * wander(count, rng, 40)
    turn, zoom = 12 * wander(count, rng, 60), 1 + 0.08 * wander(count, rng, 50)
    return Mover(texture(side, side, rng, 60), alpha, x.astype(np.float32), y, turn, zoom)


def paste(frame: Picture, sprite: Mover, i: int, dx: float = 0.0, dy: float = 0.0) -> None:
    """Draw the sprite into the frame, anti-aliased, only where it falls."""
    side = sprite.alpha.shape[0]
    reach = int(side * sprite.zoom[i] * 0.75) + 2
    cx, cy = float(sprite.x[i]) + dx, float(sprite.y[i]) + dy
    x0, y0 = max(int(cx) - reach, 0), max(int(cy) - reach, 0)
    x1, y1 = min(int(cx) + reach, frame.shape[1]), min(int(cy) + reach, frame.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    warp = cv2.getRotationMatrix2D((side / 2, side / 2), float(sprite.turn[i]), float(sprite.zoom[i]))
    warp[:, 2] = warp[:, 2] + (cx - side / 2 - x0, cy - side / 2 - y0)
    patch = cv2.warpAffine(sprite.picture, warp, (x1 - x0, y1 - y0), borderMode=cv2.BORDER_REFLECT)
    alpha = cv2.cvtColor(cv2.warpAffine(sprite.alpha, warp, (x1 - x0, y1 - y0)), cv2.COLOR_GRAY2BGR)
    area = frame[y0:y1, x0:x1]
    over = cv2.multiply(patch, alpha, scale=1 / 255)
    area[:] = cv2.add(over, cv2.multiply(area, cv2.bitwise_not(alpha), scale=1 / 255))


def oval(frame: Picture, centre: tuple[float, float], radii: tuple[float, float], colour: tuple[int, int, int]) -> None:
    """Fill an upright ellipse, anti-aliased, placed between pixels too."""
    centre8, radii8 = (tuple(round(float(v) * 16) for v in pair) for pair in (centre, radii))
    cv2.ellipse(frame, centre8, radii8, 0, 0, 360, colour, -1, cv2.LINE_AA, 4)


def view(world: Picture, x: float, y: float, width: int, height: int, turn: float = 0.0, zoom: float = 1.0) -> Picture:
    """The world around (x, y), seen by a camera that may be turned and zoomed; mirrored past its edges."""
    warp = cv2.getRotationMatrix2D((x, y), turn, zoom)
    warp[:, 2] = warp[:, 2] + (width / 2 - x, height / 2 - y)
    return cv2.warpAffine(world, warp, (width, height), borderMode=cv2.BORDER_REFLECT)


def sensor(rng: Rng, width: int, height: int, sigma: float) -> Callable[[Picture], U8]:
    """Adds fresh-looking noise: windows at random places of a larger field of it."""
    field = rng.normal(0, sigma, (height + 128, width + 128, 3)).round().astype(np.int16)

    def add(frame: Picture) -> U8:
        y, x = rng.integers(0, 128, 2)
        noise = field[y : y + height, x : x + width][:: rng.choice((-1, 1)), :: rng.choice((-1, 1))]
        return cv2.add(frame.astype(np.int16), np.ascontiguousarray(noise)).clip(0, 255).astype(np.uint8)

    return add

"""More kinds of footage that no parameter was chosen on: those that travel fast. The rule of `unseen` holds."""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt
from world import F32, U8, Mover, Rng, grain, paste, sensor, texture, view, wander

Bools = npt.NDArray[np.bool_]


def drive(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
    """Out of a moving car: road, trees and cars come up from a vanishing point, shade flickers, the cabin is still."""
    way = np.cumsum(0.55 * (1 + 0.25 * wander(count, rng, 150)).clip(0.3))
    road, shade = _road(int(way[-1]) + 120, rng)
    things = _roadside(way[-1] + 120, rng)
    sky = np.linspace((110, 150, 205), (225, 228, 230), height)[:, None]
    sky = np.clip(sky + 9 * grain(2 * width, height, rng, 1.8)[..., None], 0, 255).astype(np.uint8)
    cabin, covers = _cabin(width, height, rng)
    eye_x = width * (0.5 + 0.03 * wander(count, rng, 150))
    eye_y = height * (0.42 + 0.003 * wander(count, rng, 9) + 0.004 * wander(count, rng, 25))
    gap = 22 + 6 * wander(count, rng, 130)
    leader = _car(rng)
    noisy = sensor(rng, width, height, 1.2)
    for i in range(count):
        eye = (float(eye_x[i]), float(eye_y[i]), 0.9 * width)
        frame = view(sky, 0.5 * width + eye[0], 0.08 * height + eye[1], width, height)
        frame[int(eye[1]) + 2 :] = _ground(road, way[i], eye, frame)
        seen = [(z - pace * way[i], x, size, sprite) for x, z, pace, size, sprite in things]
        for away, x, size, sprite in sorted([*seen, (gap[i], 0.1, 1.7, leader)], key=lambda thing: -thing[0]):
            if 4.5 < away < 80:
                _upright(frame, sprite, x, away, size, eye)
        light = 1.08 - 0.35 * float(shade[int(way[i] * TEXELS) :][:20].mean())
        frame = cv2.convertScaleAbs(frame, alpha=light, beta=14 * light)
        frame = cv2.multiply(frame, cv2.bitwise_not(covers), scale=1 / 255)
        yield noisy(cv2.add(frame, cv2.convertScaleAbs(cabin, alpha=0.5 + 0.5 * light)))


TEXELS = 12  # of a road's picture, per metre


def _road(metres: int, rng: Rng) -> tuple[U8, F32]:
    """A road and 15 m to either side from above, u8 [metres * 12, 360, 3]; how shaded its middle is, 0..1."""
    size = (30 * TEXELS, metres * TEXELS)
    along, across = np.mgrid[: size[1], : size[0]].astype(np.float32) / TEXELS - np.float32((0, 15))[:, None, None]
    fine, coarse = grain(*size, rng, 0.6), grain(*size, rng, 1.3)
    tarmac = np.float32((92, 92, 96)) + (5 * fine + 6 * coarse)[..., None]
    grass = np.float32((78, 98, 52)) + (15 * fine + 14 * coarse)[..., None]
    picture = np.where((np.abs(across + 1.7) < 3.9 + 0.1 * coarse)[..., None], tarmac, grass)
    is_paint = (np.abs(np.abs(across + 1.7) - 3.5) < 0.07) | ((np.abs(across + 1.7) < 0.07) & (along % 9 < 4))
    picture[is_paint & (fine < 1.3)] = 205
    crowns = cv2.resize(grain(36, metres, rng, 0.6), size, interpolation=cv2.INTER_CUBIC)
    shade = (0.5 + 3 * crowns + 0.4 * fine).clip(0, 1)
    return np.clip(picture * (1 - 0.45 * shade[..., None]), 0, 255).astype(np.uint8), shade[:, 165:195].mean(1)


def _ground(road: U8, way: float, eye: tuple[float, float, float], frame: U8) -> U8:
    """The road as seen from 1.3 m above it, below the horizon; eye: vanishing point and focal length, px."""
    (x, y, focal), first = eye, int(way * TEXELS)
    start, rest, scale = int(y) + 2 - y, way * TEXELS - first, TEXELS * 1.3
    warp = np.array([[scale, 180, 180 * start - scale * x], [0, rest, rest * start + scale * focal], [0, 1, start]])
    size = (frame.shape[1], frame.shape[0] - int(y) - 2)
    how = {"flags": cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, "borderMode": cv2.BORDER_REFLECT}
    ground = cv2.warpPerspective(road[first : first + 100 * TEXELS], warp, size, **how)
    haze = 0.8 * np.exp(-np.arange(frame.shape[0] // 8) / (0.04 * frame.shape[0]))[:, None, None]
    far = ground[: len(haze)]
    far[:] = far * (1 - haze) + 190 * haze
    return ground


def _upright(frame: U8, sprite: tuple[U8, U8], x: float, away: float, size: float, eye: tuple[float, ...]) -> None:
    """Draw what stands x m to the right and `away` m ahead, `size` m tall, the hazier the farther."""
    per_m, haze = eye[2] / away, 0.6 * away / 80
    place = (eye[0] + per_m * x, eye[1] + per_m * (1.3 - size / 2), 0, per_m * size / len(sprite[1]))
    picture = cv2.convertScaleAbs(sprite[0], alpha=1 - haze, beta=190 * haze)
    paste(frame, Mover(picture, sprite[1], *(np.full(1, value, np.float32) for value in place)), 0)


def _roadside(metres: float, rng: Rng) -> list[tuple[float, float, float, float, tuple[U8, U8]]]:
    """Trees on both sides and oncoming cars: m to the right, m ahead, how fast it nears, m tall, sprite."""
    trees = [_tree(rng) for _ in range(7)]
    things = []
    for z in np.arange(5, metres, 3.2):
        x = rng.choice((-7.5, 4.5)) + rng.uniform(-1, 1) * 1.2
        things.append((x + np.sign(x) * rng.exponential(2), z, 1.0, rng.uniform(4, 10), trees[rng.integers(7)]))
    return things + [(-3.5, z, 1.9, 1.6, _car(rng)) for z in np.cumsum(rng.uniform(25, 90, int(metres / 25)))]


def _tree(rng: Rng) -> tuple[U8, U8]:
    """Leaves in clumps on a trunk, 96 px: colours and opacity."""
    leaves = cv2.cvtColor(texture(96, 96, rng, 500), cv2.COLOR_RGB2GRAY)
    tint = rng.uniform((0.5, 0.8, 0.3), (0.8, 1, 0.5))
    picture = cv2.merge([cv2.convertScaleAbs(leaves, alpha=share) for share in tint])
    alpha = np.zeros((96, 96), np.uint8)
    cv2.rectangle(alpha, (45, 50), (50, 96), 255, -1)
    picture[70:, 44:52] = (70, 58, 48)
    for angle, away, radius in rng.uniform((0, 0, 4), (6.28, 1, 15), (30, 3)):
        centre = (48 + 32 * away * np.cos(angle), 38 + 26 * away * np.sin(angle))
        cv2.circle(alpha, tuple(round(v * 8) for v in centre), round(radius * 8), 255, -1, cv2.LINE_AA, 3)
    return picture, alpha


def _car(rng: Rng) -> tuple[U8, U8]:
    """A car seen along the road, 64 px: colours and opacity."""
    picture = np.full((64, 64, 3), rng.integers(40, 220, 3), np.uint8)
    alpha = np.zeros((64, 64), np.uint8)
    cv2.fillPoly(alpha, [np.array([(2, 58), (2, 30), (12, 26), (18, 6), (46, 6), (52, 26), (62, 30), (62, 58)])], 255)
    cv2.fillPoly(picture, [np.array([(16, 27), (21, 10), (43, 10), (48, 27)])], (45, 55, 65))
    for x, colour in ((4, (250, 240, 210)), (52, (250, 240, 210)), (24, (225, 225, 230))):
        cv2.rectangle(picture, (x, 36), (x + 8 + 8 * (x == 24), 41), colour, -1)
    cv2.rectangle(picture, (0, 50), (64, 64), (25, 25, 28), -1)
    return picture, alpha


def _cabin(width: int, height: int, rng: Rng) -> tuple[U8, U8]:
    """Dashboard, mirror and pillar around the view ahead, and where they cover it, u8 [height, width, 3] both."""
    covers = np.zeros((height, width), np.uint8)
    t = np.linspace(0, 1, 50)
    ridge = np.c_[t, 0.8 + 0.08 * (2 * t - 1) ** 2 - 0.04 * np.exp(-(((t - 0.3) / 0.12) ** 4))]
    for outline in (
        [*ridge, (1, 1), (0, 1)],
        [(0, 0), (0.09, 0), (0.02, 0.9), (0, 0.9)],
        [(0.55, 0.02), (0.8, 0.03), (0.79, 0.15), (0.56, 0.13)],
    ):
        cv2.fillPoly(covers, [np.round(np.array(outline) * (width, height) * 8).astype(np.int32)], 255, cv2.LINE_AA, 3)
    covers = cv2.merge([cv2.GaussianBlur(covers, (0, 0), 1.0)] * 3)
    inside = cv2.convertScaleAbs(texture(width, height, rng, 60), alpha=0.28, beta=4)
    for x in (0.25, 0.35):
        centre, thick = (int(x * width), int(0.88 * height)), max(height // 130, 1)
        cv2.circle(inside, centre, height // 16, (150, 160, 165), thick, cv2.LINE_AA)
    return cv2.multiply(cv2.GaussianBlur(inside, (0, 0), 0.8), covers, scale=1 / 255), covers

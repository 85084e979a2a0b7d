"""More kinds of footage that no parameter was chosen on: fast ones. The rule of `held_out_scenes` holds."""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from support.scene_elements import F32, Mover, Picture, Rng, bursts, grain, paste, sensor, texture, view, wander

Bools = npt.NDArray[np.bool_]


def drive(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
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
        things_ahead = [(z - pace * way[i], x, size, sprite) for x, z, pace, size, sprite in things]
        for away, x, size, sprite in sorted([*things_ahead, (gap[i], 0.1, 1.7, leader)], key=lambda thing: -thing[0]):
            if 4.5 < away < 80:
                _upright(frame, sprite, x, away, size, eye)
        light = 1.08 - 0.35 * float(shade[int(way[i] * TEXELS) :][:20].mean())
        frame = cv2.convertScaleAbs(frame, alpha=light, beta=14 * light)
        frame = cv2.multiply(frame, cv2.bitwise_not(covers), scale=1 / 255)
        yield noisy(cv2.add(frame, cv2.convertScaleAbs(cabin, alpha=0.5 + 0.5 * light)))


TEXELS = 12  # of a road's picture, per metre


def _road(metres: int, rng: Rng) -> tuple[Picture, F32]:
    """A road and 15 m to either side from above, u8 [metres * 12, 360, 3]; how shaded its middle is, 0..1."""
    size = (30 * TEXELS, metres * TEXELS)
    along, across = (
        np.mgrid[: size[1], : size[0]].astype(np.float32) / TEXELS - np.array((0, 15), np.float32)[:, None, None]
    )
    fine, coarse = grain(*size, rng, 0.6), grain(*size, rng, 1.3)
    tarmac = np.array((92, 92, 96), np.float32) + (5 * fine + 6 * coarse)[..., None]
    grass = np.array((78, 98, 52), np.float32) + (15 * fine + 14 * coarse)[..., None]
    picture = np.where((np.abs(across + 1.7) < 3.9 + 0.1 * coarse)[..., None], tarmac, grass)
    is_paint = (np.abs(np.abs(across + 1.7) - 3.5) < 0.07) | ((np.abs(across + 1.7) < 0.07) & (along % 9 < 4))
    picture[is_paint & (fine < 1.3)] = 205
    crowns = cv2.resize(grain(36, metres, rng, 0.6), size, interpolation=cv2.INTER_CUBIC)
    shade = (0.5 + 3 * crowns + 0.4 * fine).clip(0, 1)
    return np.clip(picture * (1 - 0.45 * shade[..., None]), 0, 255).astype(np.uint8), shade[:, 165:195].mean(1)


def _ground(road: Picture, way: float, eye: tuple[float, float, float], frame: Picture) -> Picture:
    """The road as seen from 1.3 m above it, below the horizon; eye: vanishing point and focal length, px."""
    (x, y, focal), first = eye, int(way * TEXELS)
    start, depth, scale = int(y) + 2 - y, way * TEXELS - first, TEXELS * 1.3
    warp = np.array([[scale, 180, 180 * start - scale * x], [0, depth, depth * start + scale * focal], [0, 1, start]])
    size = (frame.shape[1], frame.shape[0] - int(y) - 2)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    ground = cv2.warpPerspective(
        road[first : first + 100 * TEXELS], warp, size, flags=flags, borderMode=cv2.BORDER_REFLECT
    )
    haze = 0.8 * np.exp(-np.arange(frame.shape[0] // 8) / (0.04 * frame.shape[0]))[:, None, None]
    far = ground[: len(haze)]
    far[:] = far * (1 - haze) + 190 * haze
    return ground


def _upright(
    frame: Picture, sprite: tuple[Picture, Picture], x: float, away: float, size: float, eye: tuple[float, ...]
) -> None:
    """Draw what stands x m to the right and `away` m ahead, `size` m tall, the hazier the farther."""
    per_m, haze = eye[2] / away, 0.6 * away / 80
    place = (eye[0] + per_m * x, eye[1] + per_m * (1.3 - size / 2), 0, per_m * size / len(sprite[1]))
    picture = cv2.convertScaleAbs(sprite[0], alpha=1 - haze, beta=190 * haze)
    paste(frame, Mover(picture, sprite[1], *(np.full(1, value, np.float32) for value in place)), 0)


def _roadside(metres: float, rng: Rng) -> list[tuple[float, float, float, float, tuple[Picture, Picture]]]:
    """Trees on both sides and oncoming cars: m to the right, m ahead, how fast it nears, m tall, sprite."""
    trees = [_tree(rng) for _ in range(7)]
    things = []
    for z in np.arange(5, metres, 3.2):
        x = rng.choice((-7.5, 4.5)) + rng.uniform(-1, 1) * 1.2
        things.append((x + np.sign(x) * rng.exponential(2), z, 1.0, rng.uniform(4, 10), trees[rng.integers(7)]))
    return things + [(-3.5, z, 1.9, 1.6, _car(rng)) for z in np.cumsum(rng.uniform(25, 90, int(metres / 25)))]


def _tree(rng: Rng) -> tuple[Picture, Picture]:
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


def _car(rng: Rng) -> tuple[Picture, Picture]:
    """A car seen along the road, 64 px: colours and opacity."""
    picture = np.full((64, 64, 3), rng.integers(40, 220, 3), np.uint8)
    alpha = np.zeros((64, 64), np.uint8)
    cv2.fillPoly(alpha, [np.array([(2, 58), (2, 30), (12, 26), (18, 6), (46, 6), (52, 26), (62, 30), (62, 58)])], 255)
    cv2.fillPoly(picture, [np.array([(16, 27), (21, 10), (43, 10), (48, 27)])], (45, 55, 65))
    for x, colour in ((4, (250, 240, 210)), (52, (250, 240, 210)), (24, (225, 225, 230))):
        cv2.rectangle(picture, (x, 36), (x + (16 if x == 24 else 8), 41), colour, -1)
    cv2.rectangle(picture, (0, 50), (64, 64), (25, 25, 28), -1)
    return picture, alpha


def _cabin(width: int, height: int, rng: Rng) -> tuple[Picture, Picture]:
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
    covered = cv2.merge([cv2.GaussianBlur(covers, (0, 0), 1.0)] * 3)
    inside = cv2.convertScaleAbs(texture(width, height, rng, 60), alpha=0.28, beta=4)
    for x in (0.25, 0.35):
        centre, thick = (int(x * width), int(0.88 * height)), max(height // 130, 1)
        cv2.circle(inside, centre, height // 16, (150, 160, 165), thick, cv2.LINE_AA)
    return cv2.multiply(cv2.GaussianBlur(inside, (0, 0), 0.8), covered, scale=1 / 255), covered


def game(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A side-scroller in large pixels under a fixed display; every one to four seconds it cuts to a menu or back."""
    unit = max(height // 135, 1)
    size = (-(-width // unit), -(-height // unit))
    names = ["".join(rng.choice(list("ABEGIKLMNORSTU"), 7)) for _ in range(5)]
    at, score, is_menu = 0, 0, False
    while at < count:
        length = min(int(rng.integers(20, 50) if is_menu else rng.integers(35, 120)), count - at)
        for i, frame in enumerate(_menu(length, *size, rng, names) if is_menu else _level(length, *size, rng)):
            if not is_menu:
                score += int(rng.integers(0, 40)) * 10
                _display(frame, at + i, score)
            yield cv2.resize(frame, None, None, unit, unit, cv2.INTER_NEAREST)[:height, :width]
        at, is_menu = at + length, not is_menu


def _level(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """Someone runs and jumps past creatures; three depths scroll, each at its own speed."""
    way = np.cumsum(np.round(3 + 1.3 * wander(count, rng, 40)).clip(0, 6)).astype(int)
    depths = ((0.25, 0.4), (0.5, 0.55), (1, 0.75))
    layers = [(speed, *_layer(int(width + speed * way[-1]) + 8, height, rng, top)) for speed, top in depths]
    bands = np.linspace(rng.integers(40, 200, 3), rng.integers(120, 250, 3), 12)
    sky = bands.repeat(-(-height // 12), 0)[:height, None]
    ground = layers[-1][2].argmax(0)
    runner, *others = ([*_creature(rng)] for _ in range(4))
    homes = np.cumsum(rng.integers(25, 80, 1 + (way[-1] + width) // 25))
    jump = np.convolve(bursts(count, rng, 14, 1), 1 - np.linspace(-1, 1, 17) ** 2)[:count].clip(0, 1) * 0.3 * height
    roam = 9 * np.array([wander(count, rng, 30) for _ in homes])
    for i in range(count):
        frame = np.repeat(sky, width, 1).astype(np.uint8)
        for speed, picture, covers in layers:
            part = slice(int(speed * way[i]), int(speed * way[i]) + width)
            np.copyto(frame, picture[:, part], where=covers[:, part, None])
        for n, home in enumerate(homes):
            x = int(home + roam[n, i]) - way[i]
            if -16 < x < width:
                floor = ground[np.clip(x + way[i] + 6, 0, len(ground) - 1)] - (32 if n % 3 == 0 else 12)
                _stamp(frame, others[n % 3][(i // 5 + n) % 4], x, int(floor + 3 * np.sin(i / 4 + n)))
        x = int(0.35 * width + 0.05 * width * np.sin(i / 23))
        _stamp(frame, runner[i // 3 % 4], x, int(ground[x + way[i] + 6] - 12 - jump[i]))
        yield frame


def _layer(width: int, height: int, rng: Rng, top: float) -> tuple[Picture, Bools]:
    """Blocks of 8 px in steps and gaps, from a few tiles of one colour: a picture, and where it is opaque."""
    columns = width // 8 + 1
    steps = np.cumsum(rng.choice((-1, 0, 0, 1), columns))
    tops = (top * height / 8 + steps % 5 - 2).astype(int)
    relief = 11 * rng.normal(size=(5, 8, 8, 1)).cumsum(1)
    tiles = np.clip(rng.integers(40, 190, 3) + relief, 0, 255).astype(np.uint8)
    which = rng.integers(1, 5, (height // 8 + 1, columns))
    which[tops.clip(0, len(which) - 1), np.arange(columns)] = 0
    picture = tiles[which].swapaxes(1, 2).reshape(-1, columns * 8, 3)[:height, :width]
    floats = (rng.random(which.shape) < 0.04).repeat(2, 1)[:, :columns]
    covers = (np.arange(len(which))[:, None] >= tops) | (floats & (top > 0.7) & (np.arange(len(which))[:, None] > 4))
    return picture, covers.repeat(8, 0).repeat(8, 1)[:height, :width]


def _creature(rng: Rng) -> Iterator[tuple[Picture, Bools]]:
    """Four drawings of a mirrored pixel figure 12 px wide, the lower rows different in each."""
    half, colours = rng.random((12, 6)) < 0.62, rng.integers(30, 255, (3, 3)).astype(np.uint8)
    shades = rng.integers(0, 3, (12, 6))
    for _ in range(4):
        half[8:] = rng.random((4, 6)) < 0.5
        yield np.hstack([colours[shades], colours[shades[:, ::-1]]]), np.hstack([half, half[:, ::-1]])


def _stamp(frame: Picture, drawing: tuple[Picture, Bools], x: int, y: int) -> None:
    """Put a drawing into the frame, as much of it as falls there."""
    picture, covers = drawing
    a, b, c, d = max(x, 0), max(y, 0), max(-x, 0), max(-y, 0)
    area = frame[b : max(y + len(covers), 0), a : max(x + len(covers), 0)]
    h, w = area.shape[:2]
    np.copyto(area, picture[d : d + h, c : c + w], where=covers[d : d + h, c : c + w, None])


def _display(frame: Picture, i: int, score: int) -> None:
    """Score, lives and time over the upper edge."""
    width = frame.shape[1]
    frame[:13] = (24, 20, 48)
    for x, words in ((0.02, f"{score:07d}"), (0.42, "x3"), (0.72, f"T {900 - i // 12}")):
        cv2.putText(frame, words, (int(x * width), 10), cv2.FONT_HERSHEY_PLAIN, 0.8, (250, 240, 120), 1)
    frame[3:10, int(0.55 * width) : int(0.55 * width) + 30 - i // 20 % 24] = (220, 40, 40)


def _menu(count: int, width: int, height: int, rng: Rng, names: list[str]) -> Iterator[Picture]:
    """A list with a bar that moves from entry to entry, before stars that fly past."""
    stars = rng.uniform(0, (width, height, 3), (160, 3))
    chosen = np.cumsum(rng.random(count) < 0.08) % len(names)
    for i in range(count):
        frame = np.full((height, width, 3), (18, 14, 52), np.uint8)
        x, y = ((stars[:, 0] - (0.4 + stars[:, 2]) * i) % width).astype(int), stars[:, 1].astype(int)
        frame[y, x] = (90 + 50 * stars[:, 2:]).astype(np.uint8)
        for n, words in enumerate(names):
            line = height * (n + 2) // 7
            if n == chosen[i]:
                frame[line - 10 : line + 3, width // 4 : width * 3 // 4] = (160, 40 + 5 * (i % 16), 90)
            cv2.putText(frame, words, (width // 3, line), cv2.FONT_HERSHEY_PLAIN, 0.9, (240, 240, 250), 1)
        yield frame

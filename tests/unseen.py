"""Kinds of synthetic footage that no parameter was chosen on, for reporting only; another sort of motion and look each.

Nobody looks at results on single pairs of these while choosing anything; a kind that was looked at moves to `scenes`.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from world import F32, U8, Mover, Rng, bursts, grain, mover, paste, sensor, texture, view, wander


def foliage(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
    """Leaves all over the frame sway in gusts, two layers of them, under sensor noise; the camera stands still."""
    behind, before = (texture(width + 80, height + 80, rng, leaves) for leaves in (2500, 1500))
    gaps = grain(width + 80, height + 80, rng, 1.2)
    alpha = np.clip(gaps * 400 + 128, 0, 255).astype(np.uint8)
    swaying = [_sway(count, width, height, rng, reach) for reach in (1.6, 3.2)]
    noisy = sensor(rng, width, height, 2.5)
    for far, near in zip(*swaying, strict=True):
        over = cv2.cvtColor(cv2.remap(alpha, *near, cv2.INTER_LINEAR), cv2.COLOR_GRAY2BGR)
        leaves = cv2.multiply(cv2.remap(before, *near, cv2.INTER_LINEAR), over, scale=1 / 255)
        shade = cv2.convertScaleAbs(cv2.remap(behind, *far, cv2.INTER_LINEAR), alpha=0.6)
        yield noisy(cv2.add(leaves, cv2.multiply(shade, cv2.bitwise_not(over), scale=1 / 255)))


def _sway(count: int, width: int, height: int, rng: Rng, reach: float) -> Iterator[tuple[F32, F32]]:
    """For each frame where in a picture 80 px larger its pixels come from; `reach` px of deviation at 480 px width."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32) + 40
    modes = [[grain(width, height, rng, 2.2) for _ in range(4)] for _ in "xy"]
    gust = 1 + 0.6 * wander(count, rng, 100)
    paths = [[gust * wander(count, rng, pace) for pace in (14, 22, 35, 60)] for _ in "xy"]
    scale = 0.5 * reach * width / 480
    for i in range(count):
        dx, dy = (sum(m * p[i] for m, p in zip(*each, strict=True)) for each in zip(modes, paths, strict=True))
        yield columns + np.float32(scale) * dx, rows + np.float32(scale * 0.5) * dy


def crowd(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
    """A square seen from a window: some seventy small walkers, the nearer the larger and faster, on a tripod."""
    square = cv2.GaussianBlur(texture(width, height, rng, 120), (0, 0), 1.2)
    depths = np.sort(rng.random(70))
    walkers = []
    for depth in depths:
        walker = mover(count, width, height, rng, share=0.035 + 0.07 * depth, speed=0.35 + 0.9 * depth)
        y = (0.22 + 0.72 * depth) * height + 0.012 * height * wander(count, rng, 60) + 0.6 * wander(count, rng, 9)
        walkers.append(Mover(walker.picture, walker.alpha, walker.x, y, walker.turn / 3, walker.zoom))
    noisy = sensor(rng, width, height, 1.2)
    for i in range(count):
        frame = square.copy()
        for walker in walkers:
            paste(frame, walker, i)
        yield noisy(frame)


def gallery(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
    """A camera on rails creeps past framed pictures that hang still; columns stand nearer, a glint is in the glass."""
    pace = 0.55 * width / 480 * (1 + 0.5 * wander(count, rng, 80))
    way = np.cumsum(np.maximum(pace, 0.05 * width / 480))
    wall = _hung(int(width * 1.3 + way[-1]), int(height * 1.2), rng)
    columns = np.arange(width * 0.3, width * 1.3 + 2 * way[-1], width * 0.9) + rng.uniform(-30, 30)
    stone = cv2.convertScaleAbs(texture(max(width // 14, 8), height, rng, 80), alpha=0.5, beta=20)
    zoom = 1.03 + 0.01 * wander(count, rng, 150)
    glint = np.exp(-(((np.arange(width * 3) - width * 1.5) / (0.06 * width)) ** 2)) * 34
    noisy = sensor(rng, width, height, 0.8)
    for i in range(count):
        frame = view(wall, width * 0.6 + way[i], height * 0.6, width, height, 0.0, float(zoom[i]))
        light = np.roll(glint, int(width - 1.6 * way[i]))[width : 2 * width].astype(np.uint8)
        frame = cv2.add(frame, np.broadcast_to(light[None, :, None], frame.shape).copy())
        for x in columns - 1.9 * way[i]:
            _stand(frame, stone, float(x))
        yield noisy(frame)


def _hung(width: int, height: int, rng: Rng) -> U8:
    """A plain wall with framed pictures of many sizes."""
    wall = np.clip(165 + 2.5 * grain(width, height, rng, 1.0) + 3 * grain(width, height, rng, 1.6), 0, 255)
    wall = cv2.merge([(wall * c).astype(np.uint8) for c in (0.95, 0.9, 0.82)])
    x = int(0.03 * width)
    while x < width - 40:
        w, h = (int(height * share) for share in rng.uniform((0.25, 0.3), (0.6, 0.6)))
        w = min(w, width - x - 8)
        y = int(rng.uniform(0.15, 0.8 - h / height) * height)
        cv2.rectangle(wall, (x - 6, y - 6), (x + w + 5, y + h + 5), rng.integers(20, 120, 3).tolist(), -1)
        wall[y : y + h, x : x + w] = texture(w, h, rng, 150)
        x += w + int(rng.uniform(0.12, 0.35) * height)
    return wall


def _stand(frame: U8, stone: U8, x: float) -> None:
    """Draw an upright column whose left edge is at x, between pixels too."""
    width, wide = frame.shape[1], stone.shape[1]
    if not -wide - 1 < x < width + 1:
        return
    warp = np.array([[1, 0, x], [0, 1, 0]], np.float32)
    cover = cv2.warpAffine(np.full(stone.shape, 255, np.uint8), warp, (width, frame.shape[0]))
    drawn = cv2.warpAffine(stone, warp, (width, frame.shape[0]))
    frame[:] = cv2.add(drawn, cv2.multiply(frame, cv2.bitwise_not(cover), scale=1 / 255))


def dissolves(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
    """Stills that drift and grow, each shown for one to two seconds, each fading into the next for most of a second."""
    noisy = sensor(rng, width, height, 0.8)
    shots: list[tuple[int, int, Iterator[U8]]] = []  # first frame, frames of fading in, pictures
    start, fade = 0, 0
    while start < count:
        length = int(rng.integers(36, 66))
        following = int(rng.integers(18, 30))
        shots.append((start, fade, _drifting(length + following, width, height, rng)))
        start, fade = start + length, following
    for i in range(count):
        frame = None
        for first, fading, pictures in shots:
            picture = next(pictures, None) if i >= first else None
            if picture is None:
                continue
            share = min((i - first + 1) / (fading + 1), 1.0)
            frame = picture if frame is None else cv2.addWeighted(picture, share, frame, 1 - share, 0)
        assert frame is not None
        yield noisy(frame)


def _drifting(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
    """One still under a camera that moves and zooms steadily, and one thing that crosses it."""
    world = texture(width * 3 // 2, height * 3 // 2, rng, 500)
    x, y = rng.uniform(0.7, 0.8, 2) * (width, height)
    dx, dy = rng.uniform(-0.5, 0.5, 2) * width / 480
    growth = rng.uniform(-0.0012, 0.0012)
    thing = mover(count, width, height, rng, share=0.3, speed=1.5)
    for i in range(count):
        frame = view(world, x + dx * i, y + dy * i, width, height, 0.0, 1.15 + growth * i)
        paste(frame, thing, i)
        yield frame


def night(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
    """A street in the dark under strong noise: lamps with halos drive to and fro and light what they pass."""
    street = cv2.GaussianBlur(texture(width, height, rng, 250), (0, 0), 0.8).astype(np.float32)
    lamps = [mover(count, width, height, rng, share=0.1, speed=v) for v in (1.2, 2.0, 2.8, 1.6)]
    colours = [np.array(c, np.float32) for c in ((255, 240, 200), (255, 225, 170), (230, 60, 40), (200, 220, 255))]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    glow = 0.10 + 0.01 * wander(count, rng, 25)  # of a sign that flickers
    noisy = sensor(rng, width, height, 9.0)
    for i in range(count):
        light = np.full((height, width, 1), glow[i], np.float32)
        halo = np.zeros((height, width, 3), np.float32)
        for lamp, colour in zip(lamps, colours, strict=True):
            away = ((columns - lamp.x[i]) ** 2 + (rows - lamp.y[i]) ** 2)[..., None] / (0.02 * height) ** 2
            light += 0.35 / (1 + away / 30)
            halo += colour * (0.5 / (1 + away) + 0.9 * (away < 1))
        yield noisy(np.clip(10 + street * light + halo, 0, 255).astype(np.uint8))


def anime(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
    """Flat outlined figures drawn on twos, lips on threes, before a town that the camera pans over on every frame."""
    way = 1.1 * width / 480 * (np.arange(count) + 8 * (1 + wander(count, rng, 120)))
    town = _town(int(width * 1.3 + way.max() - way.min()), height, rng)
    drawings = (count + 1) // 2
    figures = [_figure(mover(drawings, width, height, rng, share=s, speed=v), rng) for s, v in ((0.4, 3), (0.55, 1))]
    talks = bursts(count // 3 + 1, rng, 6, 12) & (np.arange(count // 3 + 1) % 2 == 0)
    for i in range(count):
        frame = view(town, width * 0.6 + way[i] - way.min(), height / 2, width, height)
        for figure in figures:
            paste(frame, figure, i // 2)
        at = (round(float(figures[1].x[i // 2])), round(float(figures[1].y[i // 2]) + 0.09 * height))
        cv2.ellipse(frame, at, (height // 30, 1 + height // 45 * int(talks[i // 3])), 0, 0, 360, (90, 20, 30), -1, 16)
        yield frame


def _town(width: int, height: int, rng: Rng) -> U8:
    """Rows of flat houses with lit windows under a sky of three bands."""
    town = np.empty((height, width, 3), np.uint8)
    for band, colour in enumerate(((120, 170, 230), (150, 190, 235), (190, 215, 240))):
        town[band * height // 3 :] = colour
    for depth in (0.35, 0.5, 0.68):
        x = 0
        while x < width:
            wide, top = int(rng.uniform(0.12, 0.4) * height), int((depth + rng.uniform(-0.14, 0.14)) * height)
            colour = (rng.integers(70, 200, 3) * (0.6 + 0.4 * depth)).astype(int)
            cv2.rectangle(town, (x, top), (x + wide, height), colour.tolist(), -1)
            cv2.rectangle(town, (x, top), (x + wide, height), (35, 30, 40), 1)
            for y in range(top + 8, height, 16):
                for u in range(x + 6, x + wide - 10, 14):
                    if rng.random() < 0.5:
                        cv2.rectangle(town, (u, y), (u + 6, y + 8), (250, 230, 150), -1)
            x += wide + int(rng.uniform(0, 0.1) * height)
    return town


def _figure(sprite: Mover, rng: Rng) -> Mover:
    """A face in two tones with hair and large eyes, outlined."""
    side = sprite.alpha.shape[0]
    picture = np.full((side, side, 3), (250, 215, 190), np.uint8)
    cv2.rectangle(picture, (side * 2 // 3, 0), (side, side), (225, 180, 155), -1)
    hair = np.array(
        [
            (0, 0),
            (side, 0),
            (side, side // 2),
            *((side * k // 6, side * (3 + k % 2) // 10) for k in (5, 4, 3, 2, 1)),
            (0, side // 2),
        ]
    )
    cv2.fillPoly(picture, [hair.astype(np.int32)], rng.integers(30, 220, 3).tolist(), cv2.LINE_AA)
    for x in (0.38, 0.62):
        centre = (int(side * x), int(side * 0.5))
        cv2.ellipse(picture, centre, (side // 18 + 1, side // 11 + 1), 0, 0, 360, (30, 25, 60), -1, cv2.LINE_AA)
        cv2.circle(picture, (centre[0] + side // 40, centre[1] - side // 30), max(side // 45, 1), (255, 255, 255), -1)
    edge = cv2.bitwise_not(cv2.morphologyEx(sprite.alpha, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
    picture = cv2.multiply(picture, cv2.cvtColor(edge, cv2.COLOR_GRAY2BGR), scale=1 / 255)
    still = np.ones_like(sprite.zoom)
    return Mover(picture, sprite.alpha, sprite.x, sprite.y, sprite.turn / 2, still)

"""Kinds of synthetic footage that no parameter was chosen on, for reporting only; another sort of motion and look each.

Nobody looks at results on single pairs of these while choosing anything; a kind that was looked at moves to `scenes`.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from support.scene_elements import (
    F32,
    Mover,
    Picture,
    Rng,
    bursts,
    grain,
    mover,
    oval,
    paste,
    sensor,
    texture,
    view,
    wander,
)


def foliage(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """Leaves all over the frame sway in gusts, two layers of them, under sensor noise; the camera stands still."""
    behind, before = (texture(width + 80, height + 80, rng, leaves) for leaves in (2500, 1500))
    gaps = grain(width + 80, height + 80, rng, 1.2)
    alpha = np.clip(gaps * 400 + 128, 0, 255).astype(np.uint8)
    swaying = [_sway(count, width, height, rng, reach) for reach in (1.6, 3.2)]
    noisy = sensor(rng, width, height, 2.5)
    for far, near in zip(*swaying, strict=True):
        over = cv2.cvtColor(cv2.remap(alpha, near[0], near[1], cv2.INTER_LINEAR), cv2.COLOR_GRAY2BGR)
        leaves = cv2.multiply(cv2.remap(before, near[0], near[1], cv2.INTER_LINEAR), over, scale=1 / 255)
        shade = cv2.convertScaleAbs(cv2.remap(behind, far[0], far[1], cv2.INTER_LINEAR), alpha=0.6)
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


def crowd(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
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


def anime(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
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
        gape = 1 + height // 45 if talks[i // 3] else 1
        cv2.ellipse(frame, at, (height // 30, gape), 0, 0, 360, (90, 20, 30), -1, 16)
        yield frame


def _town(width: int, height: int, rng: Rng) -> Picture:
    """Rows of flat houses with lit windows under a sky of three bands."""
    town = np.empty((height, width, 3), np.uint8)
    for band, colour in enumerate(((120, 170, 230), (150, 190, 235), (190, 215, 240))):
        town[band * height // 3 :] = colour
    for depth in (0.35, 0.5, 0.68):
        x = 0
        while x < width:
            wide, top = int(rng.uniform(0.12, 0.4) * height), int((depth + rng.uniform(-0.14, 0.14)) * height)
            paint = (rng.integers(70, 200, 3) * (0.6 + 0.4 * depth)).astype(int)
            cv2.rectangle(town, (x, top), (x + wide, height), paint.tolist(), -1)
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


def harbour(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A fixed telephoto over water in a low sun: swell and glitter, a hazy shore, boats that bob, one that sails by."""
    horizon = round(0.34 * height)
    shore = _shore(width, horizon, rng)
    boats = [_boat(count, width, height, rng, depth, speed=0.35 if n == 2 else 0.0) for n, depth in enumerate(BERTHS)]
    mirror = cv2.resize(shore[::-1], (width, height - horizon))
    rows, columns = np.mgrid[: height - horizon, :width].astype(np.float32)
    lane = np.exp(-(((columns / width - rng.uniform(0.3, 0.7)) / (0.1 + 0.25 * rows / height)) ** 2))
    reach = (0.25 + rows / rows.max()) * height / 270
    body = np.array((17, 31, 35), np.float32) + 24 * np.exp(-rows / (0.1 * height))[..., None]
    noisy = sensor(rng, width, height, 1.0)
    for i, (across, along) in enumerate(_swell(count, height - horizon, width, rng)):
        under = mirror.copy()
        for _, image in boats:
            paste(under, image, i, 0, -horizon)
        at = columns + 3 * reach * across, rows + 7 * reach * along
        reflection = cv2.remap(under, at[0], at[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        light = 9 * along + 240 * lane * np.clip(along - 1.1 + 0.4 * lane, 0, 1)
        water = np.float32(0.62) * reflection + body + light[..., None]
        world = np.concatenate([shore, np.clip(water, 0, 255).astype(np.uint8)])
        for boat, _ in boats:
            paste(world, boat, i)
        yield noisy(world)


def _swell(count: int, height: int, width: int, rng: Rng) -> Iterator[tuple[F32, F32]]:
    """Slopes of water across and along a low view, unit deviation: deep-water waves of all lengths up to 6 m."""
    n, tile_m = 256, 24
    ky, kx = np.meshgrid(np.fft.fftfreq(n, 1 / n), np.fft.rfftfreq(n, 1 / n), indexing="ij")
    k = np.maximum(np.hypot(ky, kx), 0.5)
    wind = rng.uniform(0.9, 2.2)
    power = np.exp(-((4 / k) ** 2) - (k / 70) ** 2) / k**1.7
    power *= 0.15 + np.abs(kx * np.cos(wind) + ky * np.sin(wind)) / k
    waves = power * (rng.normal(size=k.shape) + 1j * rng.normal(size=k.shape))
    turning = 1j * np.sqrt(9.8 * 2 * np.pi * k / tile_m) / 30  # radians a frame, of gravity waves at 30 fps
    rows, columns = np.mgrid[1 : height + 1, :width]
    x, z = (columns / width - 0.5) * 14 * height / rows, 30 * height / rows
    turned = (x * np.cos(0.6) - z * np.sin(0.6)) / 1.31, (x * np.sin(0.6) + z * np.cos(0.6)) / 1.31
    layers = [[(n / tile_m * c % n).astype(np.float32) for c in each] for each in ((x, z), turned)]  # hides the tiles
    for i in range(count):
        now = waves * np.exp(turning * i)
        slopes = [np.fft.irfft2(1j * c * now, (n, n)).astype(np.float32) for c in (kx, ky)]
        field = cv2.merge([slope / slope.std() / np.float32(np.sqrt(2)) for slope in slopes])
        near, far = (
            cv2.remap(field, each[0], each[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP) for each in layers
        )
        across, along = cv2.split(near + far)
        yield across, along


def _shore(width: int, height: int, rng: Rng) -> Picture:
    """Sky, two hazy ridges and a row of houses at the waterline."""
    sky = np.linspace((150, 180, 215), (240, 220, 190), height)[:, None]
    land = np.clip(sky + 6 * grain(width, height, rng, 1.7)[..., None], 0, 255).astype(np.uint8)
    for top, haze in ((0.45, 0.7), (0.68, 0.45)):
        ridge = height * (top + 0.09 * wander(width, rng, width / 3)) + 0.6 * wander(width, rng, 7)
        hill = cv2.addWeighted(texture(width, height, rng, 150), 0.7 * (1 - haze), land, haze, 0)
        land = np.where((np.arange(height)[:, None] > ridge)[..., None], hill, land)
    x = 0
    while x < width:
        w, h = (int(height * share) for share in rng.uniform((0.1, 0.08), (0.3, 0.24)))
        colour = rng.uniform(120, 215) + rng.integers(-18, 18, 3)
        cv2.rectangle(land, (x, height - h), (x + w, height), colour.tolist(), -1)
        for u in range(x + 3, x + w - 4, 7):
            cv2.rectangle(land, (u, height - h + 3), (u + 2, height - h + 6), (70, 75, 90), -1)
        x += w + int(rng.exponential(0.1) * height)
    return land


BERTHS = (0.06, 0.12, 0.22, 0.35, 0.5, 0.72)  # of the boats, from the horizon down to the lower edge


def _boat(count: int, width: int, height: int, rng: Rng, depth: float, speed: float) -> tuple[Mover, Mover]:
    """A yacht and its mirror image; `speed` px a frame at 480 px width."""
    side = int(height * (0.2 + 0.5 * depth))
    picture, alpha = np.full((side, side, 3), 90, np.uint8), np.zeros((side, side), np.uint8)
    hull = [(0.06, 0.66), (0.94, 0.62), (0.82, 0.8), (0.16, 0.8)]
    stripe = [(0.09, 0.7), (0.91, 0.665), (0.89, 0.69), (0.1, 0.73)]
    cabin = [(0.28, 0.65), (0.32, 0.54), (0.6, 0.54), (0.68, 0.64)]
    sail = [(0.52, 0.52), (0.9, 0.55), (0.9, 0.58), (0.52, 0.57)]
    for outline, dark in ((hull, 150), (stripe, 10), (cabin, 120), (sail, 30)):
        corners = [np.round(np.array(outline) * side * 8).astype(np.int32)]
        colour = dark + rng.uniform(0, 60) + rng.integers(-10, 40, 3)
        cv2.fillPoly(picture, corners, colour.tolist(), cv2.LINE_AA, 3)
        cv2.fillPoly(alpha, corners, 255, cv2.LINE_AA, 3)
    for foot, opacity in ((0.5, 255), (0.1, 110), (0.92, 110)):
        ends = ((side // 2, side // 25), (int(foot * side), int(0.64 * side)))
        cv2.line(alpha, *ends, opacity, max(side // 60, 1), cv2.LINE_AA)
    pace, line = 22 + 30 * depth, (0.34 + 0.6 * depth) * height
    heave, turn = 0.012 * side * wander(count, rng, pace), 1.8 * wander(count, rng, 1.3 * pace)
    x = (rng.random() + speed / 480 * np.arange(count)) * width + 0.02 * side * wander(count, rng, 4 * pace)
    still = np.ones(count, np.float32)
    image = Mover(picture[::-1] // 3 * 2, alpha[::-1].copy(), x, line + 0.3 * side - heave, -turn, still)
    return Mover(picture, alpha, x, line - 0.3 * side + heave, turn, still), image


def stage(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A concert in haze: beams sweep and change colour, strobes fire, four people play, heads bounce in front."""
    back = cv2.convertScaleAbs(texture(width, height, rng, 220), alpha=0.55)
    floor = back[int(0.78 * height) :]
    floor[:] = floor // 2
    players = [_player(count, width, height, rng, x) for x in (0.2, 0.42, 0.6, 0.82)]
    heads = rng.uniform((0, 0.88, 0.045), (1, 1.0, 0.075), (17, 3))
    beat = 0.5 * np.arange(count) / 7.3 + 0.1 * wander(count, rng, 60)
    lags, eager = rng.normal(0, 0.5, 17), [0.02 + 0.01 * wander(count, rng, 50) for _ in heads]
    bounce = [np.abs(np.sin(np.pi * beat + lag)) * reach for lag, reach in zip(lags, eager, strict=True)]
    flash = bursts(count, rng, 45, 14) & (rng.random(count) < 0.35)
    noisy, exposure = sensor(rng, width, height, 3.0), 1.0
    for i, (lit, haze) in enumerate(_beams(count, width, height, rng)):
        frame = back.copy()
        for body, arms in players:
            paste(frame, body, i)
            for arm in arms:
                paste(frame, arm, i)
        exposure += 0.12 * (0.45 / (0.15 + float(lit.mean()) + 0.5 * flash[i]) - exposure)
        light = np.float32(0.07 + 1.1 * flash[i]) + lit
        hazy = exposure * (frame * cv2.resize(light, (width, height)) + 105 * cv2.resize(haze, (width, height)))
        frame = np.clip(hazy, 0, 255).astype(np.uint8)
        for (x, y, size), up in zip(heads, bounce, strict=True):
            at, radius = (x * width, (y - up[i]) * height), size * height
            oval(frame, at, (radius * 0.8, radius), (12, 9, 13))
            oval(frame, (at[0], at[1] + 2.3 * radius), (2 * radius, 1.5 * radius), (9, 7, 10))
        yield noisy(frame)


def _beams(count: int, width: int, height: int, rng: Rng) -> Iterator[tuple[F32, F32]]:
    """Light of seven lamps where it falls, and what haze scatters of it, f32 [height / 4 + 1, width / 4 + 1, 3]."""
    rows, columns = (np.mgrid[: height // 4 + 1, : width // 4 + 1] * 4 / height).astype(np.float32)
    lamps = np.linspace(0.06, 0.94, 7, dtype=np.float32)[:, None, None] * width / height
    tilt = np.array([0.45 * wander(count, rng, rng.uniform(35, 70)) for _ in range(7)])
    cue = np.cumsum(rng.random(count) < 1 / 24)
    hues = np.eye(3)[rng.integers(0, 3, (cue[-1] + 1, 2, 7))].max(1) * 0.85 + 0.15
    power = rng.choice((0.0, 0.5, 1.0), (cue[-1] + 1, 7))[..., None] * hues
    clouds = [4 + grain(2 * columns.shape[1], columns.shape[0], rng, 1.3) for _ in range(2)]
    drift = np.cumsum(0.5 + 0.2 * wander(count, rng, 60))
    for i in range(count):
        away = columns - lamps - rows * tilt[:, i, None, None].astype(np.float32)
        beam = np.exp(-((away / (0.015 + 0.11 * rows)) ** 2)) / (0.4 + rows)
        lit = np.tensordot(beam, power[cue[i]].astype(np.float32), (0, 0))
        parts = [np.roll(c, int(s * drift[i]), 1)[:, : columns.shape[1]] for c, s in zip(clouds, (1, -2), strict=True)]
        yield lit, lit * (parts[0] * parts[1] / 20)[..., None] * (1 - 0.6 * rows[..., None])


def _player(count: int, width: int, height: int, rng: Rng, at: float) -> tuple[Mover, list[Mover]]:
    """Someone who sways and walks a little, and two arms that swing from the shoulders."""
    side, still = int(0.5 * height), np.ones(count, np.float32)
    body, arm = np.zeros((2, side, side), np.uint8)
    cv2.ellipse(body, (side // 2, side // 8), (side // 15, side // 11), 0, 0, 360, 255, -1, cv2.LINE_AA)
    left = [(0.5, 0.65), (0.45, 1), (0.35, 1), (0.42, 0.55), (0.4, 0.22)]
    outline = [*left, *((1 - x, y) for x, y in reversed(left))]
    cv2.fillPoly(body, [np.round(np.array(outline) * side * 8).astype(np.int32)], 255, cv2.LINE_AA, 3)
    cv2.line(arm, (side // 2, side // 2), (side // 2, side * 4 // 5), 255, side // 16, cv2.LINE_AA)
    cloth = cv2.convertScaleAbs(texture(side, side, rng, 90), alpha=rng.uniform(0.5, 1.4))
    cv2.circle(cloth, (side // 2, side // 8), side // 10, (215, 175, 150), -1)
    x = at * width + 0.03 * width * wander(count, rng, 110) + 0.006 * width * wander(count, rng, 22)
    y = 0.6 * height + 0.008 * height * wander(count, rng, 13)
    turn = 4 * wander(count, rng, 24)
    arms = []
    for shoulder, pose in ((-0.1, -50), (0.1, 40)):
        swing = pose + 28 * wander(count, rng, rng.uniform(9, 30))
        arms.append(Mover(cloth, arm, x + shoulder * side, y - 0.24 * side, swing, still))
    return Mover(cloth, body, x, y, turn, still), arms


def interview(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """Someone listens and answers, filmed by hand through a long lens: hardly any motion before a blurred street."""
    street = _street(int(1.3 * width), int(1.3 * height), rng)
    passers = [_unfocused(mover(count, width, height, rng, share=0.7, speed=v)) for v in (0.5, 0.9)]
    face, coat = (_bust(int(share * height), rng, hem) for share, hem in ((0.62, -0.5), (1.25, 1.5)))
    shake = [0.01 * height * wander(count, rng, 90) + 0.0022 * height * wander(count, rng, 13) for _ in "xy"]
    roll, breath = 0.25 * wander(count, rng, 70), np.sin(np.arange(count) / 14.5 + 0.7 * wander(count, rng, 150))
    nod, lean = (wander(count, rng, pace) for pace in (38, 170))
    speaks = np.convolve(bursts(count, rng, 60, 50), np.hanning(9) / 4)[:count] * (0.5 + 0.5 * wander(count, rng, 6))
    blink = np.convolve(bursts(count, rng, 60, 2), np.hanning(5) / 2)[:count].clip(0, 1)
    x = 0.56 * width + 0.006 * height * lean + shake[0]
    y = 0.42 * height + 0.004 * height * nod - 0.002 * height * breath + shake[1]
    size, low = 1 + 0.004 * lean, 1.12 * height + shake[1] - 0.004 * height * breath
    trunk = Mover(*coat, x - 0.003 * height * lean, low, roll, size + 0.003 * breath)
    noisy = sensor(rng, width, height, 3.2)
    for i in range(count):
        at = (0.65 * width - 0.8 * shake[0][i], 0.65 * height - 0.8 * shake[1][i])
        frame = view(street, *at, width, height, float(roll[i]))
        for passer in passers:
            paste(frame, passer, i, 0.8 * shake[0][i], 0.8 * shake[1][i])
        paste(frame, trunk, i)
        head = Mover(_features(face[0], blink[i], max(speaks[i], 0)), face[1], x, y, roll + 1.2 * nod, size)
        paste(frame, head, i)
        yield noisy(frame)


def _street(width: int, height: int, rng: Rng) -> Picture:
    """A town far out of focus: soft patches, and each bright point a disc."""
    street = cv2.GaussianBlur(texture(width, height, rng, 250), (0, 0), height / 32)
    for x, y, size in rng.uniform((0, 0, 0.02), (width, 0.7 * height, 0.045), (34, 3)):
        disc = np.zeros_like(street)
        oval(disc, (x, y), (size * height,) * 2, tuple((rng.uniform(0.15, 0.5) * rng.uniform(150, 255, 3)).tolist()))
        street = cv2.add(street, cv2.GaussianBlur(disc, (0, 0), 0.8))
    return street


def _unfocused(sprite: Mover) -> Mover:
    """The mover far from where the lens is focused."""
    picture, alpha = (cv2.GaussianBlur(sharp, (0, 0), len(sharp) / 20) for sharp in (sprite.picture, sprite.alpha))
    return Mover(picture, alpha, sprite.x, sprite.y, sprite.turn, sprite.zoom)


def _bust(side: int, rng: Rng, hem: float) -> tuple[Picture, Picture]:
    """Hair or cloth down to `hem` (-1 is the top), skin below, rounded and lit from the left; its opacity."""
    rows, columns = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32)
    alpha = 255 * (1 - np.hypot(columns / 0.68, rows / 0.92) ** 6).clip(0, 0.04) / 0.04
    light = (0.85 - 0.3 * columns - 0.12 * columns**2)[..., None]
    skin = np.array((240, 185, 155), np.float32) * np.float32(rng.uniform(0.5, 1)) * light
    skin += (3.5 * grain(side, side, rng, 0.3) + 4 * grain(side, side, rng, 1.2))[..., None]
    strands = np.sin(60 * np.hypot(columns, rows - 0.5) + 2.5 * grain(side, side, rng, 1.6))
    strands += 0.6 * grain(side, side, rng, 0.4)
    hair = np.float32(rng.uniform(30, 110) + rng.uniform(0, 22, 3)) * light + 14 * strands[..., None]
    is_hair = rows < hem + 0.2 * columns + 5 * np.abs(columns) ** 4 + 0.03 * wander(side, rng, side / 9)
    picture = np.where(is_hair[..., None], hair, skin)
    return np.clip(picture, 0, 255).astype(np.uint8), cv2.GaussianBlur(alpha.astype(np.uint8), (0, 0), 0.9)


def _features(face: Picture, blink: float, opening: float) -> Picture:
    """The face with its eyes closed by the share `blink`, its mouth open by `opening`."""
    face, side = face.copy(), len(face)
    for x in (0.37, 0.6):
        oval(face, (x * side, 0.43 * side), (0.055 * side, 0.008 * side), (70, 45, 35))
        oval(face, (x * side, 0.49 * side), (0.045 * side, (0.005 + 0.02 * (1 - blink)) * side), (225, 220, 215))
        oval(face, (x * side, 0.49 * side), (0.02 * side, (0.004 + 0.018 * (1 - blink)) * side), (40, 30, 25))
    oval(face, (0.49 * side, 0.62 * side), (0.035 * side, 0.02 * side), (130, 85, 70))
    oval(face, (0.49 * side, 0.74 * side), (0.1 * side, (0.018 + 0.035 * opening) * side), (150, 70, 70))
    oval(face, (0.49 * side, 0.74 * side), (0.08 * side, (0.004 + 0.028 * opening) * side), (50, 20, 25))
    return face

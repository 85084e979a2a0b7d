"""Kinds of synthetic footage that parameters may be chosen on: each yields u8 [height, width, 3] RGB pictures."""

from collections.abc import Iterator

import cv2
import numpy as np

from support.scene_elements import Mover, Picture, Rng, bursts, grain, mover, oval, paste, sensor, texture, view, wander


def tripod(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """Fixed camera, movers that cross and hide each other."""
    world = texture(width, height, rng)
    movers = [mover(count, width, height, rng, share=s, speed=v) for s, v in ((0.2, 1), (0.3, 2), (0.4, 3), (0.25, 2))]
    for i in range(count):
        frame = world.copy()
        for sprite in movers:
            paste(frame, sprite, i)
        yield frame


def handheld(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A camera that drifts, shakes and turns a little, movers, slight noise."""
    world = texture(width * 2, height * 2, rng, 900)
    x = width + 0.15 * width * wander(count, rng, 120) + 1.2 * wander(count, rng, 12)
    y = height + 0.1 * height * wander(count, rng, 140) + 1.2 * wander(count, rng, 10)
    turn, zoom = 1.0 * wander(count, rng, 90), 1.1 + 0.04 * wander(count, rng, 160)
    movers = [mover(count, width, height, rng, share=s) for s in (0.3, 0.4, 0.5)]
    noisy = sensor(rng, width, height, 1.5)
    for i in range(count):
        frame = view(world, x[i], y[i], width, height, turn[i], zoom[i])
        for sprite in movers:
            paste(frame, sprite, i, width - x[i], height - y[i])
        yield noisy(frame)


def pan(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A steady camera pan over rich texture; things stand at three depths."""
    speed = 2.2 * width / 480
    way = speed * (np.arange(count) + 6 * wander(count, rng, 150))
    world = texture(int(width * 1.2 + speed * count), int(height * 1.2), rng, 3 * (300 + count))
    things = []
    for depth in np.repeat((1.3, 1.7), 3 + count // 60):
        still = mover(count, width, height, rng, share=0.25 * depth, speed=0)
        reach = width + speed * depth * count
        things.append((depth, rng.uniform(0, reach), still))
    for i in range(count):
        frame = view(world, width * 0.55 + way[i], height * 0.6, width, height)
        for depth, x, still in things:
            paste(frame, still, 0, x - depth * way[i] - still.x[0])
        yield frame


def blank_pan(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A pan over a nearly blank wall: faint plaster, soft light fixed to the camera, a mark here and there."""
    speed = 1.6 * width / 480
    wide = int(width * 1.2 + speed * count)
    wall = 150 + 1.2 * grain(wide, height, rng, 0.8) + 1.5 * grain(wide, height, rng, 1.6)
    for _ in range(max(2, wide // 300)):
        x, y = rng.uniform((0, 0), (wide, height)).astype(int)
        cv2.line(wall, (x, y), (x + int(rng.integers(-20, 20)), y + int(rng.integers(5, 25))), 143.0, 1, cv2.LINE_AA)
    plaster = cv2.merge([np.clip(wall * c, 0, 255).round().astype(np.uint8) for c in (1.0, 0.97, 0.9)])
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = (14 * (columns**2 + rows**2)).astype(np.uint8)[..., None].repeat(3, 2)
    way = speed * (np.arange(count) + 5 * wander(count, rng, 120))
    noisy = sensor(rng, width, height, 1.0)
    for i in range(count):
        yield noisy(cv2.subtract(view(plaster, width * 0.55 + way[i], height / 2, width, height), light))


def talk(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A head before a still room: lips move in bursts, eyes blink, the head sways by half a pixel, no more."""
    room = texture(width, height, rng)
    head = mover(count, width, height, rng, share=0.75, speed=0)
    still = np.ones(count, np.float32)
    x, y = width / 2 + 0.5 * wander(count, rng, 80), height * 0.5 + 0.4 * wander(count, rng, 70)
    head = Mover(cv2.GaussianBlur(head.picture, (0, 0), 3), head.alpha, x, y, 0 * still, still)
    speaks = np.convolve(bursts(count, rng, 25, 50), np.hanning(9) / 4)[:count]
    mouth = speaks * (0.5 + 0.5 * wander(count, rng, 7))
    blink = np.convolve(bursts(count, rng, 70, 2), np.hanning(5) / 2)[:count].clip(0, 1)
    unit = height / 270
    for i in range(count):
        frame = room.copy()
        paste(frame, head, i)
        for side in (-1, 1):
            eye = (x[i] + side * 28 * unit, y[i] - 25 * unit)
            oval(frame, eye, (9 * unit, 5 * unit * (1 - 0.9 * blink[i])), (30, 30, 40))
        oval(frame, (x[i], y[i] + 38 * unit), (20 * unit, 3 + 8 * unit * max(mouth[i], 0)), (110, 35, 40))
        yield frame


def screen(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A screen recording: a page of text that scrolls in bursts, a pointer, typing; long stretches stand still."""
    page = _page(width, height * 6, rng)
    scroll = np.cumsum(bursts(count, rng, 40, 12) * rng.choice((3, 6, 9), count)) % (height * 5)
    points = np.cumsum(bursts(count, rng, 25, 15)[:, None] * rng.normal(1.5, 4, (count, 2)), axis=0)
    typed = np.cumsum(bursts(count, rng, 30, 25) & (np.arange(count) % 3 == 0))
    letters = "".join(rng.choice(list("etaoinshrdlu cmfpg"), count))
    for i in range(count):
        frame = page[scroll[i] : scroll[i] + height].copy()
        cv2.rectangle(frame, (0, 0), (width, 22), (52, 58, 70), -1)
        line = letters[max(0, typed[i] - 50) : typed[i]]
        cv2.putText(frame, "> " + line, (8, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (230, 230, 210), 1, cv2.LINE_AA)
        tip = (np.array((width * 0.4, height * 0.5)) + points[i]) % (width, height)
        arrow = np.round(tip + np.array([(0, 0), (0, 14), (4, 10), (10, 10)])).astype(np.int32)
        cv2.fillPoly(frame, [arrow], (10, 10, 10), cv2.LINE_AA)
        yield frame


def _page(width: int, height: int, rng: Rng) -> Picture:
    page = np.full((height, width, 3), 246, np.uint8)
    y = 40
    while y < height:
        if rng.random() < 0.12:
            box = texture(width // 3, 60, rng, 60)[: height - y]
            page[y : y + len(box), width // 4 : width // 4 + width // 3] = box
            y += 80
        words = " ".join("".join(rng.choice(list("etaoinshrdlucmfpg"), rng.integers(2, 9))) for _ in range(9))
        words = words[: rng.integers(20, 60)]
        colour = (30, 60, 150) if rng.random() < 0.1 else (40, 40, 40)
        cv2.putText(page, words, (24, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)
        y += 17
    return page


def animation(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """Flat shaded, outlined shapes before a flat backdrop that pans at times; every drawing lasts two frames."""
    drawings = (count + 1) // 2
    shift = np.cumsum(bursts(drawings, rng, 30, 20) * 3) % width
    backdrop = _backdrop(width * 2, height, rng)
    shapes = [_flat(mover(drawings, width, height, rng, share=s, speed=5), rng) for s in (0.3, 0.4, 0.5)]
    for n in range(drawings):
        frame = backdrop[:, shift[n] : shift[n] + width].copy()
        for shape in shapes:
            paste(frame, shape, n)
        for _ in range(min(2, count - 2 * n)):
            yield frame


def _backdrop(width: int, height: int, rng: Rng) -> Picture:
    picture = np.full((height, width, 3), (170, 205, 235), np.uint8)
    for depth in np.linspace(0.35, 0.9, 4):
        ridge = height * (depth + 0.1 * wander(width, rng, width / 3))
        outline = np.c_[np.arange(width), ridge].round().astype(np.int32)
        hill = np.concatenate([outline, [(width, height), (0, height)]])
        cv2.fillPoly(picture, [hill], rng.integers(60, 200, 3).tolist(), cv2.LINE_AA)
        cv2.polylines(picture, [outline], False, (30, 30, 30), 2, cv2.LINE_AA)
    return picture


def _flat(sprite: Mover, rng: Rng) -> Mover:
    side = sprite.alpha.shape[0]
    picture = np.full((side, side, 3), rng.integers(60, 250, 3), np.uint8)
    cv2.circle(picture, (side * 2 // 3, side * 2 // 3), side // 3, (picture[0, 0] * 0.75).tolist(), -1, cv2.LINE_AA)
    for x in (0.4, 0.6):
        cv2.circle(picture, (int(side * x), int(side * 0.4)), max(side // 14, 2), (20, 20, 20), -1, cv2.LINE_AA)
    edge = cv2.morphologyEx(sprite.alpha, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8))
    picture = cv2.multiply(picture, cv2.cvtColor(cv2.bitwise_not(edge), cv2.COLOR_GRAY2BGR), scale=1 / 255)
    return Mover(picture, sprite.alpha, sprite.x, sprite.y, sprite.turn, sprite.zoom)


def lowlight(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A tripod scene in the dark: an eighth to a quarter of the light, strong sensor noise."""
    noisy = sensor(rng, width, height, 5.0)
    flicker = 0.22 + 0.02 * wander(count, rng, 200)
    for i, frame in enumerate(tripod(count, width, height, rng)):
        yield noisy(cv2.convertScaleAbs(frame, alpha=float(flicker[i]), beta=8))


def cuts(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """Shots of half a second to two seconds; a third of the changes are dissolves of 12 frames."""
    at = 0
    fading: Iterator[Picture] = iter(())
    while at < count:
        length = int(rng.integers(15, 60))
        fade = 12 if rng.random() < 0.35 else 0
        film = (tripod, handheld, pan)[rng.choice(3)]
        shot = film(length + fade, width, height, rng)
        tail = []
        for k, frame in enumerate(shot):
            if k >= length:
                tail.append(frame)
                continue
            old = next(fading, None)
            if at < count:
                yield frame if old is None else cv2.addWeighted(frame, (k + 1) / 13, old, 1 - (k + 1) / 13, 0)
            at += 1
        fading = iter(tail)


def periodic(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A pendulum whose swing wavers a little: nearly the same picture every 37 frames."""
    world = texture(width, height, rng)
    bob = mover(count, width, height, rng, share=0.3, speed=0)
    phase = 2 * np.pi * np.arange(count) / 37.3 + 0.12 * wander(count, rng, 110)
    angle = (0.65 + 0.02 * wander(count, rng, 90)) * np.sin(phase)
    x = (width / 2 + 0.7 * height * np.sin(angle)).astype(np.float32)
    y = (0.7 * height * np.cos(angle)).astype(np.float32)
    still = np.ones(count, np.float32)
    bob = Mover(bob.picture, bob.alpha, x, y, np.degrees(angle).astype(np.float32), still)
    noisy = sensor(rng, width, height, 1.0)
    for i in range(count):
        frame = world.copy()
        ends = [tuple(round(float(v) * 16) for v in end) for end in ((width / 2, 0), (x[i], y[i]))]
        cv2.line(frame, ends[0], ends[1], (40, 30, 25), 3, cv2.LINE_AA, 4)
        paste(frame, bob, i)
        yield noisy(frame)


def dissolves(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """Stills that drift and grow, each shown for one to two seconds, each fading into the next for most of a second."""
    noisy = sensor(rng, width, height, 0.8)
    shots: list[tuple[int, int, Iterator[Picture]]] = []  # first frame, frames of fading in, pictures
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


def _drifting(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
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


def gallery(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
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


def _hung(width: int, height: int, rng: Rng) -> Picture:
    """A plain wall with framed pictures of many sizes."""
    plaster = np.clip(165 + 2.5 * grain(width, height, rng, 1.0) + 3 * grain(width, height, rng, 1.6), 0, 255)
    wall: Picture = cv2.merge([(plaster * c).astype(np.uint8) for c in (0.95, 0.9, 0.82)])
    x = int(0.03 * width)
    while x < width - 40:
        w, h = (int(height * share) for share in rng.uniform((0.25, 0.3), (0.6, 0.6)))
        w = min(w, width - x - 8)
        y = int(rng.uniform(0.15, 0.8 - h / height) * height)
        cv2.rectangle(wall, (x - 6, y - 6), (x + w + 5, y + h + 5), rng.integers(20, 120, 3).tolist(), -1)
        wall[y : y + h, x : x + w] = texture(w, h, rng, 150)
        x += w + int(rng.uniform(0.12, 0.35) * height)
    return wall


def _stand(frame: Picture, stone: Picture, x: float) -> None:
    """Draw an upright column whose left edge is at x, between pixels too."""
    width, wide = frame.shape[1], stone.shape[1]
    if not -wide - 1 < x < width + 1:
        return
    warp = np.array([[1, 0, x], [0, 1, 0]], np.float32)
    cover = cv2.warpAffine(np.full(stone.shape, 255, np.uint8), warp, (width, frame.shape[0]))
    drawn = cv2.warpAffine(stone, warp, (width, frame.shape[0]))
    frame[:] = cv2.add(drawn, cv2.multiply(frame, cv2.bitwise_not(cover), scale=1 / 255))


def night(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
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
            halo += colour * (0.5 / (1 + away) + np.where(away < 1, 0.9, 0.0))
        yield noisy(np.clip(10 + street * light + halo, 0, 255).astype(np.uint8))


def title(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A title card that fades in over a slowly drifting backdrop: foreign content to insert."""
    world = cv2.GaussianBlur(texture(width * 2, height, rng, 80), (0, 0), 4) // 2
    for i in range(count):
        frame = view(world, width + 0.7 * i, height / 2, width, height)
        bright = min(1.0, (i + 1) / 10)
        colour = [int(255 * bright)] * 3
        for row, words in enumerate(("CHAPTER TWO", "the next day")):
            origin = (width // 6, height * (5 + 2 * row) // 12)
            cv2.putText(frame, words, origin, cv2.FONT_HERSHEY_DUPLEX, width / 400, colour, 2, cv2.LINE_AA)
        yield frame

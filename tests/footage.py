"""Seeded synthetic footage that moves and looks like real video: `frames(kind, count)` yields RGB pictures.

World: dead leaves (occluding shapes of all sizes, each with its own grain), which share the edges and the 1/f spectrum
of photographs. Movers and cameras follow smooth random paths, so no picture comes back unless the kind says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Rng = np.random.Generator
Kind = Callable[[int, int, int, Rng], Iterator[U8]]

SOUND_RATE = 48000
LANDSCAPE, UPRIGHT = (480, 270), (270, 480)


def frames(kind: str, count: int, *, size: tuple[int, int] | None = None, seed: int = 0) -> Iterator[U8]:
    """`count` pictures of a kind of footage, u8 [height, width, 3] RGB; size is (width, height)."""
    width, height = size or (UPRIGHT if kind == "portrait" else LANDSCAPE)
    rng = np.random.default_rng([seed, *kind.encode()])
    return KINDS[kind](count, width, height, rng)


def sound(start_s: float, duration_s: float, *, seed: int = 0) -> F32:
    """Clicks at random times over a wandering tone: the same second of the same seed always sounds the same."""
    first, count = round(start_s * SOUND_RATE), round(duration_s * SOUND_RATE)
    out = np.zeros(count, np.float32)
    for second in range(first // SOUND_RATE, (first + count) // SOUND_RATE + 1):
        part = _second_of_sound(second, seed)
        at = second * SOUND_RATE - first
        a, b = max(at, 0), min(at + SOUND_RATE, count)
        out[a:b] = part[a - at : b - at]
    return out


def _second_of_sound(second: int, seed: int) -> F32:
    rng = np.random.default_rng([seed, second + 1000])
    t = np.arange(SOUND_RATE) / SOUND_RATE
    bounds = np.hanning(SOUND_RATE)
    out = 0.1 * bounds * np.sin(2 * np.pi * (rng.uniform(200, 900) * t + rng.uniform(-150, 150) * t**2))
    for at in rng.integers(0, SOUND_RATE - 2000, 5):
        out[at : at + 2000] += rng.normal(0, 0.3, 2000) * np.exp(-np.arange(2000) / 300)
    return out.astype(np.float32)


# ---- texture and paths


def grain(width: int, height: int, rng: Rng, slope: float = 1.0) -> F32:
    """Noise with a 1/f**slope amplitude spectrum, zero mean, unit deviation, f32 [height, width]."""
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    shape = np.maximum(np.hypot(fy, fx), 1 / max(width, height)) ** -slope
    spectrum = shape * np.exp(2j * np.pi * rng.random(shape.shape))
    out = np.fft.irfft2(spectrum, (height, width)).astype(np.float32)
    return (out - out.mean()) / out.std()


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
    return out.astype(np.float32)


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

    picture: U8
    alpha: U8
    x: F32
    y: F32
    turn: F32
    zoom: F32


def mover(count: int, width: int, height: int, rng: Rng, *, share: float = 0.25, speed: float = 2.0) -> Mover:
    """A blob that crosses the frame to and fro, `speed` px per frame at 480 px width, bobbing, turning, breathing."""
    side = int(share * height * rng.uniform(0.7, 1.3))
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radii = side * (0.4 + 0.035 * sum(np.sin(k * angles + rng.uniform(0, 6.28)) for k in (2, 3, 5)))
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


def paste(frame: U8, sprite: Mover, i: int, dx: float = 0.0, dy: float = 0.0) -> None:
    """Draw the sprite into the frame, anti-aliased, only where it falls."""
    side = sprite.alpha.shape[0]
    reach = int(side * sprite.zoom[i] * 0.75) + 2
    cx, cy = float(sprite.x[i]) + dx, float(sprite.y[i]) + dy
    x0, y0 = max(int(cx) - reach, 0), max(int(cy) - reach, 0)
    x1, y1 = min(int(cx) + reach, frame.shape[1]), min(int(cy) + reach, frame.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    warp = cv2.getRotationMatrix2D((side / 2, side / 2), float(sprite.turn[i]), float(sprite.zoom[i]))
    warp[:, 2] += (cx - side / 2 - x0, cy - side / 2 - y0)
    patch = cv2.warpAffine(sprite.picture, warp, (x1 - x0, y1 - y0), borderMode=cv2.BORDER_REFLECT)
    alpha = cv2.cvtColor(cv2.warpAffine(sprite.alpha, warp, (x1 - x0, y1 - y0)), cv2.COLOR_GRAY2BGR)
    area = frame[y0:y1, x0:x1]
    over = cv2.multiply(patch, alpha, scale=1 / 255)
    area[:] = cv2.add(over, cv2.multiply(area, cv2.bitwise_not(alpha), scale=1 / 255))


def view(world: U8, x: float, y: float, width: int, height: int, turn: float = 0.0, zoom: float = 1.0) -> U8:
    """The world around (x, y), seen by a camera that may be turned and zoomed; mirrored past its edges."""
    warp = cv2.getRotationMatrix2D((x, y), turn, zoom)
    warp[:, 2] += (width / 2 - x, height / 2 - y)
    return cv2.warpAffine(world, warp, (width, height), borderMode=cv2.BORDER_REFLECT)


def sensor(rng: Rng, width: int, height: int, sigma: float) -> Callable[[U8], U8]:
    """Adds fresh-looking noise: windows at random places of a larger field of it."""
    field = rng.normal(0, sigma, (height + 128, width + 128, 3)).round().astype(np.int16)

    def add(frame: U8) -> U8:
        y, x = rng.integers(0, 128, 2)
        noise = field[y : y + height, x : x + width][:: rng.choice((-1, 1)), :: rng.choice((-1, 1))]
        return cv2.add(frame.astype(np.int16), np.ascontiguousarray(noise)).clip(0, 255).astype(np.uint8)

    return add


# ---- kinds


def tripod(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
    """Fixed camera, movers that cross and hide each other."""
    world = texture(width, height, rng)
    movers = [mover(count, width, height, rng, share=s, speed=v) for s, v in ((0.2, 1), (0.3, 2), (0.4, 3), (0.25, 2))]
    for i in range(count):
        frame = world.copy()
        for sprite in movers:
            paste(frame, sprite, i)
        yield frame


def handheld(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
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


def pan(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
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


def blank_pan(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
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


def talk(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
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
            _oval(frame, eye, (9 * unit, 5 * unit * (1 - 0.9 * blink[i])), (30, 30, 40))
        _oval(frame, (x[i], y[i] + 38 * unit), (20 * unit, 3 + 8 * unit * max(mouth[i], 0)), (110, 35, 40))
        yield frame


def _oval(frame: U8, centre: tuple[float, float], radii: tuple[float, float], colour: tuple[int, int, int]) -> None:
    centre8, radii8 = (tuple(round(float(v) * 16) for v in pair) for pair in (centre, radii))
    cv2.ellipse(frame, centre8, radii8, 0, 0, 360, colour, -1, cv2.LINE_AA, 4)


def screen(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
    """A screen recording: a page of text that scrolls in bursts, a pointer, typing; long stretches stand still."""
    page = _page(width, height * 6, rng)
    scroll = np.cumsum(bursts(count, rng, 40, 12) * rng.choice((3, 6, 9), count)) % (height * 5)
    points = np.cumsum(bursts(count, rng, 25, 15)[:, None] * rng.normal(1.5, 4, (count, 2)), axis=0)
    typed = np.cumsum(bursts(count, rng, 30, 25) & (np.arange(count) % 3 == 0))
    letters = "".join(rng.choice(list("etaoinshrdlu cmfpg"), count))
    for i in range(count):
        frame = page[scroll[i] : scroll[i] + height].copy()
        cv2.rectangle(frame, (0, 0), (width, 22), (52, 58, 70), -1)
        shown = letters[max(0, typed[i] - 50) : typed[i]]
        cv2.putText(frame, "> " + shown, (8, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (230, 230, 210), 1, cv2.LINE_AA)
        tip = (np.array((width * 0.4, height * 0.5)) + points[i]) % (width, height)
        arrow = np.round(tip + np.array([(0, 0), (0, 14), (4, 10), (10, 10)])).astype(np.int32)
        cv2.fillPoly(frame, [arrow], (10, 10, 10), cv2.LINE_AA)
        yield frame


def _page(width: int, height: int, rng: Rng) -> U8:
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


def animation(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
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


def _backdrop(width: int, height: int, rng: Rng) -> U8:
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


def lowlight(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
    """A tripod scene in the dark: an eighth to a quarter of the light, strong sensor noise."""
    noisy = sensor(rng, width, height, 5.0)
    flicker = 0.22 + 0.02 * wander(count, rng, 200)
    for i, frame in enumerate(tripod(count, width, height, rng)):
        yield noisy(cv2.convertScaleAbs(frame, alpha=float(flicker[i]), beta=8))


def cuts(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
    """Shots of half a second to two seconds; a third of the changes are dissolves of 12 frames."""
    at, fading = 0, iter(())
    while at < count:
        length = int(rng.integers(15, 60))
        fade = 12 if rng.random() < 0.35 else 0
        film = rng.choice((tripod, handheld, pan))
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


def periodic(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
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


def title(count: int, width: int, height: int, rng: Rng) -> Iterator[U8]:
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


KINDS: dict[str, Kind] = {
    "tripod": tripod,
    "handheld": handheld,
    "pan": pan,
    "blank_pan": blank_pan,
    "talk": talk,
    "screen": screen,
    "animation": animation,
    "lowlight": lowlight,
    "cuts": cuts,
    "periodic": periodic,
    "portrait": handheld,
    "title": title,
}

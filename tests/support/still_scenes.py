"""Footage in which hardly anything moves: wide shots with one small mover, and heads that talk in a dark studio."""

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
    wander,
)

MOUTHS = {  # x, y, width, height in shares of the canvas: where the mouth of a scene opens
    "talk": (0.43, 0.58, 0.14, 0.13),
    "studio": (0.44, 0.56, 0.13, 0.13),
    "newsdesk": (0.53, 0.43, 0.12, 0.12),
    "interview": (0.44, 0.48, 0.2, 0.17),
}


def wide_shot(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A square from far above: all stands still but for one walker, a twentieth as tall as the picture."""
    world = cv2.GaussianBlur(texture(width, height, rng, 700), (0, 0), 0.8)
    walker = mover(count, width, height, rng, share=0.07, speed=0.6)
    x = width * (0.35 + 0.3 * np.arange(count) / count) + 0.01 * width * wander(count, rng, 40)
    y = height * (0.5 + 0.02 * wander(count, rng, 60))
    bright = cv2.convertScaleAbs(walker.picture, alpha=1.2, beta=40)
    walker = Mover(bright, walker.alpha, x.astype(np.float32), y, walker.turn, walker.zoom)
    noisy = sensor(rng, width, height, 0.8)
    for i in range(count):
        frame = world.copy()
        paste(frame, walker, i)
        yield noisy(frame)


def night_street(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A street at night: house fronts in the light of two lamps, a cyclist far off, grain."""
    rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j].astype(np.float32)
    lamps = [np.exp(-(((columns - x) / 0.3) ** 2 + ((rows - 0.3) / 0.5) ** 2)) for x in (0.25, 0.7)]
    front = cv2.convertScaleAbs(texture(width, height, rng, 400), alpha=0.8)
    for left in range(int(0.06 * width), width, int(0.11 * width)):
        cv2.rectangle(front, (left, height // 5), (left + width // 20, int(0.42 * height)), (70, 65, 50), -1)
    still = np.clip(front * (0.12 + 0.5 * (lamps[0] + lamps[1]))[..., None], 0, 255).astype(np.uint8)
    way = width * (0.62 - 0.26 * np.arange(count) / count) + 0.008 * width * wander(count, rng, 30)
    noisy = sensor(rng, width, height, 1.6)
    for i in range(count):
        frame = still.copy()
        x, y = float(way[i]), 0.62 * height + 0.6 * np.sin(i / 3.1)
        oval(frame, (x, y), (0.007 * width, 0.03 * height), (150, 140, 120))
        oval(frame, (x - 0.014 * width, y + 0.03 * height), (0.004 * width, 0.008 * height), (250, 245, 220))
        yield noisy(frame)


def studio(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A head before black, lit from one side: lips move in bursts, eyes blink, the head sways by a pixel."""
    face = _face(int(0.72 * height), rng, lit_from=-1)
    x, y = width / 2 + 1.1 * wander(count, rng, 55), 0.47 * height + 0.8 * wander(count, rng, 48)
    noisy = sensor(rng, width, height, 1.2)
    mouth, blink = _speech(count, rng)
    ground = np.full((height, width, 3), 10, np.uint8)
    for i in range(count):
        frame = ground.copy()
        oval(frame, (x[i] + 2, 1.14 * height), (0.27 * width, 0.38 * height), (24, 26, 38))
        _head(frame, face, (float(x[i]), float(y[i])), (0.1 * height * (0.3 + mouth[i]) / 2, blink[i]))
        yield noisy(frame)


def newsdesk(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """Someone reads the news in a dark set: a panel glows behind, a desk stands in front, the head nods a little."""
    panel = cv2.convertScaleAbs(texture(width // 3, height // 2, rng, 120), alpha=0.35)
    ground = np.full((height, width, 3), (16, 18, 30), np.uint8)
    ground[height // 8 : height // 8 + len(panel), width // 20 : width // 20 + panel.shape[1]] = panel
    face = _face(int(0.5 * height), rng, lit_from=1)
    x, y = 0.59 * width + 0.9 * wander(count, rng, 70), 0.37 * height + 1.0 * wander(count, rng, 33)
    mouth, blink = _speech(count, rng)
    noisy = sensor(rng, width, height, 1.5)
    for i in range(count):
        frame = ground.copy()
        oval(frame, (x[i], 0.92 * height), (0.2 * width, 0.36 * height), (40, 44, 66))
        _head(frame, face, (float(x[i]), float(y[i])), (0.07 * height * (0.3 + mouth[i]) / 2, blink[i]))
        cv2.rectangle(frame, (0, int(0.86 * height)), (width, height), (58, 42, 34), -1)
        yield noisy(frame)


def _speech(count: int, rng: Rng) -> tuple[F32, F32]:
    """How far a mouth is open and how far eyes are closed, 0..1, frame by frame."""
    speaks = np.convolve(bursts(count, rng, 10, 60), np.hanning(9) / 4)[:count]
    mouth = speaks * (0.5 + 0.5 * wander(count, rng, 7))
    blink = np.convolve(bursts(count, rng, 60, 2), np.hanning(5) / 2)[:count]
    return mouth.clip(0, 1).astype(np.float32), blink.clip(0, 1).astype(np.float32)


def _face(side: int, rng: Rng, lit_from: int) -> tuple[Picture, Picture]:
    """Skin and hair, rounded, darker away from the light; its opacity."""
    rows, columns = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32)
    alpha = 255 * (1 - np.hypot(columns / 0.66, rows / 0.92) ** 6).clip(0, 0.05) / 0.05
    light = (0.62 + 0.38 * lit_from * columns - 0.1 * rows**2)[..., None]
    skin = np.array((225, 178, 150), np.float32) * light + 5 * grain(side, side, rng, 1.1)[..., None]
    hair = np.array((70, 52, 40), np.float32) * light + 9 * grain(side, side, rng, 0.7)[..., None]
    picture = np.where((rows < -0.5 + 0.3 * columns**2)[..., None], hair, skin)
    return np.clip(picture, 0, 255).astype(np.uint8), alpha.astype(np.uint8)


def _head(
    frame: Picture, face: tuple[Picture, Picture], at: tuple[float, float], openings: tuple[float, float]
) -> None:
    """Draw a face with its mouth open by openings[0] px and its eyes closed by the share openings[1]."""
    side = len(face[1])
    x, y = at
    one = np.ones(1, np.float32)
    paste(frame, Mover(*face, np.array([x], np.float32), np.array([y], np.float32), 0 * one, one), 0)
    for sign in (-1, 1):
        eye = (x + sign * 0.15 * side, y - 0.1 * side)
        oval(frame, eye, (0.055 * side, 0.006 * side + 0.028 * side * (1 - openings[1])), (45, 35, 32))
    oval(frame, (x, y + 0.25 * side), (0.11 * side, 0.012 * side + openings[0]), (110, 45, 45))

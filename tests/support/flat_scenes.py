"""Footage that is mostly flat: clocks, slides, subtitles, credits, screens. Little detail is all there is to see."""

from collections.abc import Iterator

import cv2
import numpy as np

from support.scene_elements import Picture, Rng

FONT = cv2.FONT_HERSHEY_SIMPLEX
LETTERS = list("etaoinshrdlucmfpg")


def clock(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A running clock on a plain ground: 25 hundredths a second."""
    ground = rng.integers(60, 170, 3)
    for i in range(count):
        frame = np.full((height, width, 3), ground, np.uint8)
        words = f"00:{i // 25:02d}.{4 * (i % 25):02d}"
        _write(frame, words, (0.58 * width, 0.78 * height), height / 330, (255, 255, 255))
        yield frame


def slides(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A talk's slides: a line appears every half second to two, the ground stays; each slide has up to five lines."""
    frame = np.full((height, width, 3), 244, np.uint8)
    at, line = 0, 0
    while at < count:
        if line % 6 == 0:
            frame = np.full((height, width, 3), 244, np.uint8)
            frame[: height // 40] = (40, 70, 130)
            _write(frame, _words(rng, 3), (0.12 * width, 0.24 * height), height / 300, (40, 70, 130))
        else:
            y = (0.28 + 0.11 * (line % 6)) * height
            cv2.circle(
                frame, (int(0.14 * width), int(y - 0.015 * height)), height // 90, (190, 60, 40), -1, cv2.LINE_AA
            )
            _write(frame, _words(rng, 4), (0.17 * width, y), height / 520, (60, 60, 60))
        line += 1
        for _ in range(min(int(rng.integers(12, 50)), count - at)):
            yield frame.copy()
            at += 1


def subtitles(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """White lines on a flat dark ground, one or two at a time, for a second or so, with short pauses."""
    ground = rng.integers(15, 45, 3)
    at = 0
    while at < count:
        frame = np.full((height, width, 3), ground, np.uint8)
        for k in range(int(rng.integers(1, 3))):
            x = rng.uniform(0.14, 0.24) * width
            _write(frame, _words(rng, 4), (x, (0.7 + 0.1 * k) * height), height / 430, (235, 235, 225))
        for length, picture in (
            (rng.integers(15, 40), frame),
            (rng.integers(2, 9), np.full_like(frame, frame[0, 0])),
        ):
            for _ in range(min(int(length), count - at)):
                yield picture.copy()
                at += 1


def credits(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """Names that roll up before black, one px a frame, in pairs of columns."""
    tall = np.zeros((height + count + 60, width, 3), np.uint8)
    for y in range(height // 3, len(tall) - 10, height // 9):
        if rng.random() < 0.75:
            _write(tall, _words(rng, 2), (0.14 * width, y), height / 560, (200, 200, 200))
            _write(tall, _words(rng, 2), (0.52 * width, y), height / 560, (245, 245, 245))
    for i in range(count):
        yield tall[i : i + height].copy()


def recording(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A document on a screen: it stands for half a second and more, scrolls in bursts, or a line is typed under it."""
    page = np.full((height * 5, width, 3), 245, np.uint8)
    for y in range(20, len(page), 15):
        _write(page, _words(rng, int(rng.integers(3, 9))), (20, y), 0.38, (30, 30, 30))
    typed, letters = 0, _words(rng, 30)
    scroll, pace = 0, 3
    for i in range(count):
        phase = i % 150
        typed += 30 <= phase < 60 and phase % 6 == 0
        if phase == 95:
            pace = int(rng.choice((2, 3, 5)))
        scroll += pace * (95 <= phase < 115)
        frame = page[scroll : scroll + height].copy()
        frame[-26:] = 205
        _write(frame, letters[:typed], (10, height - 9), 0.4, (0, 0, 0))
        yield frame


def terminal(count: int, width: int, height: int, rng: Rng) -> Iterator[Picture]:
    """A dark console: lines come in bursts and push the older ones up, a bar of progress fills, then nothing moves."""
    lines = [_words(rng, int(rng.integers(1, 8))) for _ in range(count + 40)]
    inks = rng.integers(110, 255, (len(lines), 3)).tolist()
    shown_lines, filled, row = 12, 0, 14
    for i in range(count):
        phase = i % 110
        shown_lines += 20 <= phase < 44 and phase % 3 == 0
        filled += 60 <= phase < 84 and phase % 4 == 0
        frame = np.full((height, width, 3), (18, 20, 26), np.uint8)
        rows = (height - 40) // row
        first = max(shown_lines - rows, 0)
        for k, line in enumerate(range(first, shown_lines)):
            _write(frame, lines[line], (12, 20 + row * k), 0.36, tuple(inks[line]))
        cv2.rectangle(frame, (12, height - 18), (width - 12, height - 8), (70, 75, 85), 1)
        cv2.rectangle(frame, (14, height - 16), (14 + 9 * (filled % 40), height - 10), (90, 200, 120), -1)
        yield frame


def _words(rng: Rng, count: int) -> str:
    return " ".join("".join(rng.choice(LETTERS, rng.integers(2, 9))) for _ in range(count))


def _write(frame: Picture, words: str, at: tuple[float, float], size: float, ink: tuple[int, int, int]) -> None:
    cv2.putText(frame, words, (int(at[0]), int(at[1])), FONT, size, ink, 1, cv2.LINE_AA)

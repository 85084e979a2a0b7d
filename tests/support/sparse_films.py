"""Films with little to see: a clock, slides, subtitles or a cursor on plain ground, u8 [n, h, w]."""

import cv2
import numpy as np

from support.picture_edits import U8

SIZE = (320, 180)
RATE = 25
TEXT = 60  # frames from one text to the next
BLANK = 15  # of them without a text
LINES = ("Where were you?", "At sea, all night", "No.", "They came at dawn", "and nobody spoke")


def clock(count: int) -> U8:
    """It shows hundredths of seconds."""
    return _drawn([(f"{n // RATE:02d}.{n % RATE * 4:02d}", 150, 130) for n in range(count)], ground=70)


def slow_clock(count: int) -> U8:
    """It shows seconds."""
    return _drawn([(f"00:{n // RATE:02d}", 150, 130) for n in range(count)], ground=70)


def slides(count: int) -> U8:
    """Titles, and a bar that grows by a px a frame."""
    frames = _drawn([(LINES[n // TEXT], 30, 60) for n in range(count)], ground=230)
    for n, frame in enumerate(frames):
        frame[170:173, : 20 + n] = 40
    return frames


def subtitles(count: int) -> U8:
    """Nothing in between."""
    texts = [LINES[n // TEXT] if n % TEXT >= BLANK else "" for n in range(count)]
    return _drawn([(text, 70, 150) for text in texts], ground=16)


def cursor(count: int) -> U8:
    frames = _drawn([("File  Edit  View", 14, 22)] * count, ground=225)
    for n, frame in enumerate(frames):
        x, y = round(150 + 60 * np.sin(n * 0.08)), round(95 + 30 * np.cos(n * 0.05))
        frame[y : y + 9, x : x + 9] = 20
    return frames


def _drawn(texts: list[tuple[str, int, int]], ground: int) -> U8:
    frames = np.full((len(texts), SIZE[1], SIZE[0]), ground, np.uint8)
    ink = 15 if ground > 128 else 235
    for frame, (text, x, y) in zip(frames, texts, strict=True):
        cv2.putText(frame, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, ink, 2, cv2.LINE_AA)
    return frames

"""What a script does in place of an analysis: matchTemplate of one FG frame, then an argmin of frame differences.

Run as a program of its own: BG FG FOUND. FG keeps its size; each FG frame is given the BG frame that differs least at
the place found, at a quarter of the size.
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np

STEP = 10  # BG frames between those that the FG frame is looked for in
QUARTER = 4  # px that become one where frames are compared


def frames(path: str) -> list[np.ndarray]:
    """Grey levels of all frames."""
    reader = cv2.VideoCapture(path)
    held: list[np.ndarray] = []
    while True:
        has_frame, picture = reader.read()
        if not has_frame:
            return held
        held.append(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))


def locate(bg: list[np.ndarray], picture: np.ndarray) -> tuple[int, int]:
    """Left and top of the best match."""
    found = [cv2.minMaxLoc(cv2.matchTemplate(frame, picture, cv2.TM_CCOEFF_NORMED)) for frame in bg[::STEP]]
    _, _, _, (x, y) = max(found, key=lambda match: match[1])
    return int(x), int(y)


def small(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape
    size = max(width // QUARTER, 1), max(height // QUARTER, 1)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def least_different(bg: list[np.ndarray], fg: list[np.ndarray], x: int, y: int) -> list[int]:
    """BG frame of each FG frame."""
    height, width = fg[0].shape
    crops = np.stack([small(frame[y : y + height, x : x + width]) for frame in bg])
    return [int(np.abs(crops - small(frame)).mean(axis=(1, 2)).argmin()) for frame in fg]


if __name__ == "__main__":
    bg_path, fg_path, found = sys.argv[1:]
    bg, fg = frames(bg_path), frames(fg_path)
    height, width = fg[0].shape
    x, y = locate(bg, fg[len(fg) // 2])
    place = {"x": x, "y": y, "width": width, "height": height}
    Path(found).write_text(json.dumps({**place, "map": least_different(bg, fg, x, y)}))

"""The demo's pair of clips, whose alignment is known: a swaying scene with sound, and a re-graded crop of it.

FG starts later than BG, ends earlier, and leaves some frames out, so that placement, offset and drops can be checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from vidkompy.errors import OutputError
from vidkompy.media.atomic_outputs import staged_output
from vidkompy.model import I64, U8, Sidecar

CANVAS_SIZE = (640, 360)
FG_RECT = (102, 54, 384, 216)  # x, y, width, height
FRAME_RATE = 30
SAMPLE_RATE = 48000
BG_FRAMES = 180
FIRST_BG_FRAME = 36  # under FG frame 0
BG_FRAMES_BEHIND = 12  # FG's last one
DROPPED_FRAMES = (20, 55, 90)  # FG leaves these frames of the crop out


def write_pair(bg: Path, fg: Path, overwrite: bool, frames: int = BG_FRAMES) -> None:
    """Write both files, folders included; `frames` of BG. Raises OutputError."""
    try:
        bg.parent.mkdir(parents=True, exist_ok=True)
        with staged_output(bg, overwrite) as staged_bg, staged_output(fg, overwrite) as staged_fg:
            _encode_clip(staged_bg.path, scene(frames), frames)
            bg_indices = true_map(frames)
            bg_frames = dict(enumerate(scene(frames)))
            _encode_clip(staged_fg.path, (_regraded(bg_frames[int(j)]) for j in bg_indices), len(bg_indices))
            staged_bg.publish()
            staged_fg.publish()
    except OSError as e:
        reason = (e.strerror or str(e)).lower()
        raise OutputError(f"cannot write the demo into '{bg.parent}': {reason}; name a folder with -o") from e


def is_as_made(sidecar: Sidecar, frames: int = BG_FRAMES) -> bool:
    """Whether an analysis measured what `write_pair` made. frames: of BG."""
    place = sidecar.placement
    is_placed = (place.x, place.y, place.width, place.height) == FG_RECT
    return is_placed and np.array_equal(sidecar.frame_map.bg, true_map(frames))


def true_map(frames: int = BG_FRAMES) -> I64:
    """i64 [n]: BG frame under each FG frame. frames: of BG."""
    count = frames - FIRST_BG_FRAME - BG_FRAMES_BEHIND
    kept = [k for k in range(count) if k not in DROPPED_FRAMES]
    return np.array(kept, np.int64) + FIRST_BG_FRAME


def scene(count: int) -> Iterator[U8]:
    """u8 [360, 640, 3] RGB: textured ground seen by a swaying camera, with things moving over it."""
    rng = np.random.default_rng(7)
    width, height = CANVAS_SIZE
    ground = _texture(rng, (height + 160, width + 240))
    movers = [(_texture(rng, (70, 70)), rng.uniform(0, 6.28, 4), rng.uniform(0.02, 0.06, 2)) for _ in range(5)]
    disc = np.zeros((70, 70), np.uint8)
    cv2.circle(disc, (35, 35), 34, 255, -1)
    for n in range(count):
        x, y = 120 + 90 * np.sin(n / 37), 80 + 60 * np.sin(n / 29 + 1)
        frame = cv2.getRectSubPix(ground, CANVAS_SIZE, (float(x + width / 2 - 0.5), float(y + height / 2 - 0.5)))
        for texture, phase, speed in movers:
            left = int((width - 70) * (0.5 + 0.5 * np.sin(phase[0] + speed[0] * n)))
            top = int((height - 70) * (0.5 + 0.5 * np.sin(phase[1] + speed[1] * n)))
            frame[top : top + 70, left : left + 70][disc > 0] = texture[disc > 0]
        yield frame  # type: ignore[misc]


def _texture(rng: np.random.Generator, shape: tuple[int, int]) -> U8:
    """u8 [h, w, 3]: noise at all scales, about 1/f like natural images."""
    total = np.zeros(shape, np.float32)
    for k in range(1, 7):
        small = rng.normal(size=(shape[0] // 2**k + 2, shape[1] // 2**k + 2)).astype(np.float32)
        total += cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC) * 2.0 ** (k / 1.5)
    tint = rng.uniform(0.7, 1.1, 3)
    texture: U8 = np.clip((120 + 40 * total / total.std())[..., None] * tint, 0, 255).astype(np.uint8)
    return texture


def _regraded(frame: U8) -> U8:
    x, y, w, h = FG_RECT
    warm = frame[y : y + h, x : x + w] * np.array([1.15, 1.0, 0.8], np.float32) + 10
    return np.clip(warm, 0, 255).astype(np.uint8)


def _encode_clip(path: Path, frames: Iterable[U8], count: int) -> None:
    with av.open(f"file:{path}", "w") as container:
        video = container.add_stream("libx264", rate=FRAME_RATE, options={"crf": "18", "preset": "veryfast"})
        sound = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        video.pix_fmt = "yuv420p"
        for n, rgb in enumerate(frames):
            if not n:
                video.height, video.width = rgb.shape[:2]
            picture = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            picture.pts, picture.time_base = n, Fraction(1, FRAME_RATE)
            container.mux(video.encode(picture))
        container.mux(video.encode())
        for block in _beeps(count * SAMPLE_RATE // FRAME_RATE):
            container.mux(sound.encode(block))
        container.mux(sound.encode())


def _beeps(samples: int) -> Iterator[av.AudioFrame]:
    """Half a second of tone in every second, pitch rising."""
    for start in range(0, samples, 1024):
        t = np.arange(start, min(start + 1024, samples)) / SAMPLE_RATE
        volume = np.where(t % 1 < 0.5, 0.2, 0.0)
        wave = volume * np.sin(2 * np.pi * (330 + 55 * np.floor(t)) * t)
        block = av.AudioFrame.from_ndarray(wave.astype(np.float32)[None], format="fltp", layout="mono")
        block.sample_rate, block.pts, block.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
        yield block

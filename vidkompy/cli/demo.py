"""A pair of clips whose alignment is known: a swaying scene with sound, and a re-graded crop that starts later."""

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

SIZE = (640, 360)
CROP = (102, 54, 384, 216)  # x, y, width, height
RATE = 30
RATE_HZ = 48000
FRAMES = 180
FIRST = 36  # BG frame under FG frame 0
DROPPED = (20, 55, 90)  # FG leaves these frames of the crop out


def synthesise(bg: Path, fg: Path, overwrite: bool) -> None:
    """Writes both files, folders included. Raises OutputError."""
    try:
        bg.parent.mkdir(parents=True, exist_ok=True)
        with staged_output(bg, overwrite) as below, staged_output(fg, overwrite) as above:
            _write(below.path, scene(FRAMES), FRAMES)
            shown = truth()
            frames = dict(enumerate(scene(FRAMES)))
            _write(above.path, (_regraded(frames[int(j)]) for j in shown), len(shown))
            below.publish()
            above.publish()
    except OSError as e:
        reason = (e.strerror or str(e)).lower()
        raise OutputError(f"cannot write the demo into '{bg.parent}': {reason}; name a folder with -o") from e


def is_truth(sidecar: Sidecar) -> bool:
    """Whether an analysis found what `synthesise` made."""
    where = sidecar.placement
    return (where.x, where.y, where.width, where.height) == CROP and np.array_equal(sidecar.frame_map.bg, truth())


def truth() -> I64:
    """i64 [n]: BG frame under each FG frame."""
    kept = [k for k in range(FRAMES - FIRST - 12) if k not in DROPPED]
    return np.array(kept, np.int64) + FIRST


def scene(count: int) -> Iterator[U8]:
    """u8 [360, 640, 3] RGB: textured ground seen by a swaying camera, with things moving over it."""
    rng = np.random.default_rng(7)
    width, height = SIZE
    ground = _texture(rng, (height + 160, width + 240))
    things = [(_texture(rng, (70, 70)), rng.uniform(0, 6.28, 4), rng.uniform(0.02, 0.06, 2)) for _ in range(5)]
    disc = np.zeros((70, 70), np.uint8)
    cv2.circle(disc, (35, 35), 34, 255, -1)
    for n in range(count):
        x, y = 120 + 90 * np.sin(n / 37), 80 + 60 * np.sin(n / 29 + 1)
        frame = cv2.getRectSubPix(ground, SIZE, (float(x + width / 2 - 0.5), float(y + height / 2 - 0.5)))
        for texture, phase, speed in things:
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
    x, y, w, h = CROP
    warm = frame[y : y + h, x : x + w] * np.array([1.15, 1.0, 0.8], np.float32) + 10
    return np.clip(warm, 0, 255).astype(np.uint8)


def _write(path: Path, frames: Iterable[U8], count: int) -> None:
    with av.open(f"file:{path}", "w") as container:
        video = container.add_stream("libx264", rate=RATE, options={"crf": "18", "preset": "veryfast"})
        sound = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        video.pix_fmt = "yuv420p"
        for n, rgb in enumerate(frames):
            if not n:
                video.height, video.width = rgb.shape[:2]
            picture = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            picture.pts, picture.time_base = n, Fraction(1, RATE)
            container.mux(video.encode(picture))
        container.mux(video.encode())
        for block in _beeps(count * RATE_HZ // RATE):
            container.mux(sound.encode(block))
        container.mux(sound.encode())


def _beeps(samples: int) -> Iterator[av.AudioFrame]:
    """Half a second of tone in every second, pitch rising."""
    for start in range(0, samples, 1024):
        t = np.arange(start, min(start + 1024, samples)) / RATE_HZ
        wave = 0.2 * np.sin(2 * np.pi * (330 + 55 * np.floor(t)) * t) * (t % 1 < 0.5)
        block = av.AudioFrame.from_ndarray(wave.astype(np.float32)[None], format="fltp", layout="mono")
        block.sample_rate, block.pts, block.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
        yield block

"""Seeded synthetic footage that moves and looks like real video: `frames(kind, count)` yields RGB pictures.

Movers and cameras follow smooth random paths, so no picture comes back unless the kind says so.
"""

from collections.abc import Callable, Iterator

import numpy as np

from support import flat_scenes, held_out_scenes, held_out_travels, still_scenes, tuning_scenes
from support.scene_elements import F32, U8, Picture, Rng

Kind = Callable[[int, int, int, Rng], Iterator[Picture]]

SOUND_RATE = 48000
LANDSCAPE, UPRIGHT = (480, 270), (270, 480)


def frames(kind: str, count: int, *, size: tuple[int, int] | None = None, seed: int = 0) -> Iterator[U8]:
    """`count` pictures of a kind of footage, u8 [height, width, 3] RGB; size is (width, height)."""
    width, height = size or (UPRIGHT if kind == "portrait" else LANDSCAPE)
    rng = np.random.default_rng([seed, *kind.encode()])
    return (np.asarray(frame, np.uint8) for frame in (KINDS | FLAT_OR_STILL)[kind](count, width, height, rng))


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


KINDS: dict[str, Kind] = {
    "tripod": tuning_scenes.tripod,
    "handheld": tuning_scenes.handheld,
    "pan": tuning_scenes.pan,
    "blank_pan": tuning_scenes.blank_pan,
    "talk": tuning_scenes.talk,
    "screen": tuning_scenes.screen,
    "animation": tuning_scenes.animation,
    "lowlight": tuning_scenes.lowlight,
    "cuts": tuning_scenes.cuts,
    "periodic": tuning_scenes.periodic,
    "portrait": tuning_scenes.handheld,
    "dissolves": tuning_scenes.dissolves,
    "gallery": tuning_scenes.gallery,
    "night": tuning_scenes.night,
    "title": tuning_scenes.title,
    "foliage": held_out_scenes.foliage,
    "crowd": held_out_scenes.crowd,
    "anime": held_out_scenes.anime,
    "harbour": held_out_scenes.harbour,
    "drive": held_out_travels.drive,
    "stage": held_out_scenes.stage,
    "game": held_out_travels.game,
    "interview": held_out_scenes.interview,
}

FLAT_OR_STILL: dict[str, Kind] = {
    "clock": flat_scenes.clock,
    "slides": flat_scenes.slides,
    "subtitles": flat_scenes.subtitles,
    "credits": flat_scenes.credits,
    "recording": flat_scenes.recording,
    "terminal": flat_scenes.terminal,
    "wide_shot": still_scenes.wide_shot,
    "night_street": still_scenes.night_street,
    "studio": still_scenes.studio,
    "newsdesk": still_scenes.newsdesk,
}

"""Difficult pairs whose pictures say little, or in other grey levels. As `difficult_places`."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from support import places
from support.clips import U16, Encoding, encode
from support.difficult_places import BG_QUALITY, FG_QUALITY, late, part, truth_of
from support.difficult_times import faces_lip_synced
from support.picture_edits import U8, Box
from support.reels import Reel
from support.still_scenes import MOUTHS
from support.truth_cases import F64, Recipe, Truth, build

DETAILS = {  # crops in shares of the canvas that hold what little is to be seen
    "clock": (0.45, 0.45, 0.5, 0.5),
    "slides": (0.06, 0.1, 0.72, 0.8),
    "subtitles": (0.08, 0.5, 0.84, 0.46),
    "credits": (0.1, 0.15, 0.8, 0.7),
}


def sparse(reel: Reel, folder: Path) -> Truth:
    """Hardly anything to see: the rest is flat."""
    box = part(reel.canvas, *DETAILS[reel.kind])
    truth = build(Recipe(box, late(reel), encoding=FG_QUALITY), reel.path, folder).truth
    return dataclasses.replace(truth, pictures=reel.standing(box))


def near_still(reel: Reel, folder: Path, *, crf: int = 28) -> Truth:
    """One small thing moves; FG is noisy and heavily compressed."""
    recipe = Recipe(part(reel.canvas), late(reel), noise=3.0, encoding=Encoding(crf=crf), seed=reel.seed)
    return build(recipe, reel.path, folder).truth


def lip_synced(reel: Reel, folder: Path) -> Truth:
    return faces_lip_synced(reel, folder, MOUTHS[reel.kind])


# ---- HDR


def hdr_to_sdr(reel: Reel, folder: Path, *, is_fg_hdr: bool = False) -> Truth:
    """BG is HDR10 and FG its tone-mapped SDR copy; or FG is HDR10, graded up from the SDR BG."""
    frames, box = late(reel), part(reel.canvas)
    wide, narrow = Encoding(crf=16, is_hdr10=True), Encoding(crf=20)
    if is_fg_hdr:
        encode(folder / "bg.mp4", reel.frames(), reel.rate, BG_QUALITY)
        sdr = (frame for j, frame in enumerate(reel.frames()) if frames[0] <= j <= frames[-1])
        encode(folder / "fg.mp4", (graded_up(inside(f, box)) for f in sdr), reel.rate, wide)
    else:
        encode(folder / "bg.mp4", map(graded_up, reel.frames()), reel.rate, wide)
        hdr = (frame for j, frame in enumerate(planes_of_10_bits(folder / "bg.mp4")) if frames[0] <= j <= frames[-1])
        encode(folder / "fg.mp4", (tone_mapped(inside(f, box)) for f in hdr), reel.rate, narrow)
    at = places.constant(len(frames), box)
    return truth_of(frames, at, (box.width, box.height), reel.canvas)


def inside(frame: npt.NDArray[np.generic], box: Box) -> npt.NDArray[np.generic]:
    return frame[:, box.y : box.y + box.height, box.x : box.x + box.width]


def planes_of_10_bits(path: Path) -> Iterator[U16]:
    """Frames of a 10-bit 4:2:0 file, u16 [3, height, width]."""
    with av.open(path) as container:
        for frame in container.decode(video=0):
            packed = frame.to_ndarray()
            height, width = frame.height, frame.width
            chroma = packed[height:].reshape(2, height // 2, width // 2).repeat(2, axis=1).repeat(2, axis=2)
            yield np.concatenate([packed[None, :height], chroma]).astype(np.uint16)


def graded_up(frame: npt.NDArray[np.generic]) -> U16:
    """SDR as HDR10: highlights reach 1000 nits, PQ levels of 10 bits."""
    levels = np.arange(256)
    light = ((levels - 16) / 219).clip(0, 1) ** 2.4
    luma = (64 + 876 * pq(100 * light + 900 * light**4)).round().astype(np.uint16)
    chroma = (512 + 4 * 0.55 * (levels - 128.0)).round().astype(np.uint16)
    return np.stack([table[plane] for table, plane in zip((luma, chroma, chroma), frame, strict=True)])


def tone_mapped(frame: npt.NDArray[np.generic]) -> U8:
    """HDR10 as SDR: Reinhard's curve with a white point of 1000 nits."""
    levels = np.arange(1024)
    light = pq_inverse(((levels - 64) / 876).clip(0, 1)) / 140
    mapped = light * (1 + light / (1000 / 140) ** 2) / (1 + light)
    luma = (16 + 219 * mapped.clip(0, 1) ** (1 / 2.4)).round().astype(np.uint8)
    chroma = (128 + 0.25 * 1.6 * (levels - 512.0)).clip(16, 240).round().astype(np.uint8)
    return np.stack([table[plane] for table, plane in zip((luma, chroma, chroma), frame, strict=True)])


M1, M2, C1, C2, C3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875  # SMPTE ST 2084


def pq(nits: F64) -> F64:
    power = (nits / 10000) ** M1
    level: F64 = ((C1 + C2 * power) / (1 + C3 * power)) ** M2
    return level


def pq_inverse(level: F64) -> F64:
    power = level ** (1 / M2)
    nits: F64 = 10000 * ((power - C1).clip(0) / (C2 - C3 * power)) ** (1 / M1)
    return nits

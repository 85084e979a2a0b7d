"""Difficult pairs whose frames are fields, blends, blank, repeated, left out, or not in BG. As `difficult_places`."""

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from support import constructed_maps, places
from support.clips import Encoding, deinterlaced, encode, picked, planes
from support.constructed_maps import I64
from support.difficult_places import BG_QUALITY, FG_QUALITY, LATE, drawn, late, part, truth_of
from support.picture_edits import U8, Box, cropped
from support.reels import Reel, between, mixed
from support.truth_cases import Truth

FieldOrder = Literal["tff", "bff"]
TOP, BOTTOM = (0, 1, 1, 2, 3), (0, 1, 2, 3, 3)  # film frames in the fields of 5 video frames: 3:2 pulldown
PULLED_FIRST, PULLED_LAST = (0, 1, 2, 4), (0, 1, 3, 4)  # video frames of 5 that show most of each of 4 film frames


def box_and_size(reel: Reel) -> tuple[Box, tuple[int, int]]:
    box = part(reel.canvas)
    return box, (box.width, box.height)


def cut(frames: Iterator[U8 | None], box: Box) -> Iterator[U8]:
    return (cropped(frame, box) for frame in frames if frame is not None)


# ---- fields


def woven(top: U8, bottom: U8) -> U8:
    """Even lines of one frame, odd lines of another."""
    out = bottom.copy()
    out[:, ::2] = top[:, ::2]
    return out


def interlaced(frames: Iterator[U8], field_order: FieldOrder) -> Iterator[U8]:
    """One frame of two, the earlier one in the field that comes first; an odd one at the end is left out."""
    for earlier, later in zip(frames, frames, strict=False):
        yield woven(earlier, later) if field_order == "tff" else woven(later, earlier)


def whole_lines(box: Box) -> Box:
    """The box with its top on a line of the upper field, and a height that interlaced 4:2:0 can have."""
    return box._replace(y=box.y - box.y % 2, height=box.height - box.height % 4)


def write_interlaced_bg(reel: Reel, folder: Path, field_order: FieldOrder) -> tuple[Path, Box]:
    """The file and its canvas."""
    canvas, encoding = whole_lines(reel.canvas), Encoding(crf=17, field_order=field_order)
    frames = interlaced(cut(reel.frames(), canvas), field_order)
    encode(folder / "bg.mp4", frames, reel.rate / 2, encoding)
    return folder / "bg.mp4", canvas


def interlaced_bg(reel: Reel, folder: Path, *, field_order: FieldOrder = "tff") -> Truth:
    """BG is interlaced; FG is cut out of it deinterlaced, one frame for a frame."""
    bg, canvas = write_interlaced_bg(reel, folder, field_order)
    box, size = box_and_size(reel)
    frames = constructed_maps.offset(reel.count // 2, LATE, reel.count // 2 - 2)
    kept = itertools.islice(deinterlaced(bg, field_order), LATE, LATE + len(frames))
    encode(folder / "fg.mp4", cut(kept, box), reel.rate / 2, FG_QUALITY)
    return truth_of(frames, places.constant(len(frames), box), size, canvas)


def interlaced_fg(reel: Reel, folder: Path, *, field_order: FieldOrder = "tff") -> Truth:
    """FG shows two of BG's frames in the fields of each of its own."""
    shutil.copyfile(reel.path, folder / "bg.mp4")
    box = whole_lines(part(reel.canvas))
    size = (box.width, box.height)
    frames = constructed_maps.offset(reel.count // 2)[LATE:-2] * 2 - 1
    both = np.stack([frames, frames + 1], axis=1).ravel()
    fields = interlaced(cut(picked(reel.path, both), box), field_order)
    encode(folder / "fg.mp4", fields, reel.rate / 2, Encoding(crf=20, field_order=field_order))
    return replace(truth_of(frames, places.constant(len(frames), box), size, reel.canvas), low=frames, high=frames + 1)


def bobbed(reel: Reel, folder: Path, *, field_order: FieldOrder = "tff", is_linear: bool = False) -> Truth:
    """BG is interlaced; each FG frame is made of one of its fields, by bwdif or by the mean of the lines about."""
    bg, canvas = write_interlaced_bg(reel, folder, field_order)
    box, size = box_and_size(reel)
    fields = linear_fields(bg, field_order) if is_linear else deinterlaced(bg, field_order, is_bobbed=True)
    frames = np.arange(2 * LATE + 1, 2 * (reel.count // 2) - 4) // 2
    kept = itertools.islice(fields, 2 * LATE + 1, 2 * LATE + 1 + len(frames))
    encode(folder / "fg.mp4", cut(kept, box), reel.rate, FG_QUALITY)
    return truth_of(frames, places.constant(len(frames), box), size, canvas)


def linear_fields(path: Path, field_order: FieldOrder) -> Iterator[U8]:
    """Each field at its own lines, with means between them."""
    for frame in planes(path):
        for first in (0, 1) if field_order == "tff" else (1, 0):
            out = frame.copy()
            lines = np.pad(frame[:, first::2].astype(np.uint16), ((0, 0), (1, 1), (0, 0)), mode="edge")
            means = (lines[:, :-1] + lines[:, 1:] + 1) // 2
            gaps = out[:, 1 - first :: 2]
            gaps[:] = means[:, 1 - first :][:, : gaps.shape[1]]
            yield out


def telecined(reel: Reel, folder: Path) -> Truth:
    """FG is BG's 24 frames a second in the 60 fields a second of video: 3:2 pulldown."""
    shutil.copyfile(reel.path, folder / "bg.mp4")
    box = whole_lines(part(reel.canvas))
    size = (box.width, box.height)
    top, bottom = pulldown(reel.count)
    fields = (cut(picked(reel.path, lines), box) for lines in (top, bottom))
    encode(folder / "fg.mp4", map(woven, *fields), reel.rate * 5 / 4, Encoding(crf=20, field_order="tff"))
    return replace(truth_of(top, places.constant(len(top), box), size, reel.canvas), low=top, high=bottom)


def telecined_bg(reel: Reel, folder: Path) -> Truth:
    """BG is telecined; FG is the film, cut from it before."""
    top, bottom = pulldown(reel.count)
    canvas = whole_lines(reel.canvas)
    fields = (cut(picked(reel.path, lines), canvas) for lines in (top, bottom))
    encode(folder / "bg.mp4", map(woven, *fields), reel.rate * 5 / 4, Encoding(crf=17, field_order="tff"))
    film = np.arange(LATE, max(top) - 2)
    box, size = box_and_size(reel)
    encode(folder / "fg.mp4", cut(picked(reel.path, film), box), reel.rate, FG_QUALITY)
    low, high = (5 * (film // 4) + np.array(which)[film % 4] for which in (PULLED_FIRST, PULLED_LAST))
    return replace(truth_of(low, places.constant(len(film), box), size, canvas), low=low, high=high)


def pulldown(count: int) -> tuple[I64, I64]:
    """Film frames in the top and in the bottom field of each video frame."""
    video = np.arange(count // 4 * 5)
    top, bottom = (4 * (video // 5) + np.array(which)[video % 5] for which in (TOP, BOTTOM))
    return top, bottom


# ---- frames between frames


def resampled(reel: Reel, step: Fraction) -> tuple[I64, list[float], I64, I64]:
    """BG frame before each FG frame, share of the one after, and the frames that are nearest."""
    count = int((reel.count - LATE - 3) / step)
    times = [LATE + i * step for i in range(count)]
    before = np.array([int(time) for time in times])
    share = [float(time - int(time)) for time in times]
    low = np.array([ceil(time - Fraction(1, 2)) for time in times])
    high = np.array([floor(time + Fraction(1, 2)) for time in times])
    return before, share, low, high


def blended(reel: Reel, folder: Path) -> Truth:
    """25 frames a second become 30: most FG frames are two of BG's, one over the other."""
    return between_frames(reel, folder, Fraction(5, 6), is_motion=False)


def interpolated(reel: Reel, folder: Path) -> Truth:
    """24 frames a second become 60 along the motion."""
    return between_frames(reel, folder, Fraction(2, 5), is_motion=True)


def between_frames(reel: Reel, folder: Path, step: Fraction, *, is_motion: bool) -> Truth:
    shutil.copyfile(reel.path, folder / "bg.mp4")
    box, size = box_and_size(reel)
    before, shares, low, high = resampled(reel, step)
    made = between if is_motion else mixed
    all_frames = list(reel.frames())
    frames = (made(all_frames[j], all_frames[j + 1], share) for j, share in zip(before, shares, strict=True))
    encode(folder / "fg.mp4", cut(frames, box), reel.rate / step, FG_QUALITY)
    return replace(truth_of(low, places.constant(len(low), box), size, reel.canvas), low=low, high=high)


# ---- nothing to see, or not in BG


def dimmed(frame: U8, light: float, towards: int = 16) -> U8:
    """light 1 leaves the frame, 0 makes it flat at the grey level `towards`."""
    flat = np.empty_like(frame)
    flat[0], flat[1:] = towards, 128
    return mixed(flat, frame, light)


def blank_gap(reel: Reel, folder: Path) -> Truth:
    """BG fades in, is black in the middle and at the end; FG is noisy and starts within the fade."""
    n = reel.count
    light = np.interp(np.arange(n), (0, 12, n - 26, n - 14), (0, 1, 1, 0))
    light[n * 2 // 5 : n * 2 // 5 + 20] = 0
    encode(folder / "bg.mp4", map(dimmed, reel.frames(), light), reel.rate, BG_QUALITY)
    box, size = box_and_size(reel)
    frames = constructed_maps.offset(n, 4)
    rng = reel.rng
    crops = (noisy(crop, rng, 4.0) for crop in cut(picked(folder / "bg.mp4", frames), box))
    encode(folder / "fg.mp4", crops, reel.rate, Encoding(crf=28))
    return truth_of(frames, places.constant(n - 4, box), size, reel.canvas)


def noisy(frame: U8, rng: np.random.Generator, deviation: float) -> U8:
    frame[0] = np.clip(frame[0] + rng.normal(0, deviation, frame.shape[1:]), 0, 255).round().astype(np.uint8)
    return frame


def fades(reel: Reel, folder: Path) -> Truth:
    """BG fades to white and back, to black and back, and in and out at its ends."""
    n = reel.count
    black = np.interp(
        np.arange(n),
        (0, 15, n * 0.6, n * 0.6 + 14, n * 0.6 + 18, n * 0.6 + 32, n - 12, n - 1),
        (0, 1, 1, 0, 0, 1, 1, 0),
    )
    white = np.interp(np.arange(n), (n * 0.25, n * 0.25 + 12, n * 0.25 + 15, n * 0.25 + 27), (1, 0, 0, 1))
    lit = (dimmed(dimmed(f, w, 235), b) for f, w, b in zip(reel.frames(), white, black, strict=True))
    encode(folder / "bg.mp4", lit, reel.rate, BG_QUALITY)
    box, size = box_and_size(reel)
    frames = constructed_maps.offset(n, 3)
    at = places.constant(len(frames), box)
    encode(folder / "fg.mp4", drawn(folder / "bg.mp4", frames, at, size), reel.rate, Encoding(crf=24))
    return truth_of(frames, at, size, reel.canvas)


def longer(reel: Reel, folder: Path, *, first: float = 0.3, last: float = 0.75) -> Truth:
    """BG is a piece of what FG shows: from and to these shares of it."""
    start, stop = round(first * reel.count), round(last * reel.count)
    encode(folder / "bg.mp4", itertools.islice(reel.frames(), start, stop), reel.rate, BG_QUALITY)
    box, size = box_and_size(reel)
    encode(folder / "fg.mp4", cut(reel.frames(), box), reel.rate, FG_QUALITY)
    shown = np.arange(reel.count)
    frames = np.where((shown >= start) & (shown < stop), shown - start, -1)
    return truth_of(frames, places.constant(reel.count, box), size, reel.canvas)


def repeats(reel: Reel, folder: Path, *, is_loop: bool = False) -> Truth:
    """BG is a loop of some frames, three times; or it shows some of them again at its end."""
    n = reel.count
    order = np.tile(np.arange(n // 2), 3) if is_loop else np.append(np.arange(n), np.arange(n // 5, n // 2))
    encode(folder / "bg.mp4", (f for f in picked(reel.path, order) if f is not None), reel.rate, BG_QUALITY)
    box, size = box_and_size(reel)
    frames = np.arange(n // 2 + 4, n - 3) if is_loop else np.arange(n // 5 + 5, n - LATE)
    at = places.constant(len(frames), box)
    encode(folder / "fg.mp4", drawn(folder / "bg.mp4", frames, at, size), reel.rate, FG_QUALITY)
    return replace(truth_of(frames, at, size, reel.canvas), pictures=order)


def screen_recording(reel: Reel, folder: Path) -> Truth:
    """FG has a frame where the screen changes, and at least one a second; BG has all."""
    shutil.copyfile(reel.path, folder / "bg.mp4")
    box, size = box_and_size(reel)
    below = reel.standing(reel.canvas)
    frames = np.arange(LATE, reel.count)
    frames = frames[(frames == LATE) | (below[frames] != below[frames - 1]) | (frames % int(reel.rate) == 0)]
    ticks = np.round((frames - LATE) * 90000 / float(reel.rate)).astype(np.int64)
    at = places.constant(len(frames), box)
    encode(folder / "fg.mp4", drawn(reel.path, frames, at, size), reel.rate, FG_QUALITY, pts=ticks)
    return replace(truth_of(frames, at, size, reel.canvas), pictures=reel.standing(box))


def faces_lip_synced(reel: Reel, folder: Path, mouth: tuple[float, float, float, float]) -> Truth:
    """FG's mouth is that of another time, blended in with soft edges. mouth: in shares of the canvas."""
    shutil.copyfile(reel.path, folder / "bg.mp4")
    box = part(reel.canvas, 0.12, 0.07, 0.76, 0.84)
    x, y, width, height = mouth
    hole = Box(int(x * reel.size[0]), int(y * reel.size[1]), int(width * reel.size[0]), int(height * reel.size[1]))
    soft = np.zeros(reel.size[::-1], np.float32)
    soft[hole.y + 4 : hole.y + hole.height - 4, hole.x + 4 : hole.x + hole.width - 4] = 1
    soft = cv2.blur(soft, (7, 7))[None]
    frames = late(reel)
    all_frames = list(reel.frames())
    others = (all_frames[(j + 41) % reel.count] for j in frames)
    mended = (
        (all_frames[j] * (1 - soft) + other * soft).round().astype(np.uint8)
        for j, other in zip(frames, others, strict=True)
    )
    encode(folder / "fg.mp4", cut(mended, box), reel.rate, FG_QUALITY)
    at = places.constant(len(frames), box)
    return replace(truth_of(frames, at, (box.width, box.height), reel.canvas), covered=hole)

"""Footage as a small file of good quality, from which difficult pairs are made."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from support import footage
from support.clips import Encoding, encode, planes
from support.constructed_maps import I64
from support.picture_edits import U8, Box, cropped, resized, to_yuv
from support.scene_elements import Rng
from support.truth_cases import F64, canvas_of

LONGER_SIDE = 480  # px of the copy of a real clip


@dataclass(frozen=True)
class Reel:
    """kind: of synthetic footage, "" of a real clip; count: frames."""

    path: Path
    kind: str
    count: int
    size: tuple[int, int]
    rate: Fraction
    seed: int = 0

    @property
    def canvas(self) -> Box:
        return Box(0, 0, *self.size)

    @property
    def rng(self) -> Rng:
        """Of its own for each name, from its start."""
        return np.random.default_rng([*self.path.stem.encode()])

    def frames(self) -> Iterator[U8]:
        """As decoded from the file."""
        return planes(self.path)

    def standing(self, below: Box) -> I64:
        """int64 [count]  one number for each picture that is drawn there: equal where synthetic frames are equal."""
        known: dict[bytes, int] = {}
        drawn = footage.frames(self.kind, self.count, size=self.size, seed=self.seed)
        crops = (cropped(to_yuv(rgb), below).tobytes() for rgb in drawn)
        return np.array([known.setdefault(crop, len(known)) for crop in crops], np.int64)


def synthetic(path: Path, kind: str, count: int, rate: int, seed: int = 0) -> Reel:
    frames = (to_yuv(rgb) for rgb in footage.frames(kind, count, size=footage.LANDSCAPE, seed=seed))
    encode(path, frames, Fraction(rate), Encoding(crf=14))
    return Reel(path, kind, count, footage.LANDSCAPE, Fraction(rate), seed)


def real(path: Path, clip: Path, first: int, count: int) -> Reel:
    """Frames of a real clip from `first` on, made smaller by area averages; the rate in whole frames a second."""
    box, rate = canvas_of(clip)
    shrink = min(LONGER_SIDE / max(box.width, box.height), 1.0)
    width, height = (2 * round(side * shrink / 2) for side in (box.width, box.height))
    frames = [resized(frame, width, height) for frame in itertools.islice(planes(clip), first, first + count)]
    encode(path, frames, Fraction(round(rate)), Encoding(crf=14))
    return Reel(path, "", len(frames), (width, height), Fraction(round(rate)))


def known(path: Path, kind: str, seed: int) -> Reel:
    """That was made before."""
    box, rate = canvas_of(path)
    with av.open(path) as container:
        count = container.streams.video[0].frames
    return Reel(path, kind, count, (box.width, box.height), rate, seed if kind else 0)


def mixed(a: U8, b: U8, share: float) -> U8:
    """(1 - share) a + share b"""
    return np.asarray(cv2.addWeighted(a, 1 - share, b, share, 0), np.uint8)


def between(a: U8, b: U8, share: float) -> U8:
    """The frame a share of the way from a to b, by optical flow both ways: motion interpolation as players do it."""
    if share == 0:
        return a
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    ahead, back = (
        np.asarray(flow.calc(*two, np.zeros((*two[0].shape, 2), np.float32)), np.float64)
        for two in ((a[0], b[0]), (b[0], a[0]))
    )
    return mixed(_carried(a, share * ahead), _carried(b, (1 - share) * back), share)


def _carried(frame: U8, flow: F64) -> U8:
    """The frame with each pixel fetched from where it lies by the flow at its goal."""
    rows, columns = np.mgrid[: frame.shape[1], : frame.shape[2]]
    x, y = (columns - flow[..., 0]).astype(np.float32), (rows - flow[..., 1]).astype(np.float32)
    planes = [cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for plane in frame]
    return np.stack(planes).astype(np.uint8)

"""FGs whose place on BG moves, cut from BG frame by frame: their poses and their map are known by construction."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from support.picture_edits import U8
from support.placed_proxies import SIZE, H, W, clip, noisy
from vidkompy.media.proxies import Proxies
from vidkompy.model import F64, I64

FIRST = 7  # BG frame that FG begins with
MIDDLE = np.array([SIZE[0] / 2, SIZE[1] / 2])


@dataclass(frozen=True, eq=False)
class MovingPair:
    """poses f64 [n_fg, 4] as in tracking.frame_registration, at a shape of (1, 1)."""

    fg: Proxies
    bg: Proxies
    poses: F64
    map: I64


def standing(t: F64) -> F64:
    return _poses(t)


def stabilised(t: F64) -> F64:
    """As the steadied version of a shaky BG: its place shakes as BG does."""
    return _poses(t, 8 * np.sin(0.23 * t) + 4 * np.sin(0.61 * t), 5 * np.cos(0.31 * t) + 3 * np.sin(0.83 * t))


def weaving(t: F64) -> F64:
    return _poses(t, 2 * np.sin(1.3 * t), 2 * np.cos(2.1 * t))


def jumping(t: F64) -> F64:
    """As pan and scan: left in the first half, right in the second."""
    return _poses(t, np.where(t < len(t) // 2, -40.0, 40.0))


def zooming(t: F64) -> F64:
    return _poses(t, scale=1 - 0.3 * t / len(t))


def tilted(t: F64) -> F64:
    return _poses(t, degrees=1.5)


def drifting(t: F64) -> F64:
    return _poses(t, 0.35 * t - 10)


KINDS: dict[str, Callable[[F64], F64]] = {
    kind.__name__: kind for kind in (stabilised, weaving, jumping, zooming, tilted, drifting)
}


def moving_pair(kind: Callable[[F64], F64], frames: U8, noise: float = 2.0) -> MovingPair:
    """FG shows each frame of `frames` but for some at both ends, at the pose that `kind` says."""
    n = len(frames) - 2 * FIRST
    poses = kind(np.arange(n, dtype=np.float64))
    fg = np.stack([_cut(frames[FIRST + i], pose) for i, pose in enumerate(poses)])
    return MovingPair(clip(noisy(fg, noise)), clip(frames), poses, np.arange(FIRST, FIRST + n))


def _poses(t: F64, x: F64 | float = 0.0, y: F64 | float = 0.0, scale: F64 | float = 1.0, degrees: float = 0.0) -> F64:
    angle = np.radians(degrees)
    poses = np.empty((len(t), 4))
    poses[:, 0], poses[:, 1] = scale * np.cos(angle), scale * np.sin(angle)
    poses[:, 2], poses[:, 3] = MIDDLE[0] + x, MIDDLE[1] + y
    return poses


def _cut(frame: U8, pose: F64) -> U8:
    """FG of W x H: BG sampled where the pose puts each of its pixels."""
    cosine, sine, x, y = pose
    turn = np.array([[cosine, -sine], [sine, cosine]])
    shift = np.array([x, y]) - turn @ [W / 2, H / 2]  # canvas = turn @ fg + shift, pixel k covering [k, k + 1)
    matrix = np.column_stack([turn, shift + turn @ [0.5, 0.5] - 0.5])
    return np.asarray(cv2.warpAffine(frame, matrix, (W, H), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP), np.uint8)

"""How right a frame map and a placement are, by the rule of the accuracy table."""

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from support.clips import planes
from support.constructed_maps import I64
from support.picture_edits import U8, Box
from support.truth_cases import Case, Truth

LOOKS_SAME = 0.05  # grey levels, mean abs difference over the visible crop
MOVES = 1.0  # grey levels, likewise: from here on a change is visible motion


@dataclass(frozen=True)
class Score:
    """Shares are 0..1, NaN where there is nothing to count.

    exact         of all FG frames: the true BG frame, or one that looks the same; foreign frames must be -1
    exact_moving  the same, of the frames in visible motion: see `in_motion`
    within_one    like exact, one BG frame off allowed
    mean_error, max_error  BG frames, over the frames that have a match and got one; look-alikes count 0
    found         foreign frames that came out as -1
    false         frames with a match that came out as -1
    """

    exact: float
    exact_moving: float
    within_one: float
    mean_error: float
    max_error: int
    found: float
    false: float


@dataclass(frozen=True)
class FrameVerification:
    """Frame by frame, [n_fg] each.

    error   BG frames to the nearest right one, 0 for look-alikes; says something only where both name a frame
    """

    claimed: I64
    truth: I64
    error: I64
    moving: npt.NDArray[np.bool_]

    @property
    def exact(self) -> npt.NDArray[np.bool_]:
        return self.within(0)

    def within(self, frames: int) -> npt.NDArray[np.bool_]:
        """Whether a frame is no further off than that; foreign frames must be -1."""
        is_foreign, is_dropped = self.truth < 0, self.claimed < 0
        return np.where(is_foreign | is_dropped, is_foreign & is_dropped, self.error <= frames)


def score(claimed: I64, truth: Truth, case: Case) -> Score:
    """Compare a frame map with the truth of its case."""
    return summed(verify_frames(claimed, truth, case))


def verify_frames(claimed: I64, truth: Truth, case: Case) -> FrameVerification:
    """Frame by frame; look-alikes are judged against the true frame."""
    claimed = np.asarray(claimed)
    if claimed.shape != truth.map.shape:
        raise ValueError(f"{case.name}: {len(claimed)} frames mapped, FG has {len(truth.map)}")
    error = frames_off(claimed, truth)
    is_off = (truth.map >= 0) & (claimed >= 0) & (error > 0)
    error[is_off] = np.where(looks_same(case, claimed, is_off), 0, error[is_off])
    return FrameVerification(claimed, truth.map, error, in_motion(case))


def frames_off(claimed: I64, truth: Truth) -> I64:
    """BG frames from each claim to the nearest right frame: of low .. high, or one that shows an equal picture."""
    error: I64 = np.abs(claimed - nearest_right(claimed, truth))
    if truth.pictures is None:
        return error
    low, high = right_ends(truth)
    for i in np.flatnonzero((truth.map >= 0) & (error > 0)):
        equals = np.flatnonzero(np.isin(truth.pictures, truth.pictures[low[i] : high[i] + 1]))
        error[i] = np.abs(equals - claimed[i]).min()
    return error


def right_ends(truth: Truth) -> tuple[I64, I64]:
    """First and last right BG frame of each FG frame."""
    return truth.map if truth.low is None else truth.low, truth.map if truth.high is None else truth.high


def nearest_right(claimed: I64, truth: Truth) -> I64:
    """Of low .. high the frame nearest to the claim."""
    nearest: I64 = np.clip(claimed, *right_ends(truth))
    return nearest


def summed(frames: FrameVerification) -> Score:
    is_foreign, is_dropped = frames.truth < 0, frames.claimed < 0
    error = frames.error[~is_foreign & ~is_dropped]
    return Score(
        exact=share(frames.exact),
        exact_moving=share(frames.exact[frames.moving]),
        within_one=share(frames.within(1)),
        mean_error=share(error),
        max_error=int(error.max(initial=0)),
        found=share(is_dropped[is_foreign]),
        false=share(is_dropped[~is_foreign]),
    )


def corner_error(placement: tuple[float, float, float, float], truth: Truth) -> float:
    """Farthest that a corner of (x, y, width, height) lies from its true place along either axis, canvas px."""
    x, y, width, height = placement
    ends = (x - truth.x, y - truth.y, x + width - truth.x - truth.width, y + height - truth.y - truth.height)
    return float(np.max(np.abs(ends)))


def step(case: Case) -> float:
    """How much the visible crop changes from frame to frame, grey levels: median over the changes that show."""
    changes = steps(case.bg, case.truth.visible, case.truth.covered)
    showing = changes[changes >= LOOKS_SAME]
    return float(np.median(showing)) if len(showing) else 0.0


def in_motion(case: Case) -> npt.NDArray[np.bool_]:
    """bool [n_fg]  neither neighbour of the true BG frame is hard to tell from it, and not both look the same.

    Hard to tell: a difference of LOOKS_SAME to MOVES. Animation on twos is in motion, a freeze is not.
    """
    changes = steps(case.bg, case.truth.visible, case.truth.covered)
    both = np.stack([np.append(changes, 0), np.insert(changes, 0, 0)])
    is_hard = ((both >= LOOKS_SAME) & (both <= MOVES)).any(axis=0)
    is_clear: npt.NDArray[np.bool_] = ~is_hard & np.any(both > MOVES, axis=0)
    return np.where(case.truth.map >= 0, is_clear[case.truth.map], False)


@functools.cache
def steps(bg: Path, visible: Box, covered: Box | None) -> npt.NDArray[np.float64]:
    """f64 [n_bg - 1]  mean abs luma difference of successive BG frames where FG shows them; remembered by path."""
    return np.array([difference(a, b) for a, b in itertools.pairwise(visible_lumas(bg, visible, covered))])


def looks_same(case: Case, claimed: I64, which: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """bool [count of which]  the claimed BG frame looks like the true one, or the nearest of these"""
    right = nearest_right(claimed, case.truth)
    pairs = list(zip(claimed[which].tolist(), right[which].tolist(), strict=True))
    wanted = {j for pair in pairs for j in pair}
    frames = visible_lumas(case.bg, case.truth.visible, case.truth.covered)
    crops = {j: crop for j, crop in zip(range(max(wanted, default=-1) + 1), frames, strict=False) if j in wanted}
    same = [a in crops and difference(crops[a], crops[b]) < LOOKS_SAME for a, b in pairs]
    return np.array(same, bool)


def visible_lumas(bg: Path, visible: Box, covered: Box | None) -> Iterator[U8]:
    """Luma of each BG frame inside `visible` and outside `covered`, u8 [n px]."""
    is_shown = None
    for frame in planes(bg):
        if is_shown is None:
            is_shown = np.zeros(frame.shape[1:], bool)
            for box, value in ((visible, True), (covered, False)):
                if box:
                    is_shown[box.y : box.y + box.height, box.x : box.x + box.width] = value
        yield frame[0][is_shown]


def share(values: npt.NDArray[np.generic]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def difference(a: U8, b: U8) -> float:
    return float(np.abs(a.astype(np.int16) - b).mean())

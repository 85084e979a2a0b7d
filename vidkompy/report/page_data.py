"""What the page's scripts read: shown frames in words and numbers, and a URL for each picture."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vidkompy.model import UNMATCHED, Clip, Json, Sidecar
from vidkompy.report.clock_text import clock_text, probability_text
from vidkompy.report.crops import AMPLIFICATION
from vidkompy.report.pictures import FramePictures
from vidkompy.report.selection import least_sure_frames

MAX_KNOTS = 2000  # 20 kB; all frames of a clip of a minute


def page_data(sidecar: Sidecar, frames: Sequence[FramePictures]) -> Json:
    """leastSure: indices into frames, the least sure first."""
    index_of = {f.shown.fg: n for n, f in enumerate(frames)}
    doubtful = least_sure_frames(sidecar.frame_map, len(frames))
    return {
        "amplification": AMPLIFICATION,
        "frames": [_frame(sidecar, f) for f in frames],
        "leastSure": [
            index_of[i] for i in doubtful if i in index_of and frames[index_of[i]].shown.reason == "least sure"
        ],
        "pictures": {url: data for f in frames for url, data in _pictures(f)},
    }


def _frame(sidecar: Sidecar, f: FramePictures) -> Json:
    neighbours = [Neighbour(p.bg, p.offset, p.off) for p in f.bg]
    return {**frame_facts(sidecar, f.shown.fg, f.chosen, f.size, neighbours), "reason": f.shown.reason}


class Neighbour(NamedTuple):
    """bg: a BG frame. offset: frames from the chosen one. off: mean difference from FG, grey levels."""

    bg: int
    offset: int
    off: float


def frame_facts(sidecar: Sidecar, i: int, chosen: int, size: tuple[int, int], neighbours: Sequence[Neighbour]) -> Json:
    """What is said of FG frame i. chosen: the BG frame it lies on; size: of its pictures."""
    return {
        "fg": i,
        "seconds": round(sidecar.fg.seconds(i), 4),
        "label": frame_label(sidecar.fg, i),
        "verdict": _verdict(sidecar, i, chosen),
        "width": size[0],
        "height": size[1],
        "neighbours": [_neighbour(sidecar, i, n) for n in neighbours],
    }


def _neighbour(sidecar: Sidecar, i: int, n: Neighbour) -> Json:
    chosen = "held" if sidecar.frame_map.bg[i] == UNMATCHED else "chosen"
    side = "after" if n.offset > 0 else "before"
    role = f", {'one' if abs(n.offset) == 1 else abs(n.offset)} {side}" if n.offset else f", {chosen}"
    off = f"{n.off:.1f} grey levels off"
    return {"bg": n.bg, "label": frame_label(sidecar.bg, n.bg), "role": role, "off": off, "isChosen": n.offset == 0}


def _verdict(sidecar: Sidecar, i: int, chosen: int) -> str:
    frame_map = sidecar.frame_map
    levels = frame_map.confidence
    sure = "" if levels is None or levels[i] != levels[i] else f", with confidence {probability_text(float(levels[i]))}"
    if frame_map.bg[i] == UNMATCHED:
        return f"resembles no BG frame{sure}; a render holds BG frame {frame_label(sidecar.bg, chosen)}"
    alike = ""
    if frame_map.low is not None and frame_map.high is not None and frame_map.high[i] - frame_map.low[i] > 1:
        alike = f"; BG frames {frame_map.low[i]} to {frame_map.high[i] - 1} fit as well"
    return f"lies on BG frame {frame_label(sidecar.bg, chosen)}{sure}{alike}"


def frame_label(clip: Clip, i: int) -> str:
    return f"{i} ({clock_text(clip.seconds(i))})"


def time_knots(clip: Clip) -> Json:
    """Some frames and when they are shown, s after the first; between them time goes on steadily, more or less."""
    frames = np.unique(np.linspace(0, clip.frames - 1, MAX_KNOTS).round().astype(np.int64))
    seconds = (clip.pts[frames] - clip.pts[0]) * float(clip.time_base)
    return {"frames": frames.tolist(), "seconds": np.round(seconds, 4).tolist()}


def _pictures(f: FramePictures) -> list[tuple[str, str]]:
    i = f.shown.fg
    found = [(f"fg/{i}", f.fg)]
    for p in f.bg:
        found += [(f"bg/{i}/{p.bg}", p.picture), (f"difference/{i}/{p.bg}", p.difference)]
    return [(name, f"data:image/webp;base64,{base64.b64encode(data).decode()}") for name, data in found]

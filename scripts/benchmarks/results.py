"""Raw results of pairs with known truth, one JSON object a line: all that the tables and a calibration need."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from support.scoring import FrameVerification, Score, summed

WRONG_PX = 1.0  # canvas px at a corner; from here on a place is wrong
FAILURE = "FAILED: "  # begins the refusal of a pair that made the analysis fail
WRONG_FRAMES = 1  # BG frames; more is wrong


@dataclass(frozen=True)
class Found:
    """What one engine said of a pair, frame by frame [n_fg]; the lists are empty where it refused.

    cpu         s of user time, without decoding and placement
    error       BG frames off, 0 for look-alikes; says something only where bg and truth both name a frame
    exact       1 where right or a look-alike, or rightly -1
    margin, confidence, low, high  as in vidkompy.model.FrameMap; empty where not measured
    """

    cpu: float
    refusal: str = ""
    bg: list[int] = field(default_factory=list)
    error: list[int] = field(default_factory=list)
    exact: list[int] = field(default_factory=list)
    margin: list[float] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)
    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Pair:
    """A pair and what came of it.

    decode_cpu  s of user time to decode both files and do nothing else
    place_cpu   s to decode both into proxies and find the placement
    refusal     why no engine gave an answer: there is no place, or the analysis failed
    corner_px   farthest that a corner of the placement lies from its true place; None if refused or unrelated
    placement   x, y, width, height, score, runner_up, confidence; empty if refused
    fixed_px    as corner_px, over the frames that the answer says lie at its one place; None if there are none
    reasons     for doubt, in words
    is_moving   whether the true place moves, or is turned
    """

    name: str
    kind: str
    recipe: str
    is_held_out: bool
    is_related: bool
    truth: list[int]
    moving: list[int]
    decode_cpu: float
    place_cpu: float
    refusal: str = ""
    corner_px: float | None = None
    placement: dict[str, float | None] = field(default_factory=dict)
    found: dict[str, Found] = field(default_factory=dict)
    fixed_px: float | None = None
    reasons: list[str] = field(default_factory=list)
    is_moving: bool = False

    def is_found(self, engine: str) -> bool:
        return engine in self.found and not self.found[engine].refusal

    def score(self, engine: str) -> Score:
        found = self.found[engine]
        claimed, truth, error = (np.array(values, np.int64) for values in (found.bg, self.truth, found.error))
        return summed(FrameVerification(claimed, truth, error, np.array(self.moving, bool)))

    def wrong_place_claim(self) -> float | None:
        """Confidence of the one place where it is over WRONG_PX off, or of any place of an unrelated pair."""
        off = self.corner_px if self.fixed_px is None else self.fixed_px
        is_wrong = not self.is_related or (off is not None and off > WRONG_PX)
        return self.placement.get("confidence") if is_wrong else None

    def wrong_frame_claim(self, engine: str) -> float | None:
        """Largest confidence of a frame over one off, or matched though foreign, or the other way about."""
        found = self.found[engine]
        claimed, truth, error = (np.array(values, np.int64) for values in (found.bg, self.truth, found.error))
        if not found.confidence:
            return None
        is_wrong = np.where((claimed >= 0) & (truth >= 0), error > WRONG_FRAMES, (claimed >= 0) != (truth >= 0))
        claims = np.array(found.confidence)[is_wrong]
        return float(np.nanmax(claims)) if np.isfinite(claims).any() else None

    def ratio(self, engine: str) -> float:
        """CPU of the whole analysis over that of decoding both files."""
        return (self.place_cpu + self.found[engine].cpu) / self.decode_cpu


def line_of(pair: Pair) -> str:
    return json.dumps(asdict(pair)) + "\n"


def read(paths: Iterable[Path]) -> list[Pair]:
    lines = (line for path in paths for line in path.read_text().splitlines())
    return [pair_of(line) for line in lines]


def pair_of(line: str) -> Pair:
    held = json.loads(line)
    found = {engine: Found(**values) for engine, values in held.pop("found").items()}
    return Pair(**held, found=found)

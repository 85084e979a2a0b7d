"""Proxies -> Placement: keypoint guesses, a coarse fit in space and time, a fine one, and how far to trust it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from vidkompy.errors import NoMatch
from vidkompy.media.proxies import Proxies
from vidkompy.model import Box, Placement
from vidkompy.placement import evidence
from vidkompy.placement.candidates import Hints, Source, guess
from vidkompy.placement.coarse_fit import COUNTED, Scene, at_hand, fit_coarse, is_held, retimed
from vidkompy.placement.fine_fit import Close, settle, walk
from vidkompy.placement.gauss_newton import ANISOTROPIC, F64, ISOTROPIC, TRANSLATION, Fit, corner_shift


@dataclass(frozen=True)
class ScaleRange:
    """Canvas px per FG px that are looked for; both the same: that scale, and at 1 a place on whole px."""

    low: float = 0.2
    high: float = 5.0

    @property
    def is_fixed(self) -> bool:
        return self.low == self.high

    def hold(self, q: F64) -> bool:
        return bool(self.low / SLACK <= q[:2].min() and q[:2].max() <= self.high * SLACK)


class SearchStage(NamedTuple):
    """One way of looking.

    source   of the guesses followed
    scales   of them; starts at each, and rivals looked at closely
    robust   see coarse.Scene
    """

    source: Source
    scales: int
    starts: int
    rivals: int
    robust: bool


# Each is dearer than the one before, and only tried while no placement is trusted.
SEARCH_STAGES = (
    SearchStage("sound", 3, 3, 3, False),
    SearchStage("samples", 3, 3, 3, False),
    SearchStage("stretches", 3, 3, 3, False),
    SearchStage("more samples", 3, 8, 3, False),
    SearchStage("slides", 3, 4, 2, False),
    SearchStage("samples", 2, 8, 3, True),
    SearchStage("more samples", 2, 8, 3, True),
    SearchStage("slides", 2, 3, 1, True),
)
StageCallback = Callable[[int, int], None]  # efforts made, and how many there are at most
OPTIONAL = {"sound", "stretches"}  # sources that need not have anything to go by
SLACK = 1.02  # what a measured scale may be off its bounds
FINE = 8, 2 / 3  # frame pairs that the fine fit is measured on, of that share of the samples
JUDGES = 12, COUNTED  # and that rivals are compared on
KEPT = 12, 1 / 2  # and that are handed on
CLEAN = 0.002  # plain cost of a place whose frames' times need no second look
GOOD = 0.03  # plain cost of a place that leaves nothing of FG to explain
HOPELESS = 0.4  # cost of a place that nothing can speak for
POLISHES = 3
FEW = 3  # FG frames that say little about time
LOOSE = 0.1  # grip below which places are compared at other times: on a dolly wrong ones fit
REACH, ROUNDS = 8, 8  # BG frames either way that are compared then, and how often anew
STRIDES = (4, 2, 1, 0.5)  # canvas px; unscaled places stay whole
GAIN = 0.02  # share of the cost that a stride has to save
SURE = 0.95, 0.5  # confidence from which looking on is a waste: alone, and where two efforts agree
SURE_OF_FEW = 0.995, 0.995  # the same where FG has FEW frames
LEAST = 0.5  # confidence below which the answer is none
RIVAL = 0.06  # cost above the best within which a fit is worth a closer look
CONTESTED = 4.0  # times the cost of a place below which another may turn out to be the right one
DIFFERENT = 2.0  # px between corners
BLANK = 4  # grey levels between darkest and brightest pixel of a frame that shows nothing
CHECK = "check that both show the same content"


@dataclass(frozen=True, eq=False)
class Registration:
    """A settled placement.

    cost         1 - ZNCC of FG's details, robust to altered parts
    plain_cost   the same, not robust: it tells repeating details apart, where robustness forgives them
    pairs        (FG, BG) frames that match there
    judges       the same from everywhere: what is compared
    scene, fit   what it was settled from
    seen         what speaks for it, if anybody looked
    is_walked    it was compared with BG frames before and after
    """

    q: F64
    cost: float
    plain_cost: float
    pairs: list[tuple[int, int]]
    judges: list[tuple[int, int]]
    scene: Scene
    fit: Fit
    seen: evidence.Evidence | None = None
    is_walked: bool = False

    @property
    def misfit(self) -> float:
        return evidence.misfit(self.cost, self.plain_cost)

    @property
    def confidence(self) -> float:
        return 0.0 if self.seen is None else evidence.confidence(self.seen)


def find_placement(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    bounds: ScaleRange = ScaleRange(),
    least: float = LEAST,
    advice: str = f"{CHECK}, or take it with --force",
    hints: Hints = (),
    told: StageCallback = lambda *_: None,
) -> tuple[Placement, list[tuple[int, int]]]:
    """Where FG lies on the canvas, measured inside its content `box`, and (FG, BG) frames that match there.

    least    confidence that the answer needs; 0: the best place found, whatever it is worth
    advice   what to do about an answer that has less
    hints    FG and BG frames that probably show the same
    Score and runner-up, the best elsewhere, are 1 - cost. Raises NoMatch where nothing was found, or too little.
    """
    if blank := [clip for clip in (fg, bg) if _is_blank(clip)]:
        raise NoMatch(_refusal(fg, bg, f"'{blank[0].clip.path}' shows nothing but one colour", CHECK))
    places = search(fg, bg, box, bounds, sure=SURE if fg.clip.frames > FEW else SURE_OF_FEW, hints=hints, told=told)
    told(len(SEARCH_STAGES), len(SEARCH_STAGES))
    if not places:
        raise NoMatch(_refusal(fg, bg, "no place was found where their frames agree", CHECK))
    best = places[0]
    others = [p.cost for p in places if corner_shift(p.q, best.q, box) > DIFFERENT]
    width, height = best.q[0] * fg.clip.width, best.q[1] * fg.clip.height
    runner_up = round(1 - min(others), 4) if others else None
    x, y, width, height = (float(v) for v in (*best.q[2:], width, height))
    confidence = belief(places, box)
    found = Placement(x, y, width, height, round(1 - best.cost, 4), runner_up, round(confidence, 4))
    if confidence < least:
        raise NoMatch(refusal(fg, bg, found, least, advice))
    return found, best.pairs


def refusal(fg: Proxies, bg: Proxies, found: Placement, least: float, advice: str) -> str:
    """Why a placement is not taken."""
    scale = found.width / fg.clip.width
    at = f"{found.x:.0f},{found.y:.0f}" + (f" at {scale:.0%} of its size" if abs(scale - 1) > 1e-6 else "")
    sure = f"right with probability {found.confidence:.2f}, wanted at least {least:g}"
    return _refusal(fg, bg, f"the best place is {at}, score {found.score:.2f}, {sure}", advice)


def search(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    bounds: ScaleRange,
    efforts: Sequence[SearchStage] = SEARCH_STAGES,
    sure: tuple[float, float] = SURE,
    hints: Hints = (),
    told: StageCallback = lambda *_: None,
) -> list[Registration]:
    """Settled placements, best first, until one is sure.

    sure   the confidence that ends the search: of a place that fits all of FG, and of one that two efforts agree on.
    Twice because in a scrolling page a wrong place fits but for what moves: an altered FG looks like that too.
    """
    places: list[Registration] = []
    guesses_of: dict[Source, list[F64]] = {}
    led: Registration | None = None
    for n, effort in enumerate(efforts):
        told(n, len(efforts))
        if effort.source not in guesses_of:
            guesses_of[effort.source] = guess(effort.source, fg, bg, box, (bounds.low, bounds.high), hints)
        if effort.source in OPTIONAL and not guesses_of[effort.source]:
            continue
        for group in _by_scale(guesses_of[effort.source])[: effort.scales]:
            places = _ranked(fg, bg, box, [*places, *_tried(fg, bg, box, bounds, effort, group)])
            if places and _is_doubtful(places, box):
                places = _ranked(fg, bg, box, [_through_time(fg, bg, box, places[0]), *places[1:]])
            if places and belief(places, box) > sure[0] and places[0].plain_cost < GOOD:
                return places
        agree = led is not None and bool(places) and corner_shift(led.q, places[0].q, box) < 0.5
        if agree and belief(places, box) > sure[1]:
            return places
        led = places[0] if places else None
    return places


def _is_doubtful(places: Sequence[Registration], box: Box) -> bool:
    """Whether another place or another time may turn out to be the right one, and nobody looked."""
    seen, is_walked = places[0].seen, places[0].is_walked
    return seen is not None and not is_walked and (seen.grip < LOOSE or _lead(places, box) < CONTESTED)


def belief(places: Sequence[Registration], box: Box) -> float:
    """Confidence of the first place, in view of the others: where another fits nearly as well, one of them is wrong.

    A still fits BG's frames before and after nearly as well a little elsewhere: there a rival is no surprise.
    """
    is_still = len(places[0].scene.indices) <= FEW
    return places[0].confidence * (1.0 if is_still else evidence.ahead_of_rival(_lead(places, box)))


def _lead(places: Sequence[Registration], box: Box) -> float:
    """Misfit of the best place elsewhere over that of the first."""
    others = [p.misfit for p in places if corner_shift(p.q, places[0].q, box) > DIFFERENT]
    return min(others, default=np.inf) / (places[0].misfit + 1e-5)


def _tried(
    fg: Proxies, bg: Proxies, box: Box, bounds: ScaleRange, effort: SearchStage, group: list[F64]
) -> list[Registration]:
    freedom = TRANSLATION if bounds.is_fixed else ISOTROPIC
    scene = Scene(fg, bg, box, float(group[0][0]), effort.robust, freedom)
    fits = _rivals(scene, fit_coarse(scene, group, effort.starts))[: effort.rivals]
    settled = [_settled(fg, bg, box, *at_hand(fg, bg, scene, fit), fit.q / scene.unit) for fit in fits]
    return [place for place in settled if bounds.hold(place.q) and np.isfinite(place.cost)]


def _ranked(fg: Proxies, bg: Proxies, box: Box, places: list[Registration]) -> list[Registration]:
    """Best first, the best one polished and judged unless it is hopeless."""
    ranked = sorted(places, key=lambda p: p.misfit)
    while ranked and ranked[0].seen is None and ranked[0].cost < HOPELESS:
        ranked[0] = judged(fg, bg, box, _polished(fg, bg, box, ranked[0]))
        ranked.sort(key=lambda p: p.misfit)
    return ranked


def judged(fg: Proxies, bg: Proxies, box: Box, place: Registration) -> Registration:
    """With what speaks for it, measured within the freedom that it has not given up by settling."""
    sx, sy = place.q[:2]
    freedom = TRANSLATION if sx == sy == 1 else ISOTROPIC if sx == sy else ANISOTROPIC
    close = Close(fg, bg, box, place.q, place.judges)
    return replace(place, seen=evidence.evidence(fg, bg, box, close, place.judges, freedom))


def _by_scale(found: list[F64]) -> list[list[F64]]:
    """Guesses of about the same scale together: views of one pitch serve them all."""
    groups: list[list[F64]] = []
    for q in found:
        for group in groups:
            if abs(np.log(q[0] / group[0][0])) < np.log(1.3):
                group.append(q)
                break
        else:
            groups.append([q])
    return groups


def _settled(fg: Proxies, bg: Proxies, box: Box, scene: Scene, fit: Fit, q: F64) -> Registration:
    """Measured on well-matched pairs, judged on pairs from everywhere: rivals must not choose what they show."""
    freedom = TRANSLATION if scene.freedom is TRANSLATION else ANISOTROPIC
    pairs, judges, kept = (_pairs(fg, bg, scene, fit, *wanted) for wanted in (FINE, JUDGES, KEPT))
    q = settle(Close(fg, bg, box, q, pairs), box, freedom)
    everywhere = Close(fg, bg, box, q, judges)
    costs = everywhere.mismatch(q, robust=True), everywhere.mismatch(q)
    judges = [(i, j) for (i, _), j in zip(judges, everywhere.timed(q), strict=True)]
    return Registration(q, *costs, kept, judges, scene, fit)


def _polished(fg: Proxies, bg: Proxies, box: Box, place: Registration) -> Registration:
    """Settled again on the pairs that match at the place as it is settled, while that helps.

    Measured on a stretched FG: the coarse fit has one scale, hence wrong times; 0.38 px of error became 0.03.
    """
    for _ in range(POLISHES):
        again = None if place.plain_cost < CLEAN else retimed(place.scene, place.q)
        if again is None or np.array_equal(again.path, place.fit.path):
            break
        found = _settled(fg, bg, box, place.scene, again, place.q)
        if found.plain_cost > 0.98 * place.plain_cost:
            break
        place = found
    return place if fg.clip.frames > FEW else _through_time(fg, bg, box, place)


def _through_time(fg: Proxies, bg: Proxies, box: Box, place: Registration) -> Registration:
    """Settled where FG fits best when each of its frames may lie at another time.

    A picture of a moving camera's view fits BG's frames before and after, each somewhere; only the right one, and the
    right place, fit well.
    """
    strides = STRIDES[:-1] if place.q[0] == place.q[1] == 1 else STRIDES
    q, pairs = place.q, place.judges
    for _ in range(ROUNDS):
        close = Close(fg, bg, box, q, pairs, REACH)
        found = walk(close, q, strides, GAIN)
        pairs = [(i, j) for (i, _), j in zip(pairs, close.timed(found), strict=True)]
        if np.array_equal(found, q):
            break
        q = found
    again = retimed(place.scene, q)
    if again is not None:
        samples = list(zip(place.scene.indices, again.path.tolist(), strict=True))
        path = Close(fg, bg, box, q, samples, REACH).timed(q)
        there = _settled(fg, bg, box, place.scene, replace(again, path=np.array(path)), q)
        if there.plain_cost < (1 - GAIN) * place.plain_cost:
            place = there
    return replace(place, is_walked=True)


def _rivals(scene: Scene, fits: list[Fit]) -> list[Fit]:
    """The best coarse fit, and others elsewhere that are nearly as good: only a closer look can tell them apart."""
    kept: list[Fit] = []
    for fit in fits:
        near = fit.cost < fits[0].cost + RIVAL
        if near and all(corner_shift(fit.q, k.q, scene.box) > 1 for k in kept):
            kept.append(fit)
    return kept


def _pairs(fg: Proxies, bg: Proxies, scene: Scene, fit: Fit, count: int, share: float) -> list[tuple[int, int]]:
    """At most `count` (FG frame, BG frame), spread over the clip, of the best-matched `share` of the samples.

    Those that are held, if they are half as many: seeking others costs more than they tell.
    """
    good = np.sort(np.argsort(1 - fit.scores)[: max(count, round(len(fit.scores) * share))])
    held = [k for k in good if scene.indices[k] in fg.large_frames and is_held(bg, int(fit.path[k]))]
    good = np.array(held) if 2 * len(held) >= count else good
    chosen = good[np.unique(np.linspace(0, len(good) - 1, count).astype(int))]
    return [(scene.indices[k], int(fit.path[k])) for k in chosen]


def _is_blank(clip: Proxies) -> bool:
    return all(int(frame.max()) - int(frame.min()) < BLANK for frame in clip.small)


def _refusal(fg: Proxies, bg: Proxies, found: str, advice: str) -> str:
    return (
        f"'{fg.clip.path}' was not found in '{bg.clip.path}': {found} "
        f"({fg.clip.frames} against {bg.clip.frames} frames looked at); {advice}"
    )

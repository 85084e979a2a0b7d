"""Pairs with known truth through `analyze`, with every engine: decoded and placed once where there are several."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from support import catalogue, constructed_maps
from support.catalogue import Choice
from support.picture_edits import Box
from support.place_scoring import claimed_fixed, place_errors
from support.scoring import in_motion, verify_frames
from support.truth_cases import Case, Recipe, Truth, build, read, write_bg

from benchmarks.cpu import decode, timed
from benchmarks.results import FAILURE, Found, Pair
from benchmarks.stage_clock import user_cpu
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.analysis import AnalysisOptions, analyze
from vidkompy.errors import VidkompyError
from vidkompy.media.cache import NO_CACHE, Cache
from vidkompy.model import F32, I64, Sidecar

EVERY_PAIR = Choice()


@dataclass(frozen=True)
class Answer:
    """What `analyze` gave for a pair. place_cpu: s of user time until frames were matched; match_cpu: s after that."""

    sidecar: Sidecar | None
    refusal: str
    place_cpu: float
    match_cpu: float
    is_placed: bool


def results(cases: Iterable[Case], engines: Sequence[EngineName], jobs: int) -> Iterator[Pair]:
    """One for each case, in order. `jobs` processes share the work; each loads the kernels before it measures."""
    if jobs == 1:
        warm(engines)
        yield from (measured(case, engines) for case in cases)
        return
    waiting: deque[tuple[Case, Future[Pair]]] = deque()
    pool = Workers(jobs, engines)
    try:
        for case in cases:
            waiting.append((case, pool.submit(case)))
            if len(waiting) > jobs:  # pairs are made no faster than they are measured
                yield pool.result(*waiting.popleft())
        while waiting:
            yield pool.result(*waiting.popleft())
    finally:
        pool.close()


class Workers:
    """Processes that measure pairs. One that dies takes the others with it: then their pairs are measured alone."""

    def __init__(self, jobs: int, engines: Sequence[EngineName]) -> None:
        self.jobs, self.engines = jobs, engines
        self.pool = self.fresh(jobs)

    def fresh(self, jobs: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), warm, (self.engines,))

    def submit(self, case: Case) -> Future[Pair]:
        with suppress(BrokenProcessPool):
            return self.pool.submit(measured, case, self.engines)
        self.pool = self.fresh(self.jobs)
        return self.pool.submit(measured, case, self.engines)

    def result(self, case: Case, future: Future[Pair]) -> Pair:
        with suppress(BrokenProcessPool):
            return future.result()
        with self.fresh(1) as alone, suppress(BrokenProcessPool):
            return alone.submit(measured, case, self.engines).result()
        return failed(case, self.engines, "the process died")

    def close(self) -> None:
        self.pool.shutdown(cancel_futures=True)


def cases_in(folder: Path, choice: Choice = EVERY_PAIR) -> Iterator[Case]:
    """Those that scripts/make_pairs left in a folder."""
    known = catalogue.entries()
    for path in sorted(path.parent for path in folder.glob("*/truth.json")):
        case = read(path)
        if choice.holds(case.name, known.get(case.name) or entry_of(case)):
            yield case


def warm(engines: Sequence[EngineName]) -> None:
    """Compile or load the kernels, so that the first pair does not pay for it."""
    with tempfile.TemporaryDirectory() as folder:
        bg = write_bg(Path(folder) / "bg.mp4", "pan", 60, size=(320, 180))
        recipe = Recipe(Box(41, 25, 200, 120), constructed_maps.offset(60, 6))
        measured(build(recipe, bg, Path(folder) / "pair"), engines)


def measured(case: Case, engines: Sequence[EngineName]) -> Pair:
    """A pair that makes the analysis fail counts as refused, with what it failed by."""
    try:
        return analysed(case, engines)
    except Exception as e:  # noqa: BLE001 - a defect in one pair must not lose the others
        return failed(case, engines, f"{type(e).__name__}: {e}")


def failed(case: Case, engines: Sequence[EngineName], problem: str) -> Pair:
    refusal = f"{FAILURE}{problem}"
    found: dict[str, Found] = {engine: Found(0.0, refusal) for engine in engines}
    return replace(blank(case, [0] * len(case.truth.map), 1.0), refusal=refusal, found=found)


def blank(case: Case, moving: list[int], decode_cpu: float) -> Pair:
    """The pair with nothing measured."""
    entry, truth = catalogue.entries().get(case.name) or entry_of(case), case.truth
    names = (case.name, entry.kind, entry.recipe, entry.is_held_out)
    is_moving = truth.places is not None
    return Pair(*names, truth.is_related, truth.map.tolist(), moving, decode_cpu, 0.0, is_moving=is_moving)


def analysed(case: Case, engines: Sequence[EngineName]) -> Pair:
    _, plain = timed(lambda: [decode(path) for path in (case.fg, case.bg)])
    pair = blank(case, in_motion(case).astype(int).tolist(), plain)
    search = SearchOptions(reorder=pair.recipe == "reordered")
    found: dict[str, Found] = {}
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder)) if len(engines) > 1 else NO_CACHE
        for engine in engines:
            answer = answered(case, AnalysisOptions(engine=engine, search=search), cache)
            found[engine] = judged(case, answer)
            if not found.keys() - {engine}:
                pair = replace(pair, place_cpu=answer.place_cpu)
            if answer.sidecar and not pair.placement:
                pair = placed(pair, answer.sidecar, case.truth)
            if not answer.is_placed:
                return replace(pair, refusal=answer.refusal, found=dict.fromkeys(engines, found[engine]))
    return replace(pair, found=found)


def answered(case: Case, options: AnalysisOptions, cache: Cache) -> Answer:
    """As the command line would, with its CPU before and after frames are matched."""
    marks: list[float] = []

    def on_progress(stage: str, done: int, total: int) -> None:
        del done, total
        if stage == "aligning" and not marks:
            marks.append(user_cpu())

    def run() -> Sidecar | str:
        try:
            return analyze(case.bg, case.fg, options, cache, on_progress)
        except VidkompyError as e:
            return str(e)

    start = user_cpu()
    result, cpu = timed(run)
    place_cpu = marks[0] - start if marks else cpu
    sidecar, refusal = (None, result) if isinstance(result, str) else (result, "")
    return Answer(sidecar, refusal, place_cpu, cpu - place_cpu, bool(marks))


def placed(pair: Pair, sidecar: Sidecar, truth: Truth) -> Pair:
    """The pair with the place of an answer, and how far it is off."""
    at, reasons = sidecar.placement, list(sidecar.quality.reasons)
    names = ("x", "y", "width", "height", "score", "runner_up", "confidence")
    pair = replace(pair, placement={name: getattr(at, name) for name in names}, reasons=reasons)
    if not truth.is_related:
        return pair
    errors, is_fixed = place_errors(sidecar, truth), claimed_fixed(sidecar)
    fixed = errors[is_fixed & np.isfinite(errors)]
    worst_fixed = float(fixed.max()) if len(fixed) else 0.0
    return replace(pair, corner_px=float(np.nanmax(errors)), fixed_px=worst_fixed)


def judged(case: Case, answer: Answer) -> Found:
    if answer.sidecar is None:
        return Found(answer.match_cpu, answer.refusal)
    found = answer.sidecar.frame_map
    verification = verify_frames(found.bg, case.truth, case)
    exact = verification.exact.astype(int).tolist()
    error = verification.error.tolist()
    margin, confidence = rounded(found.margin), rounded(found.confidence)
    ends = listed(found.low), listed(found.high)
    return Found(answer.match_cpu, "", found.bg.tolist(), error, exact, margin, confidence, *ends)


def entry_of(case: Case) -> catalogue.Entry:
    """Of a pair that the catalogue does not name, as far as its tags tell."""
    recipe = next((tag for tag in sorted(case.tags) if tag in (*catalogue.RECIPES, "unrelated")), "other")
    return catalogue.Entry(case.name.partition("-")[0], recipe, "held_out" in case.tags)


def rounded(values: F32 | None) -> list[float]:
    """Six digits are enough."""
    return [] if values is None else [float(f"{v:.6g}") for v in values.tolist()]


def listed(values: I64 | None) -> list[int]:
    return [] if values is None else values.tolist()

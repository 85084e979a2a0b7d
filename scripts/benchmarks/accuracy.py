"""Pairs with known truth through every engine: decoded and placed once, matched by each on the same proxies."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

from support import catalogue, constructed_maps
from support.picture_edits import Box
from support.scoring import corner_error, in_motion, verify_frames
from support.truth_cases import Case, Recipe, build, read, write_bg

from benchmarks.cpu import decode, timed
from benchmarks.results import Found, Pair
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.analysis import AnalysisOptions, align_proxies, search_placement
from vidkompy.errors import NoMatch, UsageError
from vidkompy.media.probe import probe
from vidkompy.media.proxies import Proxies, ProxyParameters, make_proxies
from vidkompy.model import F32, I64, FrameMap, PlacementResult
from vidkompy.placement.candidates import CandidateParameters
from vidkompy.sidecar.quality import assess_quality
from vidkompy.thread_limits import single_threaded_blas

OPTIONS = AnalysisOptions()  # as of the command line


def results(cases: Iterable[Case], engines: Sequence[EngineName], jobs: int) -> Iterator[Pair]:
    """One for each case, in order. `jobs` processes share the work; each loads the kernels before it measures."""
    if jobs == 1:
        warm(engines)
        yield from (measured(case, engines) for case in cases)
        return
    waiting: deque[Future[Pair]] = deque()
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), warm, (engines,)) as pool:
        for case in cases:
            waiting.append(pool.submit(measured, case, engines))
            if len(waiting) > jobs:  # pairs are made no faster than they are measured
                yield waiting.popleft().result()
        yield from (result.result() for result in waiting)


def cases_in(folder: Path, only: str) -> Iterator[Case]:
    """Those that scripts/make_pairs left in a folder."""
    paths = sorted(path.parent for path in folder.glob("*/truth.json"))
    return (read(path) for path in paths if fnmatch(path.name, only))


def warm(engines: Sequence[EngineName]) -> None:
    """Compile or load the kernels, so that the first pair does not pay for it."""
    with tempfile.TemporaryDirectory() as folder:
        bg = write_bg(Path(folder) / "bg.mp4", "pan", 60, size=(320, 180))
        measured(
            build(Recipe(Box(41, 25, 200, 120), constructed_maps.offset(60, 6)), bg, Path(folder) / "pair"), engines
        )


def measured(case: Case, engines: Sequence[EngineName]) -> Pair:
    entry = catalogue.entries().get(case.name) or entry_of(case)
    _, plain = timed(lambda: [decode(path) for path in (case.fg, case.bg)])
    truth = case.truth
    moving = in_motion(case).astype(int).tolist()
    pair = partial(
        Pair,
        case.name,
        entry.kind,
        entry.recipe,
        entry.is_held_out,
        truth.is_related,
        truth.map.tolist(),
        moving,
        plain,
    )
    with single_threaded_blas():
        (fg, bg, placed), cpu = timed(lambda: decoded_and_placed(case))
        if isinstance(placed, NoMatch):
            return pair(cpu, str(placed), found={engine: Found(0.0, str(placed)) for engine in engines})
        search = SearchOptions(reorder=entry.recipe == "reordered")
        found: dict[str, Found] = {engine: matched(case, fg, bg, placed, engine, search) for engine in engines}
    at = placed.placement
    corner = corner_error((at.x, at.y, at.width, at.height), truth) if truth.is_related else None
    names = ("x", "y", "width", "height", "score", "runner_up", "confidence")
    return pair(cpu, corner_px=corner, placement={name: getattr(at, name) for name in names}, found=found)


def entry_of(case: Case) -> catalogue.Entry:
    """Of a pair that the catalogue does not name, as far as its tags tell."""
    recipe = next((tag for tag in sorted(case.tags) if tag in (*catalogue.RECIPES, "unrelated")), "other")
    return catalogue.Entry(case.name.partition("-")[0], recipe, "held_out" in case.tags)


def decoded_and_placed(case: Case) -> tuple[Proxies, Proxies, PlacementResult | NoMatch]:
    fg, bg = (
        make_proxies(probe(path), CandidateParameters.large_frames, in_a_row=row)
        for path, row in ((case.fg, 1), (case.bg, ProxyParameters().consecutive_frames))
    )
    try:
        return fg, bg, search_placement(fg, bg, OPTIONS.scale_range, OPTIONS.min_confidence)
    except NoMatch as e:
        return fg, bg, e


def matched(
    case: Case, fg: Proxies, bg: Proxies, placed: PlacementResult, engine: EngineName, search: SearchOptions
) -> Found:
    found, cpu = timed(lambda: mapped(fg, bg, placed, engine, search))
    if isinstance(found, str):
        return Found(cpu, found)
    verification = verify_frames(found.bg, case.truth, case)
    exact = verification.exact.astype(int).tolist()
    error = verification.error.tolist()
    margin, confidence = rounded(found.margin), rounded(found.confidence)
    return Found(cpu, "", found.bg.tolist(), error, exact, margin, confidence, listed(found.low), listed(found.high))


def mapped(
    fg: Proxies, bg: Proxies, placed: PlacementResult, engine: EngineName, search: SearchOptions
) -> FrameMap | str:
    """Or why not, as `vidkompy.analysis.analyze` decides it."""
    try:
        found = align_proxies(fg, bg, placed, engine, search)
        assess_quality(
            placed.placement, found, fg.clip, bg.clip, OPTIONS.min_confidence, force=False, audio_offset=None
        )
    except (NoMatch, UsageError) as e:
        return str(e)
    return found


def rounded(values: F32 | None) -> list[float]:
    """Six digits are enough."""
    return [] if values is None else [float(f"{v:.6g}") for v in values.tolist()]


def listed(values: I64 | None) -> list[int]:
    return [] if values is None else values.tolist()

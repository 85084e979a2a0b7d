"""What each tuned number is worth: every one is moved by a quarter down and up, by itself, on pairs for tuning.

A number that a pair's analysis never reads cannot change it: reads are recorded first, and such pairs are left out.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, is_dataclass
from fnmatch import fnmatch
from typing import Any

import numpy as np
from support.scoring import corner_error, verify_frames
from support.truth_cases import Case

from benchmarks.accuracy import warm
from benchmarks.cpu import timed
from benchmarks.tables import markdown
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.analysis import AnalysisOptions, AnalysisParameters
from vidkompy.errors import VidkompyError
from vidkompy.measuring.placement_search import search_placement
from vidkompy.measuring.proxy_alignment import align_proxies
from vidkompy.media.probe import probe
from vidkompy.media.proxies import Proxies, ProxyParameters
from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.model import PlacementResult
from vidkompy.numerics.thread_limits import single_threaded_blas
from vidkompy.parameters import Number, numbers_of, with_number
from vidkompy.placement.candidates import CandidateParameters

CHANGE = 0.25  # of a number, down and up
NOTABLE_CPU = 1.15  # ratio, either way, of the CPU with and without a change; less may be noise
HEAD = ("number", "value", "moved to", "pairs", "exact frames", "corner px", "refusals", "CPU x")


@dataclass(frozen=True)
class Outcome:
    """What came of one pair. corner_px: farthest that a corner lies from its true place; NaN where refused."""

    exact: int
    corner_px: float
    is_refused: bool
    cpu: float


@dataclass(frozen=True)
class Trial:
    """One pair under one changed number, and as it was."""

    name: str
    moved_to: Any
    before: Outcome
    after: Outcome


def lines(cases: Iterable[Case], engine: EngineName, only: str, jobs: int) -> Iterator[str]:
    """A table with a row for each change that did something, and the names of the numbers whose changes did nothing."""
    numbers = [number for number in numbers_of(AnalysisParameters()) if _is_moved(number, only)]
    if not numbers:
        sys.exit(f"no number of the placement or the alignment is called '{only}'")
    trials: dict[tuple[str, str], list[Trial]] = defaultdict(list)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, warm, ([engine],)) as pool:
        for found in pool.map(_tried, *zip(*((case, engine, only) for case in cases), strict=True)):
            for trial in found:
                trials[trial.name, str(trial.moved_to)].append(trial)
    rows = [row for number in numbers for row in _rows(number, trials)]
    yield markdown(HEAD, rows)
    effective = {row[0] for row in rows}
    read = {name for name, _ in trials}
    yield f"\n{len(numbers)} numbers; no change of these moved a frame, a corner by 0.01 px, a refusal, or CPU by 15 %:"
    yield ", ".join(f"`{n.name}`" for n in numbers if n.name in read and f"`{n.name}`" not in effective)
    yield "\nnever read on these pairs:"
    yield ", ".join(f"`{n.name}`" for n in numbers if n.name not in read)


def _rows(number: Number, trials: dict[tuple[str, str], list[Trial]]) -> Iterator[list[str]]:
    for (name, moved_to), found in trials.items():
        if name != number.name:
            continue
        exact = sum(t.after.exact - t.before.exact for t in found)
        shifts = [t.after.corner_px - t.before.corner_px for t in found]
        known = [s for s in shifts if np.isfinite(s)]
        corner = max(known, key=abs, default=0.0)
        refusals = sum(t.after.is_refused - t.before.is_refused for t in found)
        cpu = sum(t.after.cpu for t in found) / sum(t.before.cpu for t in found)
        if exact or refusals or abs(corner) >= 0.01 or abs(np.log(cpu)) > np.log(NOTABLE_CPU):
            cells = [f"{exact:+d}", f"{corner:+.2f}", f"{refusals:+d}", f"{cpu:.2f}"]
            yield [f"`{name}`", str(number.value), moved_to, str(len(found)), *cells]


def _tried(case: Case, engine: EngineName, only: str) -> list[Trial]:
    """One pair under all changes of the numbers that its analysis reads."""
    rows = (1, ProxyParameters().consecutive_frames)
    fg, bg = (
        make_proxies(probe(path), CandidateParameters.large_frames, in_a_row=row)
        for path, row in zip((case.fg, case.bg), rows, strict=True)
    )
    trials = []
    with single_threaded_blas():
        placed: PlacementResult | None = None
        with contextlib.suppress(VidkompyError):
            placed = _placed(fg, bg, AnalysisParameters())
        defaults = AnalysisParameters()
        with _reads_recorded(defaults) as read:
            _outcome(case, fg, bg, None, engine, defaults)
        before = {
            known is None: _outcome(case, fg, bg, known, engine, AnalysisParameters()) for known in (None, placed)
        }
        for number in numbers_of(AnalysisParameters()):
            if number.name not in read or not _is_moved(number, only):
                continue
            known = None if number.name.startswith("placement.") else placed
            for value in _moved(number.value):
                changed = with_number(AnalysisParameters(), number.name, value)
                after = _outcome(case, fg, bg, known, engine, changed)
                trials.append(Trial(number.name, value, before[known is None], after))
    return trials


def _outcome(
    case: Case,
    fg: Proxies,
    bg: Proxies,
    known: PlacementResult | None,
    engine: EngineName,
    parameters: AnalysisParameters,
) -> Outcome:
    """known: the placement, where the number that changes has no part in finding it."""

    def measured() -> tuple[int, float, bool]:
        try:
            placed = known or _placed(fg, bg, parameters)
            search = SearchOptions(reorder="reordered" in case.tags, parameters=parameters.alignment)
            found = align_proxies(fg, bg, placed, engine, search)
        except VidkompyError:
            return 0, float("nan"), True
        at = placed.placement
        exact = int(verify_frames(found.bg, case.truth, case).exact.sum())
        return exact, corner_error((at.x, at.y, at.width, at.height), case.truth), False

    try:
        outcome, cpu = timed(measured)
    except (ValueError, ZeroDivisionError, IndexError):  # a value that the code cannot work with
        return Outcome(0, float("nan"), True, 0.0)
    return Outcome(*outcome, cpu)


def _is_moved(number: Number, only: str) -> bool:
    """Proxies and the parameters of the drivers stay as they are: each would have to be decoded, or judged, anew."""
    return number.name.startswith(("placement.", "alignment.")) and fnmatch(number.name, only)


def _placed(fg: Proxies, bg: Proxies, parameters: AnalysisParameters) -> PlacementResult:
    options = AnalysisOptions()
    return search_placement(fg, bg, options.scale_range, options.min_confidence, parameters=parameters.placement)


def _moved(value: Any) -> Iterator[Any]:
    """Other values for a number: a quarter less, a quarter more; whole numbers by 1 at least."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from {value - max(1, round(CHANGE * abs(value))), value + max(1, round(CHANGE * abs(value)))}
    elif isinstance(value, float):
        yield from (value * (1 - CHANGE), value * (1 + CHANGE))
    elif isinstance(value, tuple) and all(isinstance(v, int | float) for v in value):
        yield from zip(*(tuple(_moved(v)) for v in value), strict=True)


@contextlib.contextmanager
def _reads_recorded(parameters: object) -> Iterator[set[str]]:
    """Dotted names of the numbers that are read within, of these very instances."""
    read: set[str] = set()
    prefixes: dict[int, str] = {}
    kinds: set[type] = set()

    def collect(thing: Any, prefix: str) -> None:
        prefixes[id(thing)] = prefix
        kinds.add(type(thing))
        for f in fields(thing):
            inner = getattr(thing, f.name)
            if is_dataclass(inner):
                collect(inner, f"{prefix}{f.name}.")

    def recorded(self: object, name: str) -> object:
        if id(self) in prefixes:
            read.add(prefixes[id(self)] + name)
        return object.__getattribute__(self, name)

    collect(parameters, "")
    for kind in kinds:
        setattr(kind, "__getattribute__", recorded)  # noqa: B010 - a type checker knows that it is no method
    try:
        yield read
    finally:
        for kind in kinds:
            delattr(kind, "__getattribute__")

"""The coarse fit: candidate transforms refined on small views against all BG frames, position and time together.

Each round correlates a few FG samples with all BG frames at the present transform, takes the cheapest path in time
through these scores, and makes one Gauss-Newton step on the frame pairs along that path (see `gauss_newton`). The
cheapest round is the answer, to about a tenth of a view's pixel; the fine fit starts from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F64, I64, Box
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.coarse_problem import CoarseProblem
from vidkompy.placement.fit_budget import FitBudgetParameters, gets_another_round
from vidkompy.placement.frame_samples import without_blank_frames
from vidkompy.placement.gauss_newton import ViewIndices, gauss_newton_step, linearise, neighbours_in_time
from vidkompy.placement.known_places import NOTHING_KNOWN, KnownPlaces, PruningParameters
from vidkompy.placement.time_path import TimePathParameters, path_through_scores, windows_around_first_path
from vidkompy.placement.transforms import corner_shift
from vidkompy.records import Record


class CoarseFitParameters(Record):
    """Tuned numbers of the coarse fit."""

    scored_bg_frames: int = tuned(
        150,
        unit="BG frames that a candidate is scored on",
        raising="better starts, more work",
        source=without_effect("CPU on long BGs"),
    )
    scored_every: int = tuned(
        2,
        unit="FG samples from one scored to the next",
        raising="less work",
        source="chosen by eye",
    )
    scored_per_start: int = tuned(
        3, unit="candidates scored for each start", raising="better starts, more work", source="chosen by eye"
    )
    distinct_px: float = tuned(
        1.0,
        unit="px of BG view between corners",
        raising="more candidates and more fits count as one",
        source="chosen by eye",
    )
    same_place_px: float = tuned(
        0.375,
        unit="px of BG view between corners",
        raising="more starts are skipped because a fit lies there; more fits agree, which ends the search",
        source=without_effect("starts that lead to one place"),
    )
    quick_starts: int = tuned(
        3, unit="starts up to which a search may end early", raising="fewer fits are compared", source="chosen by eye"
    )
    clear_cost: float = tuned(
        0.05,
        unit="1 - ZNCC of a fit that is good enough to end the search",
        raising="searches end earlier, some at wrong places",
        source=without_effect("wrong places that fit badly"),
    )
    clear_lead: float = tuned(
        2.0, unit="times the best fit's cost", raising="searches end later", source="chosen by eye"
    )
    rival_cost: float = tuned(
        0.06,
        unit="coarse cost above the best, within which a coarse fit is registered",
        raising="more rivals are compared, at more cost",
        source=without_effect("repeating content"),
    )
    reweightings: int = tuned(
        1, unit="fits of the robust weights after the first, each step", raising="more work", source="chosen by eye"
    )
    most_pixels: int = tuned(
        3000, unit="px of a pair", raising="more work", source="measured: all 5184 gave 50 made pairs the same answers"
    )
    converged: float = tuned(
        0.1,
        unit="px of BG view that corners move",
        raising="fits end sooner and further off",
        source="chosen by eye: the fine fit starts from there",
    )
    longest_step: float = tuned(
        2.5,
        unit="px of BG view that corners move",
        raising="far starts arrive sooner or overshoot",
        source=without_effect("starts that are far off"),
    )
    tolerated_rise: float = tuned(
        1.002,
        unit="times the least cost so far",
        raising="later rounds replace earlier ones though they cost more",
        source="chosen by eye",
    )
    inlier_share: float = tuned(
        0.75,
        unit="share of the FG samples that make the cost, the best-matched",
        raising="inserted content counts as misfit; lower: wrong places cost less",
        source="chosen by eye",
    )
    large_reach: int = tuned(
        2,
        unit="BG frames either side of where a match is expected that must be in memory large",
        raising="fewer samples are eligible; lower: matches lie on neighbours that are not in memory",
        source="chosen by eye",
    )
    least_inside: float = tuned(
        0.1,
        unit="share of the FG samples that BG shows at least",
        raising="where BG is much shorter, samples beyond it pass for usual ones",
        source="chosen by eye",
    )
    outside_ratio: float = tuned(
        4.0,
        unit="a sample's 1 - ZNCC over that of those that fit best, from which it may lie beyond BG's ends",
        raising="fewer samples are left out",
        source="chosen by eye",
    )
    narrowings: int = tuned(
        2, unit="rounds", raising="samples near BG's ends are told apart better, at more cost", source="chosen by eye"
    )
    least_outside: float = tuned(
        0.03, unit="1 - ZNCC of such a sample at least", raising="fewer samples are left out", source="chosen by eye"
    )
    disorder: float = tuned(
        8.0,
        unit="cost of a fit in BG's order over that in any order, from which FG's scenes are taken to be re-ordered",
        raising="fewer FGs are searched without an order at once",
        source="most of 81 made pairs: 13 and more where scenes were re-ordered, 1.2 at most elsewhere",
    )
    least_free_cost: float = tuned(
        0.015,
        unit="1 - ZNCC in any order, at least",
        raising="fewer FGs are taken to be re-ordered, of those that fit well",
        source="chosen by eye: what most right fits cost",
    )
    budget: FitBudgetParameters = FitBudgetParameters()
    time_path: TimePathParameters = TimePathParameters()
    pruning: PruningParameters = PruningParameters()


class CoarseFit(Record, eq=False):
    """A transform, and the BG frames that FG's samples show there.

    view_transform   f64 [4]   px of the fit's views
    cost             mean 1 - ZNCC over the best-matched `inlier_share` of the samples
    path             i64 [n]   BG frame of each sample
    scores           f64 [n]   ZNCC of each sample
    free_cost        the cost if samples may lie in any order
    """

    view_transform: F64
    cost: float
    path: I64
    scores: F64
    free_cost: float = float("inf")


def fit_coarse(
    problem: CoarseProblem,
    candidates: Sequence[F64],
    starts: int,
    parameters: CoarseFitParameters = CoarseFitParameters(),
    known: KnownPlaces = NOTHING_KNOWN,
) -> list[CoarseFit]:
    """Fits from the best candidates, cheapest first; at most `starts`.

    candidates   transforms in frame px, best first
    known        what was registered before
    A search of up to `quick_starts` starts stops as soon as one fit is clear; a longer one after as many, if one of
    these is, or the best of these is the best known place.
    """
    fits: list[CoarseFit] = []
    quick, pruning = parameters.quick_starts, parameters.pruning
    most = parameters.scored_per_start * starts
    for start_cost, q in _best_starts(problem, candidates, most, parameters):
        if known.is_hopeless_start(start_cost, bool(fits), pruning):
            break
        if len(fits) > 1 and any(
            corner_shift(q, f.view_transform, problem.box) < parameters.same_place_px for f in fits
        ):
            continue
        fit = _solve(problem, q, parameters)
        if fit is not None:
            fits = sorted([*fits, fit], key=lambda f: f.cost)
        is_quick = starts <= quick or len(fits) >= quick
        if len(fits) >= starts or (is_quick and _is_clear(problem, fits, parameters)):
            break
        if len(fits) >= quick and known.is_best(fits[0].view_transform, problem.view_per_frame, problem.box, pruning):
            break
    return fits


def fits_to_register(
    problem: CoarseProblem, fits: Sequence[CoarseFit], known: KnownPlaces, parameters: CoarseFitParameters
) -> list[CoarseFit]:
    """`distinct_fits` without those that are known, or far worse than what is known."""
    at = problem.view_per_frame, problem.box, parameters.pruning
    return [
        fit
        for fit in distinct_fits(problem, fits, parameters)
        if known.is_worth_registering(fit.view_transform, fit.cost, parameters.rival_cost, *at)
    ]


def is_hopeless(problem: CoarseProblem, fit: CoarseFit, parameters: CoarseFitParameters) -> bool:
    """Whether FG fits badly there, and that not for altered parts alone: then it shows something else."""
    if fit.cost < parameters.pruning.hopeless_fit:
        return False
    if problem.ignores_altered_parts:
        return True
    unaltered = replace(problem, ignores_altered_parts=True, is_ordered=False)
    there = fit_times_at(unaltered, fit.view_transform / problem.view_per_frame, parameters)
    return there is None or there.cost >= parameters.pruning.hopeless_unaltered


def is_disordered(fit: CoarseFit, parameters: CoarseFitParameters) -> bool:
    """Whether FG fits well, but for the order of its scenes."""
    return fit.cost > parameters.disorder * max(fit.free_cost, parameters.least_free_cost)


def distinct_fits(
    problem: CoarseProblem, fits: Sequence[CoarseFit], parameters: CoarseFitParameters
) -> list[CoarseFit]:
    """The best fit, and others elsewhere that are nearly as good: only a registration can tell them apart.

    fits   cheapest first
    """
    kept: list[CoarseFit] = []
    for fit in fits:
        is_near_best = fit.cost < fits[0].cost + parameters.rival_cost
        if is_near_best and _is_apart(fit.view_transform, [k.view_transform for k in kept], problem.box, parameters):
            kept.append(fit)
    return kept


def fit_times_at(
    problem: CoarseProblem, q: F64, parameters: CoarseFitParameters = CoarseFitParameters()
) -> CoarseFit | None:
    """The BG frames that FG's samples show at `q`, frame px, which is not moved; None as for `_solve`."""
    return _solve(problem, q * problem.view_per_frame, parameters, is_moved=False)


def resample_to_large_frames(
    fg: Proxies,
    bg: Proxies,
    problem: CoarseProblem,
    fit: CoarseFit,
    parameters: CoarseFitParameters = CoarseFitParameters(),
) -> tuple[CoarseProblem, CoarseFit]:
    """The same place, on FG samples that are in memory large and match BG frames that are.

    Reading other frames means seeking in the files: 28 of them cost 6 s (measured). Returns its input if every sample
    is already in memory, or fewer than `samples` usable ones are, the fewer the more of those are blank.
    """
    if all(i in fg.large_frames and is_large_in_memory(bg, j) for i, j in zip(problem.indices, fit.path, strict=True)):
        return problem, fit
    expected = np.rint(np.interp(np.arange(fg.clip.frames), problem.indices, fit.path)).astype(int)
    usable = [i for i in sorted(fg.large_frames) if is_large_in_memory(bg, expected[i], parameters.large_reach)]
    frame = (0.0, 0.0, float(fg.clip.width), float(fg.clip.height))
    seen = without_blank_frames(fg, frame, usable, problem.parameters.blank_samples)
    chosen = [seen[k] for k in evenly_spaced(len(seen), problem.parameters.samples)]
    if len(chosen) < problem.parameters.samples * len(seen) / max(len(usable), 1):
        return problem, fit
    resampled = problem.with_samples(chosen)
    fit_there = fit_times_at(resampled, fit.view_transform / problem.view_per_frame, parameters)
    return (problem, fit) if fit_there is None else (resampled, fit_there)


def fit_within_bg(
    problem: CoarseProblem, fit: CoarseFit, parameters: CoarseFitParameters = CoarseFitParameters()
) -> tuple[CoarseProblem, CoarseFit]:
    """The fit made again on FG samples that lie within BG, where those at FG's head or tail resemble nothing there.

    FG may begin before BG and end after it: such samples count against any place, and pull at it. Returns its input
    where none do so, and where the others do not begin at BG's first frame, or end at its last one.
    """
    for _ in range(parameters.narrowings):
        first, last = _samples_within_bg(problem, fit, parameters)
        frames = np.arange(problem.indices[first], problem.indices[last] + 1)
        if last - first + 1 == len(problem.indices) or problem.ignores_altered_parts:
            break
        chosen = frames[evenly_spaced(len(frames), problem.parameters.samples)].tolist()
        narrowed = problem.with_samples(chosen)
        again = _solve(narrowed, fit.view_transform, parameters)
        if again is None:
            break
        problem, fit = narrowed, again
    return problem, fit


def _samples_within_bg(problem: CoarseProblem, fit: CoarseFit, parameters: CoarseFitParameters) -> tuple[int, int]:
    """First and last FG sample but for those beyond BG's ends."""
    misfit = 1 - fit.scores
    usual = float(np.quantile(misfit, parameters.least_inside))
    inside = np.flatnonzero(misfit <= max(parameters.outside_ratio * usual, parameters.least_outside))
    first, last = int(inside[0]), int(inside[-1])
    near = parameters.time_path.free_bg_frames_per_fg_frame * problem.sample_spacing
    return (
        first if fit.path[first] <= near else 0,
        last if fit.path[last] >= problem.n_bg - 1 - near else len(misfit) - 1,
    )


def is_large_in_memory(bg: Proxies, j: int, reach: int = 1) -> bool:
    """Whether BG frame j and the frames up to `reach` before and after it are in memory large."""
    last = bg.clip.frames - 1
    return all(min(max(j + d, 0), last) in bg.large_frames for d in range(-reach, reach + 1))


def _best_starts(
    problem: CoarseProblem, candidates: Sequence[F64], most: int, parameters: CoarseFitParameters
) -> list[tuple[float, F64]]:
    """Of the first `most` distinct candidates those whose FG samples resemble some BG frame most come first.

    candidates   frame px; the answer is in view px, with 1 - ZNCC of the median sample
    """
    bg_indices = range(0, problem.n_bg, max(1, problem.n_bg // parameters.scored_bg_frames))
    scored = []
    for q in _distinct([c * problem.view_per_frame for c in candidates], problem.box, parameters)[:most]:
        score = problem.score(q, bg_indices, parameters.scored_every)
        if score is not None:
            scored.append((1 - float(np.median(score.max(axis=1))), q))
    return sorted(scored, key=lambda s: s[0])


def _is_clear(problem: CoarseProblem, fits: Sequence[CoarseFit], parameters: CoarseFitParameters) -> bool:
    """Whether the best fit costs little, and the second agrees with it or costs far more."""
    if len(fits) < 2:
        return False
    first, second = fits[:2]
    agree = corner_shift(first.view_transform, second.view_transform, problem.box) < parameters.same_place_px
    return first.cost < parameters.clear_cost and (agree or parameters.clear_lead * first.cost < second.cost)


def _solve(problem: CoarseProblem, q: F64, parameters: CoarseFitParameters, is_moved: bool = True) -> CoarseFit | None:
    """Gauss-Newton from `q`, view px, with the time path solved anew in every round; the cheapest round is the answer.

    is_moved   else `q` is measured where it is
    None where too little of FG is on the canvas.
    """
    best: CoarseFit | None = None
    costs: list[float] = []
    bg_indices: Sequence[int] = range(problem.n_bg)
    if problem.n_bg > parameters.time_path.most_bg_frames:
        bg_indices = windows_around_first_path(problem, q, parameters.time_path)
    while True:
        score = problem.score(q, bg_indices)
        if score is None:
            break
        columns, misfits = path_through_scores(score, problem.sample_spacing, problem.is_ordered, parameters.time_path)
        path = np.array(bg_indices, np.int64)[columns]
        pairs = [ViewIndices(k, int(j), *neighbours_in_time(int(j), problem.n_bg - 1)) for k, j in enumerate(path)]
        equations = linearise(
            problem.blurred,
            q,
            problem.visible(q),
            pairs,
            reweightings=parameters.reweightings,
            parameters=problem.gauss_newton,
            most_pixels=parameters.most_pixels,
        )
        if equations is None:
            break
        step = gauss_newton_step(equations.matrix, equations.right_side, problem.freedom)
        moved = corner_shift(q + step, q, problem.box)
        cost = _inlier_mean(misfits, parameters.inlier_share)
        if best is None or cost <= best.cost * parameters.tolerated_rise:
            free_cost = _inlier_mean((1 - score.max(axis=1)).astype(np.float64), parameters.inlier_share)
            best = CoarseFit(q, cost, path, equations.scores, free_cost)
        costs.append(cost)
        if not is_moved or moved < parameters.converged or not gets_another_round(costs, parameters.budget):
            break
        q = q + step * min(1, parameters.longest_step / moved)
    return best


def _inlier_mean(misfits: F64, share: float) -> float:
    """Mean of the least misfits, of that share of the samples: inserted content must not count."""
    return float(np.sort(misfits)[: int(np.ceil(share * len(misfits)))].mean())


def _distinct(transforms: Sequence[F64], box: Box, parameters: CoarseFitParameters) -> list[F64]:
    """Those that are apart from all before them."""
    kept: list[F64] = []
    for q in transforms:
        if _is_apart(q, kept, box, parameters):
            kept.append(q)
    return kept


def _is_apart(q: F64, others: Sequence[F64], box: Box, parameters: CoarseFitParameters) -> bool:
    return all(corner_shift(q, k, box) > parameters.distinct_px for k in others)

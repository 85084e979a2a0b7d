"""Results -> Markdown tables. A share is the mean over pairs; a pair that was refused counts as refused only."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import fmean, median

import numpy as np
from support.scoring import Score

from benchmarks.causes import CAUSES, is_wrongly_found, names_cause, says
from benchmarks.results import FAILURE, Pair

NEAR_PX = 1.0  # what Placement.confidence claims of the corners
EDGES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)  # of the bins of a confidence; the last includes its end
CASES = {  # recipes of tests/support/catalogue.py by what they try
    "odd offset, late start": "offset",
    "whole canvas, odd size, over the edge": "whole odd outside",
    "drift 472/483": "drift slow_drift",
    "30 -> 24": "to24",
    "25 -> 30": "to30",
    "4 % drops": "drops",
    "4 % duplicates": "duplicates",
    "ramp 0.8 -> 1.2": "ramp",
    "irregular, freeze, variable rate": "irregular freeze variable",
    "crf 28, 32, 34, noise": "crf28 crf32 crf34 noisy",
    "graded, crf 32": "graded",
    "blurred centre": "blurred",
    "logo, banner": "logo banner",
    "bars": "letterbox pillars",
    "scale 0.5": "half",
    "scale 0.77": "scale77",
    "scale 1.25": "scale125",
    "other scales, scale and more": "quarter triple stretched shrunk scale77_graded scale125_bars half_blurred",
    "scene removed": "removed",
    "title inserted": "title",
    "re-ordered": "reordered",
    "with sound": "sound sound_late",
    "8 s of 10 min": "clip",
    "unrelated": "unrelated",
    "stabilised": "stabilised",
    "weave": "weave",
    "pan and scan": "pan_and_scan",
    "slow zoom": "slow_zoom",
    "tilt": "tilt",
    "interlaced BG": "interlaced_bg",
    "interlaced FG": "interlaced_fg",
    "bobbed": "bobbed",
    "telecined": "telecined",
    "anamorphic": "anamorphic",
    "FG longer than BG": "longer",
    "sparse": "sparse",
    "blank gap": "blank_gap",
    "fades": "fades",
    "VFR screen recording": "screen_recording",
    "blended 25 -> 30": "blended",
    "interpolated 24 -> 60": "interpolated",
    "HDR and SDR": "hdr_to_sdr",
    "near-still, crf 28-34": "near_still",
    "lip-synced": "lip_synced",
    "swapped": "swapped",
    "mirrored": "mirrored",
    "BG with repeats": "repeats",
}
KINDS = {"talk": "near-static talk", "periodic": "periodic motion", "blank_pan": "near-blank pan"}
LEAST_EXACT = 0.99  # share of frames below which a pair is listed by itself
MAX_SAID = 110  # characters of a refusal or of the reasons in a cell
WITHOUT_FOLDERS = re.compile(r"'[^']*/([^/']*)'")
SETS = {"tuning": False, "held-out": True}

SUREST = "surest wrong place, frame"

Rows = list[list[str]]


def all_tables(pairs: list[Pair], engine: str = "precise") -> str:
    """Every table that these results can fill; `engine` is looked at case by case."""
    engines = list(dict.fromkeys(name for pair in pairs for name in pair.found))
    parts = [("Engines", by_engine(pairs, engines))]
    if engine in engines:
        parts += [(f"`{engine}` by case", by_case(pairs, engine)), (f"`{engine}` by footage", by_kind(pairs, engine))]
    if engine in engines:
        parts += [(f"`{engine}`: causes that are named", named)] if (named := causes_named(pairs, engine)) else []
        parts += [(f"`{engine}`: pairs with faults", faults)] if (faults := by_pair(pairs, engine)) else []
    parts += [("BG frames that fit as well", held)] if (held := intervals(pairs, engines)) else []
    claims = placements_claimed(pairs)
    parts += [(f"Placement confidence: every corner within {NEAR_PX:g} px", calibration(claims))] if claims else []
    for name in engines:
        claims = frames_claimed(pairs, name)
        parts += [(f"Frame confidence, `{name}`", calibration(claims))] if claims else []
    return "\n\n".join(f"### {title}\n\n{table}" for title, table in parts)


def glance(pair: Pair) -> str:
    """One line on a pair, for those who wait: % exact of each engine that found it, or why none did."""
    scores = [f"{name} {100 * pair.score(name).exact:.1f}" for name in pair.found if pair.is_found(name)]
    corner = "" if pair.corner_px is None else f"corner {pair.corner_px:.2f} px"
    nothing = pair.refusal if pair.refusal.startswith(FAILURE) else "refused"
    return f"{pair.name:36} {corner:16} {', '.join(scores) or nothing}"


# ---- engines, cases, kinds


def by_engine(pairs: list[Pair], engines: Iterable[str]) -> str:
    head = (
        "engine|set|pairs|refused|exact %|moving %|±1 %|mean off|max off|unmatched found %|false %|unrelated found|"
        f"{SUREST}"
    )
    rows: Rows = []
    for engine in engines:
        for name, part in split(p for p in pairs if engine in p.found):
            related = [p for p in part if p.is_related]
            scores = scores_of(related, engine)
            other = [p for p in part if not p.is_related]
            errors = [mean(s.mean_error for s in scores), worst(s.max_error for s in scores)]
            cells = [*percents(scores, "exact", "exact_moving", "within_one"), *errors]
            cells += percents(scores, "found", "false")
            refused = f"{len(related) - len(scores)}"
            accepted = f"{sum(is_wrongly_found(p, engine) for p in other)} of {len(other)}"
            rows.append([f"`{engine}`", name, f"{len(related)}", refused, *cells, accepted, surest_wrong(part, engine)])
    return markdown(head.split("|"), rows)


def by_case(pairs: list[Pair], engine: str) -> str:
    labels = {recipe: label for label, recipes in CASES.items() for recipe in recipes.split()}
    return grouped("case", pairs, engine, lambda p: labels.get(p.recipe, p.recipe), list(CASES))


def by_kind(pairs: list[Pair], engine: str) -> str:
    names = [KINDS.get(p.kind, p.kind) for p in pairs]
    return grouped("footage", pairs, engine, lambda p: KINDS.get(p.kind, p.kind), list(dict.fromkeys(names)))


def grouped(title: str, pairs: list[Pair], engine: str, label: Callable[[Pair], str], order: list[str]) -> str:
    """One row for each label and set that has pairs; labels missing from `order` come last."""
    head = (
        f"{title}|set|pairs|exact %|moving %|±1 %|max off|corner px, max|wrongly refused|wrongly found|CPU x decode|"
        f"{SUREST}"
    )
    labels = list(dict.fromkeys([*order, *map(label, pairs)]))
    rows: Rows = []
    for wanted in labels:
        for name, part in split(p for p in pairs if label(p) == wanted and engine in p.found):
            related = [p for p in part if p.is_related]
            scores = scores_of(related, engine)
            cells = [*percents(scores, "exact", "exact_moving", "within_one"), worst(s.max_error for s in scores)]
            cells.append(worst((p.corner_px for p in related if p.corner_px is not None), 2))
            cells.append(f"{len(related) - len(scores)}")
            cells.append(f"{sum(is_wrongly_found(p, engine) for p in part)}")
            cells.append(f"{median(p.ratio(engine) for p in part):.2f}")
            cells.append(surest_wrong(part, engine))
            rows.append([wanted, name, f"{len(part)}", *cells])
    return markdown(head.split("|"), rows)


def split(pairs: Iterable[Pair]) -> Iterator[tuple[str, list[Pair]]]:
    """Sets that have pairs."""
    pairs = list(pairs)
    for name, is_held_out in SETS.items():
        if part := [p for p in pairs if p.is_held_out == is_held_out]:
            yield name, part


def scores_of(pairs: list[Pair], engine: str) -> list[Score]:
    return [p.score(engine) for p in pairs if p.is_found(engine)]


def intervals(pairs: list[Pair], engines: Iterable[str]) -> str:
    """Over all frames for which an engine named BG frames that fit as well."""
    rows: Rows = []
    for engine in engines:
        for name, part in split(p for p in pairs if p.is_related and p.is_found(engine) and p.found[engine].low):
            found = [(p.found[engine].low, p.found[engine].high, p.truth) for p in part]
            low, high, truth = (np.concatenate(lists) for lists in zip(*found, strict=True))
            both = (low >= 0) & (truth >= 0)
            low, high, truth = low[both], high[both], truth[both]
            if len(truth):
                wide, alone = (high - low).mean(), (high - low == 1).mean()
                inside = ((low <= truth) & (truth < high)).mean()
                cells = [f"{len(truth)}", f"{wide:.2f}", f"{100 * alone:.1f}", f"{100 * inside:.2f}"]
                rows.append([f"`{engine}`", name, *cells])
    return (
        markdown(["engine", "set", "frames", "mean width", "of width 1 %", "hold the true frame %"], rows)
        if rows
        else ""
    )


def surest_wrong(pairs: list[Pair], engine: str) -> str:
    """Largest confidence claimed for a wrong place, and for a wrong frame more than 1 off; "-" where none is."""
    answered = [p for p in pairs if p.is_found(engine) and (p.is_related or is_wrongly_found(p, engine))]
    claims = ([p.wrong_place_claim() for p in answered], [p.wrong_frame_claim(engine) for p in answered])
    return ", ".join(worst((c for c in found if c is not None), 3) for found in claims)


def by_pair(pairs: list[Pair], engine: str) -> str:
    """One row for each pair with a fault: refused, failed, misplaced, mistimed, or accepted though unrelated."""
    head = "pair|set|exact %|max off|corner px|CPU x decode|surest wrong place, frame|says"
    rows: Rows = []
    for name, part in split(p for p in pairs if engine in p.found and is_faulty(p, engine)):
        for p in part:
            cells = ["-", "-", "-"]
            if p.is_found(engine):
                score = p.score(engine)
                corner = "-" if p.corner_px is None else f"{p.corner_px:.2f}"
                cells = [f"{100 * score.exact:.1f}", f"{score.max_error}", corner]
            words = WITHOUT_FOLDERS.sub(r"'\1'", says(p, engine)).replace("|", "/").replace("\n", " ")
            rows.append(
                [p.name, name, *cells, f"{p.ratio(engine):.1f}", surest_wrong([p], engine), words[:MAX_SAID] or "-"]
            )
    return markdown(head.split("|"), rows) if rows else ""


def is_faulty(pair: Pair, engine: str) -> bool:
    if not pair.is_found(engine):
        return pair.is_related or pair.found[engine].refusal.startswith(FAILURE)
    off = pair.corner_px or 0.0
    if not pair.is_related:
        return is_wrongly_found(pair, engine)
    return off > NEAR_PX or pair.score(engine).exact < LEAST_EXACT


def causes_named(pairs: list[Pair], engine: str) -> str:
    """How many answers and refusals say what is going on."""
    labels = {recipe: label for label, recipes in CASES.items() for recipe in recipes.split()}
    rows: Rows = []
    for recipe in CAUSES:
        for name, part in split(p for p in pairs if p.recipe == recipe and engine in p.found):
            rows.append([labels[recipe], name, f"{sum(names_cause(p, engine) for p in part)} of {len(part)}"])
    return markdown(["kind", "set", "named"], rows) if rows else ""


# ---- calibration

Claim = tuple[bool, float, bool]  # held out, probability claimed, whether it was right


def placements_claimed(pairs: list[Pair]) -> list[Claim]:
    """Of all placements found, those of unrelated pairs too."""
    claims = []
    for pair in pairs:
        claimed = pair.placement.get("confidence")
        if claimed is not None:
            is_right = pair.corner_px is not None and pair.corner_px <= NEAR_PX
            claims.append((pair.is_held_out, claimed, is_right))
    return claims


def frames_claimed(pairs: list[Pair], engine: str) -> list[Claim]:
    claims: list[Claim] = []
    for pair in pairs:
        if pair.is_found(engine):
            found = pair.found[engine]
            each = zip(found.confidence, found.exact, strict=False)
            claims += [(pair.is_held_out, claimed, bool(is_right)) for claimed, is_right in each]
    return claims


def calibration(claims: list[Claim]) -> str:
    """How often a claim was right, by how probable it said it was. The gap is weighted by n: 0 is perfect."""
    rows: Rows = []
    for name, is_held_out in SETS.items():
        part = np.array([(claimed, right) for held_out, claimed, right in claims if held_out == is_held_out])
        if not len(part):
            continue
        which = np.clip(np.searchsorted(EDGES, part[:, 0], side="right") - 1, 0, len(EDGES) - 2)
        gap = 0.0
        for k in np.unique(which):
            claimed, right = part[which == k].mean(axis=0)
            n = int((which == k).sum())
            gap += n / len(part) * abs(claimed - right)
            rows.append([name, f"{EDGES[k]:g} - {EDGES[k + 1]:g}", f"{n}", f"{claimed:.3f}", f"{right:.3f}"])
        claimed, right = part.mean(axis=0)
        rows.append([name, f"all, mean gap {gap:.3f}", f"{len(part)}", f"{claimed:.3f}", f"{right:.3f}"])
    return markdown(["set", "claimed", "n", "mean claimed", "share right"], rows)


# ---- cells


def markdown(head: Sequence[str], rows: Rows) -> str:
    """A table whose columns line up in plain text too; those with numbers to the right."""
    widths = [max(3, *(len(row[c]) for row in [head, *rows])) for c in range(len(head))]
    is_text = [c == 0 or any(row[c][:1].isalpha() for row in rows) for c in range(len(head))]
    rule = ["-" * w if t else "-" * (w - 1) + ":" for w, t in zip(widths, is_text, strict=True)]
    lines = [head, rule, *rows]
    aligned = (
        [c.ljust(w) if t else c.rjust(w) for c, w, t in zip(line, widths, is_text, strict=True)] for line in lines
    )
    return "\n".join(f"| {' | '.join(cells)} |" for cells in aligned)


def percents(scores: list[Score], *names: str) -> list[str]:
    return [mean((100 * getattr(s, name) for s in scores), 1) for name in names]


def mean(values: Iterable[float], digits: int = 2) -> str:
    """Of those that are numbers; "-" if none is."""
    counted = [v for v in values if not math.isnan(v)]
    return f"{fmean(counted):.{digits}f}" if counted else "-"


def worst(values: Iterable[float], digits: int = 0) -> str:
    counted = list(values)
    return f"{max(counted):.{digits}f}" if counted else "-"

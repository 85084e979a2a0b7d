"""index.html: the page of a batch, renewed from its results as often as wanted."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from vidkompy.batch.pair_task import COMPOSITE, DONE, ENDINGS, REPORT, SIDECAR, THUMBNAIL, PairResult
from vidkompy.batch.summary import PAGE_NAME, clock, counts_of
from vidkompy.errors import OutputError
from vidkompy.media.atomic_outputs import write_text
from vidkompy.report.clock_text import probability_text
from vidkompy.report.gallery import PAGE_MARK, GalleryEntry, gallery_page

LINKED = ((REPORT, "report"), (COMPOSITE, "composite"), (SIDECAR, "sidecar"))
MARK_BYTES = 1000  # of a page that are searched for our mark


def write_gallery(folder: Path, results: Collection[PairResult], waiting: int = 0) -> Path:
    """The page. waiting: pairs that have no result yet.

    Raises OutputError where it cannot be written, or another page has its name.
    """
    path = folder / PAGE_NAME
    if os.path.lexists(path) and not _is_ours(path):
        raise OutputError(f"'{path}' is not the page of a batch; move it away, and that takes its place")
    entries = [_entry(result, folder) for result in results]
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    name = folder.absolute().name or str(folder)
    write_text(path, gallery_page(name, entries, list(_facts(results, waiting)), moment), overwrite=True)
    return path


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return PAGE_MARK.encode() in file.read(MARK_BYTES)
    except OSError:
        return False


def _entry(result: PairResult, folder: Path) -> GalleryEntry:
    there = _files(result, folder) if result.status == DONE else {}
    picture = next((path for ending, path in there.items() if ending == THUMBNAIL), "")
    return GalleryEntry(
        result.name,
        result.status,
        result.seconds,
        result.number,
        result.confidence,
        _clip_names(result),
        tuple(_notes(result)),
        picture,
        tuple((there[ending], text) for ending, text in LINKED if ending in there),
    )


def _files(result: PairResult, folder: Path) -> dict[str, str]:
    """Paths by ending, of what lies in the pair's folder now: a report may have been made, or a composite removed."""
    if not result.files:
        return {}
    own = PurePosixPath(result.files[0]).parent
    try:
        names = {*os.listdir(folder / own)}  # noqa: PTH208 - ten thousand folders, of which names are enough
    except OSError:
        return {}
    return {e: str(own / (result.name + e)) for e in ENDINGS if result.name + e in names}


def _clip_names(result: PairResult) -> tuple[str, ...]:
    fg, *bgs = (_file_name(state.clip) for state in result.clips) if result.clips else ("",)
    bg = _file_name(result.bg) if result.bg else bgs[0] if len(bgs) == 1 else f"any of {len(bgs)} BGs"
    return (fg, bg) if bgs else ()


def _file_name(clip: str) -> str:
    return PurePosixPath(clip.replace(os.sep, "/")).name


def _notes(result: PairResult) -> Iterator[str]:
    if result.message:
        yield result.message
    if result.others and result.status == DONE:
        yield f"the best of {len(result.others) + 1} BGs"
    yield from result.reasons


def _facts(results: Collection[PairResult], waiting: int) -> Iterator[tuple[str, str]]:
    counts = {status: count for status, count in counts_of(results).items() if count}
    if waiting:
        counts["waiting"] = waiting
    yield "Pairs", ", ".join(f"{count:,}\N{NO-BREAK SPACE}{status}" for status, count in counts.items()) or "none yet"
    known = sorted(r.confidence for r in results if r.status == DONE and r.confidence is not None)
    if known:
        middle = known[len(known) // 2]
        yield "Confidence", f"{probability_text(known[0])} at least, {probability_text(middle)} in the middle"
    yield "Work", f"{clock(sum(r.seconds for r in results))}, {clock(sum(r.cpu_seconds for r in results))} of CPU"

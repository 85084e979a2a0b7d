"""Results of batches that were never run, and the files that they name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from vidkompy.batch.pair_task import (
    DONE,
    ENDINGS,
    REPORT,
    SIDECAR,
    THUMBNAIL,
    ClipState,
    PairResult,
    Status,
)

PAGE = "<!doctype html><title>{}</title>"


def result(
    name: str, status: Status = DONE, confidence: float | None = None, number: int = 0, **values: object
) -> PairResult:
    """Of fg.mp4 over bg.mp4, with a sidecar where it is done, unless `values` say otherwise."""
    clips = (ClipState(f"/films/{name}.mp4"), ClipState("/films/master.mov"))
    files = (f"{name}/{name}{SIDECAR}",) if status == DONE else ()
    bg = "/films/master.mov" if status == DONE else ""
    usual = {"clips": clips, "files": files, "bg": bg, "seconds": 1.5, "cpu_seconds": 2.0}
    return PairResult(name, status, "key", confidence=confidence, number=number, **{**usual, **values})  # type: ignore[arg-type]


def with_files(results: Iterable[PairResult], folder: Path, endings: Iterable[str] = ENDINGS) -> list[PairResult]:
    """The same, with all that a pair can have on the disk where it is done."""
    results = list(results)
    _, picture = cv2.imencode(".webp", np.full((90, 160, 3), 99, np.uint8))
    for one in results:
        if one.status != DONE:
            continue
        for ending in endings:
            path = folder / one.name / (one.name + ending)
            path.parent.mkdir(exist_ok=True)
            if ending == THUMBNAIL:
                path.write_bytes(picture.tobytes())
            else:
                path.write_text(PAGE.format("one report") if ending == REPORT else "{}")
    return results

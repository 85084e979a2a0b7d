"""One analysis with a cache, beside a film: what it decodes, and what it costs. Prints lines, the last of them JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.stage_clock import clocked, peak_mib, user_cpu


def measure(bg: str, fg: str, cache: str) -> None:
    """Analyses two files. Each frame of BG that is there is a line, then: stages in s of user CPU, frames decoded of
    BG, peak in MiB, and the BG frame of FG's first.
    """
    from vidkompy.analysis import analyze
    from vidkompy.media import decoding
    from vidkompy.media.cache import Cache

    decoded, stages, present, since = 0, dict[str, float](), "start", 0.0
    really_decode = decoding.decode_frames

    def counted(clip: Any, *words: Any, **options: Any) -> Iterator[Any]:
        nonlocal decoded
        for frame in really_decode(clip, *words, **options):
            decoded += str(clip.path) == bg
            yield frame

    def on_progress(stage: str, done: int, _total: int) -> None:
        nonlocal present, since
        now = user_cpu()
        stages[present] = stages.get(present, 0) + now - since
        present, since = clocked(stage), now
        if stage == "background":
            print(done, flush=not done % 100)

    decoding.decode_frames = counted
    found = analyze(bg, fg, cache=Cache(Path(cache)), on_progress=on_progress)
    on_progress("", 0, 0)
    first = int(found.frame_map.bg[0])
    print(json.dumps({"stages": stages, "decoded": decoded, "peak": peak_mib(), "first": first}))


if __name__ == "__main__":
    measure(*sys.argv[1:])

"""Copies of long clips lie on disk: no stage of an analysis leaves more than a few of them in memory."""

import re
import threading
from pathlib import Path

from support.program_runs import run_ffmpeg

from vidkompy.analysis import analyze

FILM = "testsrc2=size=320x180:rate=30:duration=100,noise=alls=12:allf=t"
COPIES = 3000 * 320 * 180  # bytes of BG's small copies; FG's take nearly as much, the crops of both a tenth
PAUSE = 0.02  # s from one look to the next


def in_memory() -> int:
    """Bytes of scratch files, as the kernel counts them for this process."""
    mappings = re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", Path("/proc/self/smaps").read_text())
    sizes = (re.search(r"(?m)^Rss: +(\d+) kB", m) for m in mappings if "/vidkompy-" in m or " (deleted)" in m)
    return sum(int(size[1]) for size in sizes if size) * 1024


def test_few_copies_are_in_memory_at_any_time(tmp_path: Path) -> None:
    bg, fg, seen, is_over = tmp_path / "bg.mp4", tmp_path / "fg.mp4", [0], threading.Event()
    graph = "split[bg][whole];[whole]crop=300:164:8:10[fg]"
    outputs: list[str | Path] = ["-map", "[bg]", "-preset", "ultrafast", bg, "-map", "[fg]", "-preset", "ultrafast", fg]
    run_ffmpeg("-f", "lavfi", "-i", FILM, "-filter_complex", graph, *outputs)

    def watch() -> None:
        while not is_over.wait(PAUSE):
            seen.append(in_memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        found = analyze(bg, fg)
    finally:
        is_over.set()
        watcher.join()
    assert (found.frame_map.bg == range(3000)).all()
    # 78 MB here, a segment of each clip while it is decoded; all of it would be twice COPIES
    assert 0 < max(seen) < COPIES

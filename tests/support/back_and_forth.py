"""A pair of tiny clips whose map goes back again and again."""

import subprocess
from pathlib import Path

import numpy as np

from support.program_runs import EMBEDDED
from vidkompy.media.probe import probe
from vidkompy.model import FrameMap, Placement, Sidecar


def back_and_forth(folder: Path, jumps: int) -> Sidecar:
    """FG frames show BG frames 1, 0, 1, 0 and so on, and so go back `jumps` times. Writes fg.mkv and bg.mkv."""
    frames = 2 * jumps + 1
    for name, size, count in (("fg.mkv", "32x24", frames), ("bg.mkv", "64x48", 2)):
        source = ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25", "-frames:v", str(count))
        subprocess.run(
            [EMBEDDED, "-v", "error", *source, "-c:v", "ffv1", "-pix_fmt", "yuv420p", folder / name], check=True
        )
    bg_numbers = 1 - np.arange(frames) % 2
    return Sidecar(probe(folder / "fg.mkv"), probe(folder / "bg.mkv"), Placement(8, 8, 32, 24), FrameMap(bg_numbers))

"""What may become of a clip, and what the program says of it."""

import json
from pathlib import Path
from typing import Any

from support.program_runs import Vidkompy, run_ffmpeg

COUNT = 120  # BG frames of the pair
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "20")
SIDECAR = "pair.vidkompy.json"


def made(name: str, source: str, *words: str, gone: bool = True) -> Path:
    """What ffmpeg makes of a file; the file is gone afterwards."""
    run_ffmpeg("-i", source, *words, name)
    if gone:
        Path(source).unlink()
    return Path(name)


def relinked(run: Vidkompy, role: str, path: Path, *words: str) -> dict[str, Any]:
    """What the program says of the one clip."""
    outcome = run("relink", SIDECAR, f"--{role}", path, "--json", *words)
    assert outcome.code == 0, outcome
    (clip,) = json.loads(outcome.out)["clips"]
    assert clip["clip"] == role
    found: dict[str, Any] = clip
    return found

"""vidkompy 1.2.5 from PyPI, run as its users run it; what it found is kept as JSON.

Run by the Python of its own virtual environment: BG FG OUT FOUND. It has no option that prints where and when, so its
results are caught on their way.
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ENGINE = import_module("vidkompy.core.alignment_engine").AlignmentEngine  # of that environment, not of this program
MAIN = import_module("vidkompy.vidkompy").main
FOUND: dict[str, Any] = {}


def caught(name: str, facts: Any) -> None:
    """Keeps what a step of the tool returns."""
    step = getattr(ENGINE, name)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        result = step(*arguments, **options)
        FOUND.update(facts(result))
        return result

    setattr(ENGINE, name, wrapped)


if __name__ == "__main__":
    bg, fg, out, found = sys.argv[1:]
    caught("_compute_spatial_alignment", lambda s: {"x": s.x_offset, "y": s.y_offset, "scale": s.scale_factor})
    caught(
        "_compute_temporal_alignment",
        lambda t: {"map": [[int(a.fg_frame_idx), int(a.bg_frame_idx)] for a in t.frame_alignments]},
    )
    MAIN(bg, fg, out)
    Path(found).write_text(json.dumps(FOUND))

"""What a search says of itself to those who listen: the logger of `logging` that has this module's name.

The command line listens with --verbose. Places are left,top of FG's content and its scale, in canvas px.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from vidkompy.model import F64, Box

_log = logging.getLogger(__name__)


def log_candidates(source: str, count: int, is_robust: bool) -> None:
    among = ", without the parts of FG that fit worst" if is_robust else ""
    _log.info("%s: %d candidates%s", source.replace("_", " "), count, among)


def log_fits(costs: Sequence[float], kept: int) -> None:
    """costs: of coarse fits, 1 - ZNCC; kept: those of them that are measured further."""
    if costs:
        listed = ", ".join(f"{cost:.3f}" for cost in costs)
        _log.info("coarse fits cost %s; %d of %d are measured further", listed, kept, len(costs))
    else:
        _log.info("no candidate was worth a coarse fit")


def log_registered(transform: F64, box: Box, cost: float, rank: int) -> None:
    """rank: 0 where it is the best so far."""
    worth = "the best so far" if rank == 0 else "dropped: another place fits better"
    _log.info("place %s: cost %.4f, %s", _place(transform, box), cost, worth)


def log_end(transform: F64 | None, box: Box, confidence: float) -> None:
    found = "nothing" if transform is None else f"place {_place(transform, box)}, probability {confidence:.3f}"
    _log.info("found %s", found)


def _place(q: F64, box: Box) -> str:
    left, top = q[0] * box[0] + q[2], q[1] * box[1] + q[3]
    scale = f"{q[0]:.4f}" if abs(q[0] - q[1]) < 1e-6 else f"{q[0]:.4f}x{q[1]:.4f}"
    return f"{left:.1f},{top:.1f} at {scale}"

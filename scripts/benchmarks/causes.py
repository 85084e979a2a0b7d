"""What a difficult pair's answer or refusal ought to say of it, in words."""

from __future__ import annotations

import re

from benchmarks.results import Pair

CAUSES = {  # kinds of difficulty, and words that name them
    "stabilised": "stabilis|stead",
    "weave": "weave|jitter|moves",
    "pan_and_scan": "jump|slide|pan|moves",
    "slow_zoom": "zoom",
    "tilt": "turned|tilt|rotat",
    "interlaced_bg": "interlac|field",
    "interlaced_fg": "interlac|field",
    "bobbed": "interlac|field",
    "telecined": "telecin|pulldown|field",
    "blended": "blend",
    "interpolated": "interpol",
    "swapped": "swap",
    "mirrored": "mirror",
    "repeats": "repeat|equal",
}
PATH_IN_MESSAGE = re.compile(r"'[^']*[/.][^']*'")  # the names of folders would name the cause


def says(pair: Pair, engine: str) -> str:
    """The refusal, or the reasons for doubt."""
    return pair.found[engine].refusal or "; ".join(pair.reasons)


def names_cause(pair: Pair, engine: str) -> bool:
    """Whether the message names what is going on, of a kind in CAUSES."""
    words = PATH_IN_MESSAGE.sub("", says(pair, engine))
    return pair.recipe in CAUSES and bool(re.search(CAUSES[pair.recipe], words, re.IGNORECASE))


def is_wrongly_found(pair: Pair, engine: str) -> bool:
    """Whether an unrelated pair got an answer. Of clips that look swapped one is right if it says so."""
    return not pair.is_related and pair.is_found(engine) and not names_cause(pair, engine)

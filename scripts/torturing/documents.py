"""Sidecars changed as a stranger would: types, extremes, hostile text, lists without end, nesting, paths elsewhere."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

PWNED = "PWNED"  # a file that no command should make
MARK = "GRAPH"  # of the here-documents that scripts hold


def hostile(port: int) -> tuple[str, ...]:
    """Text that means something in a shell, a graph, Python, XML, or PowerShell. port: where nobody should call."""
    run = f"touch {PWNED}"
    return (
        f"x\n{MARK}\n{run}\n",
        f"x\nEOF\n{run}\n",
        f"bt709\n{MARK}\n{run}\ncat << '{MARK}'",
        f"$({run})",
        f"`{run}`",
        f"'; {run}; '",
        f'"; {run}; "',
        f"'\"'\"'; {run} #",
        f"yuv420p,metadata=mode=print:file={PWNED}",
        f"yuv420p[x];[x]metadata=mode=print:file={PWNED}",
        f"bt709,movie=http\\\\://127.0.0.1\\\\:{port}/",
        f"bt709:movie=http://127.0.0.1:{port}/x[y]",
        f"http://127.0.0.1:{port}/bg.mp4",
        f"concat:canary.txt|http://127.0.0.1:{port}/",
        f'"); import os; os.system("{run}"); ("',
        f"'); import os; os.system('{run}'); ('",
        f'"""\nimport os\nos.system("{run}")\n"""',
        f"\\'); __import__('os').system('{run}') #",
        "]]><x/>",
        "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>&a;",
        f"';New-Item {PWNED};'",
        "%s%n%d",
        "../../canary.txt",
        "/etc/passwd",
        "-i",
        "-y",
        "file:/etc/passwd",
        "pipe:0",
        "|" + run,
        "a" * 100_000,
        "\x00",
        "\u202e\u0007\x1b]0;x\x07",
        "a\r\nb",
        "",
    )


NUMBERS = (0, -1, 1, 2, 0.5, -0.0, 1e308, 1e-308, 2**31, 2**53, 2**63 - 1, 2**63, 10**30, 200_000_000, 65_536)
RATIONALS = (
    "0",
    "1/0",
    "-1",
    "1/3",
    "1e9",
    "NaN",
    "inf",
    f"1/{10**20}",
    f"{10**20}/1",
    "30000/1001",
    "0/1",
    " 1",
    "1_0",
)
OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"x": 1})


def mutated(document: Any, rng: Random, port: int) -> bytes:
    """One to five values changed, or the bytes of the text."""
    document = copy.deepcopy(document)
    if "clips" in document and rng.random() < 0.5:
        _aim(document, rng, hostile(port))
        return json.dumps(document).encode()
    for _ in range(rng.choice((1, 1, 1, 1, 2, 5))):
        _change(document, rng, hostile(port))
    text = json.dumps(document, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, 2)))
    return _spoilt(text, rng).encode("utf-8", "surrogatepass")


def _aim(document: Any, rng: Random, texts: tuple[str, ...]) -> None:
    """The same hostile text in one text of a clip, or in several of the same name: that is what ends up in graphs."""
    places = [(owner, key) for owner, key in _places(document.get("clips", {})) if isinstance(owner[key], str)]
    _, name = rng.choice(places)
    text = rng.choice(texts)
    chosen = [(owner, key) for owner, key in places if key == name]
    for owner, key in rng.choice((chosen, chosen[:1], chosen[-1:])):
        owner[key] = text
    for clip in document["clips"].values():
        for key in rng.choice(((), (), ("decoder",), ("field_order",), ("timecode",))):
            clip[key] = text


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container with a key or an index in it."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [found for key in keys for found in ((value, key), *_places(value[key]))]


def _change(document: Any, rng: Random, texts: tuple[str, ...]) -> None:
    places = _places(document) or [({"x": 0}, "x")]
    if rng.random() < 0.4:  # most places are numbers of runs; text is what ends up in scripts
        places = [(owner, key) for owner, key in places if isinstance(owner[key], str)] or places
    owner, key = rng.choice(places)
    old = owner[key]
    if isinstance(old, str) and rng.random() < 0.6:
        owner[key] = rng.choice((rng.choice(texts), old + rng.choice(texts), rng.choice(RATIONALS)))
    elif isinstance(old, int | float) and rng.random() < 0.6:
        owner[key] = rng.choice((*NUMBERS, old + 1, -old, old * 2, old + 0.5))
    elif isinstance(old, list) and old and rng.random() < 0.6:
        owner[key] = rng.choice((old * 2, old[::-1], old[:-1], [*old, rng.choice(OTHERS)], [*old] * 2000, old[:1] * 99))
    elif rng.random() < 0.3:
        del owner[key]
    else:
        owner[key] = rng.choice((rng.choice(texts), rng.choice(NUMBERS), rng.choice(RATIONALS), rng.choice(OTHERS)))
    if isinstance(owner, dict) and rng.random() < 0.1:
        owner[rng.choice(texts)[:50]] = old


def _spoilt(text: str, rng: Random) -> str:
    match rng.randrange(40):
        case 0:
            return text[: rng.randrange(len(text))]
        case 1:
            return "[" * 100_000 + text
        case 2:
            return text.replace(": ", ": NaN, " if rng.random() < 0.5 else ": 1e999, ", 1)
        case 3:
            return "\ufeff" + text
        case 4:
            return text.replace('"', '"\\ud800', 3)
    return text

"""Words that are told by their order, where that order, their number or their kind is wrong: what is meant instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from stat import S_ISREG
from typing import Literal

from vidkompy.cli.grammar import Grammar, grammar_of, pieces_of
from vidkompy.cli.output_paths import path_beside
from vidkompy.media.video_names import is_video_name

_SIDECAR_ENDING = ".vidkompy.json"
_EXCERPT_BYTES = 512  # of a file, which tell JSON from a video
_VIDEO_PLACES = frozenset(("BG", "FG", "IMAGE_OR_VIDEO", "RENDERED"))
_OF_TWO_VIDEOS = {"render": "compose"}  # what is meant where a command gets no sidecar but two videos, else analyze
_OF_A_SIDECAR = {"analyze": "refine", "compose": "render", "locate": "report"}  # where it is to get videos

Kind = Literal["sidecar", "video"]


@dataclass
class _Meant:
    """A command line in the right order, and what was wrong with it."""

    command: str
    places: list[str]
    output: str | None
    problems: list[str]


def kind_of(word: str) -> Kind | None:
    """What a word names, by the file's first bytes; by the ending where there is none. None: it is not known."""
    try:
        path = Path(word)
        is_file = S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return "sidecar" if path.suffix == ".json" else "video" if is_video_name(path) else None
    if not is_file:  # a pipe is read only once
        return None
    try:
        with path.open("rb") as file:
            start = file.read(_EXCERPT_BYTES)
    except OSError:
        return None
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return "sidecar"
    return "video" if b"\0" in start and path.suffix != ".json" else None


def correct_order(words: list[str]) -> str | None:
    """What is wrong with the words that are told by their order, if anything; they are put right.

    words   of a command line whose options all make sense
    """
    grammar = grammar_of(words[0])
    pieces = pieces_of(words[1:], grammar)
    given = [piece.words[0] for piece in pieces if piece.option is None]
    if _fits(given, grammar):
        return None
    has_output = any(piece.option and piece.option.name == "--output" for piece in pieces)
    meant = _meant(words[0], given, grammar, has_output)
    known = grammar_of(meant.command).options
    kept = [word for p in pieces if p.option and p.option.name in known for word in p.words]
    output = ["-o", meant.output] if meant.output else []
    words[:] = [meant.command, *meant.places, *output, *kept]
    return "; ".join(meant.problems)


def exchanged_clips(words: Sequence[str]) -> list[str]:
    """A command line that makes sense, with BG for FG and FG for BG."""
    pieces = pieces_of(words[1:], grammar_of(words[0]))
    bg, fg = (n for n, piece in enumerate(pieces) if piece.option is None)
    pieces[bg], pieces[fg] = pieces[fg], pieces[bg]
    return [words[0], *(word for piece in pieces for word in piece.words)]


def _fits(given: Sequence[str], grammar: Grammar) -> bool:
    takes_many = any(place.takes_many for place in grammar.places)
    if len(given) < sum(place.is_required for place in grammar.places):
        return False
    if len(given) > len(grammar.places) and not takes_many:
        return False
    wanted = (_kind_at(place.metavar) for place in grammar.places)
    return all(kind is None or kind_of(word) in (None, kind) for word, kind in zip(given, wanted, strict=False))


def _kind_at(metavar: str) -> Kind | None:
    return "sidecar" if metavar == "SIDECAR" else "video" if metavar in _VIDEO_PLACES else None


def _meant(name: str, given: list[str], grammar: Grammar, has_output: bool) -> _Meant:
    first = grammar.places[0].metavar if grammar.places else ""
    sidecars = [word for word in given if kind_of(word) == "sidecar"]
    others = [word for word in given if word not in sidecars]
    if first == "SIDECAR" and not sidecars:
        return _without_sidecar(name, others, grammar)
    if first == "BG" and sidecars and len(others) < len(grammar.places):
        instead = _OF_A_SIDECAR[name]
        return _Meant(instead, sidecars[:1], None, [f"'{sidecars[0]}' is a sidecar, and {name} takes videos"])
    if first == "FILE":  # an import: a sidecar is what it writes
        others.sort(key=lambda word: word.endswith(_SIDECAR_ENDING))
        return _filled(name, others + sidecars if others else sidecars, given, grammar, has_output)
    is_video_wanted = first == "BG"
    return _filled(name, others + sidecars if is_video_wanted else sidecars + others, given, grammar, has_output)


def _without_sidecar(name: str, others: list[str], grammar: Grammar) -> _Meant:
    if not others:
        return _Meant(name, ["SIDECAR"], None, [f"{name} takes {_order_of(grammar)}"])
    is_video = kind_of(others[0]) == "video"
    problem = f"'{others[0]}' is {'a video' if is_video else 'no sidecar'}, and {name} takes a sidecar"
    rendered = others[:1] if len(grammar.places) > 1 else []
    if len(others) == 2 and not rendered:
        command = _OF_TWO_VIDEOS.get(name, "analyze")
        return _Meant(command, others, None, [problem, *(["make one first"] if command == "analyze" else [])])
    if (sidecar := _sidecar_of(Path(others[0]))) is not None:
        return _Meant(name, [str(sidecar), *rendered], None, [problem])
    return _Meant(name, ["SIDECAR", *rendered], None, [problem, "vidkompy analyze BG FG writes one"])


def _sidecar_of(video: Path) -> Path | None:
    """By its name, or the only one in the video's folder."""
    for name in (video, video.with_name(video.name.replace(".composite.", "."))):
        if (beside := path_beside(name, _SIDECAR_ENDING)).exists():
            return beside
    near = list(islice(video.parent.glob(f"*{_SIDECAR_ENDING}"), 2))
    return near[0] if len(near) == 1 else None


def _filled(name: str, words: list[str], given: list[str], grammar: Grammar, has_output: bool) -> _Meant:
    """The command with words in the right order, what is missing by its name, and what is left over as its output."""
    count = len(grammar.places)
    places, surplus = words[:count], words[count:]
    problems = []
    missing = [place.metavar for place in grammar.places[len(places) :] if place.is_required]
    if missing or places != given[: len(places)]:
        is_alone = count == 1 and not missing
        takes = f"{name} takes {_order_of(grammar)}{'' if missing else ', in this order'}"
        problems.append(f"{grammar.places[0].metavar} comes first" if is_alone else takes)
    output = None
    if surplus and "--output" in grammar.options and not has_output:
        output = surplus.pop(0)
        problems.append(f"an output comes behind -o, such as '{output}'")
        if name == "analyze" and kind_of(output) == "video":
            problems[-1] += ", and compose draws it"
            name = "compose"
    problems += [f"'{word}' is one too many" for word in surplus]
    return _Meant(name, places + missing, output, problems)


def _order_of(grammar: Grammar) -> str:
    return " ".join(p.metavar if p.is_required else f"[{p.metavar}]" for p in grammar.places) or "no files"

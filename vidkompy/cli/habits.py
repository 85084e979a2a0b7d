"""Command lines that nearly mean something: words of other programs and slips of the hand, and what to type instead."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import get_args

from vidkompy.alignment.engine_names import EngineName
from vidkompy.cli.commands import Command, command_name
from vidkompy.exchange.format_contract import ExportName

_COMMANDS = tuple(map(command_name, get_args(Command)))
_OTHER_COMMANDS = {
    "align": "analyze",
    "analyse": "analyze",
    "check": "verify",
    "combine": "compose",
    "composite": "compose",
    "find": "locate",
    "help": "--help",
    "match": "analyze",
    "merge": "compose",
    "overlay": "compose",
    "validate": "verify",
    "version": "--version",
}
_OTHER_ENGINES = {"full": "tunnel_full", "tunnel": "tunnel_full"}
_OTHER_FORMATS = {
    "aaf": "otio",
    "avid": "edl",
    "avs": "avisynth",
    "davinci": "fcpxml",
    "fcp": "fcpxml",
    "fcp7": "xmeml",
    "fcpx": "fcpxml",
    "finalcut": "fcpxml",
    "kdenlive": "mlt",
    "opentimelineio": "otio",
    "premiere": "xmeml",
    "resolve": "fcpxml",
    "script": "ffmpeg",
    "shotcut": "mlt",
    "vpy": "vapoursynth",
    "xml": "xmeml",
}
_FFMPEG_OPTION = re.compile(
    r"-(?:(?:c|b|q|filter|profile)(?::\w+)+|c|b|crf|qp|preset|tune|level|g|pix_fmt|an|vn|vf|af|r|ar|ac|movflags)$"
)  # but for -q and -v, which are options here, too
_WITHOUT_VALUE = frozenset(("-an", "-vn"))
_CLIP_OPTIONS = {"--bg": "bg", "--background": "bg", "--fg": "fg", "--foreground": "fg", "--output": "output"}  # there


def advice(arguments: Sequence[str]) -> str | None:
    """What is wrong with these arguments, and what to type instead; None where nothing known is."""
    words, behind = _split(arguments)
    problems: list[str] = []
    for correct in (_overwrite, _named_clips, _command, _encoder_options, _engine, _format):
        problem = correct(words, behind)
        if problem:
            problems.append(problem)
    if not problems:
        return None
    typed = [*words, *(["--", *behind] if behind else [])]
    return f"{'; '.join(problems)}; type: vidkompy {shlex.join(typed)}"


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    words = list(arguments)
    if "--" in words:
        at = words.index("--")
        return words[:at], words[at + 1 :]
    return words, []


def _named_clips(words: list[str], _: list[str]) -> str | None:
    """--bg A --fg B, of the original tool: BG and FG are named by their order here, but in relink. Other words stay."""
    if words[:1] == ["relink"]:
        return None
    values, left, n = dict[str, str](), list[str](), 0
    while n < len(words):
        name, equals, value = words[n].partition("=")
        if name in _CLIP_OPTIONS and (equals or n + 1 < len(words)):
            values[_CLIP_OPTIONS[name]] = value if equals else words[n + 1]
            n += 1 if equals else 2
        else:
            left.append(words[n])
            n += 1
    if not {"bg", "fg"} <= values.keys():
        return None
    is_command = bool(left) and left[0] in _COMMANDS
    command, others = (left[0], left[1:]) if is_command else ("compose", left)
    output = ["-o", values["output"]] if "output" in values else []
    words[:] = [command, values["bg"], values["fg"], *output, *others]
    return "clips are named by their order, BG before FG" + ("" if is_command else ", and a command comes first")


def _command(words: list[str], _: list[str]) -> str | None:
    if not words or words[0].startswith("-") or words[0] in _COMMANDS:
        return None
    given = words[0]
    meant = _nearest(given, _OTHER_COMMANDS, _COMMANDS)
    if meant is None:
        return None
    words[0] = meant
    return f"'{given}' is no command"


def _overwrite(words: list[str], _: list[str]) -> str | None:
    if "-y" not in words:
        return None
    words[:] = [*(word for word in words if word != "-y"), "--overwrite"]
    return "-y is ffmpeg's"


def _encoder_options(words: list[str], behind: list[str]) -> str | None:
    """ffmpeg's own options before --, where only this program's are read."""
    if not words or words[0] not in ("render", "compose"):
        return None
    moved: list[str] = []
    n = 0
    while n < len(words):
        if _FFMPEG_OPTION.match(words[n]):
            count = 1 if words[n] in _WITHOUT_VALUE else 2
            moved += words[n : n + count]
            del words[n : n + count]
        else:
            n += 1
    behind[:0] = moved
    return f"options of ffmpeg, such as {moved[0]}, come behind --" if moved else None


def _engine(words: list[str], _: list[str]) -> str | None:
    return _corrected_value(words, "--engine", _OTHER_ENGINES, get_args(EngineName), "engine")


def _format(words: list[str], _: list[str]) -> str | None:
    if not words or words[0] != "export":
        return None
    return _corrected_value(words, "--to", _OTHER_FORMATS, get_args(ExportName), "format")


def _corrected_value(
    words: list[str], option: str, others: Mapping[str, str], known: Sequence[str], kind: str
) -> str | None:
    if option not in words[:-1]:
        return None
    at = words.index(option) + 1
    given = words[at]
    if given in known:
        return None
    meant = _nearest(given, others, known)
    if meant is None:
        return None
    words[at] = meant
    return f"'{given}' is no {kind}"


def _nearest(given: str, others: Mapping[str, str], known: Sequence[str]) -> str | None:
    """The known word that is meant: by another name, or the one that is spelt most alike."""
    plain = re.sub(r"[^a-z0-9]", "", given.lower())
    if plain in others:
        return others[plain]
    return next(iter(get_close_matches(given.lower(), known, n=1)), None)

"""Command lines that nearly mean something: words of other programs and slips of the hand, and what to type instead."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from vidkompy.cli.grammar import COMMANDS, Grammar, Option, Piece, grammar_of, pieces_of
from vidkompy.cli.word_order import correct_order, kind_of

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
    "adobe": "xmeml",
    "ae": "aftereffects",
    "avid": "aaf",
    "avs": "avisynth",
    "bpy": "blender",
    "davinci": "resolve",
    "excel": "csv",
    "fcp": "fcpxml",
    "fcp7": "xmeml",
    "fcpx": "fcpxml",
    "finalcut": "fcpxml",
    "opentimelineio": "otio",
    "premiere": "xmeml",
    "script": "ffmpeg",
    "sh": "ffmpeg",
    "shotcut": "mlt",
    "spreadsheet": "csv",
    "vpy": "vapoursynth",
    "xml": "xmeml",
}
_OTHER_VALUES = {"--engine": _OTHER_ENGINES, "--to": _OTHER_FORMATS}
_OTHER_OPTIONS = {
    "--background": "--bg",
    "--dryrun": "--dry-run",
    "--format": "--to",
    "--mute": "--audio none",
    "--no-audio": "--audio none",
    "--no-sound": "--audio none",
    "--out": "--output",
    "--position": "--at",
    "--silent": "--quiet",
    "--yes": "--overwrite",
}
_LEAST_ALIKE = 0.7  # of an option's name and what is meant; at 0.6 --speed is taken for --seconds: chosen by eye
_FFMPEG_OPTION = re.compile(
    r"-(?:(?:c|b|q|filter|profile)(?::\w+)+|c|b|crf|qp|preset|tune|level|g|pix_fmt|an|vn|vf|af|r|ar|ac|movflags)$"
)  # but for -q and -v, which are options here, too
_OPTION = re.compile(r"--?[^\W\d]")  # what the parser takes for one; no number
_WITHOUT_VALUE = frozenset(("-an", "-vn"))
_CLIP_OPTIONS = {"--bg": "bg", "--background": "bg", "--fg": "fg", "--foreground": "fg", "--output": "output"}  # there


def advice(words: Sequence[str], encoder_arguments: Sequence[str] = ()) -> str | None:
    """What is wrong with a command line, and what to type instead; None where nothing known is.

    words               all before `--`
    encoder_arguments   all behind it
    """
    words, behind = list(words), list(encoder_arguments)
    problems: list[str] = []
    for correct in (_overwrite, _inputs, _named_clips, _leading_options, _command, _encoder_options):
        if problem := correct(words, behind):
            problems.append(problem)
    if not words or words[0] not in COMMANDS:
        return _no_command(words)
    grammar = grammar_of(words[0])
    problems += [*_option_names(words, grammar), *_values(words, grammar)]
    if senseless := _senseless_option(words[0], pieces_of(words[1:], grammar)):
        return "; ".join([*problems, senseless])
    problems += [problem for problem in (_format(words), correct_order(words), _required(words)) if problem]
    if not problems:
        return None
    return f"{'; '.join(problems)}; type: {typed_line(words, behind)}"


def typed_line(words: Sequence[str], encoder_arguments: Sequence[str]) -> str:
    """As it is typed in a shell."""
    return f"vidkompy {shlex.join([*words, *(['--', *encoder_arguments] if encoder_arguments else [])])}"


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
    is_command = bool(left) and left[0] in COMMANDS
    command, others = (left[0], left[1:]) if is_command else ("compose", left)
    output = ["-o", values["output"]] if "output" in values else []
    words[:] = [command, values["bg"], values["fg"], *output, *others]
    return "clips are named by their order, BG before FG" + ("" if is_command else ", and a command comes first")


def _leading_options(words: list[str], _: list[str]) -> str | None:
    """Options before the command, where none is read."""
    at = next((n for n, word in enumerate(words) if word in COMMANDS), 0)
    if not at or not words[0].startswith("-"):
        return None
    words[:] = [*words[at:], *words[:at]]
    return "a command comes first, before options"


def _command(words: list[str], _: list[str]) -> str | None:
    if not words or words[0].startswith("-") or words[0] in COMMANDS:
        return None
    given = words[0]
    meant = _nearest(given, _OTHER_COMMANDS, tuple(COMMANDS))
    if meant is None:
        kind = kind_of(given)
        if kind is not None:
            words.insert(0, "compose" if kind == "video" else "render")
        return "a command comes first" if kind else None
    words[0] = meant
    return f"'{given}' is no command"


def _overwrite(words: list[str], _: list[str]) -> str | None:
    if "-y" not in words:
        return None
    words[:] = [*(word for word in words if word != "-y"), "--overwrite"]
    return "-y is ffmpeg's"


def _inputs(words: list[str], _: list[str]) -> str | None:
    if "-i" not in words:
        return None
    words[:] = [word for word in words if word != "-i"]
    return "-i is ffmpeg's, and files are named without it"


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


def _option_names(words: list[str], grammar: Grammar) -> list[str]:
    """Options that the command does not have, where it has one that is meant."""
    problems = []
    pieces = pieces_of(words[1:], grammar)
    for n, piece in enumerate(pieces):
        name, equals, value = piece.words[0].partition("=")
        meant = _meant_option(name, grammar) if piece.is_unknown_option else None
        if meant:
            pieces[n] = Piece(tuple(f"{meant}{equals}{value}".split(" ", 1)))
            problems.append(f"{words[0]} has no {name}")
    words[1:] = [word for piece in pieces for word in piece.words]
    return problems


def _meant_option(name: str, grammar: Grammar) -> str | None:
    """An option of the command by its name in other programs, or one that is spelt alike and not its contrary."""
    plain = f"--{name.lstrip('-').lower().replace('_', '-')}"
    other = _OTHER_OPTIONS.get(plain, "")
    if other.partition(" ")[0] in grammar.options:
        return other
    is_denied = plain.startswith("--no-")
    known = [known for known in grammar.options if known.startswith("--no-") == is_denied and len(known) > 2]
    return next(iter(get_close_matches(plain, known, n=1, cutoff=_LEAST_ALIKE)), None) if len(plain) > 3 else None


def _values(words: list[str], grammar: Grammar) -> list[str]:
    """Values that an option does not have, where one is meant that it has."""
    problems = []
    pieces = pieces_of(words[1:], grammar)
    for n, piece in enumerate(pieces):
        option, given = piece.option, _value_of(piece)
        if option is None or given is None:
            continue
        if option.name == "--scale-range" and _is_of_kind(given, float):
            pieces[n] = Piece((piece.words[0].partition("=")[0], f"{given},{given}"), option)
            problems.append(f"a range has two ends, and {given} is one")
        if not option.choices or given in option.choices:
            continue
        meant = _nearest(given, _OTHER_VALUES.get(option.name, {}), option.choices)
        if meant:
            pieces[n] = Piece((piece.words[0].partition("=")[0], meant), option)
            problems.append(f"'{given}' is no {option.value.lower()}")
    words[1:] = [word for piece in pieces for word in piece.words]
    return problems


def _value_of(piece: Piece) -> str | None:
    _, equals, value = piece.words[0].partition("=")
    return value if equals else next(iter(piece.words[1:]), None)


def _format(words: list[str]) -> str | None:
    """The format of an export, named without --to, or by the ending of the output alone."""
    pieces = pieces_of(words[1:], grammar_of(words[0]))
    option = grammar_of(words[0]).options.get("--to")
    if option is None or any(piece.option is option for piece in pieces):
        return None
    for n, piece in enumerate(pieces):
        is_output = piece.option is not None and piece.option.name == "--output"
        word = _value_of(piece) if is_output else piece.words[0] if piece.option is None else None
        if word is None or (not is_output and kind_of(word) is not None):
            continue
        ending = Path(word).suffix
        if meant := _nearest(ending or word, _OTHER_FORMATS, option.choices):
            words[1:] = [word for m, p in enumerate(pieces) if ending or m != n for word in p.words]
            words += ["--to", meant]
            return "a format comes behind --to"
    return None


def _required(words: list[str]) -> str | None:
    options = grammar_of(words[0]).options
    there = [piece.option for piece in pieces_of(words[1:], grammar_of(words[0]))]
    lacking = {o.name: min((n for n in options if options[n] is o), key=len) for o in options.values() if o.is_required}
    texts = []
    for name, shortest in lacking.items():
        option = options[name]
        if option not in there:
            words += [shortest, option.value]
            texts.append(f"{shortest} {option.value}{', one of ' if option.choices else ''}{', '.join(option.choices)}")
    return f"{words[0]} takes {' and '.join(texts)}" if texts else None


def _no_command(words: Sequence[str]) -> str | None:
    if words and words[0].startswith("--tyro-"):  # the parser's own: completion for shells
        return None
    is_missing = not words or words[0].startswith("-")
    problem = "a command is missing" if is_missing else f"'{words[0]}' is no command"
    return f"{problem}; wanted one of {', '.join(COMMANDS)}, such as vidkompy compose BG FG"


def _senseless_option(name: str, pieces: Sequence[Piece]) -> str | None:
    """The first option that the command does not have, or that has no value it can take."""
    for piece in pieces:
        word = piece.words[0].partition("=")[0]
        if piece.is_unknown_option:
            others = [other for other in COMMANDS if word in grammar_of(other).options]
            where = f", an option of {' and '.join(others)}" if others else ""
            return f"{name} has no {word}{where}; vidkompy {name} --help says what it has"
        option, value = piece.option, _value_of(piece)
        if option is None or (not option.value and value is None):
            continue
        if not option.value:
            return f"{word} takes no value; leave out ={value}"
        if value is None:
            return f"{word} has no value; wanted {_wanted_value(option)}"
        if (option.choices and value not in option.choices) or not _is_of_kind(value, option.kind):
            return f"{word} is '{value}'; wanted {_wanted_value(option)}"
        if value in piece.words and _OPTION.match(value):
            return f"{word} has no value before {value}; one that begins so is typed {word}={value}"
    return None


def _wanted_value(option: Option) -> str:
    if option.choices:
        return f"one of {', '.join(option.choices)}"
    return {int: "a whole number", float: "a number"}.get(option.kind, option.value)


def _is_of_kind(text: str, kind: type) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def _nearest(given: str, others: Mapping[str, str], known: Sequence[str]) -> str | None:
    """The known word that is meant: by another name, or the one that is spelt most alike."""
    plain = re.sub(r"[^a-z0-9]", "", given.lower())
    if plain in others:
        return others[plain]
    return next(iter(get_close_matches(given.lower(), known, n=1)), None)

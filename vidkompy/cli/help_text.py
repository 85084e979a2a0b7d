"""The help of each command: what the parser prints, in the width of the terminal, and what options cannot say."""

from __future__ import annotations

import re
import shutil
import textwrap

from vidkompy.cli.grammar import grammar_of

MAX_COLUMNS = 100  # of a line of text: longer ones are hard to read

_STYLE = re.compile(r"\x1b\[[0-9;]*m")

_NOTES = {
    "": "vidkompy COMMAND --help says more of each, vidkompy --version which one this is.",
    "render": "Arguments behind -- are output options of ffmpeg: they follow those of --encoder or, without it, "
    "take the place of the default's (libx264, crf 18, preset medium).",
    "compose": "Arguments behind -- are output options of ffmpeg, as in render. A compose that was stopped goes on "
    "by the same command.",
    "refine": "Pins in the sidecar and runs that were edited there are kept.",
    "relink": "Nothing is written where the clip is not known again, or not surely enough.",
    "export": "What a format cannot hold is said on standard error.",
    "cache": "VIDKOMPY_CACHE names the folder, VIDKOMPY_CACHE_LIMIT how large it may grow, such as 8G.",
    "verify": "Options of the drawing are those that the video was rendered with.",
}
EXAMPLES = {
    "": ("compose bg.mp4 fg.mp4 -o out.mp4", "verify out.vidkompy.json out.mp4"),
    "analyze": ("analyze bg.mp4 fg.mp4", "analyze bg.mp4 fg.mp4 --search 1:00-2:30 --pin 0=0:01:12.4"),
    "refine": (
        "refine fg.vidkompy.json --pin 120=345 --overwrite",
        "refine fg.vidkompy.json --nudge 0.5,0 -o moved.vidkompy.json",
    ),
    "relink": (
        "relink fg.vidkompy.json --bg /new/folder/bg.mkv",
        "relink fg.vidkompy.json --fg fg-small.mp4 -o small.vidkompy.json",
    ),
    "locate": ("locate bg.mp4 still.png", "locate bg.mp4 clip.mp4 --count 20 --json"),
    "render": ("render fg.vidkompy.json -o out.mp4", "render fg.vidkompy.json -o out.mkv --smooth -- -c:v ffv1"),
    "compose": ("compose bg.mp4 fg.mp4 -o out.mp4", "compose bg.mp4 fg.mp4 -o out.mov --encoder prores_ks --audio mix"),
    "preview": (
        "preview fg.vidkompy.json --style flicker",
        "preview fg.vidkompy.json --around 0:01:04.2 --seconds 6 --play",
    ),
    "export": ("export fg.vidkompy.json --to fcpxml -o fg.fcpxml", "export fg.vidkompy.json --to csv -o map.csv"),
    "import": ("import map.csv -o fg.vidkompy.json --overwrite", "import cut.otio -o cut.vidkompy.json"),
    "report": ("report fg.vidkompy.json --open", "report fg.vidkompy.json -o page.html --png plots.png"),
    "review": ("review fg.vidkompy.json", "review fg.vidkompy.json --no-browser --port 8000"),
    "verify": ("verify fg.vidkompy.json out.mp4", "verify fg.vidkompy.json --alignment"),
    "batch": (
        "batch pairs.csv --out results --render --report",
        "batch pairs.csv --from-folders masters upscaled --match stem",
    ),
    "batch-status": ("batch-status results", "batch-status results --failures"),
    "batch-merge": ("batch-merge results", "batch-merge part1 part2 -o all"),
    "doctor": ("doctor", "doctor --ffmpeg /opt/ffmpeg/bin/ffmpeg"),
    "cache": ("cache info", "cache clear --json"),
    "demo": ("demo", "demo -o somewhere --overwrite"),
}


def help_text(command: str, printed: str) -> str:
    """The whole help of a command, or of the program where command is "".

    printed   by the parser: boxes as wide as the terminal below a usage and a description of any length, with a row
              too many where a text fills its line
    """
    columns = shutil.get_terminal_size().columns
    rows = [(_STYLE.sub("", row), row) for row in printed.splitlines()]
    start = [n for n, (plain, _) in enumerate(rows) if not plain][1]  # behind usage and description
    description = textwrap.fill(" ".join(plain for plain, _ in rows[1:start]).strip(), columns)
    boxes = [row for plain, row in rows[start + 1 :] if not re.fullmatch("│ *│", plain)]
    while boxes and not boxes[-1].strip():
        boxes.pop()
    return "\n".join((*_usage(command, columns), "", description, "", *boxes, "", *_ending(command, columns), ""))


def _usage(command: str, columns: int) -> list[str]:
    words = ["COMMAND", "..."]
    if command:
        grammar = grammar_of(command)
        needed = dict.fromkeys(f"{o.name} {o.value}" for o in grammar.options.values() if o.is_required)
        places = (place.metavar if place.is_required else f"[{place.metavar}]" for place in grammar.places)
        words = [command, *places, *needed, "[OPTIONS]"]
    return textwrap.wrap(f"usage: vidkompy {' '.join(words)}", columns, subsequent_indent=" " * 7)


def _ending(command: str, columns: int) -> list[str]:
    """What options cannot say, and two command lines; one that is longer than a line goes on after a backslash."""
    note = textwrap.wrap(_NOTES.get(command, ""), min(columns, MAX_COLUMNS))
    lines = [f"vidkompy {line}" for line in EXAMPLES.get(command, ())]
    return [*note, *([""] if note else []), "examples:", *(row for line in lines for row in _typed(line, columns))]


def _typed(line: str, columns: int) -> list[str]:
    """A command line, broken before options."""
    glued = re.sub(r" (?!-)", "\0", line)
    rows = textwrap.wrap(glued, columns - 4, break_on_hyphens=False, break_long_words=False)
    return ["  " + " \\\n      ".join(rows).replace("\0", " ")]

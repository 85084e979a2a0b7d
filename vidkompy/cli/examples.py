"""What the help of each command ends with: what options cannot say, and two command lines."""

from __future__ import annotations

import shutil
import textwrap

MAX_COLUMNS = 100  # of a line of text: longer ones are hard to read

_NOTES = {
    "render": "Arguments behind -- are output options of ffmpeg: they follow those of --encoder or, without it, "
    "take the place of the default's (libx264, crf 18, preset medium).",
    "compose": "Arguments behind -- are output options of ffmpeg, as in render. A compose that was stopped goes on "
    "by the same command.",
    "refine": "Pins in the sidecar and runs that were edited there are kept.",
    "relink": "Nothing is written where the clip is not known again, or not surely enough.",
    "export": "What a format cannot hold is said on standard error.",
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
    "demo": ("demo", "demo -o somewhere --overwrite"),
}


def help_ending(command: str) -> str:
    """Of a command's help, or of the program's where command is ""."""
    columns = min(shutil.get_terminal_size().columns, MAX_COLUMNS)
    note = textwrap.fill(_NOTES[command], columns) + "\n\n" if command in _NOTES else ""
    lines = "".join(f"  vidkompy {line}\n" for line in EXAMPLES.get(command, ()))
    return f"\n{note}examples:\n{lines}"

"""Slips of the hand and words of other programs are answered with the command to type, which then makes sense."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pytest
import tyro
from support.program_runs import Vidkompy, refused
from tyro.conf import DisallowNone, FlagCreatePairsOff, OmitArgPrefixes, arg

from vidkompy.cli.commands import Command
from vidkompy.cli.grammar import COMMANDS, grammar_of
from vidkompy.cli.habits import advice
from vidkompy.cli.help_text import EXAMPLES


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("analyse a.mp4 b.mp4", "analyze a.mp4 b.mp4"),
        ("Analyze a.mp4 b.mp4", "analyze a.mp4 b.mp4"),
        ("compsoe a.mp4 b.mp4", "compose a.mp4 b.mp4"),
        ("merge a.mp4 b.mp4", "compose a.mp4 b.mp4"),
        ("--bg a.mp4 --fg b.mp4", "compose a.mp4 b.mp4"),
        ("--bg a.mp4 --fg=b.mp4 --output 'o u.mp4'", "compose a.mp4 b.mp4 -o 'o u.mp4'"),
        ("--bg a.mp4 --fg b.mp4 -o c.mp4 -y", "compose a.mp4 b.mp4 -o c.mp4 --overwrite"),
        ("compose --bg a.mp4 --fg b.mp4 -o c.mp4", "compose a.mp4 b.mp4 -o c.mp4"),
        ("analyze --background a.mp4 --foreground b.mp4", "analyze a.mp4 b.mp4"),
        ("compose -y a.mp4 b.mp4", "compose a.mp4 b.mp4 --overwrite"),
        ("compose -i a.mp4 -i b.mp4", "compose a.mp4 b.mp4"),
        ("-i a.mp4 -i b.mp4 c.mp4", "compose a.mp4 b.mp4 -o c.mp4"),
        ("compose a.mp4 b.mp4 --scale 1.5", "compose a.mp4 b.mp4 --scale-range 1.5,1.5"),
        ("compose a.mp4 b.mp4 --scale-range=2", "compose a.mp4 b.mp4 --scale-range 2,2"),
        ("-y compose a.mp4 b.mp4 -o c.mp4", "compose a.mp4 b.mp4 -o c.mp4 --overwrite"),
        ("render x.json -c:v libx264 -crf 20 -o out.mp4", "render x.json -o out.mp4 -- -c:v libx264 -crf 20"),
        ("render x.json -an -- -crf 20", "render x.json -- -an -crf 20"),
        ("compose a b -q:v 3", "compose a b -- -q:v 3"),
        ("analyze a b --engine precisee", "analyze a b --engine precise"),
        ("analyze a b --engine tunnel", "analyze a b --engine tunnel_full"),
        ("export x.json --to premiere", "export x.json --to xmeml"),
        ("export x.json --to Davinci", "export x.json --to resolve"),
        ("export x.json --to final-cut", "export x.json --to fcpxml"),
        ("analyse a b --engine precisee", "analyze a b --engine precise"),
        ("export x.json --to ae", "export x.json --to aftereffects"),
        ("export x.json --to Avid", "export x.json --to aaf"),
        ("export x.json -o o.aaf", "export x.json -o o.aaf --to aaf"),
        ("export x.json otio", "export x.json --to otio"),
        ("export otio x.json -o o.otio", "export x.json -o o.otio --to otio"),
        ("export x.json -o o.fcpxml", "export x.json -o o.fcpxml --to fcpxml"),
        ("export x.json o.edl", "export x.json -o o.edl --to edl"),
        ("export x.json premiere", "export x.json --to xmeml"),
        ("render x.json o.mp4", "render x.json -o o.mp4"),
        ("render o.mkv x.json", "render x.json -o o.mkv"),
        ("compose a.mp4 b.mp4 o.mp4 -- -crf 20", "compose a.mp4 b.mp4 -o o.mp4 -- -crf 20"),
        ("analyze a.mp4 b.mp4 x.json", "analyze a.mp4 b.mp4 -o x.json"),
        ("analyze a.mp4 b.mp4 o.mp4", "compose a.mp4 b.mp4 -o o.mp4"),
        ("verify o.mp4 x.json --smooth", "verify x.json o.mp4 --smooth"),
        ("render a.mp4 b.mp4 --smooth", "compose a.mp4 b.mp4 --smooth"),
        ("refine a.mp4 b.mp4", "analyze a.mp4 b.mp4"),
        ("compose x.json --engine fast --smooth", "render x.json --smooth"),
        ("import x.vidkompy.json map.csv", "import map.csv -o x.vidkompy.json"),
        ("import map.csv", "import map.csv -o SIDECAR"),
        ("render a.mp4", "render SIDECAR"),
        ("verify a.mp4", "verify SIDECAR a.mp4"),
        ("compose a.mp4", "compose a.mp4 FG"),
        ("a.mp4 b.mp4 -o o.mp4", "compose a.mp4 b.mp4 -o o.mp4"),
        ("--json render x.json", "render x.json --json"),
        ("--progress json analyze a b", "analyze a b --progress json"),
        ("analyze a b --enginee fast", "analyze a b --engine fast"),
        ("analyze a b --enginee=fats", "analyze a b --engine fast"),
        ("compose a b --output-file o.mp4", "compose a b --output o.mp4"),
        ("compose a b --smoth", "compose a b --smooth"),
        ("compose a b --no-audio", "compose a b --audio none"),
        ("compose a b --audio nnoe", "compose a b --audio none"),
        ("demo there", "demo -o there"),
        ("doctor there", "doctor"),
    ],
)
def test_a_command_that_nearly_makes_sense_is_answered_with_one_that_does(typed: str, wanted: str) -> None:
    said = advice(*split(typed))
    assert said is not None
    assert said.partition("; type: vidkompy ")[2] == wanted
    parse(split(wanted)[0])
    assert wanted.startswith("export x.json --to FORMAT") or advice(*split(wanted)) is None


def split(typed: str) -> tuple[list[str], list[str]]:
    """Words of the program, and those behind --."""
    words = shlex.split(typed)
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


def parse(words: Sequence[str]) -> None:
    """Raises SystemExit where the words make no sense."""
    tyro.cli(Annotated[Command, arg(help="-")], args=words, config=(FlagCreatePairsOff, OmitArgPrefixes, DisallowNone))


@pytest.mark.parametrize(
    "typed",
    [
        "analyze a b",
        "compose a b -q -v -o c",
        "compose a b -- -y -c:v libx264",
        "render -o x.mp4 x.json",
        "export x.json --to otio",
        "compose a b --no_scale --pin 1=2 --pin 3=4 --engine=fast",
        "refine x.json --nudge -0.5,2",
        "verify x.json --alignment",
        "export x.json --to csv -o -",
        "--tyro-print-completion bash",
    ],
)
def test_what_makes_sense_is_left_alone(typed: str) -> None:
    assert advice(*split(typed)) is None


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_examples_of_the_help_make_sense(line: str) -> None:
    words, behind = split(line)
    assert advice(words, behind) is None
    parse(words)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_parser_takes_what_the_grammar_says(command: str) -> None:
    """Each option with a value of its kind, each place filled; and it takes no other option."""
    grammar = grammar_of(command)
    places = [[*place.choices, f"file{n}"][0] for n, place in enumerate(grammar.places)]
    for name, option in grammar.options.items():
        value = [*option.choices, "1"][0]
        needed = [w for o in grammar.options.values() if o.is_required and o is not option for w in (o.name, "csv")]
        parse([command, *places, *needed, name, *([value] if option.value else [])])
    with pytest.raises(SystemExit):
        parse([command, *places, "--nonsense"])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "a command is missing; wanted one of analyze"),
        ("--json", "a command is missing; wanted one of analyze"),
        ("xyzzy a b", "'xyzzy' is no command; wanted one of analyze"),
        ("render x.json --bogus", "render has no --bogus; vidkompy render --help says what it has"),
        ("render x.json --alignment", "render has no --alignment, an option of verify;"),
        ("compose a b --no-smooth", "compose has no --no-smooth;"),
        ("compose a b --window many", "--window is 'many'; wanted a whole number"),
        ("compose a b --smooth=yes", "--smooth takes no value; leave out =yes"),
        ("compose a b --engine", "--engine has no value; wanted one of precise, fast"),
        ("export x.json --to aaf -o -a.aaf", "-o has no value before -a.aaf; one that begins so is typed -o=-a.aaf"),
        ("export x.json --to edl --ffmpeg --exact", "--ffmpeg has no value before --exact;"),
        ("export x.json --to nonsense", "--to is 'nonsense'; wanted one of aaf, aftereffects, avisynth"),
    ],
)
def test_what_cannot_be_guessed_is_said_with_what_is_wanted(typed: str, said: str) -> None:
    assert (advice(*split(typed)) or "").startswith(said)


def test_files_are_told_apart_by_what_is_in_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("clip").write_bytes(b"\0\0\0\x20ftypisom")
    Path("map").write_bytes(b'\xef\xbb\xbf {"schema": "vidkompy.sidecar/1"}')
    assert (advice(["verify", "clip", "map"]) or "").endswith("type: vidkompy verify map clip")
    assert advice(["verify", "map", "clip"]) is None


def test_the_sidecar_of_a_video_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (advice(["verify", "a.mp4"]) or "").endswith(
        "'a.mp4' is a video, and verify takes a sidecar; vidkompy analyze BG FG writes one; "
        "type: vidkompy verify SIDECAR a.mp4"
    )
    Path("x.vidkompy.json").write_text("{}")
    assert (advice(["verify", "a.mp4"]) or "").endswith("type: vidkompy verify x.vidkompy.json a.mp4")
    Path("a.vidkompy.json").write_text("{}")
    assert (advice(["verify", "a.composite.mp4"]) or "").endswith("vidkompy verify a.vidkompy.json a.composite.mp4")


@pytest.mark.usefixtures("pair")
def test_clips_in_the_wrong_order_are_answered_with_the_same_command(vidkompy: Vidkompy) -> None:
    message = refused(vidkompy, "compose", "fg.mp4", "bg.mp4", "-o", "o.mp4", "--", "-crf", "20", code=3)
    assert message.startswith("BG and FG look swapped")
    assert message.endswith(": vidkompy compose bg.mp4 fg.mp4 -o o.mp4 -- -crf 20")


def test_the_program_says_it_and_does_nothing(vidkompy: Vidkompy) -> None:
    message = refused(vidkompy, "analyse", "bg.mp4", "fg.mp4", code=2)
    assert message == "'analyse' is no command; type: vidkompy analyze bg.mp4 fg.mp4"


@pytest.mark.usefixtures("pair")
def test_a_timeline_of_an_editor_is_no_map_and_what_is_one_is_said(vidkompy: Vidkompy) -> None:
    Path("premiere.xml").write_text('<?xml version="1.0"?><xmeml version="4"></xmeml>')
    message = refused(vidkompy, "import", "premiere.xml", "-o", "x.vidkompy.json")
    assert message.startswith("'premiere.xml' is XML, of an editor; wanted csv, json or otio")
    assert "vidkompy export" in message


@pytest.mark.parametrize(("typed", "usage"), [("help", "COMMAND ..."), ("help compose", "compose BG FG [OPTIONS]")])
def test_help_is_a_word_too(vidkompy: Vidkompy, typed: str, usage: str) -> None:
    outcome = vidkompy(*typed.split())
    assert (outcome.code, outcome.out.splitlines()[0]) == (0, f"usage: vidkompy {usage}")

"""Slips of the hand and words of other programs are answered with the command to type, which then makes sense."""

import shlex
from collections.abc import Sequence
from typing import Annotated

import pytest
import tyro
from support.program_runs import Vidkompy, refused
from tyro.conf import DisallowNone, FlagCreatePairsOff, OmitArgPrefixes, arg

from vidkompy.cli.commands import Command
from vidkompy.cli.habits import advice


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
        ("-y compose a.mp4 b.mp4 -o c.mp4", "compose a.mp4 b.mp4 -o c.mp4 --overwrite"),
        ("render x.json -c:v libx264 -crf 20 -o out.mp4", "render x.json -o out.mp4 -- -c:v libx264 -crf 20"),
        ("render x.json -an -- -crf 20", "render x.json -- -an -crf 20"),
        ("compose a b -q:v 3", "compose a b -- -q:v 3"),
        ("analyze a b --engine precisee", "analyze a b --engine precise"),
        ("analyze a b --engine tunnel", "analyze a b --engine tunnel_full"),
        ("export x.json --to premiere", "export x.json --to xmeml"),
        ("export x.json --to Resolve", "export x.json --to fcpxml"),
        ("export x.json --to final-cut", "export x.json --to fcpxml"),
        ("analyse a b --engine precisee", "analyze a b --engine precise"),
    ],
)
def test_a_command_that_nearly_makes_sense_is_answered_with_one_that_does(typed: str, wanted: str) -> None:
    said = advice(shlex.split(typed))
    assert said is not None
    assert said.partition("; type: vidkompy ")[2] == wanted
    words = shlex.split(wanted)
    parse(words[: words.index("--")] if "--" in words else words)


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
        "xyzzy a b",
        "--version",
        "",
    ],
)
def test_what_makes_sense_or_cannot_be_guessed_is_left_alone(typed: str) -> None:
    assert advice(shlex.split(typed)) is None


def test_the_program_says_it_and_does_nothing(vidkompy: Vidkompy) -> None:
    message = refused(vidkompy, "analyse", "bg.mp4", "fg.mp4", code=2)
    assert message == "'analyse' is no command; type: vidkompy analyze bg.mp4 fg.mp4"


@pytest.mark.usefixtures("pair")
def test_a_timeline_of_an_editor_is_no_map_and_what_is_one_is_said(vidkompy: Vidkompy) -> None:
    from pathlib import Path

    Path("premiere.xml").write_text('<?xml version="1.0"?><xmeml version="4"></xmeml>')
    message = refused(vidkompy, "import", "premiere.xml", "-o", "x.vidkompy.json")
    assert message.startswith("'premiere.xml' is XML, of an editor; wanted csv, json or otio")
    assert "vidkompy export" in message

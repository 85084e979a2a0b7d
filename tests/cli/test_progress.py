"""What a person sees while it works: a bar on a terminal's stderr, plain lines elsewhere, stdout for data only."""

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from support.program_runs import Outcome, environment
from support.truth_cases import Case

from vidkompy.placement.search_stages import STAGES as SEARCH_STAGES

COMPOSE = ("compose", "bg.mp4", "fg.mp4", "-o", "out.mp4")
STAGES = ("reading", "background", "foreground", "placing", "aligning", "rendering")
ESCAPE = "\x1b"
UP, ERASE, HIDE_CURSOR, SHOW_CURSOR = "\x1b[1A", "\x1b[2K", "\x1b[?25l", "\x1b[?25h"
COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")
STYLE = re.compile(r"\x1b\[[0-9;]*m")  # of colour or weight


def on_terminal(*words: str, folder: Path, **variables: str) -> Outcome:
    """`python -m vidkompy WORDS` whose stderr is a terminal; stdout is not."""
    return program_on_terminal([sys.executable, "-m", "vidkompy", *words], folder, variables)


def program_on_terminal(argv: list[str], folder: Path, variables: dict[str, str]) -> Outcome:
    ours, theirs = pty.openpty()
    with subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, stderr=theirs, env=plain() | variables) as running:
        os.close(theirs)
        printed = b""
        with suppress(OSError):  # Linux says so when the last writer is gone
            while block := os.read(ours, 65536):
                printed += block
        os.close(ours)
        assert running.stdout is not None
        out = running.stdout.read()
    return Outcome(running.returncode, out.decode(), printed.decode())


def plain() -> dict[str, str]:
    """An environment that says nothing of colours, on a terminal that could show them."""
    steering = {"NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM"}
    kept = {k: v for k, v in environment().items() if k not in steering}
    return kept | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}


def visible(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def left_on_screen(text: str) -> list[str]:
    """Lines that stay, in a terminal that knows carriage return, line feed, cursor up and erase line."""
    lines, at = [""], 0
    for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", text):
        if part == "\n":
            at += 1
            if at == len(lines):
                lines.append("")
        elif part == UP:
            at -= 1
        elif part == ERASE:
            lines[at] = ""
        elif part.isprintable():
            lines[at] += part
    return [line for line in lines if line]


@pytest.mark.slow
@pytest.mark.parametrize("has_colour", [True, False])
def test_a_terminal_shows_every_stage_to_its_end(pair: Case, has_colour: bool) -> None:
    outcome = on_terminal(*COMPOSE, folder=pair.fg.parent, **({} if has_colour else {"NO_COLOR": "1"}))
    assert (outcome.code, outcome.out) == (0, "out.mp4\n"), outcome.err
    assert ESCAPE in outcome.err
    assert bool(COLOUR.search(outcome.err)) == has_colour
    text = visible(outcome.err)
    first = [text.index(stage) for stage in STAGES]
    assert first == sorted(first)
    for stage, end in {
        "background": "48/48",
        "foreground": "36/36",
        "placing": f"{len(SEARCH_STAGES)}/{len(SEARCH_STAGES)}",
        "aligning": "2/2",
        "rendering": "36/36",
    }.items():
        assert re.search(rf"{stage} \S+ +{end} ", text), stage


BARS = """
from vidkompy.cli.progress import configure_progress, pace, progress_reports
configure_progress("bar")
with progress_reports() as report:
    for done in (0, 1_500_000):
        for stage in ("background", "rendering"):
            report(stage, done, 1_500_000, pace(1234.5, 1_073_700_000))
"""


@pytest.mark.parametrize("columns", [36, 59, 60, 64, 79, 80, 200])
@pytest.mark.parametrize("colours", [{}, {"NO_COLOR": "1"}])
def test_a_bar_fits_the_terminal_with_nothing_cut_off(tmp_path: Path, columns: int, colours: dict[str, str]) -> None:
    words = [sys.executable, "-c", BARS]
    outcome = program_on_terminal(words, tmp_path, colours | {"COLUMNS": str(columns)})
    assert outcome.code == 0, outcome
    rows = [row for row in re.split(r"[\r\n]+", visible(outcome.err)) if row.strip()]
    last = rows[-2:]
    assert max(map(len, rows)) <= columns
    assert [row.split()[0] for row in last] == ["background", "rendering"]
    assert all("1500000/1500000" in row and "…" not in row for row in last), last
    assert ("━" in last[0], "1234 fps, 1024.0 MiB" in last[0]) == (columns >= 60, columns >= 80)
    assert bool(STYLE.search(outcome.err)) == (not colours)


def test_a_narrow_terminal_shows_counts_and_what_remains(pair: Case, sidecar: Path) -> None:
    words = ("render", sidecar.name, "-o", "out.mp4")
    screen = visible(on_terminal(*words, folder=pair.fg.parent, COLUMNS="40").err)
    assert re.search(r"rendering +36/36 0:00:00", screen)
    assert max(len(line) for line in re.split(r"[\r\n]+", screen) if "rendering" in line) <= 40


@pytest.mark.slow
def test_a_terminal_is_left_with_the_plain_lines_alone(pair: Case) -> None:
    message = on_terminal(*COMPOSE, folder=pair.fg.parent, COLUMNS="400").err
    assert [line.split()[0] for line in left_on_screen(message)] == ["where", "right", "when", "a", "note:"]
    assert message.count(HIDE_CURSOR) == message.count(SHOW_CURSOR) == 2
    assert message.rindex(SHOW_CURSOR) > message.rindex(HIDE_CURSOR)


@pytest.mark.slow
def test_verify_shows_a_bar_too(pair: Case, sidecar: Path) -> None:
    home = pair.fg.parent
    assert on_terminal("render", sidecar.name, "-o", "out.mp4", folder=home).code == 0
    outcome = on_terminal("verify", sidecar.name, "out.mp4", folder=home)
    assert outcome.out.endswith("result  right\n")
    assert re.search(r" verifying \S+ +36/36 ", visible(outcome.err))


@pytest.mark.slow
@pytest.mark.parametrize("term", ["xterm-256color", "dumb"])
def test_without_a_terminal_there_is_no_escape_code(pair: Case, term: str) -> None:
    argv = [sys.executable, "-m", "vidkompy", *COMPOSE]
    settings = plain() | {"TERM": term}
    done = subprocess.run(argv, cwd=pair.fg.parent, capture_output=True, text=True, env=settings, check=True)
    assert done.stdout == "out.mp4\n"
    assert ESCAPE not in done.stderr
    assert "\r" not in done.stderr
    assert [line.split()[0] for line in done.stderr.splitlines() if line[0] != " "] == ["where", "when", "note:"]


def test_an_error_stands_on_a_line_of_its_own_behind_the_bar(pair: Case) -> None:
    (pair.fg.parent / "fg.mp4").write_bytes(pair.fg.read_bytes()[:-2000])
    outcome = on_terminal(*COMPOSE, folder=pair.fg.parent, COLUMNS="400")
    assert (outcome.code, outcome.out) == (1, "")
    assert [line.split()[0] for line in left_on_screen(outcome.err)] == ["vidkompy:"]


def test_messages_fit_the_terminal_and_end_lines_between_words(tmp_path: Path) -> None:
    outcome = on_terminal("analyse", "bg.mp4", "a film of several words.mp4", folder=tmp_path, COLUMNS="32")
    assert outcome.err.splitlines() == [
        "vidkompy: 'analyse' is no",
        "command; type:",
        "vidkompy analyze bg.mp4 'a film of several words.mp4'",
    ]


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}])
def test_help_has_colours_unless_they_are_unwanted(tmp_path: Path, variables: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    argv = [sys.executable, "-m", "vidkompy", "analyze", "--help"]
    with subprocess.Popen(argv, cwd=tmp_path, stdout=theirs, stderr=theirs, env=plain() | variables):
        os.close(theirs)
        printed = b""
        with suppress(OSError):  # Linux says so when the last writer is gone
            while block := os.read(ours, 65536):
                printed += block
        os.close(ours)
    assert b"--engine" in printed
    assert (ESCAPE.encode() in printed) == (not variables)

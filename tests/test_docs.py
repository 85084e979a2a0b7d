"""What README and docs show is true: command lines parse, the tutorial runs, tables name all options and fields."""

import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import pytest
from support.doc_examples import PAGES, ROOT, Block, blocks, command_lines, inline_commands
from support.program_runs import environment

from vidkompy.alignment.engine_names import EngineName
from vidkompy.cli import commands
from vidkompy.cli.main import _without_encoder_arguments, parsed_command
from vidkompy.cli.parsing import parse_boxes, parse_nudge, parse_placement, parse_scales, parse_seconds_range
from vidkompy.exchange.format_contract import ExportName
from vidkompy.ffmpeg.encoder_presets import PRESETS
from vidkompy.model import Placement
from vidkompy.sidecar.schemas import schema

COMMANDS = {commands.command_name(command): command for command in get_args(commands.Command)}
LINES = [(page, n, words) for page in PAGES for n, words in command_lines(page)]
SHELL = "bash"
EXTRAS = {"report": "matplotlib", "review": "starlette"}  # a command and a module of its extra
MAX_README_LINES = 80
MAX_PICTURE_BYTES = 150_000


def is_offered(command: str) -> bool:
    """Whether this program has the command, and what it needs is installed."""
    module = EXTRAS.get(command)
    return command in COMMANDS and (module is None or find_spec(module) is not None)


def check_command_line(words: list[str]) -> None:
    """Fails where the program would refuse the words, before it looks at any file."""
    if words[:1] in (["--version"], ["--tyro-print-completion"]):
        return
    assert words[0] in COMMANDS, f"no command {words[0]}"
    ours, behind = _without_encoder_arguments(words)
    command: Any = parsed_command(ours, behind)
    known = command.matching if hasattr(command, "matching") else command
    if getattr(known, "at", None):
        parse_placement(known.at)
    if getattr(known, "nudge", None):
        parse_nudge(known.nudge, Placement(0, 0, 100, 100))
    parse_scales(getattr(known, "scale_range", None), is_unscaled=False)
    parse_seconds_range(getattr(known, "search", None))
    parse_boxes(getattr(known, "ignore", ()))


@pytest.mark.parametrize("words", [words for *_, words in LINES], ids=[f"{page}:{n}" for page, n, _ in LINES])
def test_a_command_line_of_a_page_is_one(words: list[str]) -> None:
    check_command_line(words)


@pytest.mark.parametrize("page", PAGES)
def test_a_command_within_a_sentence_has_the_options_it_is_shown_with(page: str) -> None:
    for words in inline_commands(page):
        if words[0] in COMMANDS:
            given = {word.strip("[]").split("=")[0] for word in words if re.match(r"\[?--[a-z]", word)}
            assert given - {*options_of(COMMANDS[words[0]]), "--help"} == set(), words
        else:
            assert words[0].startswith("-") or words[0] == "COMMAND", words


def test_there_are_command_lines() -> None:
    assert len(LINES) > 50
    with pytest.raises(SystemExit):
        check_command_line(shlex.split("analyze bg.mp4 fg.mp4 --no-such-option"))


def test_readme_is_short_and_names_what_others_rely_on() -> None:
    text = (ROOT / "README.md").read_text()
    assert text.count("\n") <= MAX_README_LINES
    assert "pip install . && vidkompy demo " in text
    assert 'pip install ".[test]" && scripts/test ' in text


def test_readme_and_the_site_begin_alike() -> None:
    readme, home = ((ROOT / page).read_text() for page in ("README.md", "docs/index.md"))
    assert readme.split("\n\n")[1] == home.split("\n\n")[1]
    table = re.search(r"\| what \| result \|\n(?:\|.*\n)+", readme)
    assert table is not None
    assert table[0] in home


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_and_headings(page: str) -> None:
    text = (ROOT / page).read_text()
    for target, anchor in re.findall(r"\]\(([^)\s#]*)(?:#([^)]*))?\)", text):
        if "://" in target:
            continue
        path = (ROOT / page).parent / target if target else ROOT / page
        assert path.exists(), target
        if anchor and path.suffix == ".md":
            assert anchor in {slug(heading) for heading in re.findall(r"^#+ (.+)$", path.read_text(), re.M)}, anchor


def slug(heading: str) -> str:
    """As mkdocs and GitHub make anchors."""
    return re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", heading.strip().lower()))


# ---- the tutorial


def steps(page: str) -> Iterator[tuple[Block, list[str]]]:
    """Each shell block, and the lines that it has to print."""
    found = blocks(page)
    for n, block in enumerate(found):
        if block.language == "sh":
            follows = found[n + 1] if n + 1 < len(found) else None
            yield block, follows.text.splitlines() if follows and follows.language == "text" else []


@pytest.mark.slow
def test_the_tutorial_runs_and_prints_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "vidkompy"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m vidkompy "$@"\n')
    program.chmod(0o755)
    ours = environment() | {"VIDKOMPY_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT), "COLUMNS": "160"}
    ours["PATH"] = f"{program.parent}:{ours['PATH']}"
    folder = tmp_path
    for block, wanted in steps("docs/tutorial.md"):
        if not all(is_offered(line.split()[1]) for line in block.text.splitlines() if line.startswith("vidkompy")):
            continue
        done = subprocess.run(
            [SHELL, "-e", "-c", f"{block.text}\npwd > {tmp_path}/folder"],
            cwd=folder,
            env=ours,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (block, done.stderr)
        folder = Path((tmp_path / "folder").read_text().strip())
        printed = [without_decimals(line) for line in (done.stderr + done.stdout).splitlines()]
        assert [line for line in wanted if without_decimals(line) not in printed] == [], block


def without_decimals(text: str) -> str:
    """Measured numbers differ a little from one machine to the next."""
    return re.sub(r"\d+\.\d+", "N", text.rstrip())


# ---- the reference


def options_of(command: type) -> Iterator[str]:
    """--name of every option, those of groups too."""
    for field in fields(command):
        default: Any = field.default
        if is_dataclass(default):
            yield from options_of(type(default))
        elif "Positional" not in str(field.type) and str(field.type) not in ("Bg", "Fg", "SidecarFile"):
            yield f"--{field.name.replace('_', '-')}"


def section(page: str, heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", (ROOT / page).read_text(), re.M | re.S)
    assert found, heading
    return found[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_reference_names_every_option(name: str) -> None:
    known = section("docs/commands.md", "All commands") + section("docs/commands.md", name)
    if name in ("compose", "batch"):
        known += section("docs/commands.md", "analyze") + section("docs/commands.md", "render")
    named = set(re.findall(r"--[a-z][a-z-]*", known))
    assert set(options_of(COMMANDS[name])) - named == set()


def test_the_reference_names_engines_formats_and_presets() -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    assert [name for name in get_args(EngineName) if f"| `{name}` |" not in page] == []
    assert [name for name in get_args(ExportName) if f"`{name}`" not in section("docs/commands.md", "export")] == []
    formats = (ROOT / "docs" / "exports.md").read_text()
    assert [name for name in get_args(ExportName) if f"| `{name}` |" not in formats] == []
    software = [name for name in PRESETS if "_" not in name or name == "prores_ks"]
    assert [name for name in software if f"`{name}`" not in page] == []


def schema_fields(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node.get("properties", {})
        for value in node.values():
            yield from schema_fields(value)
    elif isinstance(node, list):
        for value in node:
            yield from schema_fields(value)


def test_the_page_of_the_sidecar_names_every_field() -> None:
    page = (ROOT / "docs" / "sidecar.md").read_text()
    named = set(re.findall(r"`([a-z0-9_]+)`", page))
    assert set(schema_fields(schema())) - named == set()
    assert set(schema()["properties"]) <= set(re.findall(r"^\| `(\w+)` \|", page, re.M))


# ---- pictures and the site


@pytest.mark.slow
def test_the_pictures_are_drawn_from_the_demo(tmp_path: Path) -> None:
    drawn = subprocess.run(
        [sys.executable, ROOT / "scripts" / "draw_demo", tmp_path],
        env=environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert drawn.returncode == 0, drawn.stderr
    shown = {path.name for path in (ROOT / "docs" / "images").iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == shown
    for path in (ROOT / "docs" / "images").iterdir():
        assert path.stat().st_size <= MAX_PICTURE_BYTES
        assert any(f"images/{path.name}" in (ROOT / page).read_text() for page in PAGES)


def test_the_site_shows_every_page_and_files_of_the_root_whole() -> None:
    nav = (ROOT / "mkdocs.yml").read_text()
    assert [page for page in PAGES if page.startswith("docs/") and page.removeprefix("docs/") not in nav] == []
    hooks = runpy.run_path(str(ROOT / "scripts" / "site_hooks.py"))
    for copy, root in (("changelog", "CHANGELOG"), ("security", "SECURITY"), ("contributing", "CONTRIBUTING")):
        shown = hooks["on_page_markdown"]((ROOT / "docs" / f"{copy}.md").read_text())
        assert (ROOT / f"{root}.md").read_text().splitlines()[0] == shown.splitlines()[0]
        assert "](docs/" not in shown
        assert "](vidkompy/" not in shown
    link = "[a](../README.md), [b](docs/limits.md#x), [`c`](../vidkompy/limits.py), [d](https://e.org/f.md)"
    assert hooks["with_links_of_site"](link) == "[a](index.md), [b](limits.md#x), `c`, [d](https://e.org/f.md)"

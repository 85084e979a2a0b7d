"""What is printed: one JSON object, events, lines now and then, or nothing."""

import ast
import inspect
import json
import os
import re
import subprocess
import sys
from dataclasses import is_dataclass
from pathlib import Path

import jsonschema
import pytest
from support.export_readers import reader
from support.json_results import SCHEMA, result_of
from support.program_runs import Vidkompy, as_process, environment
from support.truth_cases import Case
from support.waiting import wait_until

from vidkompy.cli import commands, progress
from vidkompy.cli.grammar import COMMANDS
from vidkompy.cli.messages import configure_messages
from vidkompy.cli.progress import configure_progress, progress_reports

SIDECAR = "fg.vidkompy.json"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.slow
@pytest.mark.usefixtures("pair")
def test_every_command_prints_an_object_that_meets_the_schema(vidkompy: Vidkompy) -> None:
    found = result_of(vidkompy("analyze", "bg.mp4", "fg.mp4", "--json"))
    assert (found["command"], found["sidecar"], found["frames"]) == ("analyze", SIDECAR, 36)
    assert (found["placement"]["x"], found["placement"]["y"]) == (61, 37)
    assert result_of(vidkompy("refine", SIDECAR, "--overwrite", "--json"))["sidecar"] == SIDECAR
    assert "#!" in result_of(vidkompy("render", SIDECAR, "--dry-run", "--json"))["script"]
    assert (
        result_of(vidkompy("render", SIDECAR, "-o", "out.mkv", "--json", "--", "-c:v", "ffv1"))["output"] == "out.mkv"
    )
    previewed = result_of(vidkompy("preview", SIDECAR, "--around", "12", "--seconds", "0.5", "--json"))
    assert (previewed["output"], previewed["first"], previewed["frames"]) == ("fg.preview.mp4", 6, 13)
    verified = result_of(vidkompy("verify", SIDECAR, "out.mkv", "--alignment", "--json"))
    assert (verified["render"]["fg_exact"], verified["alignment"]["is_right"]) == (36, True)
    composed = result_of(vidkompy("compose", "bg.mp4", "fg.mp4", "-o", "c.mp4", "--json"))
    assert (composed["output"], composed["sidecar"]) == ("c.mp4", "c.vidkompy.json")
    exported = result_of(vidkompy("export", SIDECAR, "--to", "csv", "--json"))
    assert exported["text"].startswith("fg_index")
    assert result_of(vidkompy("export", SIDECAR, "--to", "csv", "-o", "map.csv", "--json"))["text"] is None
    assert result_of(vidkompy("import", "map.csv", "-o", SIDECAR, "--overwrite", "--json"))["changed"] == 0
    assert result_of(vidkompy("locate", "bg.mp4", "fg.mp4", "--count", "2", "--json"))["background"] == "bg.mp4"
    assert result_of(vidkompy("report", SIDECAR, "--json"))["page"] == "fg.report.html"
    assert result_of(vidkompy("doctor", "--json"))["filters"] > 100
    assert result_of(vidkompy("cache", "info", "--json"))["kinds"] == {}


def test_a_failure_is_an_object_too(vidkompy: Vidkompy) -> None:
    outcome = vidkompy("analyze", "no.mp4", "fg.mp4", "--json")
    assert outcome.code == 1
    assert result_of(outcome)["error"] in outcome.err
    outcome = vidkompy("analyse", "no.mp4", "fg.mp4", "--json")
    assert result_of(outcome)["error"].endswith("type: vidkompy analyze no.mp4 fg.mp4 --json")
    outcome = vidkompy("analyze", "a", "b", "--nonsense", "--json")
    assert result_of(outcome)["error"] == "analyze has no --nonsense; vidkompy analyze --help says what it has"
    assert outcome.err == f"vidkompy: {result_of(outcome)['error']}\n"
    event = json.loads(vidkompy("analyze", "a", "--progress", "json").err)
    assert event == {"event": "error", "text": "analyze takes BG FG; type: vidkompy analyze a FG --progress json"}


def test_what_the_parser_says_is_one_line(vidkompy: Vidkompy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidkompy.cli.habits.advice", lambda *_: None)
    for terminal in ("xterm", "dumb"):  # framed in lines, or in letters
        monkeypatch.setenv("TERM", terminal)
        outcome = vidkompy("compose", "a", "--json")
        assert re.match(r"[\w ]+:? Missing from vidkompy compose: FG the video", result_of(outcome)["error"])
        assert outcome.err == f"vidkompy: {result_of(outcome)['error']}\n"


def test_bytes_of_names_that_are_no_text_stand_as_escapes_in_json(tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "vidkompy",
        "render",
        os.fsdecode(b"f\xff.vidkompy.json"),
        "--json",
        "--progress",
        "json",
    ]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, env=environment(), check=False)
    assert json.loads(done.stdout.decode("utf-8"))["error"].startswith("cannot read sidecar 'f\udcff.vidkompy.json'")
    assert json.loads(done.stderr.decode("utf-8"))["event"] == "error"


def test_the_version_is_an_object_too(vidkompy: Vidkompy) -> None:
    version = vidkompy("--version").out.split()[1]
    assert result_of(vidkompy("--version", "--json")) == {"command": None, "exit_code": 0, "version": version}
    assert result_of(vidkompy("--json", "--version"))["version"] == version


@pytest.mark.usefixtures("pair")
def test_events_are_objects_a_line_each(vidkompy: Vidkompy) -> None:
    outcome = vidkompy("analyze", "bg.mp4", "fg.mp4", "--progress", "json")
    events = [json.loads(line) for line in outcome.err.splitlines()]
    stages = list(dict.fromkeys(event["stage"] for event in events if event["event"] == "progress"))
    assert [stage for stage in stages if stage in ("background", "foreground", "placing", "aligning")] == [
        "background",
        "foreground",
        "placing",
        "aligning",
    ]
    assert any(event["event"] == "message" and event["text"].startswith("where  FG at 61,37") for event in events)
    assert outcome.out == f"{SIDECAR}\n"
    failed = vidkompy("analyze", "no.mp4", "fg.mp4", "--progress", "json")
    assert json.loads(failed.err)["event"] == "error"


@pytest.mark.usefixtures("pair")
def test_quiet_leaves_the_result_and_errors(vidkompy: Vidkompy) -> None:
    outcome = vidkompy("analyze", "bg.mp4", "fg.mp4", "-q")
    assert (outcome.code, outcome.out, outcome.err) == (0, f"{SIDECAR}\n", "")
    assert vidkompy("analyze", "no.mp4", "fg.mp4", "-q").err.startswith("vidkompy: ")


@pytest.mark.usefixtures("pair")
def test_verbose_says_what_was_tried(vidkompy: Vidkompy) -> None:
    said = vidkompy("analyze", "bg.mp4", "fg.mp4", "-v", "--no-cache").err
    lines = [line for line in said.splitlines() if line.startswith(("placement ", "measuring "))]
    assert any(": " in line and line.endswith(" candidates") for line in lines)
    assert any("place 61.0,37.0 at 1.0000: cost 0.0" in line and "the best so far" in line for line in lines)
    assert any("matching 36 FG frames with 48 BG frames by precise" in line for line in lines)
    assert said.splitlines()[-1].startswith("next ")
    assert vidkompy("analyze", "bg.mp4", "fg.mp4", "--overwrite").err.splitlines()[0].startswith("where  ")


def test_lines_come_now_and_then_though_a_stage_is_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "SECONDS_A_LINE", 0.05)  # of 10: the test has not as long
    configure_progress("lines")
    configure_messages(is_quiet=False, as_json=False)
    with progress_reports() as report:
        report("placing", 3, 9)
        lines = list[str]()

        def are_two() -> bool:
            lines.extend(capsys.readouterr().err.splitlines())
            return len(lines) >= 2

        wait_until(are_two)
    assert all(line.startswith("placing: 3 of 9, 33 % (") for line in lines)
    configure_progress("auto")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_scripts_are_written_and_offer_commands(shell: str, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "vidkompy", "--tyro-print-completion", shell]
    script = subprocess.run(argv, capture_output=True, text=True, env=environment(), check=True).stdout
    for word in ("analyze", "compose", "--engine", "tunnel_full"):
        assert word in script
    (tmp_path / "completion").write_text(script)
    checked = subprocess.run(
        [reader(shell, shell), "-n", tmp_path / "completion"], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_the_terminal_and_ends_with_two_examples(
    vidkompy: Vidkompy, monkeypatch: pytest.MonkeyPatch, command: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = vidkompy(*command.split(), "--help").out
    assert max(map(len, text.splitlines())) <= columns
    assert text.partition("examples:\n")[2].count("  vidkompy ") == 2
    assert "None" not in text
    assert not re.search("│ +│", text)  # a row without words
    assert text.startswith(f"usage: vidkompy {command or 'COMMAND'}")


def test_help_in_letters_only_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    text = as_process("demo", "--help", folder=Path.cwd()).out
    assert text.isascii()
    assert all(line in text for line in ("  -q, --quiet    print no progress", "\n  vidkompy demo\n"))


def test_usage_says_which_words_may_be_left_out(vidkompy: Vidkompy) -> None:
    assert "usage: vidkompy verify SIDECAR [RENDERED] [OPTIONS]\n" in vidkompy("verify", "--help").out
    assert "usage: vidkompy import FILE --output SIDECAR [OPTIONS]\n" in vidkompy("import", "--help").out


def test_a_text_of_an_option_is_one_line() -> None:
    """The parser would break its second line off, wherever the first one ends in the terminal."""
    for cls in (vars(commands)[name] for name in vars(commands) if is_dataclass(vars(commands)[name])):
        for node in ast.walk(ast.parse(inspect.getsource(cls))):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                assert "\n" not in str(node.value.value)


def test_a_pair_that_is_right_is_said_to_be(pair: Case, vidkompy: Vidkompy) -> None:
    assert vidkompy("analyze", pair.bg.name, pair.fg.name).code == 0
    outcome = vidkompy("verify", SIDECAR, "--alignment")
    assert (outcome.code, outcome.out.splitlines()[-1]) == (0, "result  right")
    text = Path(SIDECAR).read_text()
    Path(SIDECAR).write_text(text.replace('"x": 61.0', '"x": 57.0'))
    outcome = vidkompy("verify", SIDECAR, "--alignment")
    assert (outcome.code, outcome.out.splitlines()[-1]) == (1, "result  WRONG")
    assert "place   4.0 px off: they have FG at 61,37" in outcome.out

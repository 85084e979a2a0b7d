"""Standard streams that are closed, full, unread or not in UTF-8: never a traceback, and the exit code of the work."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support.program_runs import Outcome, environment

FULL = "vidkompy: cannot write to {}: no space left on device; let it go elsewhere\n"
MISSING = "gone.vidkompy.json"  # a usage that ends at once, with words on standard error


def in_shell(folder: Path, words: str, redirected: str, **variables: str) -> Outcome:
    argv = f"{shlex.quote(sys.executable)} -m vidkompy {words} {redirected}"
    done = subprocess.run(
        ["sh", "-c", argv], cwd=folder, capture_output=True, env=environment() | variables, timeout=60
    )
    return Outcome(done.returncode, done.stdout.decode(errors="surrogateescape"), done.stderr.decode())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("redirected", "out"), [(">&-", ""), ("2>&-", "c.mkv\n"), (">&- 2>&-", ""), ("<&- >&- 2>&-", "")]
)
def test_a_render_is_done_with_streams_closed(sidecar: Path, redirected: str, out: str) -> None:
    """Nothing is said in place of them, and no file that is opened gets their number."""
    outcome = in_shell(sidecar.parent, f"render {sidecar.name} -o c.mkv", redirected)
    assert (outcome.code, outcome.out) == (0, out)
    assert "Traceback" not in outcome.err
    verified = in_shell(sidecar.parent, f"verify {sidecar.name} c.mkv", "")
    assert (verified.code, verified.err) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("redirected", [">&-", "2>&-", ">&- 2>&-"])
def test_a_failure_keeps_its_exit_code_with_streams_closed(tmp_path: Path, redirected: str) -> None:
    for words, code in ((f"render {MISSING}", 1), ("render --nosuch", 2), ("render --help", 0)):
        outcome = in_shell(tmp_path, words, redirected)
        assert outcome.code == code
        assert outcome.out == "" or (words, redirected) == ("render --help", "2>&-")
        assert "Traceback" not in outcome.err


@pytest.mark.slow
@pytest.mark.parametrize("words", ["render {} -o c.mkv", "render {} -o c.mkv --dry-run", "render --help"])
def test_a_full_standard_output_is_reported_once(sidecar: Path, words: str) -> None:
    outcome = in_shell(sidecar.parent, words.format(sidecar.name), ">/dev/full")
    notes = "".join(line for line in outcome.err.splitlines(keepends=True) if line.startswith("note: "))
    assert (outcome.code, outcome.err.removeprefix(notes)) == (1, FULL.format("standard output"))


@pytest.mark.slow
@pytest.mark.parametrize("redirected", ["2>/dev/full", ">/dev/full 2>/dev/full"])
@pytest.mark.parametrize("words", [f"render {MISSING}", "render --nosuch"])
def test_a_full_standard_error_is_exit_code_1(tmp_path: Path, words: str, redirected: str) -> None:
    assert in_shell(tmp_path, words, redirected) == Outcome(1, "", "")


@pytest.mark.parametrize("words", ["render --help", "render --nosuch"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_stream_that_nobody_reads_ends_quietly(tmp_path: Path, words: str, number: int) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    stdout, stderr = (writes, subprocess.PIPE) if number == 1 else (subprocess.PIPE, writes)
    argv = [sys.executable, "-m", "vidkompy", *words.split()]
    done = subprocess.run(argv, cwd=tmp_path, env=environment(), timeout=60, stdout=stdout, stderr=stderr)
    os.close(writes)
    is_closed_stream_written = (number == 2) == ("nosuch" in words)  # whether it had something to say there
    assert done.returncode == (1 if is_closed_stream_written else 2 if "nosuch" in words else 0)
    if is_closed_stream_written:
        assert not done.stdout
        assert not done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8:strict"])
def test_names_that_cannot_be_encoded_are_escaped(sidecar: Path, encoding: str) -> None:
    name = "ü€.mkv"
    outcome = in_shell(sidecar.parent, f"render {sidecar.name} -o {name}", "", PYTHONIOENCODING=encoding)
    wanted = {"latin-1": "\udcfc\\u20ac.mkv\n", "utf-8:strict": "ü€.mkv\n"}.get(encoding, "\\xfc\\u20ac.mkv\n")
    assert (outcome.code, outcome.out) == (0, wanted)
    again = in_shell(sidecar.parent, f"render {sidecar.name} -o {name}", "2>&1", PYTHONIOENCODING=encoding)
    assert (again.code, again.out.startswith(f"vidkompy: output '{wanted[:-1]}' exists; ")) == (2, True)


@pytest.mark.slow
def test_names_that_are_no_text_are_printed_as_they_are(sidecar: Path) -> None:
    words = f"render {sidecar.name} -o $(printf '\\377').mkv"
    outcome = in_shell(sidecar.parent, words, "", PYTHONIOENCODING="utf-8:strict")
    assert (outcome.code, outcome.out) == (0, "\udcff.mkv\n")
    script = in_shell(sidecar.parent, f"{words} --dry-run", "", PYTHONIOENCODING="utf-8:strict")
    assert (script.code, "output='\udcff.mkv'" in script.out) == (0, True)


def test_a_script_is_not_escaped(sidecar: Path) -> None:
    """A shell would write to another name."""
    words = f"render {sidecar.name} -o ü.mkv --dry-run"
    outcome = in_shell(sidecar.parent, words, "", PYTHONIOENCODING="ascii")
    assert (outcome.code, outcome.out) == (1, "")
    wanted = "vidkompy: standard output is ascii, which has no '\\xfc'; set PYTHONIOENCODING=utf-8\n"
    assert outcome.err.endswith(wanted)

"""What the program answers without a command."""

from importlib.metadata import version
from pathlib import Path

from support.program_runs import Outcome, Vidkompy, as_process


def test_version_is_that_of_the_installed_package(tmp_path: Path) -> None:
    assert as_process("--version", folder=tmp_path) == Outcome(0, f"vidkompy {version('vidkompy')}\n", "")


def test_version_stands_alone(vidkompy: Vidkompy) -> None:
    assert vidkompy("--version", "doctor").code == 2

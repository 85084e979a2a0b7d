"""Each command is run by a function that is there."""

from importlib import import_module
from typing import get_args

from vidkompy.cli.commands import Command, command_name
from vidkompy.cli.dispatch import HOMES


def test_each_command_has_a_function_that_runs_it() -> None:
    assert {command_name(command) for command in get_args(Command)} == set(HOMES)
    for name, home in HOMES.items():
        runner = "run_batch_command" if home == "batch_command" else f"run_{name}"
        assert callable(getattr(import_module(f"vidkompy.cli.{home}"), runner))

"""Which function runs which command. A command loads what it needs alone."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from vidkompy.cli.commands import Command, command_name
from vidkompy.cli.results import Result

if TYPE_CHECKING:
    from vidkompy.cli.batch_options import CommandParser

HOMES = {  # of run_NAME, by the name of its command
    "analyze": "analysis_commands",
    "refine": "analysis_commands",
    "locate": "analysis_commands",
    "relink": "relink_command",
    "render": "drawing_commands",
    "compose": "drawing_commands",
    "verify": "drawing_commands",
    "report": "report_command",
    "review": "review_command",
    "preview": "preview_command",
    "export": "exchange_commands",
    "import": "exchange_commands",
    "batch": "batch_command",
    "batch-status": "batch_command",
    "batch-merge": "batch_command",
    "doctor": "trial_commands",
    "demo": "trial_commands",
    "cache": "cache_command",
}


def dispatch(command: Command, encoder_arguments: tuple[str, ...] | None, parse: CommandParser) -> Result:
    """Runs a command. parse: of words into a command, for those that name others'. Raises VidkompyError."""
    name = command_name(type(command))
    home = import_module(f"vidkompy.cli.{HOMES[name]}")
    result: Result
    if HOMES[name] == "batch_command":
        result = home.run_batch_command(command, encoder_arguments, parse)
    elif name in ("render", "compose"):
        result = getattr(home, f"run_{name}")(command, encoder_arguments)
    else:
        result = getattr(home, f"run_{name}")(command)
    return result

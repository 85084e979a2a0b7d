"""Which function runs which command. Loaded when a command runs, not for its help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidkompy.cli import (
    analysis_commands,
    batch_command,
    cache_command,
    commands,
    drawing_commands,
    exchange_commands,
    preview_command,
    relink_command,
    report_command,
    review_command,
    trial_commands,
)
from vidkompy.cli.commands import Command
from vidkompy.cli.results import Result

if TYPE_CHECKING:
    from vidkompy.cli.batch_options import CommandParser


def dispatch(command: Command, encoder_arguments: tuple[str, ...] | None, parse: CommandParser) -> Result:
    """Runs a command. parse: of words into a command, for those that name others'. Raises VidkompyError."""
    match command:
        case commands.Analyze():
            return analysis_commands.run_analyze(command)
        case commands.Refine():
            return analysis_commands.run_refine(command)
        case commands.Relink():
            return relink_command.run_relink(command)
        case commands.Locate():
            return analysis_commands.run_locate(command)
        case commands.Render():
            return drawing_commands.run_render(command, encoder_arguments)
        case commands.Compose():
            return drawing_commands.run_compose(command, encoder_arguments)
        case commands.Report():
            return report_command.run_report(command)
        case commands.Review():
            return review_command.run_review(command)
        case commands.Preview():
            return preview_command.run_preview(command)
        case commands.Verify():
            return drawing_commands.run_verify(command)
        case commands.Export():
            return exchange_commands.run_export(command)
        case commands.Import():
            return exchange_commands.run_import(command)
        case commands.Batch() | commands.BatchStatus() | commands.BatchMerge():
            return batch_command.run_batch_command(command, encoder_arguments, parse)
        case commands.Doctor():
            return trial_commands.run_doctor(command)
        case commands.Cache():
            return cache_command.run_cache(command)
        case commands.Demo():
            return trial_commands.run_demo(command)

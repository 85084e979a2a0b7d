"""Which function runs which command. A command loads what it needs alone: the others take 0.03 s (measured)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidkompy.cli import commands
from vidkompy.cli.commands import Command
from vidkompy.cli.results import Result

if TYPE_CHECKING:
    from vidkompy.cli.batch_options import CommandParser


def dispatch(command: Command, encoder_arguments: tuple[str, ...] | None, parse: CommandParser) -> Result:
    """Runs a command. parse: of words into a command, for those that name others'. Raises VidkompyError."""
    match command:
        case commands.Analyze():
            from vidkompy.cli.analysis_commands import run_analyze

            return run_analyze(command)
        case commands.Refine():
            from vidkompy.cli.analysis_commands import run_refine

            return run_refine(command)
        case commands.Relink():
            from vidkompy.cli.relink_command import run_relink

            return run_relink(command)
        case commands.Locate():
            from vidkompy.cli.analysis_commands import run_locate

            return run_locate(command)
        case commands.Render():
            from vidkompy.cli.drawing_commands import run_render

            return run_render(command, encoder_arguments)
        case commands.Compose():
            from vidkompy.cli.drawing_commands import run_compose

            return run_compose(command, encoder_arguments)
        case commands.Report():
            from vidkompy.cli.report_command import run_report

            return run_report(command)
        case commands.Review():
            from vidkompy.cli.review_command import run_review

            return run_review(command)
        case commands.Preview():
            from vidkompy.cli.preview_command import run_preview

            return run_preview(command)
        case commands.Verify():
            from vidkompy.cli.drawing_commands import run_verify

            return run_verify(command)
        case commands.Export():
            from vidkompy.cli.exchange_commands import run_export

            return run_export(command)
        case commands.Import():
            from vidkompy.cli.exchange_commands import run_import

            return run_import(command)
        case commands.Batch() | commands.BatchStatus() | commands.BatchMerge():
            from vidkompy.cli.batch_command import run_batch_command

            return run_batch_command(command, encoder_arguments, parse)
        case commands.Doctor():
            from vidkompy.cli.trial_commands import run_doctor

            return run_doctor(command)
        case commands.Cache():
            from vidkompy.cli.cache_command import run_cache

            return run_cache(command)
        case commands.Demo():
            from vidkompy.cli.trial_commands import run_demo

            return run_demo(command)

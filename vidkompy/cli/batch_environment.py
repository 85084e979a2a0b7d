"""What a machine must have for pairs of a batch: where that is missing, it would be missing for each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from vidkompy.errors import UsageError, VidkompyError
from vidkompy.records import Record

if TYPE_CHECKING:
    from vidkompy.batch.pair_task import PairTask
    from vidkompy.cli.batch_options import CommandParser
    from vidkompy.ffmpeg.encoder_presets import EncodingOptions


class Needs(Record):
    """encodings: options, output arguments behind --, and the ffmpeg that is named, of all composites."""

    encodings: frozenset[tuple[EncodingOptions, tuple[str, ...] | None, str | None]] = frozenset()
    has_report: bool = False


def needs_of(tasks: Iterable[PairTask], parse: CommandParser) -> Needs:
    """Raises UsageError."""
    from vidkompy.cli.batch_options import parsed_render

    tasks = list(tasks)
    drawings = {task.drawing for task in tasks if task.drawing is not None}
    encodings = frozenset(parsed_render(parse, drawing) for drawing in drawings)
    return Needs(encodings, any(task.has_report for task in tasks))


def check_environment(needs: Needs) -> None:
    """Raises UsageError where this machine lacks something."""
    if fault := environment_fault(needs):
        raise UsageError(f"{fault}; no pair was begun")


async def environment_fault_there(needs: Needs) -> str:
    """As `environment_fault`, on a worker of a cluster, which goes on meanwhile."""
    return await asyncio.to_thread(environment_fault, needs)


def environment_fault(needs: Needs) -> str:
    """What is wrong here; "" where nothing is."""
    from vidkompy.media.cache_folder import user_cache_limit

    try:
        user_cache_limit()
        if needs.has_report:
            from vidkompy.report.report import check_libraries

            check_libraries()
        if needs.encodings:
            _check_encodings(needs)
    except VidkompyError as e:
        return str(e)
    return ""


def _check_encodings(needs: Needs) -> None:
    """Raises UsageError, RenderError."""
    from vidkompy.cli.batch_options import COMPOSITE_EXAMPLE
    from vidkompy.ffmpeg.kept_answers import user_answers
    from vidkompy.ffmpeg.preflight import check_encoding

    answers = user_answers()
    for encoding, arguments, ffmpeg in needs.encodings:
        check_encoding(encoding, arguments, COMPOSITE_EXAMPLE, ffmpeg, (), answers)

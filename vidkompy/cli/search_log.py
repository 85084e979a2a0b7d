"""What --verbose says: the log of the search, what is tried and why it is dropped, as messages."""

from __future__ import annotations

import logging

from vidkompy.cli.messages import print_message


class _MessageHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _, package, *_ = record.name.split(".")
        print_message(f"{package:9} {record.getMessage()}")


def print_search_log(is_wanted: bool) -> None:
    """Whether from here on what modules log is printed, each line behind the name of its package."""
    logger = logging.getLogger("vidkompy")
    logger.setLevel(logging.INFO if is_wanted else logging.WARNING)
    logger.propagate = False
    logger.handlers = [_MessageHandler()] if is_wanted else []

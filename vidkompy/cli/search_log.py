"""What --verbose says: the log of the search, what is tried and why it is dropped, as messages."""

from __future__ import annotations

import logging

from vidkompy.cli.messages import print_message


class _MessageHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        print_message(f"{record.name.rpartition('.')[2]:14} {record.getMessage()}")


def print_search_log() -> None:
    """From here on what modules log is printed, each line behind its module's name."""
    logger = logging.getLogger("vidkompy")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.handlers = [_MessageHandler()]

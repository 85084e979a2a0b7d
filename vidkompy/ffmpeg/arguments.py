"""Arguments of an ffmpeg command line: what those for an output say, and how a file is named among them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path


def value_of(option: str, arguments: Sequence[str]) -> str:
    """The value of `option` that ffmpeg takes: the last one. "" if it is not there.

    >>> value_of("-f", ("-f", "mov", "-an", "-f", "mp4"))
    'mp4'
    """
    return next((value for name, value in reversed([*pairwise(arguments)]) if name == option), "")


def video_encoder_in(arguments: Sequence[str]) -> str | None:
    """The video encoder that output arguments name; None if they leave it to the container."""
    encoder = None
    for option, value in pairwise(arguments):
        if option in ("-c", "-codec", "-c:v", "-codec:v", "-vcodec", "-c:v:0", "-codec:v:0"):
            encoder = value
    return encoder


def file_argument(path: Path) -> str:
    """A path as an argument: a colon in it would name a protocol, a leading dash an option.

    >>> file_argument(Path("-1:2.mp4"))
    'file:-1:2.mp4'
    """
    return f"file:{path}"

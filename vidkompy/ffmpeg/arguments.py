"""Arguments of an ffmpeg command line: what those for an output say, and how a file is named among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from filtergraphs.option_table import Effect, canonical, names_with, option_of

_REWIRING = names_with("rewires")
_OPTION = re.compile("-/?[A-Za-z]")  # how an option begins, as opposed to its value


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
        if canonical(option) in ("-c", "-c:v", "-c:v:0"):
            encoder = value
    return encoder


def names_sound_encoder(arguments: Sequence[str]) -> bool:
    """Whether output arguments say how sound is encoded, of one track at least."""
    return any(canonical(word) == "-c" or canonical(word).startswith("-c:a") for word in arguments)


def drops_sound(arguments: Sequence[str]) -> bool:
    """Whether output arguments leave all sound out."""
    return "-an" in arguments


def names_format(arguments: Sequence[str]) -> bool:
    """Whether output arguments say in which format the output is written."""
    return "-f" in arguments


def concerns_whole_output(word: str) -> bool:
    """Whether an output option means something else for a part of the output than for all of it.

    >>> concerns_whole_output("-frames:v"), concerns_whole_output("-crf")
    (True, False)
    """
    return option_of(word).is_whole


def without_video_options(arguments: Sequence[str]) -> list[str]:
    """Output options of sound and file, with their values, for video that is copied.

    Those of a video encoder can stop ffmpeg where there is none ("-profile:v hq").

    >>> without_video_options(("-c:v", "libx264", "-level", "4", "-tag:v", "avc1", "-c:a", "aac"))
    ['-tag:v', 'avc1', '-c:a', 'aac']
    """
    kept, is_kept = [], True
    for word in arguments:
        if _OPTION.match(word):  # what follows up to the next one is its value
            _, colon, stream = word.partition(":")
            scope = option_of(word).scope
            is_of_video = stream.startswith("v") or (scope == "video" and not colon)
            is_kept = scope == "muxer" or not is_of_video
        if is_kept:
            kept.append(word)
    return kept


def effect_of(word: str) -> Effect:
    """What an output option of the user does. A slash before its name makes ffmpeg read the value from a file.

    >>> effect_of("-/t"), effect_of("-crf:v")
    ('cuts', 'quality')
    """
    return option_of(word.replace("-/", "-", 1)).effect


def stray_words(arguments: Sequence[str]) -> list[str]:
    """Words that are no output options: those that ffmpeg would take for another output, and options that rewire it.

    >>> stray_words(("-c:v", "ffv1", "-an", "out.mp4", "-y"))
    ['out.mp4', '-y']
    """
    stray = []
    takes_value = False
    for word in arguments:
        if _OPTION.match(word):
            takes_value = not option_of(word).is_flag
            if word in _REWIRING:
                stray.append(word)
        elif takes_value:
            takes_value = False
        else:
            stray.append(word)
    return stray


def file_argument(path: Path) -> str:
    """A path as an argument: a colon in it would name a protocol, a leading dash an option.

    >>> file_argument(Path("-1:2.mp4"))
    'file:-1:2.mp4'
    """
    return f"file:{path}"

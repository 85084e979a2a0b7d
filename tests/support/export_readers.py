"""Other programs that read what is exported. Without one its tests are skipped, or fail where all must be there."""

import os
import shutil
import sys
from functools import cache
from importlib.util import find_spec

import pytest

VAPOURSYNTH = "VIDKOMPY_VAPOURSYNTH"  # a Python that has it, where the one that runs the tests is too old
BLADEWORKS = "VIDKOMPY_BLADEWORKS"  # a program, in an environment of its own
ALL = "VIDKOMPY_ALL_READERS"  # set by .ci/run: a missing program is a failure


def reader(name: str, package: str) -> str:
    """Path of a program. Without it the test is skipped, or fails where all must be there."""
    path = shutil.which(name)
    if path is None:
        missing(f"'{name}' is not installed: it comes with Debian's {package}")
    return str(path)


@cache
def vapoursynth() -> str:
    """Path of a Python with VapourSynth and BestSource. It needs 3.12, which not every machine has."""
    if find_spec("vapoursynth"):
        return sys.executable
    if not (interpreter := os.environ.get(VAPOURSYNTH)):
        pytest.skip(
            f"no VapourSynth for this Python; {VAPOURSYNTH} can name one that has it and vapoursynth-bestsource"
        )
    return interpreter


def bladeworks() -> str:
    """Path of the program that renders FCPXML. Its torch takes minutes to install, so that CI does without."""
    if not (program := os.environ.get(BLADEWORKS)):
        pytest.skip(f"no {BLADEWORKS}: it can name the program of PyPI's bladeworks")
    return program


def missing(reason: str) -> None:
    (pytest.fail if os.environ.get(ALL) else pytest.skip)(reason)

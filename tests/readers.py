"""Other programs that read what is exported: asked for by name, and missed aloud where all of them must be there."""

import os
import shutil

import pytest

ALL = "VIDKOMPY_ALL_READERS"  # set by .ci/run: a missing program is a failure


def reader(name: str, package: str) -> str:
    """Path of a program. Without it the test is skipped, or fails where all must be there."""
    found = shutil.which(name)
    if found is None:
        missing(f"'{name}' is not installed: it comes with Debian's {package}")
    return str(found)


def missing(said: str) -> None:
    (pytest.fail if os.environ.get(ALL) else pytest.skip)(said)

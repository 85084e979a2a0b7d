"""A test of graphs that takes `ffmpeg` runs once with each ffmpeg that is there."""

import re
from pathlib import Path

import pytest
from support.program_runs import FFMPEGS


@pytest.fixture(params=FFMPEGS, ids=lambda path: re.sub(r"\W+", "_", Path(path).name))
def ffmpeg(request: pytest.FixtureRequest) -> str:
    return str(request.param)

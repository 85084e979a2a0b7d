"""The ffmpegs at hand: every graph is drawn by each of them."""

import re
from pathlib import Path

import pytest
from support.drawn_films import FFMPEGS


@pytest.fixture(params=FFMPEGS, ids=lambda path: re.sub(r"\W+", "_", Path(path).name))
def ffmpeg(request: pytest.FixtureRequest) -> str:
    return str(request.param)

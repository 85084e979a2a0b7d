"""Clips that several tests of placement share; a test module that needs another BG defines its own `bg`."""

import pytest
from support.picture_edits import U8
from support.placed_proxies import clip, luma

from vidkompy.media.proxies import Proxies


@pytest.fixture(scope="module")
def handheld() -> U8:
    """A hand-held camera, luma."""
    return luma("handheld")


@pytest.fixture(scope="module")
def bg(handheld: U8) -> Proxies:
    return clip(handheld)

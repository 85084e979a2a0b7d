"""What several tests of media share: an empty cache, and one intact clip in every container."""

from pathlib import Path

import pytest
from support.damaged_files import CONTAINERS, make

from vidkompy.media.cache import Cache


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture(scope="session")
def intact(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By its name in CONTAINERS. Tests copy the bytes and leave the files as they are."""
    folder = tmp_path_factory.mktemp("intact")
    for container, words in CONTAINERS.items():
        make(folder / f"clip.{container}", words)
    return {container: folder / f"clip.{container}" for container in CONTAINERS}

"""A format is a module with the name of its word, and says itself which options it reads."""

from pathlib import Path
from typing import get_args

import pytest

from vidkompy.exchange.format_contract import (
    ExportName,
    ExportOption,
    ImportName,
    formats_reading,
    load_exporter,
    load_importer,
)

EXCHANGE = Path(__file__).parents[2] / "vidkompy" / "exchange"


def modules(folder: str) -> set[str]:
    return {path.stem for path in (EXCHANGE / folder).glob("[!_]*.py")}


def test_every_module_of_a_format_has_its_word_and_every_word_its_module() -> None:
    assert set(get_args(ExportName)) == modules("exports")
    assert set(get_args(ImportName)) == modules("imports")


@pytest.mark.parametrize("name", get_args(ExportName))
def test_an_export_format_keeps_its_contract(name: ExportName) -> None:
    exporter = load_exporter(name)
    assert callable(exporter.export)
    assert set(exporter.OPTIONS) <= set(get_args(ExportOption))


@pytest.mark.parametrize("name", get_args(ImportName))
def test_an_import_format_keeps_its_contract(name: ImportName) -> None:
    importer = load_importer(name)
    assert callable(importer.read)
    assert importer.TAKES_SIDECAR in (True, False)


def test_options_are_found_in_the_formats_that_read_them() -> None:
    assert formats_reading("drawing") == ("ffmpeg", "graph")
    assert formats_reading("is_exact") == ("aaf", "edl", "fcpxml", "otio", "resolve", "xmeml")

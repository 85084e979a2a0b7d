"""Every tuned number of the alignment has its unit, its effect and its source."""

from importlib import import_module
from typing import get_args

import pytest

from vidkompy.alignment.engine_contract import SearchOptions, load_engine
from vidkompy.alignment.engine_names import EngineName
from vidkompy.parameters import numbers_of, with_number

ENGINES = get_args(EngineName)


@pytest.mark.parametrize("parameters", [SearchOptions(), *(load_engine(name).PARAMETERS for name in ENGINES)])
def test_every_number_states_unit_effect_and_source(parameters: object) -> None:
    options = {"reorder", "pins"}
    for number in numbers_of(parameters):
        if number.name not in options:
            assert number.unit, number
            assert number.raising, number
            assert number.source, number


def test_hash_weights_are_shares_of_one() -> None:
    hashes = SearchOptions().parameters.perceptual_hashes
    weights = [number.value for number in numbers_of(hashes) if number.name.endswith("_weight")]
    assert len(weights) == 5
    assert sum(weights) == pytest.approx(1)


def test_a_number_travels_by_its_path() -> None:
    search = with_number(SearchOptions(), "parameters.bands.most_cells", 7)
    assert search.parameters.bands.most_cells == 7
    assert search.floor == SearchOptions().floor


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_keeps_its_numbers_in_its_own_file(name: EngineName) -> None:
    engine = import_module(f"vidkompy.alignment.engines.{name}")
    assert type(engine.PARAMETERS).__module__ == engine.__name__
    assert engine.PARAMETERS.side > 0
    assert engine.PARAMETERS.calibration.slope > 0
